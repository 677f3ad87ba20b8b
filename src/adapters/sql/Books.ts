import { type Context, DateTime, Effect, Equal } from "effect"
import { type Book, type BookId, BookNotFound, IsbnConflict } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import * as Import from "../../domain/Import.js"
import type { BookRepository, Merged } from "../../ports/BookRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict, violates } from "./Failure.js"
import * as Reservations from "./Reservations.js"
import * as Rows from "./Rows.js"
import * as Waves from "./Waves.js"

export const make = (database: Database): Context.Tag.Service<BookRepository> => {
  const { sql, run, write, join, recordset, locking, transactor } = database

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

  /** The books that any of these already are, and a few more of the same title. No index tells which have no ISBN. */
  const twins = (books: ReadonlyArray<Book>) => {
    const known = recordset(
      books.map(({ isbn, title }) => ({ isbn, title: isbn === null ? BookQuery.titleKey(title) : null })),
      { isbn: "text", title: "text" }
    )
    const prefixIs = database.isPostgres ? "left(o.search_title, 500) = left(v.title, 500) AND" : ""
    return run(
      merging,
      sql<Rows.CountedRow>`WITH v AS (SELECT * FROM ${known} AS k)
SELECT ${sql.literal(BookRows.counted)} FROM octavo_books b WHERE b.id IN (
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

    // In this order, and with the share locks of the other repositories, no row of the book can come in between.
    remove: (id) =>
      join(
        Effect.gen(function* () {
          const [gone] = yield* run(
            removing,
            sql<Waited>`DELETE FROM octavo_books WHERE id = ${id} RETURNING waiting, held, wave`
          )
          if (gone === undefined) return yield* new BookNotFound({ bookId: id })
          if (Rows.whole(gone.waiting) + Rows.whole(gone.held) > 0) {
            yield* write(removing, Waves.withdraw(database, id, Rows.whole(gone.wave), yield* DateTime.now))
          }
          yield* write(removing, sql`DELETE FROM octavo_cart_lines WHERE book_id = ${id}`)
          yield* write(removing, sql`DELETE FROM octavo_wishes WHERE book_id = ${id}`)
        })
      ),

    reserve: Reservations.make(database),

    merge: (books, decide) =>
      join(
        Effect.gen(function* () {
          yield* alone
          const rows = yield* twins(books)
          const there = index(rows.map(Rows.book))
          const apart = new Map(rows.map(({ id, arrived, held }) => [id, Rows.whole(arrived) + Rows.whole(held)]))
          const decided = books.map((incoming) => {
            const existing = there.get(Import.identity(incoming)) ?? null
            const kept = decide(incoming, existing, existing === null ? 0 : (apart.get(existing.id) ?? 0))
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

const removing = "BookRepository.remove"
const merging = "BookRepository.merge"
const mergeLock = 0x0c7a_0002

type Waited = Pick<Rows.CountedRow, "waiting" | "held" | "wave">

/** By identity; of several that are the same, the one of the lowest id. */
const index = (books: ReadonlyArray<Book>) => new Map([...books].reverse().map((book) => [Import.identity(book), book]))
