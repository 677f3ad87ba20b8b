/** Compares what was acknowledged with what is the case. */
import { answers, forward, keys, open, states } from "./judging/Answers.js"
import { type Finding, wrong } from "./judging/Finding.js"
import { booksOf, cart, stock, stockEvents } from "./judging/Goods.js"
import { money } from "./judging/Money.js"
import { told } from "./judging/Tellings.js"
import type { Truth } from "./Truth.js"
import type { World } from "./World.js"

export type { Finding }

/** Of calls that all have ended, once order is restored and nobody is at work. */
export const judge = async (world: World, truth: Truth): Promise<ReadonlyArray<Finding>> => {
  const seen = await truth.customers(world.customers)
  const stocks = await truth.stocks(booksOf(world))
  const ledger = truth.ledger()
  const events = truth.handled()
  const violations = await truth.violations()
  return [
    ...violations.map((violation) => wrong(`audit: ${violation}`)),
    ...answers(world),
    ...states(world, seen),
    ...forward(world, seen),
    ...seen.flatMap((customer) => [
      ...open(customer),
      ...cart(world, customer),
      ...keys(world, customer),
      ...customer.orders.flatMap((order) => money(order, ledger)),
      ...told(customer, events, ledger)
    ]),
    ...stock(world, seen, stocks),
    ...stockEvents(world, events)
  ]
}

/** Of a whole store: nothing is there that no order knows of. */
export const judgeAll = async (truth: Truth): Promise<ReadonlyArray<Finding>> => {
  const orders = new Set((await truth.orders()).map(({ id }) => id as string))
  return [
    ...truth
      .ledger()
      .payments.filter(({ orderId }) => orderId === null || !orders.has(orderId))
      .map(({ intent, orderId }) => wrong(`payment ${intent.id} is of no order (${orderId})`)),
    ...truth
      .handled()
      .filter((event) => "orderId" in event && !orders.has(event.orderId))
      .map(({ id, _tag }) => wrong(`${_tag} ${id} tells of an order that is not there`))
  ]
}
