import type { Fragment } from "@effect/sql/Statement"
import { type Context, DateTime, Effect } from "effect"
import type { Change, Entry, Fulfilment } from "../../domain/Fulfilment.js"
import type { FulfilmentQuery } from "../../domain/FulfilmentQuery.js"
import { OrderNotFound } from "../../domain/Order.js"
import type { Position } from "../../domain/Page.js"
import type { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import type { Database } from "./Database.js"
import * as FulfilmentRows from "./FulfilmentRows.js"

export const make = (database: Database): Context.Tag.Service<FulfilmentRepository> => {
  const { sql, run, write, join, typed, assignments, recordset, locking, isPostgres } = database

  /**
   * The order, if it still is where the state needs it; it stays there until the commit. The status is wrapped, so that
   * the order is never looked for among all of that status.
   */
  const kept = ({ orderId, state }: Fulfilment) =>
    sql`SELECT id, customer_id FROM octavo_orders
WHERE id = ${orderId} AND coalesce(status, '') = ${state === "done" ? "fulfilled" : "confirmed"} ${locking("FOR SHARE")}`

  /** Finds the row only at the version before, with no newer epoch, and none where there is none before. */
  const put = (next: Fulfilment, order: Fragment) => {
    const row = FulfilmentRows.row(next)
    const names = sql.literal(Object.keys(row).join(", "))
    return next.version === 1
      ? sql`INSERT INTO octavo_fulfilments (order_id, customer_id, ${names})
SELECT o.id, o.customer_id, ${prefixed("v.", Object.keys(row))} FROM ${order} AS o
CROSS JOIN ${recordset([row], FulfilmentRows.columns)} AS v WHERE true ON CONFLICT (order_id) DO NOTHING`
      : sql`UPDATE octavo_fulfilments SET ${assignments(row)}
WHERE order_id = (SELECT o.id FROM ${order} AS o) AND version = ${next.version - 1} AND epoch <= ${next.epoch}`
  }

  const prefixed = (prefix: string, names: ReadonlyArray<string>) =>
    sql.literal(names.map((name) => prefix + name).join(", "))

  const tell = (entry: Entry, written: Fragment) =>
    sql`INSERT INTO octavo_fulfilment_entries (order_id, ${prefixed("", entryNames)})
SELECT w.order_id, ${prefixed("v.", entryNames)} FROM ${written} AS w
CROSS JOIN ${recordset([FulfilmentRows.entryRow(entry)], FulfilmentRows.entryColumns)} AS v`

  const save = isPostgres
    ? ({ next, entry }: Change) =>
        write(
          saving,
          sql`WITH o AS (${kept(next)}), w AS (${put(next, sql.literal("o"))} RETURNING order_id)
${tell(entry, sql.literal("w"))}`
        )
    : ({ next, entry }: Change) =>
        join(
          Effect.tap(write(saving, put(next, sql`(${kept(next)})`)), (count) =>
            count === 0 ? Effect.void : write(saving, tell(entry, sql`(SELECT ${next.orderId} AS order_id)`))
          )
        )

  const select = sql.literal(
    `SELECT o.id, o.created_at, o.status, ${FulfilmentRows.shown.map((name) => `f.${name}`).join(", ")}`
  )
  const from = sql.literal("FROM octavo_orders o LEFT JOIN octavo_fulfilments f ON f.order_id = o.id")

  const listed = ({ state, stage }: FulfilmentQuery, now: DateTime.Utc) => {
    const at = typed(DateTime.formatIso(now), "instant")
    const inState = {
      ready: sql.literal("coalesce(f.state, 'ready') = 'ready'"),
      in_progress: sql`f.state = 'in_progress' AND f.expires_at > ${at}`,
      lapsed: sql`f.state = 'in_progress' AND f.expires_at <= ${at}`,
      paused: sql.literal("f.state = 'paused'"),
      done: sql.literal("f.state = 'done'")
    }
    return sql.and([
      // As literals, so that PostgreSQL sees which index will do.
      sql.literal(state === "done" ? "o.status = 'fulfilled'" : "o.status = 'confirmed'"),
      ...(state === null ? [] : [inState[state]]),
      ...(stage === null ? [] : [sql`coalesce(f.stage, CASE WHEN f.state IS NULL THEN 'pick' END) = ${stage}`])
    ])
  }

  const beyond = ([at, id]: Position) =>
    sql`(o.created_at, o.id) > (${typed(DateTime.formatIso(DateTime.unsafeMake(Number(at))), "instant")}, ${typed(String(id), "uuid")})`

  const boxes = (operation: string, which: Fragment, tail: Fragment) =>
    Effect.map(
      run(operation, sql<FulfilmentRows.BoxRow>`${select} ${from} WHERE ${which} ORDER BY o.created_at, o.id ${tail}`),
      (rows) => rows.map(FulfilmentRows.box)
    )

  return {
    get: (id) =>
      Effect.flatMap(
        run("FulfilmentRepository.get", sql<FulfilmentRows.BoxRow>`${select} ${from} WHERE o.id = ${id}`),
        ([row]) =>
          row === undefined
            ? Effect.fail(new OrderNotFound({ orderId: id }))
            : Effect.succeed({ box: FulfilmentRows.box(row), status: row.status })
      ),

    save: (change) => Effect.map(save(change), (count) => count > 0),

    history: (id) =>
      Effect.map(
        run(
          "FulfilmentRepository.history",
          sql<FulfilmentRows.EntryRow>`SELECT order_id, ${prefixed("", entryNames)} FROM octavo_fulfilment_entries
WHERE order_id = ${id} ORDER BY version`
        ),
        (rows) => rows.map(FulfilmentRows.entry)
      ),

    page: (query, now, { page, size }) =>
      Effect.gen(function* () {
        const which = listed(query, now)
        const items = yield* boxes(paging, which, sql`LIMIT ${size} OFFSET ${(page - 1) * size}`)
        const [row] = yield* run(paging, sql<{ total: number }>`SELECT count(*) AS total ${from} WHERE ${which}`)
        return { items, total: Number(row?.total) }
      }),

    after: (query, now, position, limit) =>
      boxes(
        "FulfilmentRepository.after",
        sql.and([listed(query, now), ...(position === null ? [] : [beyond(position)])]),
        sql`LIMIT ${limit}`
      )
  }
}

// internal

const saving = "FulfilmentRepository.save"
const paging = "FulfilmentRepository.page"

const entryNames = Object.keys(FulfilmentRows.entryColumns)
