import { SqlClient } from "@effect/sql/SqlClient"
import { Array, DateTime, Duration, Effect, Either } from "effect"
import { expect, it } from "vitest"
import { Book, type Stock } from "../../src/domain/Book.js"
import type { EventId } from "../../src/domain/Event.js"
import * as Handout from "../../src/domain/Handout.js"
import * as Order from "../../src/domain/Order.js"
import type { Captured } from "../../src/domain/Payment.js"
import type { PreBookingId } from "../../src/domain/PreBookingId.js"
import * as Refund from "../../src/domain/Refund.js"
import { Auditor } from "../../src/ports/Auditor.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { RefundRepository } from "../../src/ports/RefundRepository.js"
import { aBook, aCustomer, newId, newLine, now, onBoth, placed, restockFacts, statementsOf } from "./sqlStores.js"

const atOnce = { concurrency: "unbounded" } as const

const bought = (book: Book, quantity = 1) =>
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* aCustomer
    yield* carts.add(customer, yield* newLine(book, quantity))
    return yield* placed(customer)
  })

const paid = (order: Order.PendingOrder) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const captured = { paymentId: `payment ${order.id}` } as Captured
    const move = Order.confirm(order, captured, yield* restockFacts)
    yield* orders.move(move)
    return move.order as Order.ConfirmedOrder
  })

const cancelled = (order: Order.ConfirmedOrder) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const move = yield* Order.cancel(order, yield* restockFacts)
    yield* orders.move(move)
    return move.order as Order.CancelledOrder
  })

/** All that an audit asks, about what waits since before an instant. */
const found = (before: DateTime.Utc = now, limit = 100) =>
  Effect.gen(function* () {
    const auditor = yield* Auditor
    const all = yield* Effect.all([
      auditor.stock(limit),
      auditor.totals(limit),
      auditor.events(limit),
      auditor.payments(limit),
      auditor.overdue(before, limit)
    ])
    return all.flat()
  })

const execute = (text: string) => Effect.flatMap(SqlClient, (sql) => sql.unsafe(text))

onBoth(({ run }) => {
  it("finds nothing on a sound store, and each kind of damage by its ids", () =>
    run(
      Effect.gen(function* () {
        const [books, orders, refunds] = yield* Effect.all([BookRepository, OrderRepository, RefundRepository])
        const [book, other, gone] = yield* Effect.all([aBook(), aBook(), aBook()])
        const pending = yield* bought(book, 2)
        const confirmed = yield* Effect.flatMap(bought(book, 3), paid)
        const second = yield* Effect.flatMap(bought(other, 4), paid)
        const given = yield* Effect.flatMap(Effect.flatMap(bought(book), paid), cancelled)
        const back = yield* Effect.flatMap(Effect.flatMap(bought(book), paid), cancelled)
        yield* orders.move(Order.refund(back, yield* restockFacts))
        const failed = yield* bought(book)
        yield* orders.move(Order.fail(failed, "declined", yield* restockFacts))
        yield* bought(gone)
        yield* books.remove(gone.id)
        yield* books.modify(book.id, (book) =>
          Either.right(new Book({ ...book, stockQuantity: 25 as Book["stockQuantity"] }))
        )
        const late = { paymentId: "late", amount: failed.total, currency: failed.currency } as Captured
        yield* refunds.add(Refund.due(failed, late, { key: "key" as Refund.Refund["key"], now }))
        expect(yield* found()).toEqual([])

        yield* execute(`UPDATE octavo_books SET stock = stock - 1 WHERE id = '${book.id}'`)
        yield* execute(`UPDATE octavo_orders SET total = total + 1 WHERE id = '${confirmed.id}'`)
        yield* execute(`DELETE FROM octavo_order_lines WHERE order_id = '${second.id}'`)
        yield* execute(`DELETE FROM octavo_outbox WHERE aggregate_id = '${given.id}' AND type = 'OrderCancelled'`)
        const [doubled, unfounded] = yield* Effect.all([newId, newId])
        const copied = "aggregate_id, type, payload, created_at, due_at"
        yield* execute(
          `INSERT INTO octavo_outbox (id, ${copied}) SELECT '${doubled}', ${copied} FROM octavo_outbox
WHERE aggregate_id = '${confirmed.id}'`
        )
        yield* execute(
          `INSERT INTO octavo_outbox (id, ${copied})
SELECT '${unfounded}', '${pending.id}', type, payload, created_at, due_at FROM octavo_outbox WHERE id = '${doubled}'`
        )
        yield* execute(`UPDATE octavo_orders SET payment_id = 'late' WHERE id = '${second.id}'`)
        yield* execute(`UPDATE octavo_orders SET payment_key = '${pending.paymentKey}' WHERE id = '${confirmed.id}'`)
        const ids = (...all: ReadonlyArray<string>) => all.toSorted()
        expect(yield* found()).toMatchObject([
          { _tag: "StockUnbalanced", bookId: book.id, stock: 24, onHold: 0, inOrders: 5, putIn: 30 },
          { _tag: "StockUnbalanced", bookId: other.id, stock: 6, onHold: 0, inOrders: 0, putIn: 10 },
          ...[
            { _tag: "TotalWrong", orderId: confirmed.id, total: 3 * book.price + 1, sum: 3 * book.price },
            { _tag: "TotalWrong", orderId: second.id, total: 4 * other.price, sum: null }
          ].toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)),
          { _tag: "EventMissing", orderId: given.id, kind: "OrderCancelled" },
          { _tag: "EventRepeated", orderId: confirmed.id, kind: "OrderConfirmed", times: 2 },
          { _tag: "EventUnfounded", orderId: pending.id, kind: "OrderConfirmed", eventId: unfounded },
          { _tag: "PaymentShared", paymentId: "late", orderIds: ids(second.id, failed.id) },
          { _tag: "PaymentKeyShared", key: pending.paymentKey, orderIds: ids(pending.id, confirmed.id) }
        ])
        const auditor = yield* Auditor
        for (const question of [auditor.stock, auditor.totals, auditor.events, auditor.payments]) {
          expect(yield* question(1)).toHaveLength(1)
        }
        expect([yield* auditor.recount(book.id), yield* auditor.recount(gone.id)]).toEqual([true, false])
        expect((yield* books.get(book.id)).stockQuantity).toBe(25)
        yield* execute(`UPDATE octavo_books SET put_in = 4 WHERE id = '${book.id}'`)
        expect(yield* auditor.recount(book.id)).toBe(false)
        expect((yield* books.get(book.id)).stockQuantity).toBe(25)
      })
    ))

  it("names what has waited since before an instant, and what was given up whenever that was", () =>
    run(
      Effect.gen(function* () {
        const [refunds, outbox, auditor] = yield* Effect.all([RefundRepository, Outbox, Auditor])
        const before = yield* auditor.overdue(DateTime.unsafeMake("9000-01-01"), 1000)
        const known = new Set(before.map((violation) => JSON.stringify(violation)))
        const news = (at: DateTime.Utc, limit = 1000) =>
          Effect.map(auditor.overdue(at, limit), (all) =>
            all.filter((violation) => !known.has(JSON.stringify(violation)))
          )
        const later = DateTime.addDuration(now, Duration.minutes(1))
        const book = yield* aBook()
        const pending = yield* bought(book)
        const given = yield* Effect.flatMap(Effect.flatMap(bought(book), paid), cancelled)
        const late = { paymentId: "late", amount: given.total, currency: given.currency } as Captured
        yield* refunds.add(Refund.due(given, late, { key: "key 2" as Refund.Refund["key"], now }))
        const token = (yield* newId) as never
        const claimed = yield* outbox.claim({ token, now: later, until: later, limit: 1000 })
        const own = claimed.find(({ event }) => "orderId" in event && event.orderId === given.id)
        if (own === undefined) throw new Error("the event was not claimed")
        yield* outbox.failed(own.event.id, token, { error: "no", dueAt: null })
        const parked = { _tag: "DeliveryParked", eventId: own.event.id, kind: "OrderConfirmed", error: "no" }
        expect(yield* news(now)).toMatchObject([parked])
        expect(yield* news(later)).toMatchObject([
          { _tag: "PaymentStuck", orderId: pending.id, since: now },
          { _tag: "RefundStuck", orderId: given.id, paymentId: given.paymentId, since: now },
          { _tag: "RefundStuck", orderId: given.id, paymentId: "late", since: now },
          parked,
          { _tag: "DeliveryLate", kind: "OrderCancelled", since: now }
        ])
        expect(yield* auditor.overdue(later, 2)).toHaveLength(2)
      })
    ))

  it("finds each kind of damage to those who wait by its ids, and counts them anew", () =>
    run(
      Effect.gen(function* () {
        const [books, preBookings, auditor] = yield* Effect.all([BookRepository, PreBookingRepository, Auditor])
        const [book, other] = yield* Effect.all([aBook({ stockQuantity: 0 }), aBook({ stockQuantity: 0 })])
        const asks = ({ id }: Book) =>
          Effect.gen(function* () {
            const asked = { id: (yield* newId) as PreBookingId, customerId: yield* aCustomer, bookId: id, now }
            return yield* Effect.flatMap(preBookings.request(asked), Effect.fromNullable)
          })
        const [first, second] = [yield* asks(book), yield* asks(book)]
        const [lost, kept] = [yield* asks(other), yield* asks(other)]
        yield* books.modify(book.id, (book) => Either.right(new Book({ ...book, stockQuantity: 1 as Stock })))
        const line = yield* Effect.flatMap(preBookings.line(book.id, now, 10), Effect.fromNullable)
        const eventIds = (yield* Effect.all(Array.makeBy(9, () => newId))).map((id) => id as EventId)
        const facts = { now, hold: Duration.hours(1), eventIds }
        yield* preBookings.hand(line, Handout.decide(line, "queue", facts))
        const ids = new Set<string>([book.id, other.id, first.id, second.id, lost.id, kept.id])
        const later = DateTime.addDuration(now, Duration.hours(2))
        const news = Effect.map(found(later, 1000), (all) =>
          all.filter(
            (violation) =>
              ("bookId" in violation && ids.has(violation.bookId)) ||
              ("preBookingId" in violation && ids.has(violation.preBookingId))
          )
        )
        const lapsed = { _tag: "HoldLapsed", preBookingId: line.first[0]?.id, bookId: book.id }
        expect(yield* news).toMatchObject([lapsed])

        const held = line.first[0]?.id
        const next = [first, second].find(({ id }) => id !== held)
        yield* execute(`UPDATE octavo_books SET held = 3, waiting = 0, stock = 2 WHERE id = '${book.id}'`)
        yield* execute(`UPDATE octavo_prebooks SET wave = 7 WHERE id = '${lost.id}'`)
        yield* execute(`DELETE FROM octavo_outbox WHERE aggregate_id = '${held}'`)
        const byBook = (a: { readonly bookId: string }, b: { readonly bookId: string }) =>
          a.bookId < b.bookId ? -1 : 1
        expect(yield* news).toMatchObject([
          ...[
            { _tag: "StockUnbalanced", bookId: book.id, stock: 2, onHold: 3, inOrders: 0, putIn: 1 },
            { _tag: "LineMiscounted", bookId: book.id, waiting: 0, waits: 1, held: 3, holds: 1 },
            { _tag: "StockWithheld", bookId: book.id, stock: 2, waits: 1 },
            { _tag: "LineMiscounted", bookId: other.id, waiting: 2, waits: 1, held: 0, holds: 0 }
          ].toSorted(byBook),
          { _tag: "PreBookingEventMissing", preBookingId: held, kind: "PreBookingHeld" },
          lapsed,
          { _tag: "WaiterForgotten", preBookingId: lost.id, bookId: other.id }
        ])
        expect([yield* auditor.recount(book.id), yield* auditor.recount(other.id)]).toEqual([true, true])
        expect(
          yield* Effect.map(
            news,
            Array.map(({ _tag }) => _tag)
          )
        ).toEqual(["PreBookingEventMissing", "HoldLapsed", "WaiterForgotten"])
        const after = yield* Effect.flatMap(preBookings.line(book.id, now, 10), Effect.fromNullable)
        expect(after).toMatchObject({ book: { stockQuantity: 0 }, arrived: 0, waiting: 1, first: [{ id: next?.id }] })

        yield* execute(`UPDATE octavo_books SET put_in = 4 WHERE id = '${book.id}'`)
        expect(yield* auditor.recount(book.id)).toBe(true)
        expect(yield* preBookings.line(book.id, now, 10)).toMatchObject({ book: { stockQuantity: 0 }, arrived: 3 })
        yield* execute(`UPDATE octavo_books SET put_in = 3 WHERE id = '${book.id}'`)
        yield* Effect.forEach([first, second], ({ customerId, id }) => preBookings.cancel(customerId, id, now))
        expect(yield* auditor.recount(book.id)).toBe(true)
        expect(yield* preBookings.line(book.id, now, 10)).toMatchObject({ book: { stockQuantity: 0 }, arrived: 3 })
        yield* execute(`UPDATE octavo_books SET put_in = 5 WHERE id = '${book.id}'`)
        expect(yield* auditor.recount(book.id)).toBe(true)
        expect(yield* preBookings.line(book.id, now, 10)).toMatchObject({ book: { stockQuantity: 2 }, arrived: 3 })
        yield* execute(`DELETE FROM octavo_books WHERE id = '${other.id}'`)
        const forgotten = yield* Effect.map(auditor.overdue(now, 1000), (all) =>
          all.flatMap((violation) => ("preBookingId" in violation ? [violation.preBookingId] : []))
        )
        expect(forgotten.toSorted()).toEqual([lost.id, kept.id].toSorted())
      })
    ))

  it("asks each question in one statement", () =>
    run(
      Effect.gen(function* () {
        const auditor = yield* Auditor
        expect(yield* statementsOf(auditor.stock(10))).toHaveLength(1)
        expect(yield* statementsOf(auditor.totals(10))).toHaveLength(1)
        expect(yield* statementsOf(auditor.events(10))).toHaveLength(1)
        expect(yield* statementsOf(auditor.payments(10))).toHaveLength(1)
        expect(yield* statementsOf(auditor.overdue(now, 10))).toHaveLength(1)
      })
    ))
})

onBoth(({ run, processes }) => {
  it("finds nothing beside customers who buy, fail and cancel, and recounts beside them without losing a copy", () =>
    run(
      Effect.gen(function* () {
        const books = yield* Effect.all(Array.makeBy(3, () => aBook({ stockQuantity: 40 })))
        const buyer = (i: number) =>
          Effect.gen(function* () {
            const [carts, orders] = yield* Effect.all([CartRepository, OrderRepository])
            for (const round of Array.range(1, 8)) {
              const customer = yield* aCustomer
              for (const book of books) yield* carts.add(customer, yield* newLine(book, 1 + ((i + round) % 3)))
              const order = yield* placed(customer)
              if (round % 3 === 0) yield* orders.move(Order.fail(order, "declined", yield* restockFacts))
              else if (round % 3 === 1) yield* Effect.flatMap(paid(order), cancelled)
              else yield* paid(order)
            }
          })
        let shopping = true
        const watching = Effect.gen(function* () {
          const auditor = yield* Auditor
          while (shopping) {
            expect(yield* found(DateTime.unsafeMake("2000-01-01"))).toEqual([])
            for (const { id } of books) expect(yield* auditor.recount(id)).toBe(true)
            yield* Effect.sleep("2 millis")
          }
        })
        const [other, third] = yield* processes(2)
        if (!other || !third) return
        yield* Effect.all(
          [
            Effect.all(Array.makeBy(4, buyer), atOnce).pipe(Effect.ensuring(Effect.sync(() => (shopping = false)))),
            Effect.provide(watching, other),
            Effect.provide(watching, third)
          ],
          atOnce
        )
        expect(yield* found(DateTime.unsafeMake("2000-01-01"))).toEqual([])
        const repository = yield* BookRepository
        const left = yield* Effect.forEach(books, ({ id }) => repository.get(id))
        const sold = [1, 2, 3, 4].flatMap((i) => [2, 5, 8].map((round) => 1 + ((i - 1 + round) % 3)))
        const copies = sold.reduce((sum, quantity) => sum + quantity, 0)
        expect(left.map(({ stockQuantity }) => stockQuantity)).toEqual(books.map(() => 40 - copies))
      }).pipe(Effect.scoped)
    ))
})
