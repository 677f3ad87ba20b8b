import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Position } from "../../domain/Page.js"
import * as PreBooking from "../../domain/PreBooking.js"
import type { Asked, PreBookingRepository } from "../../ports/PreBookingRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict } from "./Failure.js"
import * as Handouts from "./Handouts.js"
import * as PreBookingRows from "./PreBookingRows.js"
import * as Rows from "./Rows.js"
import * as Waves from "./Waves.js"

export const make = (database: Database): Context.Tag.Service<PreBookingRepository> => {
  const { sql, run, write, join, typed, values, isPostgres } = database
  const shown = sql.literal(PreBookingRows.shown)
  const from = sql.literal(PreBookingRows.from)

  /** Writes to a row of a book's, and where that was done to the book itself; how many books that were. */
  const withBook = isPostgres
    ? (operation: string, row: Fragment, book: Fragment) =>
        write(operation, sql`WITH changed AS (${row} RETURNING id) ${book} AND EXISTS (SELECT 1 FROM changed)`)
    : (operation: string, row: Fragment, book: Fragment) =>
        Effect.flatMap(write(operation, sql`${row}`), (count) =>
          count === 0 ? Effect.succeed(0) : write(operation, sql`${book}`)
        )

  /** What keeps the customer from waiting beside the constraint, read after the book's lock was had. */
  const facts = ({ customerId, bookId, now }: Asked) => {
    const is = (rows: Fragment) => sql`CASE WHEN EXISTS (SELECT 1 FROM ${rows}) THEN 1 ELSE 0 END`
    const ofBook = sql`octavo_prebooks p WHERE p.book_id = ${bookId}`
    // His orders are looked through, of which few wait for their payment, and not all that were ever held of the book.
    const bought = sql`(SELECT p.customer_id FROM ${ofBook} AND p.order_id = o.id AND p.status = 'fulfilled' LIMIT 1)`
    return run(
      requesting,
      sql<{ lapsed: number; holds: number; pays: number }>`SELECT
${is(sql`${ofBook} AND p.status = 'held' AND p.expires_at <= ${DateTime.formatIso(now)}`)} AS lapsed,
${is(sql`${ofBook} AND p.status = 'held' AND p.customer_id = ${customerId}`)} AS holds,
${is(sql`octavo_orders o WHERE o.customer_id = ${customerId} AND o.status = 'pending_payment' AND ${bought} = o.customer_id`)} AS pays`
    )
  }

  /** Once in a wave, by constraint. */
  const insert = (booking: PreBooking.Waiting, wave: number) =>
    sql`INSERT INTO octavo_prebooks ${values([
      {
        book_id: booking.bookId,
        id: booking.id,
        customer_id: booking.customerId,
        status: booking.status,
        wave,
        title: booking.title,
        author: booking.author,
        created_at: DateTime.formatIso(booking.createdAt)
      }
    ])} ON CONFLICT (book_id, wave, customer_id) WHERE status = 'waiting' DO NOTHING`

  const own = (customer: CustomerId, id: PreBooking.PreBookingId) => sql`p.customer_id = ${customer} AND p.id = ${id}`

  const list = (operation: string, which: Fragment, now: DateTime.Utc, tail: Fragment) =>
    Effect.map(
      run(
        operation,
        sql<PreBookingRows.ShownRow>`SELECT ${shown} FROM ${from} WHERE ${which}
ORDER BY p.created_at DESC, p.id DESC ${tail}`
      ),
      (rows) => rows.map((row) => PreBooking.at(PreBookingRows.preBooking(row), now))
    )

  const beyond = ([at, id]: Position) =>
    sql`(p.created_at, p.id) < (${typed(DateTime.formatIso(DateTime.unsafeMake(Number(at))), "instant")}, ${typed(String(id), "uuid")})`

  /** Only of what `cancel` has found it to be; the sweep may have written meanwhile what was read of it before. */
  const end = (was: Cancellable, next: PreBooking.Cancelled) => {
    const row = sql`UPDATE octavo_prebooks SET status = 'cancelled', notified_at = ${instant(next.notifiedAt)},
expires_at = ${instant(next.expiresAt)}, cancelled_at = ${DateTime.formatIso(next.cancelledAt)}
WHERE book_id = ${was.bookId} AND id = ${was.id}
AND ${was.status === "notified" ? sql.literal("status IN ('waiting', 'notified')") : sql`status = ${was.status}`}`
    const counted = { waiting: "waiting = waiting - 1", held: "held = held - 1, arrived = arrived + 1", notified: null }
    const counts = counted[was.status]
    return counts === null
      ? write(cancelling, row)
      : withBook(cancelling, row, sql`UPDATE octavo_books SET ${sql.literal(counts)} WHERE id = ${was.bookId}`)
  }

  return {
    ...Handouts.make(database),
    ...Waves.make(database),

    request: (asked) =>
      join(
        Effect.gen(function* () {
          const { bookId } = asked
          const [row] = yield* run(requesting, BookRows.locked(database, sql`b.id = ${bookId}`))
          if (row === undefined) return yield* new BookNotFound({ bookId })
          const book = Rows.book(row)
          if (book.inStock) return yield* new PreBooking.BookInStock({ bookId })
          const [found] = yield* facts(asked)
          const isOver = Rows.whole(row.arrived) > 0 && Rows.whole(row.waiting) === 0
          if (isOver || Number(found?.lapsed) > 0) return null
          const isServed = Number(found?.holds) > 0 || Number(found?.pays) > 0
          if (isServed) return yield* new PreBooking.AlreadyWaiting({ bookId })
          const booking = PreBooking.request(book, asked)
          const line = sql`UPDATE octavo_books SET waiting = waiting + 1 WHERE id = ${bookId}`
          const added = yield* withBook(requesting, insert(booking, Rows.whole(row.wave)), line)
          return added > 0 ? booking : yield* new PreBooking.AlreadyWaiting({ bookId })
        })
      ),

    get: (customer, id, now) =>
      Effect.flatMap(
        run(
          "PreBookingRepository.get",
          sql<PreBookingRows.ShownRow & { position: Rows.Whole<number> | null }>`SELECT ${shown},
CASE WHEN p.status = 'waiting' AND w.wave IS NULL THEN 1 + (
  SELECT count(*) FROM octavo_prebooks f WHERE f.book_id = p.book_id AND f.wave = p.wave AND f.status = 'waiting'
  AND (f.created_at, f.id) < (p.created_at, p.id)
) END AS position FROM ${from} WHERE ${own(customer, id)}`
        ),
        ([row]) =>
          row === undefined
            ? new PreBooking.PreBookingNotFound({ preBookingId: id })
            : Effect.sync(() => ({
                booking: PreBooking.at(PreBookingRows.preBooking(row), now),
                position: row.position === null ? null : Rows.whole(row.position)
              }))
      ),

    page: (customer, now, { page, size }) =>
      Effect.gen(function* () {
        const which = sql`p.customer_id = ${customer}`
        const skipped = (page - 1) * size
        const items = yield* list(paging, which, now, sql`LIMIT ${size} OFFSET ${skipped}`)
        // A page that is neither full nor past the end tells the total by itself.
        if (items.length < size && (items.length > 0 || skipped === 0)) return { items, total: skipped + items.length }
        const [row] = yield* run(
          paging,
          sql<{ total: number }>`SELECT count(*) AS total FROM octavo_prebooks p WHERE ${which}`
        )
        return { items, total: Number(row?.total) }
      }),

    after: (customer, now, position, limit) =>
      list(
        "PreBookingRepository.after",
        sql.and([sql`p.customer_id = ${customer}`, ...(position === null ? [] : [beyond(position)])]),
        now,
        sql`LIMIT ${limit}`
      ),

    cancel: (customer, id, now) =>
      join(
        Effect.gen(function* () {
          const which = own(customer, id)
          // Of a book that is gone there is no lock to be had, and nothing of it changes any more but by being written.
          yield* run(
            cancelling,
            BookRows.locked(database, sql`b.id = (SELECT p.book_id FROM octavo_prebooks p WHERE ${which})`)
          )
          const [row] = yield* run(
            cancelling,
            sql<PreBookingRows.ShownRow>`SELECT ${shown} FROM ${from} WHERE ${which}`
          )
          if (row === undefined) return yield* new PreBooking.PreBookingNotFound({ preBookingId: id })
          const booking = PreBooking.at(PreBookingRows.preBooking(row), now)
          if (!isCancellable(booking)) {
            return yield* new PreBooking.PreBookingClosed({ preBookingId: id, status: booking.status })
          }
          const cancelled = PreBooking.cancel(booking, now)
          if ((yield* end(booking, cancelled)) === 0) yield* conflict(cancelling, "the pre-booking kept changing")
          return cancelled
        })
      )
  }
}

// internal

const requesting = "PreBookingRepository.request"
const cancelling = "PreBookingRepository.cancel"
const paging = "PreBookingRepository.page"

type Cancellable = PreBooking.Waiting | PreBooking.Notified | PreBooking.Held

const isCancellable = (booking: PreBooking.PreBooking): booking is Cancellable =>
  PreBooking.isOpen(booking) || booking.status === "notified"

const instant = (at: DateTime.Utc | null) => (at === null ? null : DateTime.formatIso(at))
