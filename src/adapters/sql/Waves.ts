/** What became at once of all who waited for a book, and how it is written to each of them, batch by batch. */
import { type Context, DateTime, Effect } from "effect"
import type { BookId } from "../../domain/Book.js"
import type { Cancelled, Notified, PreBookingId } from "../../domain/PreBooking.js"
import type { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import type { Database } from "./Database.js"
import * as PreBookingRows from "./PreBookingRows.js"

/** Whoever waits for this book that is gone, or has a copy of it on hold, no longer does from that instant on. */
export const withdraw = ({ sql, typed }: Database, book: BookId, wave: number, at: DateTime.Utc) =>
  sql`INSERT INTO octavo_waves (book_id, wave, at, gone)
SELECT ${typed(book, "uuid")}, ${typed(wave, "integer")}, ${typed(DateTime.formatIso(at), "instant")}, true`

export const make = (database: Database): Pick<Context.Tag.Service<PreBookingRepository>, "untold" | "told"> => {
  const { sql, run, write, join, recordset, isPostgres } = database

  /**
   * Those rows `p` of each wave `w`, wave by wave by their index; others get those that nobody has in hand. SQLite is told
   * which index: once it has counted, it would rather make one of all that wait, for each batch.
   */
  const left = ([rows, waves, first, index]: Left, book: BookId | null, limit: number) => {
    const [those, order] = [sql.literal(rows), sql.literal(first)]
    const which = sql`${sql.literal(waves)} AND ${book === null ? sql.literal("1 = 1") : sql`w.book_id = ${book}`}`
    const shown = sql.literal(PreBookingRows.shown)
    return isPostgres
      ? sql`SELECT ${shown} FROM (SELECT * FROM octavo_waves w WHERE ${which} ORDER BY book_id, wave) AS w
CROSS JOIN LATERAL (
  SELECT * FROM octavo_prebooks p WHERE ${those} ORDER BY ${order} LIMIT ${limit} FOR UPDATE SKIP LOCKED
) AS p LIMIT ${limit}`
      : sql`SELECT ${shown} FROM octavo_waves w INDEXED BY sqlite_autoindex_octavo_waves_1
CROSS JOIN octavo_prebooks p INDEXED BY ${sql.literal(index)} WHERE ${which} AND ${those}
ORDER BY w.book_id, w.wave, ${order} LIMIT ${limit}`
  }

  // Each in a subquery of its own that ends at the first row, in the order of an index: without one, PostgreSQL may look
  // for that row in the table, where it may be the last.
  const done = sql.literal(`(SELECT 1 FROM octavo_prebooks p WHERE p.book_id = octavo_waves.book_id
AND p.wave = octavo_waves.wave AND p.status = 'waiting' ORDER BY p.created_at, p.id LIMIT 1) IS NULL
AND (NOT gone OR (SELECT 1 FROM octavo_prebooks p WHERE p.book_id = octavo_waves.book_id AND p.status = 'held'
  ORDER BY p.expires_at, p.id LIMIT 1) IS NULL)`)

  return {
    untold: (book, limit) =>
      Effect.gen(function* () {
        const rows = yield* run(
          asking,
          sql<PreBookingRows.ShownRow>`WITH waits AS (
${left(waiting, book, limit)}
), holds AS (
${left(held, book, limit)}
)
SELECT * FROM waits UNION ALL SELECT * FROM holds LIMIT ${limit}`
        )
        // Of two that wrote the last rows at the same time, each saw those of the other as not written yet.
        if (rows.length === 0) {
          const which = book === null ? sql.literal("1 = 1") : sql`book_id = ${book}`
          yield* write(asking, sql`DELETE FROM octavo_waves WHERE ${which} AND ${done}`)
        }
        return rows.map(PreBookingRows.told)
      }),

    told: (bookings) =>
      join(
        Effect.gen(function* () {
          const flipped = yield* run(
            telling,
            sql<{ id: PreBookingId }>`WITH given AS (SELECT * FROM ${recordset(bookings.map(row), columns)} AS v)
UPDATE octavo_prebooks
SET status = v.status, notified_at = v.notified_at, expires_at = v.expires_at, cancelled_at = v.cancelled_at
FROM given v WHERE octavo_prebooks.book_id = v.book_id AND octavo_prebooks.id = v.id AND (
  (octavo_prebooks.status = 'waiting' AND EXISTS (
    SELECT 1 FROM octavo_waves w WHERE w.book_id = octavo_prebooks.book_id AND w.wave = octavo_prebooks.wave
  )) OR (octavo_prebooks.status = 'held' AND EXISTS (
    SELECT 1 FROM octavo_waves w WHERE w.book_id = octavo_prebooks.book_id AND w.gone
  ))
) RETURNING octavo_prebooks.id`
          )
          const books = [...new Set(bookings.map(({ bookId }) => bookId))].map((book_id) => ({ book_id }))
          yield* write(
            telling,
            sql`DELETE FROM octavo_waves
WHERE book_id IN (SELECT v.book_id FROM ${recordset(books, { book_id: "uuid" })} AS v) AND ${done}`
          )
          return new Set(flipped.map(({ id }) => id))
        })
      )
  }
}

// internal

const asking = "PreBookingRepository.untold"
const telling = "PreBookingRepository.told"

/** Which rows, of which waves, in which order: the one of an index. */
type Left = readonly [rows: string, waves: string, order: string, index: string]

const waiting: Left = [
  "p.book_id = w.book_id AND p.wave = w.wave AND p.status = 'waiting'",
  "1 = 1",
  "p.created_at, p.id",
  "octavo_prebooks_line"
]
const held: Left = [
  "p.book_id = w.book_id AND p.status = 'held'",
  "w.gone",
  "p.expires_at, p.id",
  "octavo_prebooks_held"
]

const columns = {
  book_id: "uuid",
  id: "uuid",
  status: "text",
  notified_at: "instant",
  expires_at: "instant",
  cancelled_at: "instant"
} as const

const row = (booking: Notified | Cancelled) => ({
  book_id: booking.bookId,
  id: booking.id,
  status: booking.status,
  notified_at: instant(booking.notifiedAt),
  expires_at: instant("expiresAt" in booking ? booking.expiresAt : null),
  cancelled_at: instant("cancelledAt" in booking ? booking.cancelledAt : null)
})

const instant = (at: DateTime.Utc | null) => (at === null ? null : DateTime.formatIso(at))
