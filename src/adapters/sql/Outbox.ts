import { type Context, DateTime, Effect, Schema } from "effect"
import { OrderEvent } from "../../domain/Event.js"
import type { Outbox } from "../../ports/Outbox.js"
import type { ColumnType, Database } from "./Database.js"
import * as Rows from "./Rows.js"

export const make = ({ sql, run }: Database): Context.Tag.Service<Outbox> => ({
  waiting: (limit) =>
    Effect.map(
      run(
        "Outbox.waiting",
        sql<Rows.EventRow>`SELECT payload FROM octavo_outbox WHERE delivered_at IS NULL ORDER BY id LIMIT ${limit}`
      ),
      (rows) => rows.map(Rows.event)
    )
})

/** The row that tells of an event, and the types of its columns. */
export const row = (event: OrderEvent) => ({
  id: event.id,
  aggregate_id: event.orderId,
  type: event._tag,
  payload: encode(event),
  created_at: DateTime.formatIso(event.at)
})

export const columns = {
  id: "uuid",
  aggregate_id: "uuid",
  type: "text",
  payload: "jsonb",
  created_at: "instant"
} satisfies Record<string, ColumnType>

// internal

const encode = Schema.encodeSync(OrderEvent)
