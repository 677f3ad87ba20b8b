import { type Context, DateTime, Effect } from "effect"
import type { Outbox } from "../../ports/Outbox.js"
import type { Database } from "./Database.js"
import * as EventRows from "./EventRows.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<Outbox> => {
  const { sql, run, write, typed, isPostgres } = database
  const shown = sql.literal("id, payload, attempts, due_at, parked, delivered_at, undeliverable, error")

  const state = {
    waiting: sql.literal("delivered_at IS NULL AND NOT parked"),
    parked: sql.literal("delivered_at IS NULL AND parked"),
    delivered: sql.literal("delivered_at IS NOT NULL AND NOT undeliverable"),
    undeliverable: sql.literal("undeliverable")
  }

  /** Only the first of an aggregate that is not delivered yet: whatever holds it up holds up those after it. */
  const first = sql.literal(`o.id = (
  SELECT p.id FROM octavo_outbox p WHERE p.aggregate_id = o.aggregate_id AND p.delivered_at IS NULL
  ORDER BY p.seq, p.id LIMIT 1
)`)

  // Whoever claims meanwhile holds the rows that he takes: those are passed over, and looked at again once he is done.
  const alone = sql.literal(isPostgres ? "FOR UPDATE SKIP LOCKED" : "")

  return {
    append: EventRows.append(database),

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

    undeliverable: (id, token, reason, now) =>
      Effect.map(
        write(
          "Outbox.undeliverable",
          sql`UPDATE octavo_outbox SET delivered_at = ${DateTime.formatIso(now)}, undeliverable = true, error = ${reason},
token = NULL, leased_until = NULL WHERE id = ${id} AND token = ${token}`
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
      const which = id === null ? state.parked : sql`id = ${id} AND ((${state.parked}) OR (${state.undeliverable}))`
      return write(
        "Outbox.retry",
        sql`UPDATE octavo_outbox SET parked = false, delivered_at = NULL, undeliverable = false, attempts = 0,
due_at = ${DateTime.formatIso(now)} WHERE ${which}`
      )
    }
  }
}
