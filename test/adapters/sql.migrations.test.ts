import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { SqlClient } from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import { Effect, Layer } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Currency } from "../../src/domain/Money.js"
import { StoreHealth } from "../../src/ports/StoreHealth.js"
import { StoreSettings } from "../../src/ports/StoreSettings.js"
import { onFile, onServer, type Place } from "./sqlStores.js"

const dialects = {
  sqlite: {
    make: onFile,
    open: (at: string, migrate?: boolean) => SqliteStore.layer({ filename: at, migrate }),
    client: (at: string) => SqliteStore.client(at),
    execute: async (at: string, text: string) => {
      const database = new Sqlite(at)
      database.exec(text)
      database.close()
    }
  },
  postgres: {
    make: onServer,
    open: (at: string, migrate?: boolean) => PostgresStore.layer({ url: at, migrate }),
    client: (at: string) => PostgresStore.client({ url: at }),
    execute: async (at: string, text: string) => {
      const client = new Pg.Client({ connectionString: at })
      await client.connect()
      await client.query(text)
      await client.end()
    }
  }
}

for (const dialect of ["sqlite", "postgres"] as const) {
  const { make, open, client, execute } = dialects[dialect]
  describe(dialect, () => {
    let place: Place
    beforeEach(async () => {
      place = await make()
    })
    afterEach(() => place.drop())

    const opened = (migrate?: boolean) =>
      Effect.provide(
        Effect.flatMap(StoreHealth, ({ check }) => check),
        open(place.at, migrate)
      )

    it("brings an empty database up when four do it at once", () =>
      Effect.runPromise(
        Effect.gen(function* () {
          yield* Effect.all([opened(), opened(), opened(), opened()], { concurrency: "unbounded" })
          yield* opened(false)
        })
      ))

    it("does nothing the second time", () =>
      Effect.runPromise(
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* SqliteStore.migrate
          yield* SqliteStore.migrate
          const rows = yield* sql`SELECT migration_id FROM octavo_migrations ORDER BY migration_id`
          expect(rows.map(({ migration_id }) => migration_id)).toEqual([1, 2])
        }).pipe(Effect.provide(client(place.at)))
      ))

    it("says what to run when it may not bring the database up itself", async () => {
      const error = await Effect.runPromise(Effect.flip(opened(false)))
      expect(error).toMatchObject({ _tag: "StoreError", outcome: "NotStarted", retryable: false })
      expect(error.message).toContain("octavo migrate")
      // And what it found is not remembered.
      await Effect.runPromise(opened())
      await Effect.runPromise(opened(false))
    })

    it("refuses a database of a newer octavo", async () => {
      await Effect.runPromise(opened())
      await execute(place.at, "INSERT INTO octavo_migrations (migration_id, name) VALUES (999, 'later')")
      for (const migrate of [true, false]) {
        const error = await Effect.runPromise(Effect.flip(opened(migrate)))
        expect(error).toMatchObject({ _tag: "SchemaTooNew", found: 999 })
      }
    })

    it("prints what a host can run by its own means", async () => {
      await execute(place.at, SqliteStore.print(dialect))
      await Effect.runPromise(opened(false))
      await Effect.runPromise(opened())
    })

    it("leaves nothing behind when a step fails", async () => {
      await execute(place.at, "CREATE TABLE octavo_outbox (id integer)")
      const error = await Effect.runPromise(Effect.flip(opened()))
      expect(error).toMatchObject({ _tag: "StoreError", operation: "migrate", outcome: "RolledBack" })
      await execute(place.at, "DROP TABLE octavo_outbox")
      await Effect.runPromise(opened())
    })

    it("refuses to open with another currency than the first time", async () => {
      await Effect.runPromise(opened())
      const inYen = Layer.succeed(StoreSettings, { currency: Currency.make("JPY"), chargeTimeout: 0 as never })
      const error = await Effect.runPromise(Effect.flip(Effect.provide(opened(), inYen)))
      expect(error).toMatchObject({ _tag: "CurrencyMismatch", stored: "USD", configured: "JPY" })
    })
  })
}

describe("a file that cannot be opened", () => {
  let place: Place
  beforeEach(async () => {
    place = await onFile()
  })
  afterEach(() => place.drop())

  const refused = async (filename: string) => {
    const error = await Effect.runPromise(Effect.flip(Layer.launch(SqliteStore.layer({ filename }))))
    expect(error).toMatchObject({ _tag: "StoreError", operation: "open", outcome: "NotStarted" })
    expect(error.message).toContain(filename)
    return error.message
  }

  it("is told when its directory is missing", async () => {
    expect(await refused(join(dirname(place.at), "nowhere", "store.db"))).toContain("directory does not exist")
  })

  it("is told when it is something else", async () => {
    writeFileSync(place.at, "title,author\n".repeat(1000))
    expect(await refused(place.at)).toContain("not a database")
  })

  it("is told when it is a directory", () => refused(dirname(place.at)))
})

it("a server that is not there is told, with its address", async () => {
  const url = "postgres://postgres@127.0.0.1:1/none"
  const error = await Effect.runPromise(Effect.flip(Layer.launch(PostgresStore.layer({ url }))))
  expect(error).toMatchObject({ _tag: "StoreError", operation: "open", outcome: "NotStarted", retryable: true })
  expect(error.message).toContain("ECONNREFUSED 127.0.0.1:1")
})
