/** The two SQL stores on real databases, and what their tests need beside. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { SqlClient } from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import { type Context, DateTime, Effect, Exit, Layer, Scope } from "effect"
import * as Pg from "pg"
import { afterAll, beforeAll, describe, inject, vi } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Book } from "../../src/domain/Book.js"
import { CartLine } from "../../src/domain/Cart.js"
import * as Checkout from "../../src/domain/Checkout.js"
import type { EventId } from "../../src/domain/Event.js"
import type * as Order from "../../src/domain/Order.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { IdGenerator, layer as idGenerator } from "../../src/ports/IdGenerator.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import type { Stores } from "../../src/ports/Stores.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { freshDatabase } from "../support/postgres.js"

export interface TestDatabase {
  readonly dialect: "sqlite" | "postgres"
  /** A client of its own at each build. */
  readonly client: () => Layer.Layer<SqlClient, unknown>
  /** Runs with the stores over one client, which is there too. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Needs>) => Promise<A>
  /** The stores over so many clients of their own, as other processes have them. */
  readonly processes: (count: number) => Effect.Effect<ReadonlyArray<Context.Context<Stores>>, unknown, Scope.Scope>
  /** The filename, or the URL. */
  readonly at: () => string
}

export type Needs = Stores | SqlClient | IdGenerator

/** The same tests on both. */
export const onBoth = (tests: (database: TestDatabase) => void) => {
  describe("sqlite", () => tests(testDatabase("sqlite", onFile)))
  describe("postgres", () => tests(testDatabase("postgres", onServer)))
}

export const onFile = async (): Promise<Place> => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-sql-"))
  return {
    at: join(directory, "store.db"),
    drop: async () => rmSync(directory, { recursive: true, force: true })
  }
}

export const onServer = async (): Promise<Place> => {
  const { url, drop } = await freshDatabase(inject("postgresUrl"))
  return { at: url, drop }
}

export interface Place {
  readonly at: string
  readonly drop: () => Promise<void>
}

export const testDatabase = (dialect: TestDatabase["dialect"], make: () => Promise<Place>): TestDatabase => {
  let place: Place
  let scope: Scope.CloseableScope
  let built: Layer.Layer<Needs>
  const client = () => (dialect === "sqlite" ? SqliteStore.client(place.at) : PostgresStore.client({ url: place.at }))
  beforeAll(async () => {
    place = await make()
    scope = Effect.runSync(Scope.make())
    const all = Layer.merge(Layer.provideMerge(SqliteStore.layerClient(), client()), idGenerator)
    built = Layer.succeedContext(await Effect.runPromise(Scope.extend(Layer.build(all), scope)))
  })
  afterAll(async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await place.drop()
  })
  return {
    dialect,
    client,
    run: (effect) => Effect.runPromise(Effect.provide(effect, built)),
    processes: (count) =>
      Effect.replicateEffect(Layer.build(Layer.provideMerge(SqliteStore.layerClient(), client())), count),
    at: () => place.at
  }
}

export const now = DateTime.unsafeMake("2026-01-02T03:04:05.678Z")

/** Values as plain strings and numbers; the constructors check them. */
const make = <A>(constructor: new (fields: never) => A, fields: object): A => new constructor(fields as never)

export const newBook = (fields: object = {}) =>
  Effect.map(newId, (id) =>
    make(Book, {
      id,
      title: "The Hobbit",
      author: "J. R. R. Tolkien",
      price: 1250,
      isbn: null,
      genreId: null,
      description: null,
      coverImageUrl: null,
      publishDate: "1937-09-21",
      stockQuantity: 10,
      createdAt: now,
      ...fields
    })
  )

/** Put in at once. */
export const aBook = (fields: object = {}) =>
  Effect.tap(newBook(fields), (book) => Effect.flatMap(BookRepository, (books) => books.add(book)))

export const newLine = (book: Book, quantity = 1, fields: object = {}) =>
  Effect.map(newId, (id) => make(CartLine, { id, bookId: book.id, quantity, addedAt: now, ...fields }))

export const newId = Effect.flatMap(IdGenerator, ({ next }) => next)

/** What a move needs that gives copies of up to eight books back. */
export const restockFacts = Effect.all({
  eventId: Effect.map(newId, (id) => id as EventId),
  now: Effect.succeed(now),
  restockedIds: Effect.replicateEffect(
    Effect.map(newId, (id) => id as EventId),
    8
  )
})

export const aCustomer = Effect.map(newId, (id) => `customer ${id}` as Order.Order["customerId"])

/** A cart of these books becomes a pending order, as a checkout does it. */
export const placed = (customer: Order.Order["customerId"], key: string | null = null) =>
  Effect.gen(function* () {
    const [transactor, carts, orders, books] = yield* Effect.all([
      Transactor,
      CartRepository,
      OrderRepository,
      BookRepository
    ])
    return yield* transactor.transact(
      Effect.gen(function* () {
        const order = yield* Checkout.place(yield* carts.take(customer), {
          id: yield* Effect.map(newId, (id) => id as Order.OrderId),
          customerId: customer,
          currency: "USD" as Order.Order["currency"],
          now,
          paymentKey: (yield* newId) as Order.Order["paymentKey"],
          attempt: key === null ? null : { key: key as Order.IdempotencyKey, digest: "digest" },
          expectedTotal: null
        })
        yield* orders.add(order)
        yield* books.reserve(Checkout.copies(order))
        return order
      })
    )
  })

/** The statements that an effect makes, transaction control included. */
export const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const texts: Array<string> = []
      const query = Pg.Query.prototype.submit
      const prototype = Object.getPrototypeOf(new Sqlite(":memory:").prepare("SELECT 1"))
      const spies = [
        vi.spyOn(Pg.Query.prototype, "submit").mockImplementation(function (this: { readonly text: string }, ...args) {
          texts.push(this.text)
          return query.apply(this as never, args as never)
        }),
        ...(["all", "run"] as const).map((name) => {
          const method = prototype[name]
          return vi.spyOn(prototype, name).mockImplementation(function (
            this: unknown,
            ...args: ReadonlyArray<unknown>
          ) {
            texts.push((this as Sqlite.Statement).source)
            return method.apply(this, args)
          })
        })
      ]
      return { texts, spies }
    }),
    ({ texts }) => Effect.as(effect, texts),
    ({ spies }) => Effect.sync(() => spies.forEach((spy) => void spy.mockRestore()))
  )
