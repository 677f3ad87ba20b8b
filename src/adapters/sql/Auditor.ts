import { type Context, DateTime, Effect } from "effect"
import * as Audit from "../../domain/Audit.js"
import { type BookId, maximumStock, type Stock } from "../../domain/Book.js"
import { type EventId, OrderEvent } from "../../domain/Event.js"
import { checked } from "../../domain/Input.js"
import type { Amount } from "../../domain/Money.js"
import type { OrderId } from "../../domain/Order.js"
import type { PaymentKey } from "../../domain/Payment.js"
import type { Auditor } from "../../ports/Auditor.js"
import type { Database } from "./Database.js"
import * as Rows from "./Rows.js"

export const make = ({ sql, run, write, join, typed, isPostgres }: Database): Context.Tag.Service<Auditor> => {
  /** The copies of each book in orders that have or may have them. */
  const copies = sql.literal(`SELECT l.book_id, sum(l.quantity) AS copies
FROM octavo_orders o JOIN octavo_order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.id
WHERE o.status IN (${texts(Audit.holding)}) GROUP BY l.book_id`)

  /** What several orders have in common; the orders are gathered only of that. */
  const shared = (tag: Shared["tag"], used: string) => `SELECT '${tag}' AS tag, s.name, ${gathered} AS order_ids
FROM (SELECT u.name FROM (${used}) AS u GROUP BY u.name HAVING count(*) > 1) AS s JOIN (${used}) AS o ON o.name = s.name
GROUP BY s.name`

  const gathered = isPostgres
    ? "jsonb_agg(o.order_id ORDER BY o.order_id)"
    : "json_group_array(o.order_id ORDER BY o.order_id)"

  return {
    stock: (limit) =>
      Effect.map(
        run(
          "Auditor.stock",
          sql<StockRow>`SELECT b.id, b.stock, coalesce(c.copies, 0) AS copies, b.put_in
FROM octavo_books b LEFT JOIN (${copies}) AS c ON c.book_id = b.id
WHERE b.stock + coalesce(c.copies, 0) <> b.put_in ORDER BY b.id LIMIT ${limit}`
        ),
        (rows) =>
          rows.map(
            ({ id, stock, copies, put_in }) =>
              new Audit.StockUnbalanced(
                { bookId: id, stock: Rows.whole(stock), inOrders: Rows.whole(copies), putIn: Rows.whole(put_in) },
                checked
              )
          )
      ),

    totals: (limit) =>
      Effect.map(
        run(
          "Auditor.totals",
          sql<TotalRow>`SELECT o.id, o.total, s.sum FROM octavo_orders o LEFT JOIN (
  SELECT l.customer_id, l.order_id, sum(l.quantity * l.unit_price) AS sum FROM octavo_order_lines l
  GROUP BY l.customer_id, l.order_id
) AS s ON s.customer_id = o.customer_id AND s.order_id = o.id
WHERE s.sum IS NULL OR s.sum <> o.total ORDER BY o.id LIMIT ${limit}`
        ),
        (rows) =>
          rows.map(
            ({ id, total, sum }) =>
              new Audit.TotalWrong(
                { orderId: id, total: Rows.whole(total), sum: sum === null ? null : Rows.whole(sum) },
                checked
              )
          )
      ),

    // What is due and what was told are counted in one pass; the events themselves are looked for only where they differ.
    events: (limit) =>
      Effect.map(
        run(
          "Auditor.events",
          sql<EventRow>`WITH must (status, kind) AS (VALUES ${sql.literal(mustBeTold)}), counted AS (
  SELECT c.order_id, c.kind, sum(c.due) AS due, sum(c.times) AS times FROM (
    SELECT o.id AS order_id, m.kind, 1 AS due, 0 AS times FROM octavo_orders o JOIN must m ON m.status = o.status
    UNION ALL
    SELECT e.aggregate_id, e.type, 0, 1 FROM octavo_outbox e WHERE e.type IN (${sql.literal(kinds)})
  ) AS c GROUP BY c.order_id, c.kind HAVING sum(c.due) <> sum(c.times)
)
SELECT c.order_id, c.kind, c.due, c.times, e.id FROM counted c
LEFT JOIN octavo_outbox e ON c.due = 0 AND e.aggregate_id = c.order_id AND e.type = c.kind
ORDER BY c.due DESC, c.times, c.order_id, c.kind, e.id LIMIT ${limit}`
        ),
        (rows) => rows.map(miscounted)
      ),

    payments: (limit) =>
      Effect.map(
        run(
          "Auditor.payments",
          sql<Shared>`SELECT * FROM (${sql.literal(
            [
              shared(
                "PaymentShared",
                `SELECT payment_id AS name, id AS order_id FROM octavo_orders WHERE payment_id IS NOT NULL
UNION SELECT payment_id, order_id FROM octavo_refunds`
              ),
              shared("PaymentKeyShared", "SELECT payment_key AS name, id AS order_id FROM octavo_orders")
            ].join("\nUNION ALL ")
          )}) AS s ORDER BY tag DESC, name LIMIT ${limit}`
        ),
        (rows) =>
          rows.map(({ tag, name, order_ids }) =>
            tag === "PaymentShared"
              ? new Audit.PaymentShared({ paymentId: name, orderIds: Rows.json(order_ids) }, checked)
              : new Audit.PaymentKeyShared({ key: name as PaymentKey, orderIds: Rows.json(order_ids) }, checked)
          )
      ),

    overdue: (before, limit) => {
      const at = typed(DateTime.formatIso(before), "instant")
      return Effect.map(
        run(
          "Auditor.overdue",
          sql<OverdueRow>`SELECT * FROM (
SELECT 1 AS rank, 'PaymentStuck' AS tag, id, created_at AS since, NULL AS about, NULL AS error FROM octavo_orders
WHERE status = 'pending_payment' AND created_at < ${at}
UNION ALL SELECT 2, 'RefundStuck', id, cancelled_at, payment_id, NULL FROM octavo_orders
WHERE status = 'cancelled' AND cancelled_at < ${at}
UNION ALL SELECT 3, 'RefundStuck', order_id, due_at, payment_id, NULL FROM octavo_refunds
WHERE done_at IS NULL AND due_at < ${at}
UNION ALL SELECT 4, 'DeliveryParked', id, due_at, type, error FROM octavo_outbox
WHERE delivered_at IS NULL AND parked
UNION ALL SELECT 5, 'DeliveryLate', id, due_at, type, NULL FROM octavo_outbox
WHERE delivered_at IS NULL AND NOT parked AND due_at < ${at}
) AS o ORDER BY rank, since, id LIMIT ${limit}`
        ),
        (rows) => rows.map(overdue)
      )
    },

    // In two statements: the second one sees what was committed before the lock was had.
    recount: (id) =>
      join(
        Effect.gen(function* () {
          if (isPostgres) yield* run(recounting, sql`SELECT id FROM octavo_books WHERE id = ${id} FOR NO KEY UPDATE`)
          const left = sql`put_in - coalesce((SELECT c.copies FROM (${copies}) AS c WHERE c.book_id = ${id}), 0)`
          const count = yield* write(
            recounting,
            sql`UPDATE octavo_books SET stock = ${left} WHERE id = ${id} AND ${left} BETWEEN 0 AND ${maximumStock}`
          )
          return count > 0
        })
      )
  }
}

// internal

const recounting = "Auditor.recount"

const texts = (all: ReadonlyArray<string>) => all.map((text) => `'${text}'`).join(", ")

type Kind = OrderEvent["_tag"]

const kinds = texts(OrderEvent.members.map(({ _tag }) => _tag))

const mustBeTold = Object.entries(Audit.told)
  .flatMap(([status, told]) => told.map((kind) => `('${status}', '${kind}')`))
  .join(", ")

interface StockRow {
  readonly id: BookId
  readonly stock: Rows.Whole<Stock>
  readonly copies: Rows.Whole<number>
  readonly put_in: Rows.Whole<number>
}

interface TotalRow {
  readonly id: OrderId
  readonly total: Rows.Whole<Amount>
  readonly sum: Rows.Whole<number> | null
}

interface EventRow {
  readonly order_id: OrderId
  readonly kind: Kind
  readonly due: Rows.Whole<number>
  readonly times: Rows.Whole<number>
  /** Of each event, where none is due. */
  readonly id: EventId
}

interface Shared {
  readonly tag: "PaymentShared" | "PaymentKeyShared"
  readonly name: string
  readonly order_ids: Rows.Json<ReadonlyArray<OrderId>>
}

interface OverdueRow {
  readonly id: string
  readonly since: Rows.Instant
  readonly tag: "PaymentStuck" | "RefundStuck" | "DeliveryParked" | "DeliveryLate"
  /** The payment, or the kind of the event. */
  readonly about: string
  readonly error: string | null
}

const miscounted = (row: EventRow) => {
  const [due, times] = [Rows.whole(row.due), Rows.whole(row.times)]
  const { order_id: orderId, kind } = row
  if (due === 0) return new Audit.EventUnfounded({ eventId: row.id, orderId, kind }, checked)
  return times === 0
    ? new Audit.EventMissing({ orderId, kind }, checked)
    : new Audit.EventRepeated({ orderId, kind, times }, checked)
}

const overdue = ({ tag, id, since, about, error }: OverdueRow) => {
  switch (tag) {
    case "PaymentStuck":
      return new Audit.PaymentStuck({ orderId: id as OrderId, since: Rows.instant(since) }, checked)
    case "RefundStuck":
      return new Audit.RefundStuck({ orderId: id as OrderId, paymentId: about, since: Rows.instant(since) }, checked)
    case "DeliveryParked":
      return new Audit.DeliveryParked({ eventId: id as EventId, kind: about, error }, checked)
    case "DeliveryLate":
      return new Audit.DeliveryLate({ eventId: id as EventId, kind: about, since: Rows.instant(since) }, checked)
  }
}
