import { SqlClient } from "@effect/sql/SqlClient"
import { Array, DateTime, Effect, Either } from "effect"
import { expect, it } from "vitest"
import * as Database from "../../src/adapters/sql/Database.js"
import { Book } from "../../src/domain/Book.js"
import type { Quantity } from "../../src/domain/Cart.js"
import { BookRestocked, type EventId, PreBookingNotified, PreBookingWithdrawn } from "../../src/domain/Event.js"
import type { CustomerId } from "../../src/domain/Id.js"
import type { Price } from "../../src/domain/Money.js"
import * as Order from "../../src/domain/Order.js"
import type { OrderId } from "../../src/domain/OrderId.js"
import type { Cancelled, Notified, Waiting } from "../../src/domain/PreBooking.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, aCustomer, type Needs, newId, newLine, now, onBoth, restockFacts, statementsOf } from "./sqlStores.js"
import {
  arrive,
  bought,
  crowd,
  decided,
  handOut,
  heldFirst,
  inLine,
  later,
  request,
  seen,
  soldOut,
  transact
} from "./sqlWaiting.js"

const isControl = (text: string) => /^(BEGIN|COMMIT|SAVEPOINT|RELEASE)/.test(text)

const costs = {
  sqlite: { request: 4, cancel: 4, line: 2, hand: 3, broadcast: 3 },
  postgres: { request: 3, cancel: 3, line: 2, hand: 2, broadcast: 2 }
}

onBoth(({ dialect, run }) => {
  const cost = costs[dialect]

  const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.map(statementsOf(effect), (made) => made.filter((text) => !isControl(text)).length)

  it("puts a customer in line, takes him out, and hands a copy out, with as many statements as each may cost", () =>
    run(
      Effect.gen(function* () {
        const [preBookings, book, customer] = [yield* PreBookingRepository, yield* soldOut, yield* aCustomer]
        yield* inLine(book, 3)
        expect(yield* counted(request(customer, book))).toBe(cost.request)
        const [booking] = yield* preBookings.after(customer, now, null, 1)
        if (booking === undefined) return yield* Effect.dieMessage("nobody waits")
        expect(yield* counted(preBookings.cancel(customer, booking.id, now))).toBe(cost.cancel)
        yield* arrive(book, 2)
        const { line, handout } = yield* decided(book, "queue")
        expect(yield* counted(decided(book, "queue"))).toBe(cost.line)
        expect(yield* counted(preBookings.hand(line, handout))).toBe(cost.hand)
        expect((yield* seen(book)).statuses.toSorted()).toEqual(["cancelled", "held", "held", "waiting"])
      })
    ))

  it("takes copies that nobody has on hold with one statement, whoever the buyer is", () =>
    run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        const all = yield* Effect.replicateEffect(aBook(), 5)
        const copies = Array.map(all as [Book, ...Array<Book>], (book) => one(book))
        const buyer = { customerId: yield* aCustomer, orderId: (yield* newId) as OrderId, now }
        expect(yield* statementsOf(books.reserve(copies))).toHaveLength(1)
        expect(yield* statementsOf(books.reserve(copies, buyer))).toHaveLength(1)
      })
    ))

  it("hands out to 500 and tells 500 with as many statements as to one", () =>
    run(
      Effect.gen(function* () {
        const [preBookings, outbox] = [yield* PreBookingRepository, yield* Outbox]
        const queued = yield* soldOut
        yield* crowd(queued, 600)
        yield* arrive(queued, 550)
        const { line, handout } = yield* decided(queued, "queue")
        expect(handout.held).toHaveLength(500)
        expect(yield* counted(preBookings.hand(line, handout))).toBe(cost.hand)
        expect((yield* seen(queued)).counts).toMatchObject({ stock: 0, waiting: 100, held: 500, arrived: 50 })

        const told = yield* soldOut
        yield* crowd(told, 600)
        yield* arrive(told, 1)
        const all = yield* decided(told, "broadcast")
        expect(yield* counted(preBookings.hand(all.line, all.handout))).toBe(cost.broadcast)
        expect((yield* seen(told)).counts).toMatchObject({ stock: 1, waiting: 0, wave: 1, told: 1 })
        const batch = transact(
          Effect.gen(function* () {
            const bookings = yield* preBookings.untold(told.id, 500)
            if (!Array.isNonEmptyReadonlyArray(bookings)) return []
            const written = yield* preBookings.told(bookings)
            expect(written.size).toBe(bookings.length)
            const events = yield* Effect.forEach(bookings, notified)
            yield* outbox.append(events as [PreBookingNotified])
            return bookings
          })
        )
        expect(yield* counted(batch)).toBe(4)
        const { statuses, waves, events } = yield* seen(told)
        expect(statuses.filter((status) => status === "notified")).toHaveLength(500)
        expect(waves).toHaveLength(1)
        expect(events.filter(({ type, seq }) => type === "PreBookingNotified" && seq === 1)).toHaveLength(500)
        expect(yield* Effect.map(batch, (bookings) => bookings.length)).toBe(100)
        // Nothing of the wave is left to be told.
        expect((yield* seen(told)).waves).toEqual([])
        expect(yield* batch).toEqual([])
      })
    ))

  it("keeps the order of what is told of one pre-booking, and counts what is told of its book", () =>
    run(
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const { book } = yield* heldFirst()
        yield* handOut(book, "queue", later("1 hour"))
        yield* outbox.append([yield* restocked(book)])
        const { events, counts } = yield* seen(book)
        expect(events).toEqual([
          { type: "PreBookingHeld", seq: 1 },
          { type: "PreBookingExpired", seq: 2 },
          { type: "BookRestocked", seq: 1 },
          { type: "BookRestocked", seq: 2 }
        ])
        expect(counts).toMatchObject({ stock: 1, held: 0, arrived: 0, told: 2 })

        const gone = yield* soldOut
        const [booking] = yield* inLine(gone, 1)
        if (booking === undefined) return yield* Effect.dieMessage("nobody waits")
        const withdrawn = yield* withdrawal(booking)
        yield* outbox.append([withdrawn, yield* restocked(gone)])
        expect((yield* seen(gone)).events.toSorted((a, b) => a.type.localeCompare(b.type))).toEqual([
          { type: "BookRestocked", seq: 1 },
          { type: "PreBookingWithdrawn", seq: 2 }
        ])
      })
    ))

  /** What happens to a book with one copy on hold, one that has arrived, and three in line, after the line was read. */
  const overtaken: Record<string, (at: Effect.Effect.Success<typeof aLine>) => Effect.Effect<unknown, unknown, Needs>> =
    {
      "more copies came in": ({ book }) => arrive(book, 1),
      "another asked to wait": ({ book }) => Effect.flatMap(aCustomer, (customer) => request(customer, book)),
      "the book went": ({ book }) => Effect.flatMap(BookRepository, (books) => books.remove(book.id)),
      "the first in line gave up, and another came": ({ book, bookings }) =>
        Effect.gen(function* () {
          yield* Effect.forEach(bookings.slice(1, 2), cancel)
          yield* request(yield* aCustomer, book)
        }),
      "the copy on hold was bought, and another held in its place": ({ book, first }) =>
        Effect.gen(function* () {
          const buyer = { customerId: first.customerId, orderId: (yield* newId) as OrderId, now }
          yield* Effect.flatMap(BookRepository, (books) => books.reserve([one(book)], buyer))
          yield* crowd(book, 1, held)
        })
    }

  const aLine = Effect.gen(function* () {
    const held = yield* heldFirst(4)
    yield* arrive(held.book, 1)
    // The hold has lapsed: with the copy that has arrived there are two for the next in line.
    return { ...held, ...(yield* decided(held.book, "queue", later("1 hour"))) }
  })

  for (const [name, happens] of Object.entries(overtaken)) {
    it(`hands nothing out, and leaves nothing behind, where ${name} since the line was read`, () =>
      run(
        Effect.gen(function* () {
          const [preBookings, books, sql] = [yield* PreBookingRepository, yield* BookRepository, yield* SqlClient]
          const at = yield* aLine
          expect([at.handout.expired, at.handout.held].map(({ length }) => length)).toEqual([1, 2])
          yield* happens(at)
          const before = yield* seen(at.book)
          expect(yield* preBookings.hand(at.line, at.handout)).toBe(false)
          expect(yield* seen(at.book)).toEqual(before)

          // The host's own work is kept, and nothing beside it.
          const other = yield* aBook()
          const dearer = (book: Book) => Either.right(new Book({ ...book, price: 999 as Price }))
          const handed = yield* transact(
            Effect.zipRight(books.modify(other.id, dearer), preBookings.hand(at.line, at.handout))
          )
          expect(handed).toBe(false)
          expect((yield* books.get(other.id)).price).toBe(999)
          expect(yield* seen(at.book)).toEqual(before)
          expect(yield* sql`SELECT id FROM octavo_outbox WHERE id = ${at.handout.events[0]?.id ?? ""}`).toEqual([])
        })
      ))
  }

  it("hands nothing to those who were told meanwhile, though as many others have come and the numbers are the same", () =>
    run(
      Effect.gen(function* () {
        const [preBookings, books, book] = [yield* PreBookingRepository, yield* BookRepository, yield* soldOut]
        yield* inLine(book, 3)
        yield* arrive(book, 1)
        const { line, handout } = yield* decided(book, "queue")
        yield* handOut(book, "broadcast")
        yield* books.reserve([one(book)])
        yield* inLine(book, 3)
        yield* arrive(book, 1)
        const before = yield* seen(book)
        expect(before.counts).toMatchObject({ stock: 0, waiting: line.waiting, arrived: line.arrived })
        expect(yield* preBookings.hand(line, handout)).toBe(false)
        expect(yield* seen(book)).toEqual(before)
      })
    ))

  it("makes all of it come true where nothing has happened since", () =>
    run(
      Effect.gen(function* () {
        const preBookings = yield* PreBookingRepository
        const { book, line, handout } = yield* aLine
        expect(yield* preBookings.hand(line, handout)).toBe(true)
        const { counts, statuses, events } = yield* seen(book)
        expect(counts).toMatchObject({ stock: 0, waiting: 1, held: 2, arrived: 0, put_in: 2 })
        expect(statuses).toEqual(["expired", "held", "held", "waiting"])
        expect(events.map(({ type }) => type).toSorted()).toEqual([
          "PreBookingExpired",
          ...["PreBookingHeld", "PreBookingHeld", "PreBookingHeld"]
        ])
        // What was done once is not done again.
        expect(yield* preBookings.hand(line, handout)).toBe(false)
      })
    ))

  it("takes all copies or none beside one that is held, also in a transaction of the host's that goes on", () =>
    run(
      Effect.gen(function* () {
        const [books, { transact: host }] = [yield* BookRepository, yield* Transactor]
        const { book, first } = yield* heldFirst(2)
        const other = yield* aBook({ stockQuantity: 1 })
        const buyer = { customerId: first.customerId, orderId: (yield* newId) as OrderId, now }
        const copies = (ofOther: number) => [one(book), one(other, ofOther)] as const
        const before = yield* seen(book)
        const refused = yield* host(Effect.either(books.reserve(copies(2), buyer)))
        expect(refused).toMatchObject({
          left: { _tag: "InsufficientStock", items: [{ bookId: other.id, available: 1 }] }
        })
        const twice = yield* Effect.flip(books.reserve([one(book, 2)], buyer))
        expect(twice).toMatchObject({ items: [{ requested: 2, available: 1 }] })
        expect(yield* seen(book)).toEqual(before)
        // Without a buyer, for another, or when its time is over, the copy is not to be had.
        for (const nobody of [
          undefined,
          { ...buyer, customerId: "another" as CustomerId },
          { ...buyer, now: later("1 hour") }
        ]) {
          expect(yield* Effect.flip(books.reserve([one(book)], nobody))).toMatchObject({ items: [{ available: 0 }] })
        }
        expect(yield* seen(book)).toEqual(before)
        yield* host(books.reserve(copies(1), buyer))
        expect((yield* seen(book)).counts).toMatchObject({ stock: 0, held: 0, waiting: 1 })
        expect((yield* seen(book)).bookings[0]).toMatchObject({ status: "fulfilled", order_id: buyer.orderId })
        expect((yield* seen(other)).counts.stock).toBe(0)
      })
    ))

  it("takes the copy that is held for the buyer before one on the shelf, and for another the one on the shelf alone", () =>
    run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        const { book, first } = yield* heldFirst()
        yield* arrive(book, 2)
        const buyer = { customerId: first.customerId, orderId: (yield* newId) as OrderId, now }
        yield* books.reserve([one(book)], { ...buyer, customerId: "another" as CustomerId })
        expect((yield* seen(book)).counts).toMatchObject({ stock: 1, held: 1 })
        yield* books.reserve([one(book)], buyer)
        expect((yield* seen(book)).counts).toMatchObject({ stock: 1, held: 0 })
      })
    ))

  it("gives a held copy back to its customer and the others to the shelf, to those who wait, or to nobody", () =>
    run(
      Effect.gen(function* () {
        const [orders, carts, books] = [yield* OrderRepository, yield* CartRepository, yield* BookRepository]
        /** Two copies, one of which was held for the buyer; `meanwhile` they are at the gateway. */
        const declined = (waiters: number, meanwhile: (book: Book) => Effect.Effect<unknown, unknown, Needs>) =>
          Effect.gen(function* () {
            const { book, first } = yield* heldFirst()
            yield* arrive(book, 1)
            yield* carts.add(first.customerId, yield* newLine(book, 2))
            const order = yield* bought(first.customerId)
            yield* Effect.when(inLine(book, waiters), () => waiters > 0)
            yield* meanwhile(book)
            expect(yield* orders.move(Order.fail(order, "declined", yield* restockFacts))).toBe(true)
            return yield* seen(book)
          })
        const alone = yield* declined(0, () => Effect.void)
        expect(alone.counts).toMatchObject({ stock: 1, held: 1, arrived: 0, put_in: 2 })
        expect(alone.bookings).toMatchObject([{ status: "held", order_id: null, fulfilled_at: null }])
        expect(alone.events.map(({ type }) => type)).toContain("BookRestocked")

        const waited = yield* declined(1, () => Effect.void)
        expect(waited.counts).toMatchObject({ stock: 0, held: 1, arrived: 1, waiting: 1, told: 0 })
        expect(waited.events.map(({ type }) => type)).not.toContain("BookRestocked")

        const gone = yield* declined(0, ({ id }) => books.remove(id))
        expect(gone.bookings).toMatchObject([{ status: "cancelled", order_id: null, fulfilled_at: null }])
        expect(gone.waves).toEqual([])
      })
    ))

  it("tells nobody of a shelf that stays empty, because the only copy that comes back is held again", () =>
    run(
      Effect.gen(function* () {
        const [orders, carts] = [yield* OrderRepository, yield* CartRepository]
        const { book, first } = yield* heldFirst()
        yield* carts.add(first.customerId, yield* newLine(book))
        const order = yield* bought(first.customerId)
        yield* orders.move(Order.fail(order, "declined", yield* restockFacts))
        expect((yield* seen(book)).counts).toMatchObject({ stock: 0, held: 1, told: 0 })
        expect((yield* seen(book)).events.map(({ type }) => type)).toEqual(["PreBookingHeld"])
      })
    ))

  it("has no customer wait for a book that is in stock, by constraint", () =>
    run(
      Effect.gen(function* () {
        const { sql, typed } = Database.make(yield* SqlClient)
        const book = yield* soldOut
        yield* inLine(book, 1)
        const refused = yield* Effect.flip(sql`UPDATE octavo_books SET stock = 1 WHERE id = ${book.id}`)
        expect(String(refused.cause)).toMatch(/check/i)
        const twice = yield* Effect.flip(
          sql`INSERT INTO octavo_prebooks (book_id, id, customer_id, status, wave, title, author, created_at)
SELECT book_id, ${typed(yield* newId, "uuid")}, customer_id, status, wave, title, author, created_at FROM octavo_prebooks WHERE book_id = ${book.id}`
        )
        expect(String(twice.cause)).toMatch(/unique/i)
      })
    ))
})

// internal

const one = ({ id }: Book, quantity = 1) => ({ bookId: id, quantity: quantity as Quantity })

const held = {
  status: "held",
  notified_at: DateTime.formatIso(now),
  expires_at: DateTime.formatIso(later("1 hour"))
}

const cancel = ({ customerId, id }: Waiting) =>
  Effect.flatMap(PreBookingRepository, (preBookings) => preBookings.cancel(customerId, id, now))

const eventOf = (booking: Waiting | Notified | Cancelled) =>
  Effect.map(newId, (id) => {
    const { id: preBookingId, customerId, bookId, title, author } = booking
    return { id: id as EventId, at: now, preBookingId, customerId, bookId, title, author }
  })

const notified = (booking: Notified | Cancelled) =>
  Effect.map(eventOf(booking), (facts) => new PreBookingNotified(facts))

const withdrawal = (booking: Waiting) => Effect.map(eventOf(booking), (facts) => new PreBookingWithdrawn(facts))

const restocked = ({ id: bookId }: Book) =>
  Effect.map(newId, (id) => new BookRestocked({ id: id as EventId, at: now, bookId }))
