/** How a statement is run: on the connection of the transaction that is open, else on one of its own. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import { Effect, Scope } from "effect"
import type { StoreError } from "../../ports/StoreError.js"
import { isUnprepared, storeError } from "./Failure.js"
import { failedIn, joined } from "./Levels.js"
import { repeated } from "./Transactor.js"
import * as Turn from "./Turn.js"

export interface Statements {
  /** Answers the rows as the driver gives them, untouched by whatever names the host's client rewrites. */
  readonly run: <A extends object>(
    operation: string,
    statement: Statement<A>
  ) => Effect.Effect<ReadonlyArray<A>, StoreError>
  /** Answers how many rows were written: where that is all one wants, `RETURNING` would triple the cost on SQLite. */
  readonly write: (operation: string, statement: Statement<object>) => Effect.Effect<number, StoreError>
}

export const make = (sql: SqlClient): Statements => ({
  // What the rows are the statement says, and nobody else.
  run: through(sql, rows) as Statements["run"],
  write: through(sql, written)
})

// internal

/** What is wanted of a statement, by each way to run one. */
interface Wanted<A> {
  readonly prepared: (connection: Connection, text: string, parameters: Parameters) => Effect.Effect<A, SqlError>
  readonly unprepared: (connection: Connection, text: string, parameters: Parameters) => Effect.Effect<A, SqlError>
  readonly pooled: (statement: Statement<object>) => Effect.Effect<A, SqlError>
}

type Parameters = ReadonlyArray<unknown>

const rows: Wanted<ReadonlyArray<object>> = {
  prepared: (connection, text, parameters) => connection.execute(text, parameters, undefined),
  unprepared: (connection, text, parameters) => connection.executeUnprepared(text, parameters, undefined),
  pooled: (statement) => statement.withoutTransform
}

const written: Wanted<number> = {
  prepared: (connection, text, parameters) => Effect.map(connection.executeRaw(text, parameters), count),
  unprepared: (connection, text, parameters) =>
    connection.executeUnprepared(text, parameters, undefined).pipe(
      Effect.zipRight(connection.executeUnprepared("SELECT changes() AS changes", [], undefined)),
      Effect.map(([row]) => count(row))
    ),
  pooled: (statement) => Effect.map(statement.raw, count)
}

/** As `pg` and `better-sqlite3` tell it. */
const count = (result: unknown): number => {
  const { rowCount, changes } = result as { readonly rowCount?: unknown; readonly changes?: unknown }
  const count = rowCount ?? changes
  if (typeof count !== "number") throw new Error("the client does not tell how many rows a statement wrote")
  return count
}

const through = <A>(sql: SqlClient, wanted: Wanted<A>) => {
  const isPostgres = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  return (operation: string, statement: Statement<object>): Effect.Effect<A, StoreError> =>
    joined(
      (level) => {
        const joining = on(wanted, level[0], statement)
        // To cancel a statement the client waits for a second connection, while the first keeps its locks.
        return Effect.mapError(isPostgres ? Effect.uninterruptible(joining) : joining, (error) => {
          const failure = storeError(operation, error, "RolledBack")
          failedIn(level, failure)
          return failure
        })
      },
      () => {
        // As above: callers that all go at once would each wait for a second connection, and the pool would have none left.
        const alone = isPostgres ? Effect.uninterruptible(wanted.pooled(statement)) : reserved(sql, wanted, statement)
        return repeated(
          sql,
          Effect.mapError(alone, (error) => storeError(operation, error, lostAlone(statement)))
        )
      }
    )
}

// A span for each statement of a transaction would cost as much as a fifth of it.
const on = <A>(wanted: Wanted<A>, connection: Connection, statement: Statement<object>): Effect.Effect<A, SqlError> => {
  const [text, parameters] = statement.compile(true)
  return Effect.catchIf(wanted.prepared(connection, text, parameters), isUnprepared, (error) =>
    // The client remembers for ten minutes that a statement could not be prepared.
    Effect.flatten(Effect.try({ try: () => wanted.unprepared(connection, text, parameters), catch: () => error }))
  )
}

// The client lends its connection without holding it: between the two another fiber may have begun a transaction.
const reserved = <A>(sql: SqlClient, wanted: Wanted<A>, statement: Statement<object>) =>
  Effect.scopedWith((scope) =>
    Effect.flatMap(Scope.extend(sql.reserve, scope), (connection) =>
      Turn.after(on(wanted, connection, statement), scope)
    )
  )

/** A statement alone is its own commit; one that only reads has nothing to lose. */
const lostAlone = (statement: Statement<object>) => (readsOnly(statement.compile(true)[0]) ? "RolledBack" : "Unknown")

const readsOnly = (text: string) => /^\s*(SELECT|WITH)\b/i.test(text) && !/\b(INSERT|UPDATE|DELETE|MERGE)\b/i.test(text)
