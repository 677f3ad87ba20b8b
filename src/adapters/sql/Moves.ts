/** One step of an order with all that goes with it: in PostgreSQL one statement, in SQLite one for each table. */
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect } from "effect"
import type { Move, Order } from "../../domain/Order.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Carts from "./Carts.js"
import type { Database } from "./Database.js"
import * as EventRows from "./EventRows.js"

export const make = (database: Database): ((move: Move) => Effect.Effect<boolean, StoreError>) => {
  const { sql, write, join, typed, recordset, assignments, locking, isPostgres } = database

  /** Everything else hangs on this: it finds the order only in the state that it moves from. */
  const advance = ({ from, order }: Move) =>
    sql`UPDATE octavo_orders SET ${assignments(row(order))}, told = told + 1
WHERE customer_id = ${order.customerId} AND id = ${order.id} AND status = ${from}`

  const given = sql.literal(EventRows.given)

  /** What is told of the order as `moved` has it. */
  const tell = ({ event }: Move, moved: Fragment) =>
    sql`SELECT ${given}, m.told FROM ${recordset([EventRows.row(event)], EventRows.columns)} AS v CROSS JOIN ${moved} AS m`

  /** What is told of the books whose shelf is empty until their copies are back, and whose copies go there. */
  const tellOfBooks = ({ restocked }: Move, returning: Fragment) => {
    const each = new Map(restocked.map((event) => [event.bookId, EventRows.row(event)]))
    return sql`SELECT ${given}, r.told + 1 FROM ${recordset([...each.values()], EventRows.columns)} AS v
JOIN ${returning} AS r ON r.book_id = v.aggregate_id WHERE r.stock = 0 AND r.waiting = 0 AND r.quantity > r.kept`
  }

  /** Copies of the order that had been held for the customer. */
  const fulfilled = ({ order }: Move) =>
    sql`octavo_prebooks.order_id = ${order.id} AND octavo_prebooks.status = 'fulfilled'`

  /** How many copies of the book are held again, rather than back for all. */
  const kept = (move: Move) =>
    move.refill
      ? sql`(SELECT count(*) FROM octavo_prebooks WHERE octavo_prebooks.book_id = b.id AND ${fulfilled(move)})`
      : sql.literal("0")

  /** The lines of the order whose books are still there. */
  const returning = (move: Move) =>
    sql`SELECT l.id, l.book_id, l.quantity, l.added_at, l.position, l.customer_id, b.stock, b.waiting, b.told, ${kept(move)} AS kept
FROM octavo_order_lines l JOIN octavo_books b ON b.id = l.book_id
WHERE l.customer_id = ${move.order.customerId} AND l.order_id = ${move.order.id}`

  // The book's own columns and those of the lines never mixed: PostgreSQL checks the row as it was when the statement began.
  const restock = sql.literal(`UPDATE octavo_books
SET stock = octavo_books.stock + CASE WHEN octavo_books.waiting = 0 THEN r.quantity - r.kept ELSE 0 END,
arrived = octavo_books.arrived + CASE WHEN octavo_books.waiting = 0 THEN 0 ELSE r.quantity - r.kept END,
held = octavo_books.held + r.kept,
told = octavo_books.told
  + CASE WHEN octavo_books.stock = 0 AND octavo_books.waiting = 0 AND r.quantity > r.kept THEN 1 ELSE 0 END
FROM returning_lines r WHERE octavo_books.id = r.book_id`)

  /** They are held as long as they were; of a book that is gone, nobody waits any more. */
  const keep = (move: Move) => {
    const isThere = sql.literal("EXISTS (SELECT 1 FROM returning_lines r WHERE r.book_id = octavo_prebooks.book_id)")
    const now = typed(DateTime.formatIso(move.event.at), "instant")
    return sql`UPDATE octavo_prebooks SET status = CASE WHEN ${isThere} THEN 'held' ELSE 'cancelled' END,
cancelled_at = CASE WHEN ${isThere} THEN NULL ELSE ${now} END, fulfilled_at = NULL, order_id = NULL
WHERE octavo_prebooks.book_id IN (
  SELECT l.book_id FROM octavo_order_lines l WHERE l.customer_id = ${move.order.customerId} AND l.order_id = ${move.order.id}
) AND ${fulfilled(move)}`
  }

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
    const lines = sql.literal("returning_lines")
    const parts = [
      sql`moved AS (${advance(move)} RETURNING id, told)`,
      sql`told AS (${EventRows.insert(database, tell(move, sql.literal("moved")))})`,
      ...(move.restock || move.refill ? [returned] : []),
      ...(move.restock ? [sql`told_of_books AS (${EventRows.insert(database, tellOfBooks(move, lines))})`] : []),
      ...(move.restock ? [sql`restocked AS (${restock})`] : []),
      ...(move.refill ? [sql`kept AS (${keep(move)} AND EXISTS (SELECT 1 FROM moved))`] : []),
      ...(move.refill ? [sql`refilled AS (${refill(move)})`] : [])
    ]
    return Effect.map(write(moving, sql`WITH ${sql.csv(parts)} SELECT id FROM moved`), (moved) => moved > 0)
  }

  const inSeveral = (move: Move) => {
    const { customerId, id } = move.order
    const moved = sql`(SELECT told FROM octavo_orders WHERE customer_id = ${customerId} AND id = ${id})`
    const events =
      move.restock && move.restocked.length > 0
        ? sql`${tell(move, moved)} UNION ALL ${tellOfBooks(move, sql`(${returning(move)})`)}`
        : tell(move, moved)
    const returned = sql`WITH returning_lines AS (${returning(move)})`
    return join(
      Effect.gen(function* () {
        if ((yield* write(moving, advance(move))) === 0) return false
        // Before the copies are back: only then it shows which shelves were empty.
        yield* write(moving, EventRows.insert(database, events))
        if (move.restock) yield* write(moving, sql`${returned} ${restock}`)
        if (move.refill) {
          yield* write(moving, sql`${returned} ${keep(move)}`)
          yield* write(moving, sql`${returned} ${refill(move)}`)
        }
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
  refunded_at: "refundedAt" in order ? DateTime.formatIso(order.refundedAt) : null,
  fulfilled_at: "fulfilledAt" in order ? DateTime.formatIso(order.fulfilledAt) : null
})
