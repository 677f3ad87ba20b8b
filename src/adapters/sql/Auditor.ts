import { type Context, DateTime, Effect } from "effect"
import * as Audit from "../../domain/Audit.js"
import { type BookId, maximumStock, type Stock } from "../../domain/Book.js"
import { type EventId, OrderEvent, PreBookingEvent } from "../../domain/Event.js"
import { checked } from "../../domain/Input.js"
import type { Amount } from "../../domain/Money.js"
import type { OrderId } from "../../domain/Order.js"
import type { PaymentKey } from "../../domain/Payment.js"
import type { PreBookingId } from "../../domain/PreBookingId.js"
import type { Auditor } from "../../ports/Auditor.js"
import type { Database } from "./Database.js"
import * as Rows from "./Rows.js"

export const make = ({ sql, run, write, join, typed, isPostgres }: Database): Context.Tag.Service<Auditor> => {
  /** The copies of each book in orders that have or may have them. */
  const copies = sql.literal(`SELECT l.book_id, sum(l.quantity) AS copies
FROM octavo_orders o JOIN octavo_order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.id
WHERE o.status IN (${texts(Audit.holding)}) GROUP BY l.book_id`)

  const text = (value: string) => sql.literal(`CAST(${value} AS text)`)

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
          sql<StockRow>`SELECT b.id, b.stock, b.waiting, b.held, b.arrived, b.put_in,
  coalesce(c.copies, 0) AS copies, coalesce(w.waits, 0) AS waits, coalesce(h.holds, 0) AS holds
FROM octavo_books b LEFT JOIN (${copies}) AS c ON c.book_id = b.id
LEFT JOIN (
  SELECT p.book_id, p.wave, count(*) AS waits FROM octavo_prebooks p WHERE p.status = 'waiting'
  GROUP BY p.book_id, p.wave
) AS w ON w.book_id = b.id AND w.wave = b.wave
LEFT JOIN (
  SELECT p.book_id, count(*) AS holds FROM octavo_prebooks p WHERE p.status = 'held' GROUP BY p.book_id
) AS h ON h.book_id = b.id
WHERE b.stock + b.held + b.arrived + coalesce(c.copies, 0) <> b.put_in OR b.waiting <> coalesce(w.waits, 0)
  OR b.held <> coalesce(h.holds, 0) OR (b.stock > 0 AND w.waits > 0) ORDER BY b.id LIMIT ${limit}`
        ),
        (rows) => rows.flatMap(unbalanced).slice(0, limit)
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
          sql<EventRow>`WITH must (status, kind) AS (VALUES ${sql.literal(mustBeTold)}),
may (status, reached, kind, due) AS (VALUES ${sql.literal(mayBeTold)}), counted AS (
  SELECT c.id, c.kind, sum(c.due) AS due, sum(c.most) AS most, sum(c.times) AS times FROM (
    SELECT o.id, m.kind, 1 AS due, 1 AS most, 0 AS times FROM octavo_orders o
    JOIN must m ON m.status = o.status
    UNION ALL
    SELECT p.id, m.kind, m.due, 1, 0 FROM octavo_prebooks p
    JOIN may m ON m.status = p.status AND m.reached = ${sql.literal(reached)}
    UNION ALL
    SELECT e.aggregate_id, e.type, 0, 0, 1 FROM octavo_outbox e WHERE e.type IN (${sql.literal(kinds)})
  ) AS c GROUP BY c.id, c.kind HAVING sum(c.times) < sum(c.due) OR sum(c.times) > sum(c.most)
)
SELECT c.id, c.kind, c.most, c.times, e.id AS event_id FROM counted c
LEFT JOIN octavo_outbox e ON c.most = 0 AND e.aggregate_id = c.id AND e.type = c.kind
ORDER BY c.most DESC, c.times, c.id, c.kind, e.id LIMIT ${limit}`
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
UNION ALL SELECT 4, 'HoldLapsed', p.id, p.expires_at, ${text("p.book_id")}, NULL
FROM octavo_prebooks p JOIN octavo_books b ON b.id = p.book_id WHERE p.status = 'held' AND p.expires_at < ${at}
UNION ALL SELECT 5, 'CopiesIdle', b.id, ${typed(null, "instant")}, ${text("b.arrived")}, NULL FROM octavo_books b
WHERE b.arrived > 0
  AND NOT EXISTS (SELECT 1 FROM octavo_prebooks p WHERE p.book_id = b.id AND p.notified_at >= ${at})
UNION ALL SELECT 6, 'TellingLate', book_id, at, NULL, NULL FROM octavo_waves WHERE at < ${at}
UNION ALL SELECT 7, 'WaiterForgotten', p.id, p.created_at, ${text("p.book_id")}, NULL FROM octavo_prebooks p
WHERE p.status IN ('waiting', 'held') AND NOT EXISTS (
  SELECT 1 FROM octavo_books b WHERE b.id = p.book_id AND (p.status = 'held' OR b.wave = p.wave)
) AND NOT EXISTS (
  SELECT 1 FROM octavo_waves w WHERE w.book_id = p.book_id
    AND ((p.status = 'waiting' AND w.wave = p.wave) OR (p.status = 'held' AND w.gone))
)
UNION ALL SELECT 8, 'DeliveryParked', id, due_at, type, error FROM octavo_outbox
WHERE delivered_at IS NULL AND parked
UNION ALL SELECT 9, 'DeliveryLate', id, due_at, type, NULL FROM octavo_outbox
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
          const count = yield* write(
            recounting,
            sql`UPDATE octavo_books SET waiting = n.waits, held = n.holds,
  arrived = CASE WHEN n.waits > 0 THEN n.unsold WHEN arrived < n.unsold THEN arrived ELSE n.unsold END,
  stock = CASE WHEN n.waits > 0 OR arrived >= n.unsold THEN 0 ELSE n.unsold - arrived END
FROM (
  SELECT s.id AS of_book, s.waits, s.holds, s.put_in - s.copies - s.holds AS unsold FROM (
    SELECT b.id, b.put_in,
      coalesce((SELECT c.copies FROM (${copies}) AS c WHERE c.book_id = b.id), 0) AS copies,
      (SELECT count(*) FROM octavo_prebooks p
        WHERE p.book_id = b.id AND p.wave = b.wave AND p.status = 'waiting') AS waits,
      (SELECT count(*) FROM octavo_prebooks p WHERE p.book_id = b.id AND p.status = 'held') AS holds
    FROM octavo_books b WHERE b.id = ${id}
  ) AS s
) AS n WHERE id = n.of_book AND n.unsold BETWEEN 0 AND ${maximumStock}`
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

type WaitingKind = PreBookingEvent["_tag"]

const kinds = texts([...OrderEvent.members, ...PreBookingEvent.members].map(({ _tag }) => _tag))

const mustBeTold = Object.entries(Audit.told)
  .flatMap(([status, told]) => told.map((kind) => `('${status}', '${kind}')`))
  .join(", ")

const mayBeTold = Audit.tellings
  .map(({ status, reached, kind, isDue }) => `('${status}', '${reached}', '${kind}', ${isDue ? 1 : 0})`)
  .join(", ")

const reached = `CASE WHEN p.expires_at IS NOT NULL THEN '${"hold" satisfies Audit.Reached}'
WHEN p.notified_at IS NOT NULL THEN '${"told" satisfies Audit.Reached}' ELSE '${"neither" satisfies Audit.Reached}' END`

interface StockRow {
  readonly id: BookId
  readonly stock: Rows.Whole<Stock>
  readonly waiting: Rows.Whole<number>
  readonly held: Rows.Whole<number>
  readonly arrived: Rows.Whole<number>
  readonly waits: Rows.Whole<number>
  readonly holds: Rows.Whole<number>
  readonly copies: Rows.Whole<number>
  readonly put_in: Rows.Whole<number>
}

interface TotalRow {
  readonly id: OrderId
  readonly total: Rows.Whole<Amount>
  readonly sum: Rows.Whole<number> | null
}

interface EventRow {
  readonly id: string
  readonly kind: Kind | WaitingKind
  /** How many there may be. */
  readonly most: Rows.Whole<number>
  readonly times: Rows.Whole<number>
  /** Of each event, where there may be none. */
  readonly event_id: EventId
}

interface Shared {
  readonly tag: "PaymentShared" | "PaymentKeyShared"
  readonly name: string
  readonly order_ids: Rows.Json<ReadonlyArray<OrderId>>
}

type Overdue = Effect.Effect.Success<ReturnType<Context.Tag.Service<Auditor>["overdue"]>>[number]

interface OverdueRow {
  readonly id: string
  /** Null of what nobody knows the time of. */
  readonly since: Rows.Instant | null
  readonly tag: Overdue["_tag"]
  /** The payment, the book, the number of copies, or the kind of the event. */
  readonly about: string
  readonly error: string | null
}

const unbalanced = (row: StockRow) => {
  const bookId = row.id
  const stock = Rows.whole(row.stock)
  const [waiting, held, arrived] = [Rows.whole(row.waiting), Rows.whole(row.held), Rows.whole(row.arrived)]
  const [waits, holds] = [Rows.whole(row.waits), Rows.whole(row.holds)]
  const onHold = held + arrived
  const [inOrders, putIn] = [Rows.whole(row.copies), Rows.whole(row.put_in)]
  const isBalanced = stock + onHold + inOrders === putIn
  const isCounted = waiting === waits && held === holds
  return [
    ...(isBalanced ? [] : [new Audit.StockUnbalanced({ bookId, stock, onHold, inOrders, putIn }, checked)]),
    ...(isCounted ? [] : [new Audit.LineMiscounted({ bookId, waiting, held, waits, holds }, checked)]),
    ...(stock > 0 && waits > 0 ? [new Audit.StockWithheld({ bookId, stock, waits }, checked)] : [])
  ]
}

const miscounted = (row: EventRow) => {
  const { id, kind, event_id: eventId } = row
  const [most, times] = [Rows.whole(row.most), Rows.whole(row.times)]
  if (isOfLine(kind)) {
    const facts = { preBookingId: id as PreBookingId, kind }
    if (most === 0) return new Audit.PreBookingEventUnfounded({ ...facts, eventId }, checked)
    return times === 0
      ? new Audit.PreBookingEventMissing(facts, checked)
      : new Audit.PreBookingEventRepeated({ ...facts, times }, checked)
  }
  const facts = { orderId: id as OrderId, kind }
  if (most === 0) return new Audit.EventUnfounded({ ...facts, eventId }, checked)
  return times === 0 ? new Audit.EventMissing(facts, checked) : new Audit.EventRepeated({ ...facts, times }, checked)
}

const ofLine: ReadonlySet<string> = new Set(PreBookingEvent.members.map(({ _tag }) => _tag))

const isOfLine = (kind: Kind | WaitingKind): kind is WaitingKind => ofLine.has(kind)

const overdue = ({ tag, id, since, about, error }: OverdueRow): Overdue => {
  switch (tag) {
    case "PaymentStuck":
      return new Audit.PaymentStuck({ orderId: id as OrderId, since: time(since) }, checked)
    case "RefundStuck":
      return new Audit.RefundStuck({ orderId: id as OrderId, paymentId: about, since: time(since) }, checked)
    case "HoldLapsed":
      return new Audit.HoldLapsed(
        { preBookingId: id as PreBookingId, bookId: about as BookId, since: time(since) },
        checked
      )
    case "CopiesIdle":
      return new Audit.CopiesIdle({ bookId: id as BookId, copies: Number(about) }, checked)
    case "TellingLate":
      return new Audit.TellingLate({ bookId: id as BookId, since: time(since) }, checked)
    case "WaiterForgotten":
      return new Audit.WaiterForgotten({ preBookingId: id as PreBookingId, bookId: about as BookId }, checked)
    case "DeliveryParked":
      return new Audit.DeliveryParked({ eventId: id as EventId, kind: about, error }, checked)
    case "DeliveryLate":
      return new Audit.DeliveryLate({ eventId: id as EventId, kind: about, since: time(since) }, checked)
  }
}

const time = (since: Rows.Instant | null): DateTime.Utc => {
  if (since === null) throw new Error("what is overdue has an instant since when it is")
  return Rows.instant(since)
}
