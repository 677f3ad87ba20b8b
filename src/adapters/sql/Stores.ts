/** All the stores over a client that is there. */
import { SqlClient } from "@effect/sql/SqlClient"
import { Context, Effect, Layer, Schema } from "effect"
import { Currency } from "../../domain/Money.js"
import { Auditor } from "../../ports/Auditor.js"
import { BookIndex } from "../../ports/BookIndex.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import { Inbox } from "../../ports/Inbox.js"
import { Leases } from "../../ports/Leases.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Outbox } from "../../ports/Outbox.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import { StoreHealth } from "../../ports/StoreHealth.js"
import { StoreSettings } from "../../ports/StoreSettings.js"
import type { Stores } from "../../ports/Stores.js"
import { Transactor } from "../../ports/Transactor.js"
import { WishRepository } from "../../ports/WishRepository.js"
import * as SqlAuditor from "./Auditor.js"
import * as SqlBookIndex from "./BookIndex.js"
import * as SqlBooks from "./Books.js"
import * as SqlCarts from "./Carts.js"
import * as Database from "./Database.js"
import * as SqlFulfilments from "./Fulfilments.js"
import * as SqlGenres from "./Genres.js"
import * as SqlInbox from "./Inbox.js"
import * as SqlLeases from "./Leases.js"
import * as Migrations from "./Migrations.js"
import * as SqlOrders from "./Orders.js"
import * as SqlOutbox from "./Outbox.js"
import * as SqlPreBookings from "./PreBookings.js"
import * as SqlRefunds from "./Refunds.js"
import * as SqlWishes from "./Wishes.js"

/** The database was made for another currency than `StoreSettings` names; it cannot change. */
export class CurrencyMismatch extends Schema.TaggedError<CurrencyMismatch>()("CurrencyMismatch", {
  stored: Currency,
  configured: Currency
}) {
  override get message(): string {
    return `the database keeps amounts in ${this.stored}, the settings say ${this.configured}`
  }
}

export interface Options {
  /** Whether to bring the database up to this octavo first (the default), or only to check that it is. */
  readonly migrate?: boolean | undefined
}

/** Why a store could not be opened. */
export type OpenError = StoreError | Migrations.SchemaTooNew | CurrencyMismatch

export const layer = ({ migrate = true }: Options = {}): Layer.Layer<Stores, OpenError, SqlClient> =>
  Layer.effectContext(
    Effect.gen(function* () {
      yield* migrate ? Migrations.migrate : Migrations.check
      const database = Database.make(yield* SqlClient)
      yield* settle(database)
      return Context.empty().pipe(
        Context.add(Auditor, SqlAuditor.make(database)),
        Context.add(BookIndex, SqlBookIndex.make(database)),
        Context.add(BookRepository, SqlBooks.make(database)),
        Context.add(CartRepository, SqlCarts.make(database)),
        Context.add(FulfilmentRepository, SqlFulfilments.make(database)),
        Context.add(GenreRepository, SqlGenres.make(database)),
        Context.add(Inbox, SqlInbox.make(database)),
        Context.add(Leases, SqlLeases.make(database)),
        Context.add(OrderRepository, SqlOrders.make(database)),
        Context.add(Outbox, SqlOutbox.make(database)),
        Context.add(PreBookingRepository, SqlPreBookings.make(database)),
        Context.add(RefundRepository, SqlRefunds.make(database)),
        Context.add(StoreHealth, { check: Effect.asVoid(database.run("StoreHealth.check", database.sql`SELECT 1`)) }),
        Context.add(Transactor, database.transactor),
        Context.add(WishRepository, SqlWishes.make(database))
      )
    })
  )

// internal

/** Whoever opens a database first settles its currency. */
const settle = ({ sql, run }: Database.Database) =>
  Effect.gen(function* () {
    const { currency: configured } = yield* StoreSettings
    const stored = run("open", sql<{ currency: Currency }>`SELECT currency FROM octavo_store`)
    const first = run(
      "open",
      sql`INSERT INTO octavo_store (id, currency) VALUES (1, ${configured}) ON CONFLICT DO NOTHING`
    )
    const rows = yield* stored
    const [row] = rows.length > 0 ? rows : yield* Effect.zipRight(first, stored)
    if (row !== undefined && row.currency !== configured) {
      yield* new CurrencyMismatch({ stored: row.currency, configured })
    }
  })
