/** Opens the chosen store; the driver of another is never loaded. */
import { Duration, Effect, Layer, Predicate } from "effect"
import * as Demo from "../adapters/demo/index.js"
import type { Currency } from "../domain/Money.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import type { Stores } from "../ports/Stores.js"
import * as Bookstore from "../services/Bookstore.js"
import { Failure } from "./Failure.js"
import { match, type StoreChoice } from "./StoreChoice.js"
import * as Trouble from "./Trouble.js"

export type Dialect = "sqlite" | "postgres"

/** The bookstore over the chosen store, with its tables up to date and the demonstration gateway. */
export const layer = (choice: StoreChoice, currency: Currency): Layer.Layer<Bookstore.Bookstore | Stores, Failure> =>
  Bookstore.layer.pipe(
    Layer.provideMerge(stores(choice)),
    Layer.provide(Demo.layer),
    Layer.provide(Layer.succeed(StoreSettings, { currency, chargeTimeout: Duration.seconds(30) }))
  )

/** Makes or updates the tables, and nothing else. */
export const migrate = (choice: StoreChoice): Effect.Effect<void, Failure> =>
  Effect.suspend(() =>
    match(choice, {
      Sqlite: ({ file }) =>
        Effect.flatMap(sqlite(choice), (Sqlite) => Effect.provide(Sqlite.migrate, Sqlite.client(file))),
      Postgres: ({ url }) =>
        Effect.flatMap(postgres(choice), (Postgres) => Effect.provide(Postgres.migrate, Postgres.client({ url }))),
      Memory: () => Effect.void
    }).pipe(Effect.mapError(explain(choice)))
  )

/** All migrations as SQL. */
export const sql = (dialect: Dialect): Effect.Effect<string, Failure> =>
  Effect.map(
    load(() => import("../adapters/sql/Migrations.js")),
    ({ print }) => print(dialect)
  ).pipe(Effect.mapError((error) => Trouble.ofPackage(error.cause)))

/** A failure in the words of the command line, whatever it came as. */
export const explain =
  (choice: StoreChoice) =>
  (error: unknown): Failure =>
    error instanceof Failure
      ? error
      : isCurrencyMismatch(error)
        ? Trouble.ofCurrency(choice, error.stored)
        : Trouble.ofStore(choice)(error)

// internal

/** Told by its tag, because its module may not be loaded. */
const isCurrencyMismatch = (error: unknown): error is { readonly stored: string } =>
  Predicate.isTagged(error, "CurrencyMismatch") && "stored" in error

const load = <A>(module: () => Promise<A>) => Effect.tryPromise(module)

const sqlite = (choice: StoreChoice) =>
  Effect.mapError(
    load(() => import("../adapters/sqlite/index.js")),
    explain(choice)
  )

const postgres = (choice: StoreChoice) =>
  Effect.mapError(
    load(() => import("../adapters/postgres/index.js")),
    explain(choice)
  )

const memory = (choice: StoreChoice) =>
  Effect.mapError(
    load(() => import("../adapters/memory/index.js")),
    explain(choice)
  )

const stores = (choice: StoreChoice): Layer.Layer<Stores, Failure> =>
  Layer.unwrapEffect(
    match(choice, {
      Sqlite: ({ file }) => Effect.map(sqlite(choice), (Sqlite): Open => Sqlite.layer({ filename: file })),
      Postgres: ({ url }) => Effect.map(postgres(choice), (Postgres): Open => Postgres.layer({ url })),
      Memory: () => Effect.map(memory(choice), (Memory): Open => Memory.layer)
    })
  ).pipe(Layer.mapError(explain(choice)))

type Open = Layer.Layer<Stores, unknown>
