import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import * as Order from "../../domain/Order.js"
import type { OrderQuery, Unfinished } from "../../domain/OrderQuery.js"
import type { Position } from "../../domain/Page.js"
import type { OrderRepository } from "../../ports/OrderRepository.js"
import type { Database } from "./Database.js"
import * as Moves from "./Moves.js"
import * as OrderRows from "./OrderRows.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<OrderRepository> => {
  const { sql, run, write, together, typed, isPostgres } = database

  const add = isPostgres
    ? (order: Order.PendingOrder) => {
        const inserted = sql`WITH o AS (${OrderRows.insert(database, order)} RETURNING customer_id, id)`
        return write(adding, sql`${inserted} ${OrderRows.insertLinesOf(database, order, sql.literal("o"))}`)
      }
    : (order: Order.PendingOrder) =>
        // What a savepoint would undo is one row, at four times the cost of writing it.
        together(
          Effect.tap(write(adding, OrderRows.insert(database, order)), (added) =>
            added === 0
              ? Effect.void
              : Effect.onError(write(adding, OrderRows.insertLines(database, order)), () =>
                  Effect.ignore(write(adding, OrderRows.remove(database, order)))
                )
          ).pipe(Effect.uninterruptible)
        )

  /** The lines are gathered only for the orders that are shown. */
  const orders = (operation: string, which: Fragment, tail: Fragment, direction: "ASC" | "DESC" = "DESC") => {
    const sorted = (prefix = "") => sql.literal(`${prefix}created_at ${direction}, ${prefix}id ${direction}`)
    return Effect.map(
      run(
        operation,
        sql<Rows.OrderRow>`SELECT ${columns("o.")}, ${OrderRows.lines(database)} AS lines
FROM (SELECT ${columns()} FROM octavo_orders WHERE ${which} ORDER BY ${sorted()} ${tail}) AS o
ORDER BY ${sorted("o.")}`
      ),
      (rows) => rows.map(Rows.order)
    )
  }

  const columns = (prefix = "") => sql.literal(OrderRows.shown.map((name) => prefix + name).join(", "))

  const one = sql.literal("LIMIT 1")

  const listed = ({ customerId, status }: OrderQuery) => {
    if (customerId === null) return status === null ? sql`status <> 'payment_failed'` : sql`status = ${status}`
    // Wrapped, so that the orders of one customer are never looked for among all of that status.
    const which = status === null ? sql`status <> 'payment_failed'` : sql`coalesce(status, '') = ${status}`
    return sql`customer_id = ${customerId} AND ${which}`
  }

  const beyond = (position: Position | null, direction: "<" | ">") => {
    if (position === null) return sql`1 = 1`
    const [at, id] = position
    const instant = DateTime.formatIso(DateTime.unsafeMake(Number(at)))
    return sql`(created_at, id) ${sql.literal(direction)} (${typed(instant, "instant")}, ${typed(String(id), "uuid")})`
  }

  // As literals, so that PostgreSQL sees that the partial index will do.
  const waiting = {
    payment: sql.literal("status = 'pending_payment'"),
    refund: sql.literal("status = 'cancelled'"),
    charge: sql.literal(`status = 'payment_failed' AND reason = '${Order.neverCharged}'`)
  } satisfies Record<Unfinished["waiting"], Fragment>

  const open = ({ waiting: what, since, before }: Unfinished) =>
    sql.and([
      waiting[what],
      sql`created_at < ${DateTime.formatIso(before)}`,
      ...(since === null ? [] : [sql`created_at >= ${DateTime.formatIso(since)}`])
    ])

  return {
    add: (order) => Effect.map(add(order), (added) => added > 0),

    get: (id, customer) => {
      const which = customer === null ? sql`id = ${id}` : sql`customer_id = ${customer} AND id = ${id}`
      return Effect.flatMap(orders("OrderRepository.get", which, one), ([order]) =>
        order === undefined ? Effect.fail(new Order.OrderNotFound({ orderId: id })) : Effect.succeed(order)
      )
    },

    find: (customer, key) => {
      const made = key === null ? sql.literal("status = 'pending_payment'") : sql`idempotency_key = ${key}`
      const which = sql`customer_id = ${customer} AND ${made}`
      return Effect.map(orders("OrderRepository.find", which, one), ([order]) => order ?? null)
    },

    move: Moves.make(database),

    unfinished: (query, position, limit) =>
      orders(
        "OrderRepository.unfinished",
        sql`${open(query)} AND ${beyond(position, ">")}`,
        sql`LIMIT ${limit}`,
        "ASC"
      ),

    page: (query, { page, size }) =>
      Effect.gen(function* () {
        const skipped = (page - 1) * size
        const tail = sql`LIMIT ${size} OFFSET ${skipped}`
        const items = yield* orders("OrderRepository.page", listed(query), tail)
        // A page that is neither full nor past the end tells the total by itself.
        if (items.length < size && (items.length > 0 || skipped === 0)) return { items, total: skipped + items.length }
        const [row] = yield* run(
          "OrderRepository.page",
          sql<{ total: number }>`SELECT count(*) AS total FROM octavo_orders WHERE ${listed(query)}`
        )
        return { items, total: Number(row?.total) }
      }),

    after: (query, position, limit) =>
      orders("OrderRepository.after", sql`${listed(query)} AND ${beyond(position, "<")}`, sql`LIMIT ${limit}`)
  }
}

// internal

const adding = "OrderRepository.add"
