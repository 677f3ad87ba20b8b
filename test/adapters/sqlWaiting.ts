/** Customers who wait for a book, straight from the repositories, and what the tables say of it. */
import { SqlClient } from "@effect/sql/SqlClient"
import { Array, DateTime, Duration, Effect, Either } from "effect"
import * as Database from "../../src/adapters/sql/Database.js"
import { Book, type Stock } from "../../src/domain/Book.js"
import * as Checkout from "../../src/domain/Checkout.js"
import type { EventId } from "../../src/domain/Event.js"
import * as Handout from "../../src/domain/Handout.js"
import type { CustomerId } from "../../src/domain/Id.js"
import type { Currency } from "../../src/domain/Money.js"
import type { OrderId } from "../../src/domain/OrderId.js"
import type { PaymentKey } from "../../src/domain/Payment.js"
import type { Policy, PreBookingId } from "../../src/domain/PreBooking.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, aCustomer, newId, now } from "./sqlStores.js"

export const later = (duration: Duration.DurationInput) => DateTime.addDuration(now, Duration.decode(duration))

export const soldOut = aBook({ stockQuantity: 0 })

export const transact = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Transactor, (transactor) => transactor.transact(effect))

export const request = (customerId: CustomerId, { id: bookId }: Book, at = now) =>
  Effect.gen(function* () {
    const preBookings = yield* PreBookingRepository
    const id = (yield* newId) as PreBookingId
    const waiting = yield* preBookings.request({ id, customerId, bookId, now: at })
    return waiting ?? (yield* Effect.dieMessage("there are copies to be handed out"))
  })

/** So many customers in line, one millisecond after the other. */
export const inLine = (book: Book, count: number) =>
  Effect.forEach(Array.range(0, count - 1), (n) =>
    Effect.flatMap(aCustomer, (customer) => request(customer, book, later(n)))
  )

/** Copies come in. */
export const arrive = ({ id }: Book, copies: number) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(id, (book) =>
      Either.right(new Book({ ...book, stockQuantity: (book.stockQuantity + copies) as Stock }))
    )
  )

/** The line, and what is to be done with it. */
export const decided = ({ id }: Book, policy: Policy, at = now, hold: Duration.DurationInput = "1 hour") =>
  Effect.gen(function* () {
    const preBookings = yield* PreBookingRepository
    const line = (yield* preBookings.line(id, at, 500)) ?? (yield* Effect.dieMessage("the book is gone"))
    const eventIds = yield* Effect.replicateEffect(newId, Handout.eventsNeeded(line))
    const facts = { now: at, hold: Duration.decode(hold), eventIds: eventIds as unknown as ReadonlyArray<EventId> }
    return { line, handout: Handout.decide(line, policy, facts) }
  })

export const handOut = (...given: Parameters<typeof decided>) =>
  transact(
    Effect.gen(function* () {
      const preBookings = yield* PreBookingRepository
      const { line, handout } = yield* decided(...given)
      return yield* preBookings.hand(line, handout)
    })
  )

/** A sold-out book with a copy that came in, and is held for the first of so many in line. */
export const heldFirst = (count = 1) =>
  Effect.gen(function* () {
    const book = yield* soldOut
    const bookings = yield* inLine(book, count)
    yield* arrive(book, 1)
    yield* handOut(book, "queue")
    return { book, bookings, first: Array.unsafeGet(bookings, 0) }
  })

/** What is in the customer's cart becomes a pending order, with what is held for him. */
export const bought = (customer: CustomerId) =>
  Effect.gen(function* () {
    const [carts, orders, books] = [yield* CartRepository, yield* OrderRepository, yield* BookRepository]
    return yield* transact(
      Effect.gen(function* () {
        const order = yield* Checkout.place(yield* carts.take(customer), {
          id: (yield* newId) as OrderId,
          customerId: customer,
          currency: "USD" as Currency,
          now,
          paymentKey: (yield* newId) as PaymentKey,
          attempt: null,
          expectedTotal: null
        })
        yield* orders.add(order)
        yield* books.reserve(Checkout.copies(order), { customerId: customer, orderId: order.id, now })
        return order
      })
    )
  })

/** Many in line at a stroke, or with `fields` whatever else. */
export const crowd = (book: Book, count: number, fields: object = {}) =>
  Effect.gen(function* () {
    const { sql, write, recordset } = Database.make(yield* SqlClient)
    const rows = yield* Effect.forEach(Array.range(1, count), (n) =>
      Effect.map(newId, (id) => ({
        book_id: book.id,
        id,
        customer_id: `one of a crowd ${id}`,
        status: "waiting",
        wave: 0,
        title: book.title,
        author: book.author,
        created_at: DateTime.formatIso(later(n)),
        notified_at: null,
        expires_at: null,
        fulfilled_at: null,
        order_id: null,
        ...fields
      }))
    )
    const names = sql.literal(Object.keys(columns).join(", "))
    yield* write(
      "crowd",
      sql`INSERT INTO octavo_prebooks (${names}) SELECT ${names} FROM ${recordset(rows, columns)} AS v`
    )
    yield* write(
      "crowd",
      sql`UPDATE octavo_books SET
waiting = (SELECT count(*) FROM octavo_prebooks p WHERE p.book_id = octavo_books.id AND p.status = 'waiting'),
held = (SELECT count(*) FROM octavo_prebooks p WHERE p.book_id = octavo_books.id AND p.status = 'held')
WHERE id = ${book.id}`
    )
  })

/** All that is kept of a book, of those who wait for it, and of what was told of either. */
export const seen = ({ id }: Book) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const [book] =
      yield* sql`SELECT stock, waiting, held, arrived, wave, told, put_in FROM octavo_books WHERE id = ${id}`
    const bookings = yield* sql`SELECT * FROM octavo_prebooks WHERE book_id = ${id} ORDER BY created_at, id`
    const waves = yield* sql`SELECT * FROM octavo_waves WHERE book_id = ${id} ORDER BY wave`
    const events = yield* sql<{ type: string; seq: number }>`SELECT type, seq FROM octavo_outbox
WHERE aggregate_id = ${id} OR aggregate_id IN (SELECT p.id FROM octavo_prebooks p WHERE p.book_id = ${id}) ORDER BY id`
    const counts = Object.fromEntries(Object.entries(book ?? {}).map(([name, value]) => [name, Number(value)]))
    return { counts, bookings, statuses: bookings.map(({ status }) => status), waves, events }
  })

// internal

const columns = {
  book_id: "uuid",
  id: "uuid",
  customer_id: "text",
  status: "text",
  wave: "integer",
  title: "text",
  author: "text",
  created_at: "instant",
  notified_at: "instant",
  expires_at: "instant",
  fulfilled_at: "instant",
  order_id: "uuid"
} as const
