/** One step of an order with all that goes with it: in PostgreSQL one statement, in SQLite one for each table. */
import { DateTime, Effect } from "effect"
import type { Move, Order } from "../../domain/Order.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Carts from "./Carts.js"
import type { Database } from "./Database.js"
import * as Outbox from "./Outbox.js"

export const make = (database: Database): ((move: Move) => Effect.Effect<boolean, StoreError>) => {
  const { sql, write, join, recordset, values, assignments, locking, isPostgres } = database

  /** Everything else hangs on this: it finds the order only in the state that it moves from. */
  const advance = ({ from, order }: Move) =>
    sql`UPDATE octavo_orders SET ${assignments(row(order))}
WHERE customer_id = ${order.customerId} AND id = ${order.id} AND status = ${from}`

  const tell = ({ event }: Move) => sql`INSERT INTO octavo_outbox ${values([Outbox.row(event)])}`

  const tellOfMoved = ({ event }: Move) =>
    sql`INSERT INTO octavo_outbox (${sql.literal(Object.keys(Outbox.columns).join(", "))})
SELECT v.* FROM ${recordset([Outbox.row(event)], Outbox.columns)} AS v WHERE EXISTS (SELECT 1 FROM moved)`

  /** The lines of the order whose books are still there. */
  const returning = ({ order }: Move) =>
    sql`SELECT l.id, l.book_id, l.quantity, l.added_at, l.position, l.customer_id
FROM octavo_order_lines l JOIN octavo_books b ON b.id = l.book_id
WHERE l.customer_id = ${order.customerId} AND l.order_id = ${order.id}`

  const restock = sql.literal(`UPDATE octavo_books SET stock = octavo_books.stock + r.quantity
FROM returning_lines r WHERE octavo_books.id = r.book_id`)

  const refill = ({ order }: Move) =>
    sql`INSERT INTO octavo_cart_lines (customer_id, id, book_id, slot, quantity, added_at)
SELECT r.customer_id, r.id, r.book_id, s.last + row_number() OVER (ORDER BY r.position), r.quantity, r.added_at
FROM returning_lines r
CROSS JOIN (SELECT coalesce(max(slot), 0) AS last FROM octavo_cart_lines WHERE customer_id = ${order.customerId}) AS s
WHERE true ${Carts.mergeLine(database)}`

  const inOneStatement = (move: Move) => {
    const returned = sql`returning_lines AS (
  ${returning(move)} AND EXISTS (SELECT 1 FROM moved) ORDER BY b.id ${locking("FOR NO KEY UPDATE", "b")}
)`
    const parts = [
      sql`moved AS (${advance(move)} RETURNING id)`,
      sql`told AS (${tellOfMoved(move)})`,
      ...(move.restock || move.refill ? [returned] : []),
      ...(move.restock ? [sql`restocked AS (${restock})`] : []),
      ...(move.refill ? [sql`refilled AS (${refill(move)})`] : [])
    ]
    return Effect.map(write(moving, sql`WITH ${sql.csv(parts)} SELECT id FROM moved`), (moved) => moved > 0)
  }

  const inSeveral = (move: Move) => {
    const returned = sql`WITH returning_lines AS (${returning(move)})`
    return join(
      Effect.gen(function* () {
        if ((yield* write(moving, advance(move))) === 0) return false
        yield* write(moving, tell(move))
        if (move.restock) yield* write(moving, sql`${returned} ${restock}`)
        if (move.refill) yield* write(moving, sql`${returned} ${refill(move)}`)
        return true
      })
    )
  }

  return isPostgres ? inOneStatement : inSeveral
}

// internal

const moving = "OrderRepository.move"

const row = (order: Order) => ({
  status: order.status,
  payment_id: "paymentId" in order ? order.paymentId : null,
  reason: "reason" in order ? order.reason : null,
  paid_at: "paidAt" in order ? DateTime.formatIso(order.paidAt) : null,
  failed_at: "failedAt" in order ? DateTime.formatIso(order.failedAt) : null,
  cancelled_at: "cancelledAt" in order ? DateTime.formatIso(order.cancelledAt) : null,
  refunded_at: "refundedAt" in order ? DateTime.formatIso(order.refundedAt) : null
})
