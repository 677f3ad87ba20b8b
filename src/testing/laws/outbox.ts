/** Events: one row for each change that is told, none for one that was rolled back. */
import { Effect } from "effect"
import * as Order from "../../domain/Order.js"
import { Captured } from "../../domain/Payment.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Outbox } from "../../ports/Outbox.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"
import { holds, type Law, law, same } from "../Law.js"
import { eventsOf } from "./seen.js"

const confirmation = Effect.gen(function* () {
  const order = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
  const paid = new Captured({ paymentId: `payment ${order.id}`, amount: order.total, currency: order.currency })
  return Order.confirm(order, paid, yield* Given.facts)
})

const told = law(
  "each move that was made has one event, as it was given",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const confirmed = yield* confirmation
    yield* same("the events before", yield* eventsOf(confirmed.order.id), [])
    yield* orders.move(confirmed)
    const cancelled = yield* Order.cancel(confirmed.order, yield* Given.facts)
    yield* orders.move(cancelled)
    yield* orders.move(cancelled)
    const expected = [confirmed.event, cancelled.event].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    yield* same("the events", yield* eventsOf(confirmed.order.id), expected)
    const order = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    const failed = Order.fail(order, "declined — é", yield* Given.facts)
    yield* orders.move(failed)
    yield* same("the event of a failure", yield* eventsOf(order.id), [failed.event])
  })
)

const undone = law(
  "no event tells of a move that was rolled back",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const { transact } = yield* Transactor
    const move = yield* confirmation
    yield* Effect.exit(transact(Effect.zipRight(orders.move(move), Effect.fail("undone"))))
    yield* same("the events of what was rolled back", yield* eventsOf(move.order.id), [])
    yield* same("whether it moves again", yield* transact(orders.move(move)), true)
    yield* same("the events of what was kept", yield* eventsOf(move.order.id), [move.event])
  })
)

const oldest = law(
  "the oldest events come first, by id, and no more than asked for",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const outbox = yield* Outbox
    for (let i = 0; i < 5; i++) yield* orders.move(yield* confirmation)
    const all = (yield* outbox.list("waiting", null, 1_000_000)).map(({ event }) => event.id)
    yield* same("the order of events", all, all.toSorted())
    yield* holds("all are there", all.length >= 5)
    for (const limit of [1, 3]) {
      const some = (yield* outbox.list("waiting", null, limit)).map(({ event }) => event.id)
      yield* same(`the first ${limit}`, some, all.slice(0, limit))
    }
  })
)

export const outbox: ReadonlyArray<Law> = [told, undone, oldest]
