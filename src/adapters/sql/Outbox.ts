import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect, Schema } from "effect"
import { aggregate, Event } from "../../domain/Event.js"
import type { Outbox } from "../../ports/Outbox.js"
import type { StoreError } from "../../ports/StoreError.js"
import type { ColumnType, Database } from "./Database.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<Outbox> => {
  const { sql, run, write, typed, isPostgres } = database
  const shown = sql.literal("id, payload, attempts, due_at, parked, delivered_at, error")

  const state = {
    waiting: sql.literal("delivered_at IS NULL AND NOT parked"),
    parked: sql.literal("delivered_at IS NULL AND parked"),
    delivered: sql.literal("delivered_at IS NOT NULL")
  }

  /** Only the first of an aggregate that is not delivered yet: whatever holds it up holds up those after it. */
  const first = sql.literal(`o.id = (
  SELECT p.id FROM octavo_outbox p WHERE p.aggregate_id = o.aggregate_id AND p.delivered_at IS NULL
  ORDER BY p.seq, p.id LIMIT 1
)`)

  // Whoever claims meanwhile holds the rows that he takes: those are passed over, and looked at again once he is done.
  const alone = sql.literal(isPostgres ? "FOR UPDATE SKIP LOCKED" : "")

  return {
    append: append(database),

    claim: ({ token, now, until, limit }) => {
      const at = DateTime.formatIso(now)
      return Effect.map(
        run(
          "Outbox.claim",
          sql<Rows.DeliveryRow>`WITH due AS (
  SELECT o.id FROM octavo_outbox o
  WHERE o.delivered_at IS NULL AND NOT o.parked AND o.due_at <= ${at}
  AND (o.leased_until IS NULL OR o.leased_until <= ${at}) AND ${first}
  ORDER BY o.due_at, o.id LIMIT ${limit} ${alone}
)
UPDATE octavo_outbox SET token = ${token}, leased_until = ${DateTime.formatIso(until)}
WHERE id IN (SELECT id FROM due) RETURNING ${shown}`
        ),
        (rows) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(Rows.delivery)
      )
    },

    delivered: (id, token, now) =>
      Effect.map(
        write(
          "Outbox.delivered",
          sql`UPDATE octavo_outbox SET delivered_at = ${DateTime.formatIso(now)}, token = NULL, leased_until = NULL
WHERE id = ${id} AND token = ${token}`
        ),
        (count) => count > 0
      ),

    failed: (id, token, { error, dueAt }) => {
      const next = dueAt === null ? sql.literal("parked = true") : sql`due_at = ${DateTime.formatIso(dueAt)}`
      return Effect.map(
        write(
          "Outbox.failed",
          sql`UPDATE octavo_outbox SET attempts = attempts + 1, error = ${error}, ${next}, token = NULL, leased_until = NULL
WHERE id = ${id} AND token = ${token}`
        ),
        (count) => count > 0
      )
    },

    list: (wanted, position, limit) => {
      const after = position === null ? sql`1 = 1` : sql`id > ${typed(String(position[0]), "uuid")}`
      return Effect.map(
        run(
          "Outbox.list",
          sql<Rows.DeliveryRow>`SELECT ${shown} FROM octavo_outbox
WHERE ${state[wanted]} AND ${after} ORDER BY id LIMIT ${limit}`
        ),
        (rows) => rows.map(Rows.delivery)
      )
    },

    retry: (id, now) => {
      const which = id === null ? sql`1 = 1` : sql`id = ${id}`
      return write(
        "Outbox.retry",
        sql`UPDATE octavo_outbox SET parked = false, attempts = 0, due_at = ${DateTime.formatIso(now)}
WHERE ${state.parked} AND ${which}`
      )
    }
  }
}

/**
 * Writes events, each with its place in the order of its aggregate: counted on the aggregate's row and so under its
 * lock, which is what makes that order the one of the commits. One whose aggregate has gone comes after all that wait.
 */
export const append = (database: Database): ((events: ReadonlyArray<Event>) => Effect.Effect<void, StoreError>) => {
  const { sql, write, join, recordset } = database

  const count = (table: "octavo_orders" | "octavo_books", events: ReadonlyArray<Event>) => {
    const counts = new Map<string, number>()
    for (const event of events) counts.set(aggregate(event), (counts.get(aggregate(event)) ?? 0) + 1)
    const rows = [...counts].map(([id, events]) => ({ id, events }))
    return rows.length === 0
      ? Effect.void
      : write(
          appending,
          sql`UPDATE ${sql.literal(table)} SET told = ${sql.literal(table)}.told + v.events
FROM ${recordset(rows, { id: "uuid", events: "integer" })} AS v WHERE ${sql.literal(table)}.id = v.id`
        )
  }

  return (events) => {
    const before = new Map<string, number>()
    const rows = events.map((event) => {
      const nth = (before.get(aggregate(event)) ?? 0) + 1
      before.set(aggregate(event), nth)
      return { ...row(event), nth }
    })
    const placed = rows.map((row) => ({ ...row, later: (before.get(row.aggregate_id) ?? 0) - row.nth }))
    const types = { ...columns, nth: "integer", later: "integer" } satisfies Record<string, ColumnType>
    const place = sql.literal(`coalesce(
  (SELECT o.told - v.later FROM octavo_orders o WHERE o.id = v.aggregate_id),
  (SELECT b.told - v.later FROM octavo_books b WHERE b.id = v.aggregate_id),
  (SELECT max(w.seq) + v.nth FROM octavo_outbox w WHERE w.aggregate_id = v.aggregate_id AND w.delivered_at IS NULL),
  v.nth
)`)
    return join(
      Effect.gen(function* () {
        yield* count(
          "octavo_orders",
          events.filter((event) => "orderId" in event)
        )
        yield* count(
          "octavo_books",
          events.filter((event) => "bookId" in event)
        )
        yield* write(
          appending,
          insert(database, sql`SELECT ${sql.literal(given)}, ${place} FROM ${recordset(placed, types)} AS v`)
        )
      })
    )
  }
}

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

/** What an event's row is made of beside its place: it is due at once. */
export const given = [...Object.keys(columns), "created_at"].map((name) => `v.${name}`).join(", ")

/** Puts in what `select` gives: the `given` columns of `v`, and the place of each. */
export const insert = ({ sql }: Database, select: Fragment) =>
  sql`INSERT INTO octavo_outbox (${sql.literal(Object.keys(columns).join(", "))}, due_at, seq) ${select}`

// internal

const appending = "Outbox.append"

const encode = Schema.encodeSync(Event)
