import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import type { Position } from "../../domain/Page.js"
import type { RefundRepository } from "../../ports/RefundRepository.js"
import type { Database } from "./Database.js"
import * as EventRows from "./EventRows.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<RefundRepository> => {
  const { sql, run, write, join, typed, values, isPostgres } = database
  const append = EventRows.append(database)

  /** What keeps a payment from being listed twice. */
  const once = sql.literal(`(customer_id, order_id, ${isPostgres ? "md5(payment_id)" : "payment_id"})`)

  const refunds = (operation: string, which: Fragment, tail = sql.literal("")) =>
    Effect.map(
      run(
        operation,
        sql<Rows.RefundRow>`SELECT customer_id, order_id, key, payment_id, amount, currency, due_at, done_at
FROM octavo_refunds WHERE ${which} ORDER BY due_at, order_id, payment_id ${tail}`
      ),
      (rows) => rows.map(Rows.refund)
    )

  const state = {
    due: sql.literal("done_at IS NULL"),
    done: sql.literal("done_at IS NOT NULL")
  }

  const beyond = ([at, order, payment]: Position) =>
    sql`(due_at, order_id, payment_id) > (${typed(DateTime.formatIso(DateTime.unsafeMake(Number(at))), "instant")},
${typed(String(order), "uuid")}, ${String(payment)})`

  return {
    add: (refund) =>
      Effect.map(
        write(
          "RefundRepository.add",
          sql`INSERT INTO octavo_refunds ${values([
            {
              customer_id: refund.customerId,
              order_id: refund.orderId,
              key: refund.key,
              payment_id: refund.paymentId,
              amount: refund.amount,
              currency: refund.currency,
              due_at: DateTime.formatIso(refund.dueAt)
            }
          ])} ON CONFLICT ${once} DO NOTHING`
        ),
        (added) => added > 0
      ),

    finish: ({ refund, event }) =>
      join(
        Effect.gen(function* () {
          const done = yield* write(
            "RefundRepository.finish",
            sql`UPDATE octavo_refunds SET done_at = ${DateTime.formatIso(refund.doneAt)}
WHERE customer_id = ${refund.customerId} AND order_id = ${refund.orderId} AND key = ${refund.key}
AND payment_id = ${refund.paymentId} AND done_at IS NULL`
          )
          if (done === 0) return false
          yield* append([event])
          return true
        })
      ),

    of: (customer, order) => refunds("RefundRepository.of", sql`customer_id = ${customer} AND order_id = ${order}`),

    list: (status, position, limit) =>
      refunds(
        "RefundRepository.list",
        sql.and([
          ...(status === null ? [sql`1 = 1`] : [state[status]]),
          ...(position === null ? [] : [beyond(position)])
        ]),
        sql`LIMIT ${limit}`
      )
  }
}
