/** What the store says of itself: nothing while all is well, and each thing that is not. */
import { Array, DateTime, Effect, Fiber } from "effect"
import * as Audit from "../../domain/Audit.js"
import { Book, BookId, Stock } from "../../domain/Book.js"
import { EventId, OrderCancelled, OrderConfirmed } from "../../domain/Event.js"
import { LeaseToken } from "../../domain/Lease.js"
import * as Order from "../../domain/Order.js"
import { Captured, PaymentKey } from "../../domain/Payment.js"
import * as Refund from "../../domain/Refund.js"
import { Auditor } from "../../ports/Auditor.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Outbox } from "../../ports/Outbox.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { everything, holdBack } from "./alone.js"
import { found, says } from "./audited.js"
import { auditingLines } from "./auditingLines.js"
import { cancelled, confirmed, failed, move, restocked, transacted } from "./done.js"
import { stockOf } from "./seen.js"

/** An order that has its copies. */
const bought = (book: Book, quantity = 1) =>
  transacted(
    Effect.gen(function* () {
      const books = yield* BookRepository
      const order = yield* Given.ordered(yield* Given.customer, [book], { quantity })
      yield* books.reserve([{ bookId: book.id, quantity: Given.quantity(quantity) }])
      return order
    })
  )

/** Bought, and then one of all that can become of it. */
const traded = (book: Book, fate: number) =>
  Effect.gen(function* () {
    const order = yield* bought(book)
    if (fate === 0) return order.id
    if (fate === 1) {
      yield* move(yield* failed(order))
      return order.id
    }
    const paid = yield* confirmed(order)
    yield* move(paid)
    if (fate === 2) return order.id
    const back = yield* cancelled(paid.order)
    yield* move(back)
    if (fate === 4 && back.order.status === "cancelled") yield* move(Order.refund(back.order, yield* Given.facts))
    return order.id
  })

const silent = law(
  "an audit says nothing of what was put in, changed, imported, bought, failed, cancelled, refunded and taken out",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [book, imported, gone] = [yield* Given.shelved(9), yield* Given.book(), yield* Given.shelved(5)]
    yield* books.merge([imported], (incoming) => incoming)
    const orders = yield* Effect.forEach([0, 1, 2, 3, 4], (fate) => traded(book, fate))
    yield* restocked(book)
    yield* restocked(imported)
    const again = yield* Given.book({ title: imported.title, stockQuantity: Stock.make(1) })
    yield* books.merge([again], ({ stockQuantity }, existing) => existing && new Book({ ...existing, stockQuantity }))
    const ofGone = [yield* bought(gone), yield* bought(gone)] as const
    yield* books.remove(gone.id)
    yield* move(yield* failed(ofGone[0]))
    yield* move(yield* confirmed(ofGone[1]))
    yield* says("the audit", [book.id, imported.id, gone.id, ...orders, ...ofGone.map(({ id }) => id)], [])
  })
)

const silentMeanwhile = race(
  "an audit says nothing while others buy, fail and cancel",
  Effect.gen(function* () {
    const books = yield* Given.shelf(2, 50)
    const ids = books.map(({ id }) => id)
    const trade = yield* Effect.fork(
      atOnce(20, (i) =>
        Effect.zipRight(traded(books[i % 2] ?? Array.headNonEmpty(books), i % 5), restocked(Array.headNonEmpty(books)))
      )
    )
    for (let looks = 0; looks < 5; looks++) {
      yield* says("the audit meanwhile", ids, [])
      yield* Effect.sleep("1 millis")
    }
    const { successes, failures } = yield* Fiber.join(trade)
    yield* onlyRefusals(failures, [])
    yield* same("how many traded", successes.length, 20)
    yield* says("the audit after", ids, [])
  })
)

const stockCounted = law(
  "an audit names stock that is not what was put in less what is in orders, and a recount puts it right",
  Effect.gen(function* () {
    const auditor = yield* Auditor
    const book = yield* Given.shelved(5)
    yield* Given.ordered(yield* Given.customer, [book], { quantity: 2 })
    yield* says(
      "the audit",
      [book.id],
      [new Audit.StockUnbalanced({ bookId: book.id, stock: book.stockQuantity, onHold: 0, inOrders: 2, putIn: 5 })]
    )
    yield* same("the recount", yield* auditor.recount(book.id), true)
    yield* same("the copies", yield* stockOf(book), 3)
    yield* says("the audit then", [book.id], [])
    yield* same("a recount of what is right", yield* auditor.recount(book.id), true)
    yield* same("the copies then", yield* stockOf(book), 3)
  })
)

const notBelowZero = law(
  "a recount that would leave less than nothing, or of a book that has gone, is refused and changes nothing",
  Effect.gen(function* () {
    const auditor = yield* Auditor
    const books = yield* BookRepository
    const book = yield* Given.shelved(1)
    yield* Given.ordered(yield* Given.customer, [book], { quantity: 2 })
    yield* same("the recount", yield* auditor.recount(book.id), false)
    yield* same("the copies", yield* stockOf(book), 1)
    yield* says(
      "the audit",
      [book.id],
      [new Audit.StockUnbalanced({ bookId: book.id, stock: Stock.make(1), onHold: 0, inOrders: 2, putIn: 1 })]
    )
    yield* books.remove(book.id)
    yield* same("of a book that has gone", yield* auditor.recount(book.id), false)
    yield* same("of none", yield* auditor.recount(BookId.make(yield* Given.id)), false)
    yield* says("the audit without it", [book.id], [])
  })
)

const recountBesideBuyers = race(
  "a recount beside buyers loses no copy and sells none twice",
  Effect.gen(function* () {
    const auditor = yield* Auditor
    const book = yield* Given.shelved(30)
    yield* Given.ordered(yield* Given.customer, [book], { quantity: 5 })
    const { successes, failures } = yield* atOnce(15, (i) =>
      i % 3 === 0 ? Effect.as(auditor.recount(book.id), 0) : Effect.as(traded(book, i % 5), 1)
    )
    yield* onlyRefusals(failures, [])
    yield* same(
      "how many bought",
      successes.reduce<number>((sum, n) => sum + n, 0),
      10
    )
    yield* auditor.recount(book.id)
    yield* says("the audit", [book.id], [])
    const kept = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14].filter((i) => i % 5 === 0 || i % 5 === 2).length
    yield* same("the copies", yield* stockOf(book), 30 - 5 - kept)
  })
)

const totals = law(
  "an audit names an order whose total is not the sum of its lines",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const order = yield* Given.pending(yield* Given.customer, [yield* Given.shelved(9), yield* Given.shelved(9)], {
      quantity: 2
    })
    yield* orders.add(new Order.PendingOrder({ ...order, total: Given.amount(3999) }))
    yield* says(
      "the audit",
      [order.id],
      [new Audit.TotalWrong({ orderId: order.id, total: Given.amount(3999), sum: 4000 })]
    )
  })
)

const events = law(
  "an audit names events that tell of nothing, and changes that are told twice",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const order = yield* bought(yield* Given.shelved(5))
    const { customerId, total, currency } = order
    const fields = (orderId: Order.OrderId) =>
      Effect.map(Given.id, (id) => ({ id: EventId.make(id), at: Given.at(5), orderId, customerId, total, currency }))
    const early = new OrderConfirmed(yield* fields(order.id))
    yield* outbox.append([early])
    const unfounded = (event: OrderConfirmed | OrderCancelled) =>
      new Audit.EventUnfounded({ eventId: event.id, orderId: event.orderId, kind: event._tag })
    yield* says("of an order that waits", [order.id], [unfounded(early)])
    yield* move(yield* confirmed(order))
    const repeated = new Audit.EventRepeated({ orderId: order.id, kind: "OrderConfirmed", times: 2 })
    yield* says("of one that is confirmed by then", [order.id], [repeated])
    const given = new OrderCancelled(yield* fields(order.id))
    const nobodys = new OrderConfirmed(yield* fields(Order.OrderId.make(yield* Given.id)))
    yield* outbox.append([given, nobodys])
    const expected = [repeated, unfounded(given), unfounded(nobodys)]
    yield* says("of one that was not cancelled, and of none", [order.id, nobodys.orderId], expected)
  })
)

const payments = law(
  "an audit names orders that stand on one payment, or on one key",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const book = yield* Given.shelved(9)
    const [one, two] = [yield* bought(book), yield* bought(book)]
    const ids = [one.id, two.id].toSorted()
    const paymentId = `payment ${one.id}`
    for (const order of [one, two]) {
      const paid = new Captured({ paymentId, amount: order.total, currency: order.currency })
      yield* move(Order.confirm(order, paid, yield* Given.facts))
    }
    const shared = new Audit.PaymentShared({ paymentId, orderIds: ids })
    yield* says("the audit", ids, [shared])
    const made = yield* Given.pending(yield* Given.customer, [book])
    yield* orders.add(new Order.PendingOrder({ ...made, paymentKey: one.paymentKey }))
    const orderIds = [one.id, made.id].toSorted()
    const keyShared = new Audit.PaymentKeyShared({ key: PaymentKey.make(one.paymentKey), orderIds })
    yield* says("the audit of keys", [...ids, made.id], [shared, keyShared])
  })
)

const overdue = law(
  "an audit names what has waited since before an instant, or was given up, and nothing younger",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const refunds = yield* RefundRepository
    const book = yield* Given.shelved(9)
    yield* holdBack
    const [waiting, paid] = [yield* bought(book), yield* bought(book)]
    const next = yield* confirmed(paid)
    yield* move(next)
    const back = yield* cancelled(next.order)
    yield* move(back)
    const late = new Captured({ paymentId: `late ${waiting.id}`, amount: waiting.total, currency: waiting.currency })
    const due = Refund.due(waiting, late, { key: PaymentKey.make(yield* Given.id), now: Given.at(700) })
    yield* refunds.add(due)
    const token = LeaseToken.make(yield* Given.id)
    const now = yield* DateTime.now
    yield* outbox.claim({ token, now, until: DateTime.addDuration(now, "1 minute"), limit: everything })
    yield* outbox.failed(next.event.id, token, { error: "no — é", dueAt: null })
    const ids = [waiting.id, paid.id, next.event.id, back.event.id]
    const parked = new Audit.DeliveryParked({ eventId: next.event.id, kind: "OrderConfirmed", error: "no — é" })
    yield* says("what is overdue of old", ids, [parked], Given.at(0))
    const stuck = new Audit.PaymentStuck({ orderId: waiting.id, since: Given.at(0) })
    yield* says("what is overdue a little later", ids, [parked, stuck], Given.at(1))
    const { paymentId } = late
    const refund = new Audit.RefundStuck({ orderId: waiting.id, paymentId, since: Given.at(700) })
    yield* says("what is overdue then", ids, [parked, stuck, refund], Given.at(1000))
    const all = yield* found(ids, DateTime.addDuration(yield* DateTime.now, "1 minute"))
    const kinds = all.map((violation) => [violation._tag, "eventId" in violation ? violation.eventId : violation._tag])
    const expected = [
      ["DeliveryLate", back.event.id],
      ["DeliveryParked", next.event.id],
      ["PaymentStuck", "PaymentStuck"],
      ["RefundStuck", "RefundStuck"],
      ["RefundStuck", "RefundStuck"]
    ]
    yield* same("what is overdue in the end", kinds.toSorted(), expected)
  })
)

const limited = law(
  "an audit names no more than asked for",
  Effect.gen(function* () {
    const auditor = yield* Auditor
    for (let i = 0; i < 3; i++) yield* Given.ordered(yield* Given.customer, [yield* Given.shelved(1)])
    const before = Given.at(1)
    yield* same("of stock", (yield* auditor.stock(2)).length, 2)
    yield* same("of what is overdue", (yield* auditor.overdue(before, 2)).length, 2)
    yield* holds("of none", (yield* auditor.totals(1)).length <= 1)
  })
)

export const auditing: ReadonlyArray<Law> = [
  silent,
  silentMeanwhile,
  stockCounted,
  notBelowZero,
  recountBesideBuyers,
  totals,
  events,
  payments,
  overdue,
  ...auditingLines,
  limited
]
