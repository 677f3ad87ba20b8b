/** Money that no order keeps: listed once, given back once. */
import { Array, DateTime, Effect } from "effect"
import { EventId } from "../../domain/Event.js"
import type { Order } from "../../domain/Order.js"
import type { Position } from "../../domain/Page.js"
import { Captured, PaymentKey } from "../../domain/Payment.js"
import * as Refund from "../../domain/Refund.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { transacted } from "./done.js"
import { eventsOf } from "./seen.js"

const ordered = Effect.gen(function* () {
  return yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
})

/** A payment of the order that it does not keep. */
const due = (order: Order, at = 0, paymentId?: string) =>
  Effect.gen(function* () {
    const paid = new Captured({
      paymentId: paymentId ?? `late ✓ ${yield* Given.id}`,
      amount: order.total,
      currency: order.currency
    })
    return Refund.due(order, paid, { key: PaymentKey.make(yield* Given.id), now: Given.at(at) })
  })

const done = (refund: Refund.DueRefund) =>
  Effect.map(Given.id, (id) => Refund.done(refund, { eventId: EventId.make(id), now: Given.at(2000) }))

const listedOnce = race(
  "of ten that list a payment at once one does, and the first stays as it was",
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const order = yield* ordered
    const paymentId = `late ${yield* Given.id}`
    const wanted = yield* Effect.forEach(Array.range(0, 9), (i) => due(order, i, paymentId))
    const { successes, failures } = yield* atOnce(10, (i) => {
      const refund = wanted[i] ?? Array.lastNonEmpty(wanted)
      return Effect.map(refunds.add(refund), (listed) => (listed ? [refund] : []))
    })
    yield* onlyRefusals(failures, [])
    yield* same("how many listed it", successes.flat().length, 1)
    yield* same("what is listed", yield* refunds.of(order.customerId, order.id), successes.flat())
    const another = yield* due(order, 99)
    yield* same("another payment of the order", yield* refunds.add(another), true)
    yield* same("what is listed then", yield* refunds.of(order.customerId, order.id), [...successes.flat(), another])
  })
)

const finishedOnce = race(
  "of ten that finish a refund at once one does, with its event, and nobody later",
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const order = yield* ordered
    const refund = yield* due(order)
    const early = yield* done(refund)
    yield* same("what is not listed", yield* refunds.finish(early), false)
    yield* refunds.add(refund)
    const { successes, failures } = yield* atOnce(10, () =>
      Effect.flatMap(done(refund), (returned) =>
        Effect.map(refunds.finish(returned), (finished) => (finished ? [returned] : []))
      )
    )
    yield* onlyRefusals(failures, [])
    const [first, ...more] = successes.flat()
    yield* same("how many more finished it", more.length, 0)
    yield* same("the refund", yield* refunds.of(order.customerId, order.id), [first?.refund])
    yield* same("a later one", yield* refunds.finish(yield* done(refund)), false)
    yield* same("whether it is listed again", yield* refunds.add(refund), false)
    yield* same("the events", yield* eventsOf(order.id), [first?.event])
  })
)

const undone = law(
  "what is listed or finished in a transaction that is rolled back is not, nor is it told",
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const order = yield* ordered
    const [refund, other] = [yield* due(order, 0), yield* due(order, 1)]
    yield* refunds.add(refund)
    const returned = yield* done(refund)
    const both = Effect.zip(refunds.add(other), refunds.finish(returned))
    yield* Effect.exit(transacted(Effect.zipRight(both, Effect.fail("undone"))))
    yield* same("what is listed", yield* refunds.of(order.customerId, order.id), [refund])
    yield* same("the events", yield* eventsOf(order.id), [])
    yield* same("both again", yield* transacted(both), [true, true])
    yield* same("what is listed then", yield* refunds.of(order.customerId, order.id), [returned.refund, other])
    yield* same("the events then", yield* eventsOf(order.id), [returned.event])
  })
)

const ofOrder = law(
  "refunds are those of one order and one customer, oldest first",
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const [order, other] = [yield* ordered, yield* ordered]
    const made = yield* Effect.forEach([5, 3, 4], (at) => due(order, at))
    for (const refund of [...made, yield* due(other)]) yield* refunds.add(refund)
    const expected = made.toSorted((a, b) => DateTime.toEpochMillis(a.dueAt) - DateTime.toEpochMillis(b.dueAt))
    yield* same("those of the order", yield* refunds.of(order.customerId, order.id), expected)
    yield* same("those of another customer", yield* refunds.of(other.customerId, order.id), [])
  })
)

const walked = law(
  "refunds are listed by state, oldest first, ties by order and payment, each once from cursor to cursor",
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const [order, other] = [yield* ordered, yield* ordered]
    const made = yield* Effect.forEach([1, 0, 1, 1, 2], (at, i) => due(i % 2 === 0 ? order : other, at))
    for (const refund of made) yield* refunds.add(refund)
    const returned = yield* Effect.forEach(made.slice(0, 2), done)
    for (const one of returned) yield* refunds.finish(one)
    const isOwn = ({ orderId }: Refund.Refund) => orderId === order.id || orderId === other.id
    const walk = (status: Refund.Status | null, size: number) =>
      Effect.gen(function* () {
        const found: Array<Refund.Refund> = []
        let at: Position | null = null
        for (;;) {
          const page: ReadonlyArray<Refund.Refund> = yield* refunds.list(status, at, size)
          yield* holds("no page is longer than asked for", page.length <= size)
          found.push(...page)
          const last = page.at(-1)
          if (last === undefined || page.length < size) return found.filter(isOwn)
          at = Refund.position(last)
        }
      })
    const ordering = (a: Refund.Refund, b: Refund.Refund) =>
      Number(Refund.position(a)[0]) - Number(Refund.position(b)[0]) ||
      (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : a.paymentId < b.paymentId ? -1 : 1)
    const dueStill = made.slice(2).toSorted(ordering)
    const finished = returned.map(({ refund }) => refund).toSorted(ordering)
    for (const size of [1, 2, 1000]) {
      yield* same(`those that are due, by ${size}`, yield* walk("due", size), dueStill)
      yield* same(`those that are done, by ${size}`, yield* walk("done", size), finished)
      yield* same(`all, by ${size}`, yield* walk(null, size), [...dueStill, ...finished].toSorted(ordering))
    }
  })
)

export const refunds: ReadonlyArray<Law> = [listedOnce, finishedOnce, undone, ofOrder, walked]
