/** A bookstore in an SQLite file. */
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { Effect, Layer } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import * as Statement from "../sql/Statement.js"
import * as SqlStores from "../sql/Stores.js"

export { migrate, print, SchemaTooNew } from "../sql/Migrations.js"
export { CurrencyMismatch, type OpenError } from "../sql/Stores.js"

export interface Options extends SqlStores.Options {
  /** Made when it is not there; its directory must be. */
  readonly filename: string
}

/** The stores in a file of their own: with write-ahead log, and every commit kept through a power loss. */
export const layer = ({ filename, ...options }: Options): Layer.Layer<Stores, SqlStores.OpenError> =>
  Layer.provide(SqlStores.layer(options), client(filename))

/** The stores over the host's own client, whose pragmas are the host's. */
export const layerClient: (options?: SqlStores.Options) => Layer.Layer<Stores, SqlStores.OpenError, SqlClient> =
  SqlStores.layer

/** The client that `layer` uses, for `migrate` and for queries of the host's own. */
export const client = (filename: string): Layer.Layer<SqlClient, StoreError> =>
  Layer.scoped(
    SqlClient,
    Effect.gen(function* () {
      // The constructor of the driver throws.
      const sql = yield* SqliteClient.make({ filename, disableWAL: true }).pipe(
        Effect.catchAllDefect((cause) => unopened(filename, cause))
      )
      const { run } = Statement.make(sql)
      for (const pragma of pragmas) {
        yield* Effect.catchAll(run("open", sql.unsafe(`PRAGMA ${pragma}`)), ({ cause }) => unopened(filename, cause))
      }
      return sql
    })
  ).pipe(Layer.provide(Reactivity.layer))

// internal

/** The driver waits with the event loop standing: briefly, and the rest of the waiting is ours. */
const pragmas = ["busy_timeout = 25", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"]

const unopened = (filename: string, cause: unknown) => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new StoreError({
    operation: "open",
    outcome: "NotStarted",
    retryable: false,
    cause: new Error(`cannot open ${filename}: ${why}`, { cause })
  })
}
