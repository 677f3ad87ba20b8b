/** Orders as they are written, and how their lines are read with them. */
import type { Fragment } from "@effect/sql/Statement"
import { Array, DateTime } from "effect"
import type { OrderLine, PendingOrder } from "../../domain/Order.js"
import type { ColumnType, Database } from "./Database.js"

/** What is read of an order beside its lines. */
export const shown = [
  ...["customer_id", "id", "status", "total", "currency", "payment_key", "idempotency_key", "request_digest"],
  ...["payment_id", "reason", "created_at", "paid_at", "failed_at", "cancelled_at", "refunded_at", "fulfilled_at"]
]

/** Writes nothing when this customer's key has made an order before. */
export const insert = ({ sql, values }: Database, order: PendingOrder) =>
  sql`INSERT INTO octavo_orders ${values([row(order)])}
ON CONFLICT (customer_id, idempotency_key) DO NOTHING`

export const remove = ({ sql }: Database, { customerId, id }: PendingOrder) =>
  sql`DELETE FROM octavo_orders WHERE customer_id = ${customerId} AND id = ${id}`

/** Writes the lines if `inserted` has the order, in one statement with it. */
export const insertLinesOf = ({ sql, recordset }: Database, order: PendingOrder, inserted: Fragment) =>
  sql`INSERT INTO octavo_order_lines (customer_id, order_id, ${sql.literal(names(lineColumns))})
SELECT o.customer_id, o.id, ${sql.literal(names(lineColumns, "v."))}
FROM ${inserted} CROSS JOIN ${recordset(order.lines.map(lineRow), lineColumns)} AS v`

/** Writes the lines of an order that is there. */
export const insertLines = ({ sql, values }: Database, { customerId, id, lines }: PendingOrder) =>
  sql`INSERT INTO octavo_order_lines ${values(
    Array.map(lines, (line, i) => ({ customer_id: customerId, order_id: id, ...lineRow(line, i) }))
  )}`

/** The lines of the order `o`, as one JSON value. */
export const lines = ({ sql, isPostgres }: Database) => {
  const pairs = ["id", ...shownOfLine].map((name) => `'${name}', l.${name}`).join(", ")
  const gathered = isPostgres
    ? `jsonb_agg(jsonb_build_object(${pairs}) ORDER BY l.position)`
    : `json_group_array(json_object(${pairs}) ORDER BY l.position)`
  return sql.literal(
    `(SELECT ${gathered} FROM octavo_order_lines l WHERE l.customer_id = o.customer_id AND l.order_id = o.id)`
  )
}

// internal

const row = (order: PendingOrder) => ({
  customer_id: order.customerId,
  id: order.id,
  status: order.status,
  total: order.total,
  currency: order.currency,
  payment_key: order.paymentKey,
  idempotency_key: order.attempt?.key ?? null,
  request_digest: order.attempt?.digest ?? null,
  created_at: DateTime.formatIso(order.createdAt)
})

const lineColumns = {
  id: "uuid",
  position: "integer",
  book_id: "uuid",
  quantity: "integer",
  unit_price: "bigint",
  title: "text",
  author: "text",
  cover_image_url: "text",
  added_at: "instant"
} satisfies Record<string, ColumnType>

const shownOfLine = ["book_id", "quantity", "unit_price", "title", "author", "cover_image_url", "added_at"]

const lineRow = (line: OrderLine, position: number) => ({
  id: line.id,
  position,
  book_id: line.bookId,
  quantity: line.quantity,
  unit_price: line.unitPrice,
  title: line.title,
  author: line.author,
  cover_image_url: line.coverImageUrl,
  added_at: DateTime.formatIso(line.addedAt)
})

const names = (columns: object, prefix = "") =>
  Object.keys(columns)
    .map((name) => prefix + name)
    .join(", ")
