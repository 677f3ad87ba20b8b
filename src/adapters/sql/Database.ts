/** What the repositories stand on: a client, and how statements and transactions are run on it. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { type Fragment, unsafeFragment } from "@effect/sql/Statement"
import { type Array, type Context, Effect } from "effect"
import type { StoreError } from "../../ports/StoreError.js"
import type { Transactor } from "../../ports/Transactor.js"
import * as Statement from "./Statement.js"
import * as Transaction from "./Transactor.js"

export interface Database extends Statement.Statements {
  readonly sql: SqlClient
  readonly isPostgres: boolean
  readonly transactor: Context.Tag.Service<Transactor>
  /**
   * Several statements, all or none, as part of the transaction that is open if there is one. PostgreSQL lets nothing
   * be kept of a transaction in which a statement failed; on SQLite a savepoint sees to it.
   */
  readonly join: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  /** As `join`, for what leaves nothing behind by itself when it fails: it needs no savepoint. */
  readonly together: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  /** `(a, b) VALUES (…), (…)`; a value takes the type of its column. */
  readonly values: (rows: Array.NonEmptyReadonlyArray<Row>) => Fragment
  /** `a = …, b = …` */
  readonly assignments: (row: Row) => Fragment
  /** A value where the statement alone does not tell its type. */
  readonly typed: (value: string | number | null, type: ColumnType) => Fragment
  /** Rows passed as one parameter, to select from: `recordset(rows, columns) AS v`. */
  readonly recordset: (rows: ReadonlyArray<Row>, columns: Record<string, ColumnType>) => Fragment
  /** A clause that only PostgreSQL needs: SQLite has one writer at a time. */
  readonly locking: (clause: "FOR NO KEY UPDATE" | "FOR SHARE" | "FOR KEY SHARE", of?: string) => Fragment
}

/** By column; an object is kept as JSON. */
export type Row = Readonly<Record<string, unknown>>

export type ColumnType = "uuid" | "text" | "integer" | "bigint" | "instant" | "jsonb"

export const make = (sql: SqlClient): Database => {
  const isPostgres = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const transactor = Transaction.make(sql)
  const nothing = sql.literal("")
  const type = (name: ColumnType) => (name === "instant" ? "timestamptz(3)" : name)
  const together: Database["together"] = (effect) =>
    Effect.flatMap(transactor.isOpen, (open) => (open ? effect : transactor.transact(effect)))
  return {
    sql,
    isPostgres,
    ...Statement.make(sql),
    transactor,
    join: isPostgres ? together : transactor.transact,
    together,
    typed: (value, name) => (isPostgres ? sql`${value}::${sql.literal(type(name))}` : sql`${value}`),
    recordset: (rows, columns) => {
      const names = Object.entries(columns)
      if (!isPostgres && rows.length > 0 && rows.length <= fewRows) return few(rows, Object.keys(columns))
      const json = JSON.stringify(rows)
      if (isPostgres) {
        const definition = names.map(([name, column]) => `${name} ${type(column)}`).join(", ")
        return sql`(SELECT * FROM jsonb_to_recordset(${json}::jsonb) AS r(${sql.literal(definition)}))`
      }
      const selection = names.map(([name]) => `value ->> '${name}' AS ${name}`).join(", ")
      return sql`(SELECT ${sql.literal(selection)} FROM json_each(${json}))`
    },
    values: (rows) => {
      const columns = `(${Object.keys(rows[0]).join(", ")}) VALUES`
      const tuples = rows.map((row) => Object.values(row).map(scalar))
      return isPostgres
        ? sql`${sql.literal(columns)} ${sql.csv(tuples.map((tuple) => sql`(${sql.csv(tuple.map((value) => sql`${value}`))})`))}`
        : unsafeFragment(`${columns} ${tuples.map(({ length }) => placeholders(length)).join(", ")}`, tuples.flat())
    },
    assignments: (row) =>
      sql.csv(Object.entries(row).map(([name, value]) => sql`${sql.literal(name)} = ${scalar(value)}`)),
    locking: (clause, of) => (isPostgres ? sql.literal(of === undefined ? clause : `${clause} OF ${of}`) : nothing)
  }
}

/** Up to so many rows SQLite takes faster as parameters than as JSON; the text of the statement differs with their number. */
const fewRows = 4

const few = (rows: ReadonlyArray<Row>, names: ReadonlyArray<string>) => {
  const first = `SELECT ${names.map((name) => `? AS ${name}`).join(", ")}`
  const others = rows.slice(1).map(() => placeholders(names.length))
  return unsafeFragment(
    others.length === 0 ? `(${first})` : `(${first} UNION ALL VALUES ${others.join(", ")})`,
    rows.flatMap((row) => names.map((name) => scalar(row[name])))
  )
}

const placeholders = (count: number) => `(${"?, ".repeat(count - 1)}?)`

const scalar = (value: unknown): string | number | null =>
  typeof value === "string" || typeof value === "number" ? value : value == null ? null : JSON.stringify(value)
