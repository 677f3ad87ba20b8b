/** `octavo outbox`: events on their way to the host, and those that were given up. */
import { DateTime, Effect } from "effect"
import type { Delivery, State } from "../domain/Delivery.js"
import * as Event from "../domain/Event.js"
import { Relay } from "../services/Relay.js"
import type { Command } from "./Command.js"
import { usage } from "./Failure.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"

export const command: Command = {
  name: "outbox",
  summary: "list events that were not delivered, and let those go on that were given up",
  help: `Usage: octavo outbox [--state waiting|parked|undeliverable|delivered] [--limit N] [options]
       octavo outbox retry (ID… | --all [--state parked|undeliverable]) [options]

Lists the events that a relay has not delivered, those first that it has given up (parked) after too many failures:
state, id, event, aggregate (the order, book or pre-booking that it is about), failures so far, when it is due, the last
error. A parked event holds up those that come after it about the same, until \`retry\` lets it go on. An undeliverable
one had nobody to go to, such as a customer without an address, and holds up nothing; \`retry\` lets it go on, too.

  --state STATE       only those in this state
  --limit N           at most so many of a state; default 100
  --all               with retry: every parked event, or every undeliverable one with --state undeliverable
  --json              for programs: the list as a JSON array, or how many go on

${StoreChoice.databaseHelp}

Examples:
  octavo outbox --state parked
  octavo outbox retry --all`,
  run: (args, env) =>
    Effect.gen(function* () {
      const { values, positionals } = yield* Options.parse("outbox", args, options)
      const choice = yield* StoreChoice.readDatabase(values, env)
      const work = yield* positionals[0] === "retry"
        ? readRetry(positionals.slice(1), values)
        : readList(positionals, values)
      return yield* work.pipe(Effect.provide(Store.existing(choice)), Effect.mapError(Store.explain(choice)))
    })
}

// internal

const options = {
  ...Options.common,
  ...StoreChoice.databaseOptions,
  state: { type: "string" },
  limit: { type: "string" },
  all: { type: "boolean" },
  json: { type: "boolean" }
} as const

type Values = Options.Parsed<typeof options>["values"]

const states: ReadonlyArray<State> = ["parked", "undeliverable", "waiting", "delivered"]

const readList = (positionals: ReadonlyArray<string>, { state, limit, all, json }: Values) =>
  Effect.gen(function* () {
    if (positionals[0] !== undefined) {
      return yield* usage(`\`octavo outbox\` lists, or is followed by retry, not by ${Options.quote(positionals[0])}`)
    }
    if (all === true) return yield* usage("--all goes with octavo outbox retry")
    const wanted = states.filter((each) => (state === undefined ? each !== "delivered" : each === state))
    if (wanted.length === 0) {
      return yield* usage(`--state takes waiting, parked, undeliverable or delivered, not ${Options.quote(state)}`)
    }
    const most = yield* Options.wholeNumber("--limit", limit ?? "100", { minimum: 1, maximum: 1_000_000 })
    return Effect.gen(function* () {
      const found = yield* Effect.forEach(wanted, (each) => listed(each, most))
      const deliveries = found.flatMap(({ items }) => items)
      yield* json === true ? Output.json(deliveries.map(asJson)) : Output.say(...deliveries.map(line))
      if (deliveries.length === 0) yield* Output.note(`no events are ${wanted.join(" or ")}`)
      if (found.some(({ more }) => more))
        yield* Output.note(`there are more; --limit N shows more than ${most} of a state`)
      return 0
    })
  })

const readRetry = (ids: ReadonlyArray<string>, { state, limit, all = false, json }: Values) =>
  Effect.gen(function* () {
    if (limit !== undefined) return yield* usage("--limit goes with the list")
    if (all === ids.length > 0) return yield* usage("octavo outbox retry takes the ids of events, or --all")
    if (state !== undefined && !(all && (state === "parked" || state === "undeliverable"))) {
      return yield* usage("octavo outbox retry takes --state parked or undeliverable, with --all")
    }
    return Effect.gen(function* () {
      const { retry } = yield* Relay
      const given = state === "undeliverable" ? yield* Effect.map(listed(state, Infinity), idsOf) : all ? [null] : ids
      const counts = yield* Effect.forEach(given, (id) => retry(id))
      const count = counts.reduce((sum, each) => sum + each, 0)
      const unparked = ids.filter((_, i) => counts[i] === 0)
      yield* Output.note(...unparked.map((id) => `${Options.quote(id)} is no parked or undeliverable event`))
      yield* json === true
        ? Output.json({ retried: count })
        : Output.say(count === 1 ? "1 event goes on" : `${count} events go on`)
      return unparked.length > 0 ? 1 : 0
    })
  })

const listed = (state: State, most: number) =>
  Effect.gen(function* () {
    const { list } = yield* Relay
    const items: Array<Delivery> = []
    let after: string | null = ""
    while (after !== null && items.length < most) {
      const slice: { readonly items: ReadonlyArray<Delivery>; readonly next: string | null } = yield* list(state, {
        after,
        size: Math.min(100, most - items.length)
      })
      items.push(...slice.items)
      after = slice.next
    }
    return { items, more: after !== null }
  })

const idsOf = ({ items }: { readonly items: ReadonlyArray<Delivery> }) => items.map(({ event }) => event.id)

const line = ({ state, event, attempts, dueAt, error }: Delivery) =>
  [
    state.padEnd(13),
    event.id,
    event._tag.padEnd(19),
    `${"orderId" in event ? "order" : "preBookingId" in event ? "prebook" : "book"}=${Event.aggregate(event)}`,
    `failures=${attempts}`,
    `due=${DateTime.formatIso(dueAt)}`,
    ...(error === null ? [] : [Options.quote(error)])
  ].join(" ")

const asJson = ({ state, event, attempts, dueAt, error }: Delivery) => ({
  state,
  id: event.id,
  event: event._tag,
  aggregate: Event.aggregate(event),
  attempts,
  dueAt,
  error
})
