/** Copies that have come in while customers wait, and how they are handed out. */
import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import type { BookId } from "../../domain/Book.js"
import type { Handout } from "../../domain/Handout.js"
import type * as PreBooking from "../../domain/PreBooking.js"
import type { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import * as EventRows from "./EventRows.js"
import * as PreBookingRows from "./PreBookingRows.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Pick<Context.Tag.Service<PreBookingRepository>, "due" | "line" | "hand"> => {
  const { sql, run, write, join, together, typed, recordset, isPostgres } = database
  const written = sql.literal(PreBookingRows.written)

  const lock = (operation: string, id: BookId) => run(operation, BookRows.locked(database, sql`b.id = ${id}`))

  const inLine = ({ id, wave }: Rows.CountedRow, now: string, limit: number) =>
    run(
      lining,
      sql<PreBookingRows.PreBookingRow>`SELECT * FROM (
  SELECT ${written} FROM octavo_prebooks p WHERE p.book_id = ${id} AND p.wave = ${wave} AND p.status = 'waiting'
  ORDER BY p.created_at, p.id LIMIT ${limit}
) AS first UNION ALL SELECT * FROM (
  SELECT ${written} FROM octavo_prebooks p WHERE p.book_id = ${id} AND p.status = 'held' AND p.expires_at <= ${now}
  ORDER BY p.expires_at, p.id LIMIT ${limit}
) AS lapsed`
    )

  const given = (rows: ReadonlyArray<Given>) => sql`given AS (SELECT * FROM ${recordset(rows, columns)} AS v)`

  /** Everything else hangs on this: it finds the book, and every row that is handed on, only as they were read. */
  const advance = (
    { book, arrived, waiting }: Parameters<Hand>[0],
    { expired, held, toAll, onSale, events }: Handout
  ) => {
    const rows = expired.length + held.length
    const changes = {
      stock: onSale,
      arrived: expired.length - held.length - onSale,
      held: held.length - expired.length,
      waiting: toAll === null ? -held.length : -waiting,
      wave: toAll === null ? 0 : 1,
      told: events.filter((event) => !("preBookingId" in event)).length
    }
    const all = Object.entries(changes).map(
      ([name, change]) => sql`${sql.literal(name)} = octavo_books.${sql.literal(name)} + ${typed(change, "integer")}`
    )
    const asRead = sql`(SELECT count(*) FROM given g WHERE (
  SELECT 1 FROM octavo_prebooks p WHERE p.book_id = octavo_books.id AND p.id = g.id
  AND p.status = g.was AND (p.status = 'held' OR p.wave = octavo_books.wave) LIMIT 1
) IS NOT NULL)`
    return sql`UPDATE octavo_books SET ${sql.csv(all)}
WHERE id = ${book.id} AND stock = ${book.stockQuantity} AND arrived = ${arrived} AND waiting = ${waiting}
${rows === 0 ? sql.literal("") : sql`AND ${typed(rows, "bigint")} = ${asRead}`}`
  }

  /** By the whole key of each: of all rows of the book, the databases would rather look through every one. */
  const handOn = (book: Fragment) =>
    sql`UPDATE octavo_prebooks SET status = g.status, notified_at = g.notified_at, expires_at = g.expires_at
FROM given g WHERE octavo_prebooks.book_id = g.book_id AND octavo_prebooks.id = g.id AND EXISTS (SELECT 1 FROM ${book} AS b)`

  const tellAll = (at: DateTime.Utc, book: Fragment) =>
    sql`INSERT INTO octavo_waves (book_id, wave, at, gone)
SELECT b.id, b.wave - 1, ${typed(DateTime.formatIso(at), "instant")}, false FROM ${book} AS b`

  const tell = (events: Handout["events"], book: Fragment) =>
    EventRows.insert(
      database,
      sql`SELECT ${sql.literal(EventRows.given)}, coalesce(v.seq, b.told - v.later)
FROM ${recordset(EventRows.placed(events), { ...EventRows.columns, ...EventRows.places })} AS v CROSS JOIN ${book} AS b`
    )

  /** What is done beside the book, which has been advanced. */
  const parts = ({ expired, held, toAll, events }: Handout, book: Fragment) => [
    ...(expired.length + held.length > 0 ? [handOn(book)] : []),
    ...(toAll === null ? [] : [tellAll(toAll, book)]),
    ...(events.length > 0 ? [tell(events, book)] : [])
  ]

  const inOneStatement: Hand = (line, handout) => {
    const all = [
      given(changed(handout)),
      sql`book AS (${advance(line, handout)} RETURNING id, wave, told)`,
      ...parts(handout, sql.literal("book")).map((part, i) => sql`${sql.literal(`part_${i}`)} AS (${part})`)
    ]
    return join(
      Effect.gen(function* () {
        yield* lock(handing, line.book.id)
        return (yield* write(handing, sql`WITH ${sql.csv(all)} SELECT id FROM book`)) > 0
      })
    )
  }

  const inSeveral: Hand = (line, handout) => {
    const rows = given(changed(handout))
    const book = sql`(SELECT id, wave, told FROM octavo_books WHERE id = ${line.book.id})`
    return join(
      Effect.gen(function* () {
        if ((yield* write(handing, sql`WITH ${rows} ${advance(line, handout)}`)) === 0) return false
        for (const part of parts(handout, book)) yield* write(handing, sql`WITH ${rows} ${part}`)
        return true
      })
    )
  }

  return {
    due: (books, now, limit) => {
      const rows = books?.map((id) => ({ id }))
      const asked =
        rows === undefined
          ? sql.literal("1 = 1")
          : sql`b.id IN (SELECT v.id FROM ${recordset(rows, { id: "uuid" })} AS v)`
      return Effect.map(
        run(
          "PreBookingRepository.due",
          sql<{ id: BookId }>`SELECT b.id FROM octavo_books b WHERE b.arrived > 0 AND ${asked}
UNION SELECT b.id FROM octavo_prebooks p JOIN octavo_books b ON b.id = p.book_id
WHERE p.status = 'held' AND p.expires_at <= ${DateTime.formatIso(now)} AND ${asked} ORDER BY id LIMIT ${limit}`
        ),
        (found) => found.map(({ id }) => id)
      )
    },

    line: (id, now, limit) =>
      together(
        Effect.gen(function* () {
          const [row] = yield* lock(lining, id)
          if (row === undefined) return null
          const [waiting, held] = [Rows.whole(row.waiting), Rows.whole(row.held)]
          const rows = waiting + held === 0 ? [] : yield* inLine(row, DateTime.formatIso(now), limit)
          return {
            book: Rows.book(row),
            arrived: Rows.whole(row.arrived),
            waiting,
            first: rows.filter(({ status }) => status === "waiting").map(PreBookingRows.waiting),
            lapsed: rows.filter(({ status }) => status === "held").map(PreBookingRows.held)
          }
        })
      ),

    hand: isPostgres ? inOneStatement : inSeveral
  }
}

// internal

const lining = "PreBookingRepository.line"
const handing = "PreBookingRepository.hand"

type Hand = Context.Tag.Service<PreBookingRepository>["hand"]

const columns = {
  book_id: "uuid",
  id: "uuid",
  was: "text",
  status: "text",
  notified_at: "instant",
  expires_at: "instant"
} as const

type Given = ReturnType<typeof row>

const row = (was: "held" | "waiting", booking: PreBooking.Expired | PreBooking.Held) => ({
  book_id: booking.bookId,
  id: booking.id,
  was,
  status: booking.status,
  notified_at: DateTime.formatIso(booking.notifiedAt),
  expires_at: DateTime.formatIso(booking.expiresAt)
})

/** The rows that change, and what each was when the line was read. */
const changed = ({ expired, held }: Handout) => [
  ...expired.map((booking) => row("held", booking)),
  ...held.map((booking) => row("waiting", booking))
]
