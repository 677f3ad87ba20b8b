import { Array, type Context, Effect, Equal } from "effect"
import { type Book, type BookId, BookNotFound, IsbnConflict } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import { type Copies, InsufficientStock, ItemsUnavailable } from "../../domain/Checkout.js"
import * as Import from "../../domain/Import.js"
import type { BookRepository, Merged } from "../../ports/BookRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict, violates } from "./Failure.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<BookRepository> => {
  const { sql, run, write, join, typed, recordset, locking, transactor } = database

  const find = (operation: string, id: BookId, lock = sql.literal("")) =>
    Effect.flatMap(
      run(
        operation,
        sql<Rows.BookRow>`SELECT ${sql.literal(BookRows.columns)} FROM octavo_books b WHERE b.id = ${id} ${lock}`
      ),
      ([row]) => (row === undefined ? Effect.fail(new BookNotFound({ bookId: id })) : Effect.sync(() => Rows.book(row)))
    )

  /** In a part of its own, so that a refused ISBN leaves the host's transaction usable. */
  const replace = (book: Book, next: Book) => {
    const update = write("BookRepository.modify", BookRows.update(database, [next]))
    const isbn = next.isbn
    return isbn === null || isbn === book.isbn
      ? update
      : Effect.catchIf(
          transactor.transact(update),
          (error) => violates(error.cause, "octavo_books_isbn"),
          () => Effect.fail(new IsbnConflict({ isbn }))
        )
  }

  /**
   * The ids of the books whose copies were all taken, which are all or none. Only the rows as locked count: PostgreSQL
   * looks for rows, and checks their constraints first, as they were when the statement began.
   */
  const take = (wanted: ReadonlyArray<Wanted>) =>
    write(
      reserving,
      sql`WITH wanted AS (
  SELECT * FROM ${recordset(wanted, { book_id: "uuid", quantity: "integer" })} AS v
), there AS (
  SELECT b.id, b.stock FROM octavo_books b WHERE b.id IN (SELECT book_id FROM wanted)
  ORDER BY b.id ${locking("FOR NO KEY UPDATE", "b")}
)
UPDATE octavo_books SET stock = t.stock - w.quantity FROM there t JOIN wanted w ON w.book_id = t.id
WHERE octavo_books.id = t.id AND ${typed(wanted.length, "bigint")} = (
  SELECT count(*) FROM there JOIN wanted ON wanted.book_id = there.id WHERE there.stock >= wanted.quantity
)`
    )

  const refusal = (wanted: ReadonlyArray<Wanted>) =>
    Effect.gen(function* () {
      const ids = recordset(wanted, { book_id: "uuid" })
      const rows = yield* run(
        reserving,
        sql<Rows.BookRow>`SELECT ${sql.literal(BookRows.columns)} FROM octavo_books b
WHERE b.id IN (SELECT book_id FROM ${ids} AS v)`
      )
      const books = new Map(rows.map((row) => [row.id, Rows.book(row)]))
      const gone = wanted.flatMap(({ book_id }) => (books.has(book_id) ? [] : [book_id]))
      if (Array.isNonEmptyArray(gone)) return new ItemsUnavailable({ bookIds: gone })
      const short = wanted.flatMap(({ book_id, quantity }) => {
        const book = books.get(book_id)
        return book === undefined || book.stockQuantity >= quantity ? [] : [shortfall(book, quantity)]
      })
      return Array.isNonEmptyArray(short) ? new InsufficientStock({ items: short }) : null
    })

  /** The books that any of these already are, and a few more of the same title. No index tells which have no ISBN. */
  const twins = (books: ReadonlyArray<Book>) => {
    const known = recordset(
      books.map(({ isbn, title }) => ({ isbn, title: isbn === null ? BookQuery.titleKey(title) : null })),
      { isbn: "text", title: "text" }
    )
    const prefixIs = database.isPostgres ? "left(o.search_title, 500) = left(v.title, 500) AND" : ""
    return run(
      merging,
      sql<Rows.BookRow>`WITH v AS (SELECT * FROM ${known} AS k)
SELECT ${sql.literal(BookRows.columns)} FROM octavo_books b WHERE b.id IN (
  SELECT o.id FROM v CROSS JOIN octavo_books o WHERE o.isbn = v.isbn
  UNION ALL SELECT o.id FROM v CROSS JOIN octavo_books o
  WHERE ${sql.literal(prefixIs)} o.search_title = v.title AND coalesce(o.isbn, '') = ''
) ORDER BY b.id ${locking("FOR NO KEY UPDATE", "b")}`
    )
  }

  /** Books without an ISBN have no constraint that keeps two imports from putting in the same one. */
  const alone = database.isPostgres ? run(merging, sql`SELECT pg_advisory_xact_lock(${mergeLock})`) : Effect.void

  return {
    add: (book) =>
      Effect.flatMap(write("BookRepository.add", BookRows.insert(database, [book])), (added) =>
        added === 0 && book.isbn !== null ? Effect.fail(new IsbnConflict({ isbn: book.isbn })) : Effect.void
      ),

    get: (id) => find("BookRepository.get", id),

    modify: (id, decide) =>
      join(
        Effect.gen(function* () {
          const book = yield* find("BookRepository.modify", id, locking("FOR NO KEY UPDATE"))
          const next = yield* decide(book)
          if (next.id !== id) yield* Effect.die(new Error("a book keeps its id"))
          if (!Equal.equals(next, book)) yield* replace(book, next)
          return next
        })
      ),

    // In this order, and with the share lock of `CartRepository.add`, no line of the book can come in between.
    remove: (id) =>
      join(
        Effect.gen(function* () {
          const gone = yield* write("BookRepository.remove", sql`DELETE FROM octavo_books WHERE id = ${id}`)
          if (gone === 0) return yield* new BookNotFound({ bookId: id })
          yield* write("BookRepository.remove", sql`DELETE FROM octavo_cart_lines WHERE book_id = ${id}`)
        })
      ),

    reserve: (copies) => {
      const wanted = sums(copies)
      return Effect.gen(function* () {
        for (let attempt = 0; attempt < 5; attempt++) {
          if ((yield* take(wanted)) > 0) return
          const refused = yield* refusal(wanted)
          if (refused !== null) return yield* refused
        }
        yield* conflict(reserving, "the stock kept changing")
      })
    },

    merge: (books, decide) =>
      join(
        Effect.gen(function* () {
          yield* alone
          const there = index((yield* twins(books)).map(Rows.book))
          const decided = books.map((incoming) => {
            const existing = there.get(Import.identity(incoming)) ?? null
            const kept = decide(incoming, existing)
            return { existing, kept: Equal.equals(kept, existing) ? null : kept }
          })
          const added = decided.flatMap(({ existing, kept }) => (existing === null && kept !== null ? [kept] : []))
          const changed = decided.flatMap(({ existing, kept }) => (existing !== null && kept !== null ? [kept] : []))
          if (added.length > 0) {
            const count = yield* write(merging, BookRows.insert(database, added))
            // Whoever added it meanwhile did so by `add`, which takes no part in the lock.
            if (count < added.length) yield* conflict(merging, "a book of that ISBN was added by another")
          }
          if (changed.length > 0) {
            const count = yield* write(merging, BookRows.update(database, changed))
            if (count < changed.length) yield* Effect.die(new Error("a book keeps its id"))
          }
          return decided.map(
            ({ existing, kept }): Merged => (kept === null ? "kept" : existing === null ? "added" : "updated")
          )
        })
      )
  }
}

// internal

const reserving = "BookRepository.reserve"
const merging = "BookRepository.merge"
const mergeLock = 0x0c7a_0002

type Wanted = { readonly book_id: BookId; readonly quantity: number }

/** A book may be named twice. */
const sums = (copies: ReadonlyArray<Copies>): ReadonlyArray<Wanted> => {
  const asked = new Map<BookId, number>()
  for (const { bookId, quantity } of copies) asked.set(bookId, (asked.get(bookId) ?? 0) + quantity)
  return [...asked].map(([book_id, quantity]) => ({ book_id, quantity }))
}

/** The sum of what was asked, where the same book was named twice. */
const shortfall = (book: Book, quantity: number) => ({
  bookId: book.id,
  title: book.title,
  requested: quantity,
  available: book.stockQuantity
})

/** By identity; of several that are the same, the one of the lowest id. */
const index = (books: ReadonlyArray<Book>) => new Map([...books].reverse().map((book) => [Import.identity(book), book]))
