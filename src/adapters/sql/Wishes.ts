import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Position } from "../../domain/Page.js"
import * as Wish from "../../domain/Wish.js"
import type { WishRepository } from "../../ports/WishRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict } from "./Failure.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<WishRepository> => {
  const { sql, run, write, recordset, typed, locking } = database

  /** The book is locked against its removal, which takes out every wish that is there once it has the book. */
  const insert = (wish: Wish.Wish) =>
    run(
      adding,
      sql<Rows.PackedWishRow>`INSERT INTO octavo_wishes (customer_id, book_id, id, added_at)
SELECT v.customer_id, b.id, v.id, v.added_at FROM ${recordset([row(wish)], types)} AS v
JOIN octavo_books b ON b.id = v.book_id WHERE true ${locking("FOR KEY SHARE", "b")}
ON CONFLICT DO NOTHING RETURNING ${sql.literal(wishColumns("octavo_wishes"))},
${BookRows.packed(database, "octavo_wishes.book_id")} AS book`
    )

  const refusal = ({ customerId, bookId }: Wish.Wish) =>
    Effect.map(
      run(
        adding,
        sql<{ books: number; there: number }>`SELECT
(SELECT count(*) FROM octavo_books WHERE id = ${bookId}) AS books,
(SELECT count(*) FROM octavo_wishes WHERE customer_id = ${customerId} AND book_id = ${bookId}) AS there`
      ),
      ([facts]) => {
        if (Number(facts?.books) === 0) return new BookNotFound({ bookId })
        return Number(facts?.there) > 0 ? new Wish.AlreadyWished({ bookId }) : null
      }
    )

  const select = (operation: string, which: Fragment, tail: Fragment) =>
    Effect.map(
      run(
        operation,
        sql<Rows.WishRow & Rows.BookRow>`SELECT ${sql.literal(`${wishColumns("w")}, ${BookRows.columns}`)}
FROM octavo_wishes w JOIN octavo_books b ON b.id = w.book_id
WHERE ${which} ORDER BY w.added_at DESC, w.id DESC ${tail}`
      ),
      (rows) => rows.map((row) => Rows.wishedBook(row, Rows.book(row)))
    )

  const of = (customer: CustomerId) => sql`w.customer_id = ${customer}`

  const beyond = (position: Position | null) => {
    if (position === null) return sql`1 = 1`
    const [at, id] = position
    const instant = DateTime.formatIso(DateTime.unsafeMake(Number(at)))
    return sql`(w.added_at, w.id) < (${typed(instant, "instant")}, ${typed(String(id), "uuid")})`
  }

  return {
    add: (wish) =>
      Effect.gen(function* () {
        for (let attempt = 0; attempt < 200; attempt++) {
          const [added] = yield* insert(wish)
          if (added !== undefined) return Rows.wishedBook(added, Rows.packedBook(added))
          const refused = yield* refusal(wish)
          if (refused !== null) return yield* refused
        }
        return yield* conflict(adding, "the wishlist kept changing")
      }),

    // The book first, as whoever removes it: else a move to the cart and a removal would wait for each other.
    remove: (customer, book) =>
      Effect.flatMap(
        write(
          "WishRepository.remove",
          sql`DELETE FROM octavo_wishes WHERE customer_id = ${customer}
AND book_id = (SELECT b.id FROM octavo_books b WHERE b.id = ${book} ${locking("FOR KEY SHARE", "b")})`
        ),
        (removed) => (removed === 0 ? Effect.fail(new Wish.WishNotFound({ bookId: book })) : Effect.void)
      ),

    page: (customer, { page, size }) =>
      Effect.gen(function* () {
        const skipped = (page - 1) * size
        const items = yield* select("WishRepository.page", of(customer), sql`LIMIT ${size} OFFSET ${skipped}`)
        // A page that is neither full nor past the end tells the total by itself.
        if (items.length < size && (items.length > 0 || skipped === 0)) return { items, total: skipped + items.length }
        const [row] = yield* run(
          "WishRepository.page",
          sql<{ total: number }>`SELECT count(*) AS total FROM octavo_wishes w WHERE ${of(customer)}`
        )
        return { items, total: Number(row?.total) }
      }),

    after: (customer, position, limit) =>
      select("WishRepository.after", sql`${of(customer)} AND ${beyond(position)}`, sql`LIMIT ${limit}`)
  }
}

// internal

const adding = "WishRepository.add"

const wishColumns = (table: string) =>
  `${table}.customer_id AS wish_customer_id, ${table}.book_id AS wish_book_id, ${table}.id AS wish_id, ${table}.added_at AS wish_added_at`

const types = { customer_id: "text", id: "uuid", book_id: "uuid", added_at: "instant" } as const

const row = ({ customerId, id, bookId, addedAt }: Wish.Wish) => ({
  customer_id: customerId,
  id,
  book_id: bookId,
  added_at: DateTime.formatIso(addedAt)
})
