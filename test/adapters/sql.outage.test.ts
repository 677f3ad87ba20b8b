import { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { Effect, Layer } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { storeError } from "../../src/adapters/sql/Failure.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { layer as idGenerator } from "../../src/ports/IdGenerator.js"
import type { StoreError } from "../../src/ports/StoreError.js"
import { StoreHealth } from "../../src/ports/StoreHealth.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as CutProxy from "../support/cutProxy.js"
import { aBook, type Needs, newBook, onServer, type Place } from "./sqlStores.js"

let place: Place
let way: CutProxy.CutProxy
beforeEach(async () => {
  place = await onServer()
  way = await CutProxy.start(place.at)
})
afterEach(async () => {
  way.close()
  await place.drop()
})

const run = <A, E>(effect: Effect.Effect<A, E, Needs>, options: PostgresStore.ConnectionOptions = {}) =>
  Effect.runPromise(
    Effect.provide(
      effect,
      Layer.merge(
        Layer.provideMerge(PostgresStore.layerClient(), PostgresStore.client({ url: way.url, ...options })),
        idGenerator
      )
    )
  )

const isThere = (book: { readonly id: string }) =>
  Effect.flatMap(BookRepository, (books) => Effect.isSuccess(books.get(book.id as never)))

it("tells that the server is away, and works again once it is back", () =>
  run(
    Effect.gen(function* () {
      const { check } = yield* StoreHealth
      const { transact } = yield* Transactor
      yield* check
      way.state.isUp = false
      way.cut()
      yield* Effect.sleep(50)
      expect(yield* Effect.flip(check)).toMatchObject({ _tag: "StoreError", retryable: true })
      expect(yield* Effect.flip(transact(check))).toMatchObject({ outcome: "NotStarted", retryable: true })
      way.state.isUp = true
      yield* check
      yield* transact(aBook())
    })
  ))

it("knows that a transaction was undone whose link was lost before its commit", () =>
  run(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const books = yield* BookRepository
      const book = yield* newBook()
      const lost = transact(
        books.add(book).pipe(Effect.zipLeft(Effect.sync(way.cut)), Effect.zipRight(books.get(book.id)))
      )
      expect(yield* Effect.flip(lost)).toMatchObject({ _tag: "StoreError", outcome: "RolledBack", retryable: true })
      expect(yield* isThere(book)).toBe(false)
    })
  ))

for (const when of ["before", "reply"] as const) {
  it(`does not know whether a transaction was kept whose link was lost at its commit (${when})`, () =>
    run(
      Effect.gen(function* () {
        const { transact } = yield* Transactor
        const books = yield* BookRepository
        const book = yield* newBook()
        way.plan({ at: (text) => text === "COMMIT", when })
        const error: StoreError = yield* Effect.flip(transact(books.add(book)) as Effect.Effect<void, StoreError>)
        expect(error).toMatchObject({ operation: "commit", outcome: "Unknown", retryable: true })
        yield* Effect.sleep(50)
        expect(yield* isThere(book)).toBe(when === "reply")
      })
    ))
}

it("does not know whether a statement alone was kept whose link was lost, unless it only read", () =>
  run(
    Effect.gen(function* () {
      const books = yield* BookRepository
      const book = yield* newBook()
      const next = { at: () => true, when: "reply" } as const
      way.plan(next)
      expect(yield* Effect.flip(books.add(book))).toMatchObject({ outcome: "Unknown", retryable: true })
      way.plan(next)
      expect(yield* Effect.flip(books.get(book.id))).toMatchObject({ outcome: "RolledBack", retryable: true })
      expect(yield* isThere(book)).toBe(true)
    })
  ))

it("knows from the server's own word that a transaction is undone that stood idle", () => {
  for (const code of ["25P03", "25P04"]) {
    const ended = new SqlError({ cause: Object.assign(new Error("terminating connection"), { code }) })
    expect(storeError("commit", ended, "Unknown")).toMatchObject({ outcome: "RolledBack", retryable: true })
  }
})

it("lives on when the server ends its idle connections", () =>
  run(
    Effect.gen(function* () {
      const { check } = yield* StoreHealth
      yield* Effect.all(
        Array.from({ length: 5 }, () => check),
        { concurrency: "unbounded" }
      )
      way.cut()
      yield* Effect.sleep(50)
      yield* check
    })
  ))

it("tells within its time that no connection is free", () =>
  run(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const { check } = yield* StoreHealth
      yield* Effect.fork(transact(Effect.sleep("2 seconds")))
      yield* Effect.sleep(50)
      expect(yield* Effect.flip(transact(check))).toMatchObject({ outcome: "NotStarted", retryable: true })
      expect(yield* Effect.flip(check)).toMatchObject({ outcome: "NotStarted", retryable: true })
    }),
    { maxConnections: 1, connectTimeout: "200 millis" }
  ))

it("never lends a connection again that could not be rolled back, nor ends the host's pool", async () => {
  class Unwilling extends Pg.Client {
    override query(...args: ReadonlyArray<unknown>): never {
      const [text] = args
      const callback = args.at(-1)
      if (text === "ROLLBACK" && typeof callback === "function") return callback(new Error("no")) as never
      return (super.query as (...args: ReadonlyArray<unknown>) => unknown)(...args) as never
    }
  }
  const pool = new Pg.Pool({ connectionString: place.at, max: 1, Client: Unwilling })
  await run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { transact } = yield* Transactor
      const books = yield* BookRepository
      const book = yield* newBook()
      expect(yield* Effect.flip(transact(Effect.zipRight(books.add(book), Effect.fail("no"))))).toBe("no")
      expect(yield* isThere(book)).toBe(false)
      yield* transact(books.add(book))
      expect(yield* isThere(book)).toBe(true)
      yield* sql`SELECT 1`
    }),
    { pool }
  )
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
  await pool.end()
})

it("works without prepared statements", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { transact } = yield* Transactor
      yield* transact(
        Effect.gen(function* () {
          const book = yield* aBook()
          expect(yield* isThere(book)).toBe(true)
          expect(yield* sql`SELECT name FROM pg_prepared_statements`).toEqual([])
        })
      )
    }),
    { preparedStatements: false }
  ))
