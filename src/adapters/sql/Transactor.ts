/** Transactions of our own: `sql.withTransaction` turns a refused COMMIT into a defect and opens SQLite too late. */
import { TransactionConnection as Open, type SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import { type Context, Duration, Effect, Exit, Schedule, Scope } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import type { Transactor } from "../../ports/Transactor.js"
import { isConflict, storeError } from "./Failure.js"
import * as Levels from "./Levels.js"
import * as Turn from "./Turn.js"

export const make = (sql: SqlClient): Context.Tag.Service<Transactor> => ({
  transact: (body) =>
    Levels.joined(
      (level) => nested(body, level),
      () => repeated(sql, outermost(sql, body)),
      true
    ),
  isOpen: Levels.isOpen
})

/** Runs again, for a bounded time, what was refused because of others at work. */
export const repeated = <A, E, R>(sql: SqlClient, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  // What goes well at once, which is nearly all, does without a schedule.
  Effect.catchIf(effect, mayBeRepeated, () =>
    Effect.retry(effect, {
      while: mayBeRepeated,
      schedule: sql.onDialectOrElse({ pg: () => tenTimes, orElse: () => fiveSeconds })
    })
  )

// internal

const mayBeRepeated = (error: unknown): boolean =>
  error instanceof StoreError
    ? error.outcome !== "Unknown" && isConflict(error.cause)
    : error instanceof SqlError && isConflict(error)

const tenTimes = Schedule.exponential("4 millis").pipe(
  Schedule.jitteredWith({ min: 0.2, max: 1.8 }),
  Schedule.intersect(Schedule.recurs(10))
)

// A store with one writer at a time may keep many processes waiting.
const fiveSeconds = Schedule.exponential("2 millis", 1.5).pipe(
  Schedule.either(Schedule.spaced("80 millis")),
  Schedule.jittered,
  Schedule.upTo(Duration.seconds(5))
)

const outermost = <A, E, R>(sql: SqlClient, body: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> => {
  const dialect = sql.onDialectOrElse({ pg: () => postgres, orElse: () => sqlite })
  return Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.make(), (scope) => {
      // A fiber that is interrupted while the pool looks for a connection would lose it for good.
      const reserved = Scope.extend(sql.reserve, scope)
      return (dialect === sqlite ? restore(reserved) : reserved).pipe(
        Effect.tap((connection) => {
          const begun = connection.execute(dialect.begin, [], undefined)
          return dialect === sqlite ? Turn.after(begun, scope) : begun
        }),
        Effect.mapError(notStarted),
        Effect.flatMap((connection) => {
          const level: Levels.Level = [connection, 0]
          return Effect.flatMap(Effect.exit(restore(within(body, level))), (exit) =>
            Exit.isFailure(exit)
              ? Effect.zipRight(rollback(connection), exit)
              : Levels.isUndone(level)
                ? Effect.zipRight(rollback(connection), Levels.undoneByStore())
                : Effect.zipRight(commit(connection, dialect), exit)
          )
        }),
        Effect.ensuring(Scope.close(scope, Exit.void))
      )
    })
  )
}

const nested = <A, E, R>(body: Effect.Effect<A, E, R>, outer: Levels.Level): Effect.Effect<A, E | StoreError, R> => {
  const [connection, depth] = outer
  const level: Levels.Level = [connection, depth + 1]
  Levels.nest(level, outer)
  const name = `octavo_${depth + 1}`
  const back = Effect.zipRight(
    connection.execute(`ROLLBACK TO SAVEPOINT ${name}`, [], undefined),
    connection.execute(`RELEASE SAVEPOINT ${name}`, [], undefined)
  )
  return Effect.uninterruptibleMask((restore) =>
    connection.execute(`SAVEPOINT ${name}`, [], undefined).pipe(
      Effect.mapError((error) => storeError("savepoint", error, "RolledBack")),
      Effect.zipRight(Effect.exit(restore(within(body, level)))),
      Effect.flatMap((exit) =>
        Exit.isFailure(exit)
          ? Effect.zipRight(Effect.ignore(back), exit)
          : connection.execute(`RELEASE SAVEPOINT ${name}`, [], undefined).pipe(
              Effect.tapError(() => Effect.ignore(back)),
              Effect.mapError((error) => storeError("release", error, "RolledBack")),
              Effect.zipRight(exit)
            )
      )
    )
  )
}

const within = <A, E, R>(body: Effect.Effect<A, E, R>, level: Levels.Level) =>
  Effect.ensuring(
    Effect.provideService(body, Open, level),
    Effect.sync(() => Levels.end(level))
  )

interface Dialect {
  readonly begin: string
  readonly committed: (result: unknown) => boolean
}

const postgres: Dialect = {
  begin: "BEGIN ISOLATION LEVEL READ COMMITTED",
  // To commit a transaction in which a statement failed is to roll it back, and PostgreSQL says so only here.
  committed: (result) =>
    !(typeof result === "object" && result !== null && "command" in result && result.command === "ROLLBACK")
}

const sqlite: Dialect = { begin: "BEGIN IMMEDIATE", committed: () => true }

const commit = (connection: Connection, { committed }: Dialect): Effect.Effect<void, StoreError> =>
  Effect.matchEffect(connection.executeRaw("COMMIT", []), {
    onSuccess: (result) =>
      committed(result)
        ? Effect.void
        : Effect.fail(
            new StoreError({
              operation: "commit",
              outcome: "RolledBack",
              retryable: false,
              cause: new Error("a statement of the transaction had failed")
            })
          ),
    onFailure: (error) => Effect.zipRight(rollback(connection), Effect.fail(storeError("commit", error, "Unknown")))
  })

const rollback = (connection: Connection): Effect.Effect<void> =>
  Effect.catchAll(connection.execute("ROLLBACK", [], undefined), (error) =>
    Effect.sync(() => discard(connection, error))
  )

/** The pool must not lend a connection that may still be inside a transaction: one that has emitted an error it destroys. */
const discard = (connection: Connection, error: SqlError) => {
  const client = "pg" in connection ? connection.pg : undefined
  if (isEmitter(client)) client.emit("error", error)
}

const isEmitter = (u: unknown): u is { readonly emit: (event: "error", error: unknown) => void } =>
  typeof u === "object" && u !== null && "emit" in u && typeof u.emit === "function"

const notStarted = (error: SqlError) => {
  const { operation, retryable, cause } = storeError("begin", error, "NotStarted")
  return new StoreError({ operation, outcome: "NotStarted", retryable, cause })
}
