import { setImmediate } from "node:timers/promises"
import { beforeEach, describe, expect, it } from "vitest"
import * as Simulation from "../../../src/testing/Simulation.js"
import { flaws } from "./flaws.js"

/** A flaw that takes more seeds to be seen would not be seen at a desk. */
const seeds = 1000

// A search gives nobody else a turn, and the runner takes a process for lost that does not answer it for a minute.
beforeEach(() => setImmediate())

describe("the simulation finds a bookstore wanting in which", () => {
  it.each(Object.entries(flaws))("%s", { timeout: 300_000 }, (name, options) => {
    const found = Simulation.make(options).search({ count: seeds })
    expect(found?.violations.map(({ message }) => message).join("\n")).toMatch(says[name] ?? "a reason that is named")
    expect(found?.trace.length).toBeGreaterThan(0)
  })
})

/** Caught for what is wrong with it, and not for something else. */
const says: Readonly<Record<string, RegExp>> = {
  "nothing is a transaction": /no order has it|not in the cart|are not the \d+ put in|nobody is told/,
  "what fails is not rolled back": /no order has it|are not the \d+ put in/,
  "a lost commit is taken for one that was made":
    /which is not there|OrderNotFound|is not there|is nowhere|was told to be \w+, and is/,
  "copies are sold that are not there": /are not the \d+ put in/,
  "the cart is not taken": /left a line in the cart/,
  "the price is one that was read before": /another price or title/,
  "a repeated request is not known again": /was answered before, and now is not|one key was answered with/,
  "an order moves from whatever state it is in": /went from \w+ to \w+/,
  "the copies of a failed order do not come back": /are not the \d+ put in/,
  "the lines of a failed order do not come back": /lines are not back in the cart/,
  "events are written after the transaction that they tell of": /nobody is told/,
  "events are marked before they are told": /nobody was told|is told before/,
  "a version is not compared": /went from version|fell from epoch|entries that tell of no change/,
  "the status of an order is not looked at": /changed while its order is|and its box done/,
  "an epoch is not compared": /was as good as epoch/,
  "a lease is given to whoever asks": /while somebody has a lease|by one who did not have it/,
  "a lease has no end": /an order is stuck/,
  "a lease is not given back": /and its lease runs on/,
  "a copy is held for two": /on hold and \d+ in orders are not the \d+ put in/,
  "a copy that is held is sold to somebody else": /was bought by somebody else/,
  "a hold that has lapsed is honoured": /when its time was over/,
  "a hold that has lapsed is passed on by nobody": /is held for ever/,
  "the copy that was held is lost when its payment fails": /are not the \d+ put in/,
  "the last in line is served first": /who came first/,
  "copies that come in go past those who wait": /which is in stock/,
  "copies that come in are not handed out": /have come in, and nobody has them/,
  "one of those who waited is forgotten": /have not been told/,
  "those who waited are told twice": /told, and not so: PreBookingNotified/,
  "a refund is not listed": /and 0 given back/,
  "each call of the gateway has a key of its own": /its money was not taken|and 0 given back/,
  "what was charged without an answer is charged again with another key": /its money was not taken|and 0 given back/,
  "each refund has a key of its own": /was taken for .* given back/,
  "a charge without an answer is taken for none": /and 0 given back/,
  "a provider that does not answer is taken to have declined": /and 0 given back/,
  "a refund without an answer is taken for done": /was not given back|and 0 given back/
}
