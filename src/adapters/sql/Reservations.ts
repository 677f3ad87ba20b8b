/** All copies that are asked for, or none: from the shelf, and of those that are held for the buyer. */
import { Array, DateTime, Effect } from "effect"
import { type Book, type BookId, Stock } from "../../domain/Book.js"
import { type Copies, InsufficientStock, ItemsUnavailable } from "../../domain/Checkout.js"
import type { PreBookingId } from "../../domain/PreBookingId.js"
import type { Buyer } from "../../ports/BookRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict } from "./Failure.js"
import * as Rows from "./Rows.js"

export const make = (database: Database) => {
  const { sql, run, write, join, typed, recordset, locking } = database

  /**
   * How many books there are whose copies were all taken: all of them or none. Only the rows as locked count: PostgreSQL
   * looks for rows, and checks their constraints first, as they were when the statement began. Where a copy is on hold
   * it may be the buyer's.
   */
  const take = (wanted: ReadonlyArray<Wanted>, buyer: Buyer | undefined) =>
    write(
      reserving,
      sql`WITH wanted AS (
  SELECT * FROM ${recordset(wanted, { book_id: "uuid", quantity: "integer" })} AS v
), there AS (
  SELECT b.id, b.stock, b.waiting, b.held FROM octavo_books b WHERE b.id IN (SELECT book_id FROM wanted)
  ORDER BY b.id ${locking("FOR NO KEY UPDATE", "b")}
)
UPDATE octavo_books SET stock = t.stock - w.quantity, waiting = t.waiting FROM there t JOIN wanted w ON w.book_id = t.id
WHERE octavo_books.id = t.id AND ${typed(wanted.length, "bigint")} = (
  SELECT count(*) FROM there JOIN wanted ON wanted.book_id = there.id
  WHERE there.stock >= wanted.quantity ${sql.literal(buyer === undefined ? "" : "AND there.held = 0")}
)`
    )

  const ofBooks = (wanted: ReadonlyArray<Wanted>, id: string) =>
    sql`${sql.literal(id)} IN (SELECT v.book_id FROM ${recordset(wanted, { book_id: "uuid" })} AS v)`

  /** With what is held for the buyer, decided on all of it under the locks of the books. */
  const takeHeld = (wanted: ReadonlyArray<Wanted>, { customerId, orderId, now }: Buyer) =>
    join(
      Effect.gen(function* () {
        const rows = yield* run(reserving, BookRows.locked(database, ofBooks(wanted, "b.id")))
        const at = DateTime.formatIso(now)
        const held = yield* run(
          reserving,
          sql<HeldRow>`SELECT p.book_id, p.id FROM octavo_prebooks p WHERE ${ofBooks(wanted, "p.book_id")}
AND p.customer_id = ${customerId} AND p.status = 'held' AND p.expires_at > ${at}`
        )
        const own = new Set(held.map(({ book_id }) => book_id))
        const refused = refusal(wanted, rows, own)
        if (refused !== null) return yield* refused
        if (held.length > 0) {
          yield* write(
            reserving,
            sql`UPDATE octavo_prebooks SET status = 'fulfilled', order_id = ${orderId}, fulfilled_at = ${at}
FROM ${recordset(held, { book_id: "uuid", id: "uuid" })} AS v
WHERE octavo_prebooks.book_id = v.book_id AND octavo_prebooks.id = v.id`
          )
        }
        const taken = wanted.map(({ book_id, quantity }) => {
          const kept = own.has(book_id) ? 1 : 0
          return { book_id, shelf: quantity - kept, kept }
        })
        yield* write(
          reserving,
          sql`UPDATE octavo_books SET stock = octavo_books.stock - v.shelf, held = octavo_books.held - v.kept
FROM ${recordset(taken, { book_id: "uuid", shelf: "integer", kept: "integer" })} AS v WHERE octavo_books.id = v.book_id`
        )
      })
    )

  return (
    copies: Array.NonEmptyReadonlyArray<Copies>,
    buyer?: Buyer
  ): Effect.Effect<void, InsufficientStock | ItemsUnavailable | StoreError> => {
    const wanted = sums(copies)
    return Effect.gen(function* () {
      for (let attempt = 0; attempt < 5; attempt++) {
        if ((yield* take(wanted, buyer)) > 0) return
        const rows = yield* run(
          reserving,
          sql<Rows.BookRow & { held: Rows.Whole<number> }>`SELECT ${sql.literal(BookRows.columns)}, b.held
FROM octavo_books b WHERE ${ofBooks(wanted, "b.id")}`
        )
        if (buyer !== undefined && rows.some(({ held }) => Rows.whole(held) > 0)) return yield* takeHeld(wanted, buyer)
        const refused = refusal(wanted, rows, new Set())
        if (refused !== null) return yield* refused
      }
      yield* conflict(reserving, "the stock kept changing")
    })
  }
}

// internal

const reserving = "BookRepository.reserve"

type Wanted = { readonly book_id: BookId; readonly quantity: number }

interface HeldRow {
  readonly [column: string]: unknown
  readonly book_id: BookId
  readonly id: PreBookingId
}

/** A book may be named twice. */
const sums = (copies: ReadonlyArray<Copies>): ReadonlyArray<Wanted> => {
  const asked = new Map<BookId, number>()
  for (const { bookId, quantity } of copies) asked.set(bookId, (asked.get(bookId) ?? 0) + quantity)
  return [...asked].map(([book_id, quantity]) => ({ book_id, quantity }))
}

/** What keeps these copies from being taken, where one of each of `own` is held for the buyer. */
const refusal = (wanted: ReadonlyArray<Wanted>, rows: ReadonlyArray<Rows.BookRow>, own: ReadonlySet<BookId>) => {
  const books = new Map(rows.map((row) => [row.id, Rows.book(row)]))
  const gone = wanted.flatMap(({ book_id }) => (books.has(book_id) ? [] : [book_id]))
  if (Array.isNonEmptyArray(gone)) return new ItemsUnavailable({ bookIds: gone })
  const short = wanted.flatMap(({ book_id, quantity }) => {
    const book = books.get(book_id)
    if (book === undefined) return []
    const available = Stock.make(book.stockQuantity + (own.has(book_id) ? 1 : 0))
    return available >= quantity ? [] : [shortfall(book, quantity, available)]
  })
  return Array.isNonEmptyArray(short) ? new InsufficientStock({ items: short }) : null
}

/** The sum of what was asked, where the same book was named twice. */
const shortfall = (book: Book, quantity: number, available: Stock) => ({
  bookId: book.id,
  title: book.title,
  requested: quantity,
  available
})
