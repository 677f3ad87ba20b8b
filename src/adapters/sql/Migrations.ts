/** The schema, in steps that only go forward; `octavo_migrations` says which have been taken. */
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { Cause, Effect, Schema } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import * as Database from "./Database.js"
import { storeError } from "./Failure.js"
import * as Bookstore from "./migrations/0001_bookstore.js"
import * as Recovery from "./migrations/0002_recovery.js"
import * as Fulfilment from "./migrations/0003_fulfilment.js"
import * as Waiting from "./migrations/0004_waiting.js"

/** The database was made by a newer octavo than this one, which must not touch it. */
export class SchemaTooNew extends Schema.TaggedError<SchemaTooNew>()("SchemaTooNew", {
  found: Schema.Int,
  known: Schema.Int
}) {
  override get message(): string {
    return `the database is at migration ${this.found}, this octavo knows ${this.known}: use a newer octavo`
  }
}

export type Dialect = "postgres" | "sqlite"

/** How the dialects call what they both have. */
export interface Types {
  readonly dialect: Dialect
  readonly uuid: string
  readonly instant: string
  readonly json: string
  /** Text that is compared byte by byte, which in UTF-8 is by code point. */
  readonly bytewise: string
  readonly largeInteger: string
}

/** Brings the database up to this octavo, in one transaction. Any number of processes may do so at once. */
export const migrate: Effect.Effect<void, StoreError | SchemaTooNew, SqlClient> = Effect.gen(function* () {
  const database = Database.make(yield* SqlClient)
  if ((yield* version(database)) === known) return
  yield* database.transactor.transact(
    Effect.gen(function* () {
      const { sql, isPostgres, run } = database
      if (isPostgres) yield* run("migrate", sql`SELECT pg_advisory_xact_lock(${lock})`)
      yield* run("migrate", sql.unsafe(table(isPostgres ? "postgres" : "sqlite")))
      // Another process may have done it all while this one waited.
      if ((yield* version(database)) === known) return
      yield* steps
    })
  )
})

/** Refuses a database that this octavo does not fit. */
export const check: Effect.Effect<void, StoreError | SchemaTooNew, SqlClient> = Effect.gen(function* () {
  const found = yield* version(Database.make(yield* SqlClient))
  if (found === known) return
  const why = `the database is at migration ${found} of ${known}: run \`octavo migrate\``
  yield* new StoreError({ operation: "open", outcome: "NotStarted", retryable: false, cause: new Error(why) })
})

/** All migrations as SQL, each in a transaction of its own, for a host that runs them, or those it has not yet, by its own means. */
export const print = (dialect: Dialect): string =>
  Object.entries(migrations)
    .map(([name, statements]) =>
      [
        `-- ${name}\n\nBEGIN`,
        table(dialect),
        ...statements(types[dialect]),
        `INSERT INTO octavo_migrations (migration_id, name) VALUES (${idOf(name)}, '${name.replace(/^\d+_/, "")}')`,
        "COMMIT"
      ]
        .map((statement) => `${statement};\n`)
        .join("\n")
    )
    .join("\n")

// internal

const migrations = {
  "0001_bookstore": Bookstore.statements,
  "0002_recovery": Recovery.statements,
  "0003_fulfilment": Fulfilment.statements,
  "0004_waiting": Waiting.statements
}

const idOf = (name: string) => Number.parseInt(name, 10)

const known = Math.max(...Object.keys(migrations).map(idOf))

const types: Record<Dialect, Types> = {
  postgres: {
    dialect: "postgres",
    uuid: "uuid",
    instant: "timestamptz(3)",
    json: "jsonb",
    bytewise: 'text COLLATE "C"',
    largeInteger: "bigint"
  },
  sqlite: {
    dialect: "sqlite",
    uuid: "text",
    instant: "text",
    json: "text",
    bytewise: "text",
    largeInteger: "integer"
  }
}

/** Any number will do, as long as every octavo takes the same. */
const lock = 0x0c7a_0001

/** As the Migrator makes it; made before, because its own way fails inside a transaction. */
const table = (dialect: Dialect) => `CREATE TABLE IF NOT EXISTS octavo_migrations (
  migration_id integer NOT NULL PRIMARY KEY,
  created_at ${dialect === "postgres" ? "timestamptz NOT NULL DEFAULT now()" : "text NOT NULL DEFAULT current_timestamp"},
  name text NOT NULL
)`

const version = ({ sql, isPostgres, run }: Database.Database) =>
  Effect.gen(function* () {
    const [there] = yield* run(
      "open",
      isPostgres
        ? sql<{ there: unknown }>`SELECT to_regclass('octavo_migrations') AS there`
        : sql<{ there: unknown }>`SELECT max(name) AS there FROM sqlite_master WHERE name = 'octavo_migrations'`
    )
    if (there?.there == null) return 0
    const [row] = yield* run(
      "open",
      sql<{ found: unknown }>`SELECT coalesce(max(migration_id), 0) AS found FROM octavo_migrations`
    )
    const found = Number(row?.found)
    return found > known ? yield* new SchemaTooNew({ found, known }) : found
  })

/** The Migrator tells part of its troubles as defects. */
const steps: Effect.Effect<void, StoreError, SqlClient> = Migrator.make({})({
  loader: Migrator.fromRecord(
    Object.fromEntries(
      Object.entries(migrations).map(([name, statements]) => [
        name,
        Effect.flatMap(SqlClient, (sql) => {
          const dialect = sql.onDialectOrElse({ pg: () => "postgres" as const, orElse: () => "sqlite" as const })
          return Effect.forEach(statements(types[dialect]), (statement) => sql.unsafe(statement), { discard: true })
        })
      ])
    )
  ),
  table: "octavo_migrations"
}).pipe(
  Effect.asVoid,
  Effect.catchAllCause((cause) =>
    Cause.isInterrupted(cause) ? Effect.interrupt : Effect.fail(troubleOf(Cause.squash(cause)))
  )
)

/** A lost link or a busy database is told as everywhere else, however deep the Migrator has put it. */
const troubleOf = (error: unknown): StoreError => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof SqlError) return storeError("migrate", at, "RolledBack")
  }
  return new StoreError({ operation: "migrate", outcome: "RolledBack", retryable: false, cause: error })
}
