/** Events as they are written, each with its place in the order of its aggregate. */
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Schema } from "effect"
import { aggregate, Event } from "../../domain/Event.js"
import type { StoreError } from "../../ports/StoreError.js"
import type { ColumnType, Database } from "./Database.js"

/** The row that tells of an event, and the types of its columns. */
export const row = (event: Event) => ({
  id: event.id,
  aggregate_id: aggregate(event),
  type: event._tag,
  version: event.version,
  payload: encode(event),
  created_at: DateTime.formatIso(event.at)
})

export const columns = {
  id: "uuid",
  aggregate_id: "uuid",
  type: "text",
  version: "integer",
  payload: "jsonb",
  created_at: "instant"
} satisfies Record<string, ColumnType>

/** The columns of a row `v` beside its place; it is due at once. */
export const given = [...Object.keys(columns), "created_at"].map((name) => `v.${name}`).join(", ")

/** Puts in what `select` gives: what is `given`, then the place. */
export const insert = ({ sql }: Database, select: Fragment) =>
  sql`INSERT INTO octavo_outbox (${sql.literal(Object.keys(columns).join(", "))}, due_at, seq) ${select}`

/** What tells the place of a row: fixed, or counted on the aggregate's own row. */
export const places = { seq: "integer", nth: "integer", later: "integer" } satisfies Record<string, ColumnType>

/**
 * Each with how many of its aggregate it is, and how many of it come after it. A pre-booking has at most one event that
 * it is served and one that it has ended, so that their places need no count.
 */
export const placed = (events: ReadonlyArray<Event>) => {
  const seen = new Map<string, number>()
  const rows = events.map((event) => {
    const nth = (seen.get(aggregate(event)) ?? 0) + 1
    seen.set(aggregate(event), nth)
    const seq = "preBookingId" in event ? (endings.has(event._tag) ? 2 : 1) : null
    return { ...row(event), customer_id: "orderId" in event ? event.customerId : null, seq, nth }
  })
  return rows.map((row) => ({ ...row, later: (seen.get(row.aggregate_id) ?? 0) - row.nth }))
}

/**
 * Writes events in the order given. The places are counted on the aggregate's own row and so under its lock, which makes
 * their order the one of the commits; one whose aggregate has gone comes after all that wait.
 */
export const append = (database: Database): ((events: ReadonlyArray<Event>) => Effect.Effect<void, StoreError>) => {
  const { sql, write, join, recordset } = database
  const counted = { aggregate_id: "uuid", nth: "integer" } as const
  const customer = { customer_id: "text" } as const

  const countOfOrders = (events: ReadonlyArray<Placed>) =>
    sql`UPDATE octavo_orders SET told = octavo_orders.told + v.nth FROM ${recordset(events, { ...counted, ...customer })} AS v
WHERE octavo_orders.customer_id = v.customer_id AND octavo_orders.id = v.aggregate_id`

  const countOfBooks = (events: ReadonlyArray<Placed>) =>
    sql`UPDATE octavo_books SET told = octavo_books.told + v.nth FROM ${recordset(events, counted)} AS v
WHERE octavo_books.id = v.aggregate_id`

  const put = (events: ReadonlyArray<Placed>) =>
    insert(
      database,
      sql`SELECT ${sql.literal(given)}, coalesce(
  v.seq,
  (SELECT o.told - v.later FROM octavo_orders o WHERE o.customer_id = v.customer_id AND o.id = v.aggregate_id),
  (SELECT b.told - v.later FROM octavo_books b WHERE b.id = v.aggregate_id),
  (SELECT max(w.seq) + v.nth FROM octavo_outbox w WHERE w.aggregate_id = v.aggregate_id AND w.delivered_at IS NULL),
  v.nth
) FROM ${recordset(events, { ...columns, ...customer, ...places })} AS v`
    )

  return (events) => {
    const all = placed(events)
    const last = all.filter(({ later }) => later === 0)
    const ofOrders = last.filter(({ customer_id }) => customer_id !== null)
    const ofBooks = last.filter(({ customer_id, seq }) => customer_id === null && seq === null)
    return join(
      Effect.gen(function* () {
        if (ofOrders.length > 0) yield* write(appending, countOfOrders(ofOrders))
        if (ofBooks.length > 0) yield* write(appending, countOfBooks(ofBooks))
        yield* write(appending, put(all))
      })
    )
  }
}

// internal

const appending = "Outbox.append"

const encode = Schema.encodeSync(Event)

type Placed = ReturnType<typeof placed>[number]

const endings: ReadonlySet<Event["_tag"]> = new Set(["PreBookingExpired", "PreBookingWithdrawn"])
