/** How a statement is run: on the connection of the transaction that is open, else on one of its own. */
import { TransactionConnection as Open, type SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import { Context, Effect } from "effect"
import type { StoreError } from "../../ports/StoreError.js"
import { isUnprepared, storeError } from "./Failure.js"
import { repeated } from "./Transactor.js"

/** Answers the rows as the driver gives them, untouched by whatever names the host's client rewrites. */
export type Run = <A extends object>(
  operation: string,
  statement: Statement<A>
) => Effect.Effect<ReadonlyArray<A>, StoreError>

export const make = (sql: SqlClient): Run => {
  const alone = sql.onDialectOrElse({ pg: () => pooled, orElse: () => reserved(sql) })
  const joined = sql.onDialectOrElse({ pg: () => toItsEnd, orElse: () => on })
  return (operation, statement) =>
    Effect.withFiberRuntime((fiber) => {
      const open = Context.getOption(fiber.currentContext, Open)
      if (open._tag === "Some") {
        return Effect.mapError(joined(open.value[0], statement), (error) => storeError(operation, error, "RolledBack"))
      }
      return repeated(
        sql,
        Effect.mapError(alone(statement), (error) => storeError(operation, error, lostAlone(statement)))
      )
    })
}

// internal

// A span for each statement of a transaction would cost as much as a fifth of it.
const on = <A>(connection: Connection, statement: Statement<A>): Effect.Effect<ReadonlyArray<A>, SqlError> => {
  const [text, parameters] = statement.compile(true)
  return Effect.catchIf(connection.execute(text, parameters, undefined), isUnprepared, (error) =>
    // The client remembers for ten minutes that a statement could not be prepared.
    Effect.flatten(
      Effect.try({ try: () => connection.executeUnprepared(text, parameters, undefined), catch: () => error })
    )
  )
}

// To cancel a statement the client waits for a second connection, while the first keeps its locks.
const toItsEnd: typeof on = (connection, statement) => Effect.uninterruptible(on(connection, statement))

const pooled = <A>(statement: Statement<A>) => statement.withoutTransform

// The client lends its connection without holding it: between the two another fiber may have begun a transaction.
const reserved =
  (sql: SqlClient) =>
  <A>(statement: Statement<A>) =>
    Effect.scoped(Effect.flatMap(sql.reserve, (connection) => on(connection, statement)))

/** A statement alone is its own commit; one that only reads has nothing to lose. */
const lostAlone = (statement: Statement<unknown>) =>
  /^\s*SELECT\b/i.test(statement.compile(true)[0]) ? "RolledBack" : "Unknown"
