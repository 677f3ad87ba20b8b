/** Opens the chosen store; the driver of another is never loaded. */
import { existsSync } from "node:fs"
import { Duration, Effect, Layer, Predicate } from "effect"
import * as Demo from "../adapters/demo/index.js"
import { Currency } from "../domain/Money.js"
import type { PaymentGateway } from "../ports/PaymentGateway.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import type { Stores } from "../ports/Stores.js"
import * as Bookstore from "../services/Bookstore.js"
import { Failure, trouble } from "./Failure.js"
import { describe, match, type StoreChoice } from "./StoreChoice.js"
import * as Trouble from "./Trouble.js"

export type Dialect = "sqlite" | "postgres"

type Gateway = Layer.Layer<PaymentGateway, Failure>

/** The bookstore over the chosen store, with its tables up to date. */
export const layer = (choice: StoreChoice, currency: Currency, gateway: Gateway = Demo.layer): Opened =>
  Layer.mapError(open(choice, currency, gateway, true), explain(choice))

/** The bookstore over a database that is there, in the currency that it keeps; its tables are left as they are. */
export const existing = (choice: StoreChoice, gateway: Gateway = Demo.layer): Opened =>
  Layer.suspend(() =>
    choice._tag === "Sqlite" && !existsSync(choice.file)
      ? Layer.fail(trouble(`${describe(choice)}: there is no such file; name another with --sqlite (OCTAVO_SQLITE)`))
      : Layer.catchAll(open(choice, Currency.make("USD"), gateway, false), (error) =>
          isCurrencyMismatch(error) ? open(choice, Currency.make(error.stored), gateway, false) : Layer.fail(error)
        )
  ).pipe(Layer.mapError(explain(choice)))

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

type Opened = Layer.Layer<Bookstore.Bookstore | Stores, Failure>

const open = (choice: StoreChoice, currency: Currency, gateway: Gateway, migrate: boolean) =>
  Bookstore.layer.pipe(
    Layer.provideMerge(stores(choice, migrate)),
    Layer.provide(gateway),
    Layer.provide(Layer.succeed(StoreSettings, { currency, chargeTimeout: Duration.seconds(30) }))
  )

const stores = (choice: StoreChoice, migrate: boolean): OpenStores =>
  Layer.unwrapEffect(
    match(choice, {
      Sqlite: ({ file }) =>
        Effect.map(sqlite(choice), (Sqlite): OpenStores => Sqlite.layer({ filename: file, migrate })),
      Postgres: ({ url }) => Effect.map(postgres(choice), (Postgres): OpenStores => Postgres.layer({ url, migrate })),
      Memory: () => Effect.map(memory(choice), (Memory): OpenStores => Memory.layer)
    })
  )

type OpenStores = Layer.Layer<Stores, unknown>
