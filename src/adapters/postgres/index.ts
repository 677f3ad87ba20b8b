/** A bookstore in PostgreSQL, 13 or newer. */
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Duration, Effect, Layer } from "effect"
import * as Pg from "pg"
import type { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import { storeError } from "../sql/Failure.js"
import * as SqlStores from "../sql/Stores.js"
import { NamedStatements } from "./NamedStatements.js"
import { type Config, TimedClient } from "./TimedClient.js"

export { migrate, print, SchemaTooNew } from "../sql/Migrations.js"
export { CurrencyMismatch, type OpenError } from "../sql/Stores.js"

export interface ConnectionOptions {
  /** `postgres://…`; without it, the usual `PG…` variables of the environment. */
  readonly url?: string | undefined
  /** A pool of the host's, which stays the host's: it is used as it is, and not ended. */
  readonly pool?: Pg.Pool | undefined
  /** 10 unless said otherwise. */
  readonly maxConnections?: number | undefined
  /** How long to wait for a connection, new or from the pool: 5 seconds unless said otherwise. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /**
   * How long a statement may go without an answer: 30 seconds unless said otherwise. Then its connection is given up,
   * and the call fails with a `StoreError` that says what is known: `Unknown` for a commit or a lone write, else
   * `RolledBack`. A transaction of octavo's that hears nothing from here for as long is ended by the server, unless
   * the database has a limit of its own. Migrations and imports take the time they take. A pool of the host's keeps
   * the host's limits.
   */
  readonly statementTimeout?: Duration.DurationInput | undefined
  /** False behind a pooler that gives each transaction another connection. */
  readonly preparedStatements?: boolean | undefined
}

export interface Options extends ConnectionOptions, SqlStores.Options {}

/** The stores over connections of their own, or over the host's pool. */
export const layer = ({ migrate, ...connection }: Options = {}): Layer.Layer<Stores, SqlStores.OpenError> =>
  Layer.provide(SqlStores.layer({ migrate }), client(connection))

/** The stores over the host's own client. */
export const layerClient: (options?: SqlStores.Options) => Layer.Layer<Stores, SqlStores.OpenError, SqlClient> =
  SqlStores.layer

/** The client that `layer` uses, for `migrate` and for queries of the host's own. */
export const client = (options: ConnectionOptions = {}): Layer.Layer<SqlClient, StoreError> =>
  Layer.scoped(
    SqlClient,
    PgClient.fromPool({ acquire: options.pool === undefined ? ownPool(options) : Effect.succeed(options.pool) })
  ).pipe(
    Layer.mapError((error) => storeError("open", error, "NotStarted")),
    Layer.provide(Reactivity.layer)
  )

// internal

const ownPool = ({
  url,
  maxConnections = 10,
  connectTimeout = "5 seconds",
  statementTimeout = "30 seconds",
  preparedStatements = true
}: ConnectionOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const config: Config = {
        connectionString: url,
        max: maxConnections,
        connectionTimeoutMillis: Duration.toMillis(connectTimeout),
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        application_name: "octavo",
        answerWithin: Duration.toMillis(statementTimeout),
        ownSession: preparedStatements
      }
      const Client = preparedStatements ? NamedStatements : TimedClient
      // The pool hands its whole configuration to every client that it makes, which its types do not say.
      const pool = new Pg.Pool({ ...config, Client: Client as unknown as new () => Pg.Client })
      // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
      pool.on("error", () => {})
      return pool
    }),
    (pool) => Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  )
