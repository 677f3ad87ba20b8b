/** What the repositories stand on: a client, and how statements and transactions are run on it. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { type Context, Effect } from "effect"
import type { StoreError } from "../../ports/StoreError.js"
import type { Transactor } from "../../ports/Transactor.js"
import * as Statement from "./Statement.js"
import * as Transaction from "./Transactor.js"

export interface Database {
  readonly sql: SqlClient
  readonly isPostgres: boolean
  readonly run: Statement.Run
  readonly transactor: Context.Tag.Service<Transactor>
  /**
   * Several statements, all or none, as part of the transaction that is open if there is one. PostgreSQL lets nothing
   * be kept of a transaction in which a statement failed; on SQLite a savepoint sees to it.
   */
  readonly join: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  /** `(a, b) VALUES (…)`; a null or value takes the type of its column. */
  readonly values: (row: Row) => Fragment
  /** `a = …, b = …` */
  readonly assignments: (row: Row) => Fragment
  /** A value where the statement alone does not tell its type. */
  readonly typed: (value: string | number | null, type: ColumnType) => Fragment
  /** Rows passed as one parameter, to select from: `recordset(rows, columns) AS v`. */
  readonly recordset: (rows: ReadonlyArray<object>, columns: Record<string, ColumnType>) => Fragment
  /** A clause that only PostgreSQL needs: SQLite has one writer at a time. */
  readonly locking: (clause: "FOR NO KEY UPDATE" | "FOR KEY SHARE", of?: string) => Fragment
}

/** By column. */
export type Row = Readonly<Record<string, string | number | null>>

export type ColumnType = "uuid" | "text" | "integer" | "bigint" | "instant" | "jsonb"

export const make = (sql: SqlClient): Database => {
  const isPostgres = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const transactor = Transaction.make(sql)
  const nothing = sql.literal("")
  const type = (name: ColumnType) => (name === "instant" ? "timestamptz(3)" : name)
  return {
    sql,
    isPostgres,
    run: Statement.make(sql),
    transactor,
    join: (effect) =>
      isPostgres
        ? Effect.flatMap(transactor.isOpen, (open) => (open ? effect : transactor.transact(effect)))
        : transactor.transact(effect),
    typed: (value, name) => (isPostgres ? sql`${value}::${sql.literal(type(name))}` : sql`${value}`),
    recordset: (rows, columns) => {
      const names = Object.entries(columns)
      if (!isPostgres && rows.length <= fewRows) return few(sql, rows, Object.keys(columns))
      const json = JSON.stringify(rows)
      if (isPostgres) {
        const definition = names.map(([name, column]) => `${name} ${type(column)}`).join(", ")
        return sql`(SELECT * FROM jsonb_to_recordset(${json}::jsonb) AS r(${sql.literal(definition)}))`
      }
      const selection = names.map(([name]) => `value ->> '${name}' AS ${name}`).join(", ")
      return sql`(SELECT ${sql.literal(selection)} FROM json_each(${json}))`
    },
    values: (row) =>
      sql`(${sql.literal(Object.keys(row).join(", "))}) VALUES (${sql.csv(Object.values(row).map((value) => sql`${value}`))})`,
    assignments: (row) => sql.csv(Object.entries(row).map(([name, value]) => sql`${sql.literal(name)} = ${value}`)),
    locking: (clause, of) => (isPostgres ? sql.literal(of === undefined ? clause : `${clause} OF ${of}`) : nothing)
  }
}

/** Up to so many rows SQLite takes faster as parameters than as JSON; the text of the statement differs with their number. */
const fewRows = 4

const few = (sql: SqlClient, rows: ReadonlyArray<object>, names: ReadonlyArray<string>) => {
  const selections = rows.map((row) => {
    const values = new Map(Object.entries(row))
    const columns = names.map((name) => sql`${scalar(values.get(name))} AS ${sql.literal(name)}`)
    return sql`SELECT ${sql.csv(columns)}`
  })
  return sql`(${sql.join(" UNION ALL ", false)(selections)})`
}

const scalar = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? value : value == null ? null : JSON.stringify(value)
