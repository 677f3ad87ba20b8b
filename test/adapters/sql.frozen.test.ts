import { SqlClient } from "@effect/sql/SqlClient"
import { Duration, Effect, Either, Fiber, Layer, Option } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { TimedClient } from "../../src/adapters/postgres/TimedClient.js"
import * as Database from "../../src/adapters/sql/Database.js"
import { Book } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { layer as idGenerator } from "../../src/ports/IdGenerator.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as CutProxy from "../support/cutProxy.js"
import { aBook, type Needs, newBook, onServer, type Place } from "./sqlStores.js"

let place: Place
let way: CutProxy.CutProxy
let direct: Pg.Client
beforeEach(async () => {
  place = await onServer()
  way = await CutProxy.start(place.at)
  direct = new Pg.Client(place.at)
  await direct.connect()
})
afterEach(async () => {
  way.close()
  await direct.end()
  await place.drop()
})

const limit = 300

const run = <A, E>(effect: Effect.Effect<A, E, Needs>, options: PostgresStore.ConnectionOptions = {}) =>
  Effect.runPromise(
    Effect.provide(
      effect,
      Layer.merge(
        Layer.provideMerge(
          PostgresStore.layerClient(),
          PostgresStore.client({ url: way.url, statementTimeout: limit, maxConnections: 2, ...options })
        ),
        idGenerator
      )
    )
  )

/** Ends, in this process, whatever becomes of the server. */
const ends = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.timeoutOption(Effect.disconnect(effect), "10 seconds"), Option.getOrThrow)

const isThere = ({ id }: Book) =>
  Effect.promise(async () => (await direct.query("SELECT FROM octavo_books WHERE id = $1", [id])).rowCount === 1)

const stock = (id: string, quantity: number) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(id as never, (now) => Either.right(new Book({ ...now, stockQuantity: quantity as never })))
  )

const adding = {
  "its beginning": { at: /^BEGIN/, inTransaction: true, outcome: "NotStarted" },
  "a statement of it": { at: /INSERT/, inTransaction: true, outcome: "RolledBack" },
  "its commit": { at: /^COMMIT/, inTransaction: true, outcome: "Unknown" },
  "a write alone": { at: /INSERT/, inTransaction: false, outcome: "Unknown" }
}
for (const [where, { at, inTransaction, outcome }] of Object.entries(adding)) {
  for (const when of ["hold", "mute"] as const) {
    it(`ends in time when nothing comes back from ${where} (${when}), knowing what it can, and works on`, () =>
      run(
        Effect.gen(function* () {
          const { transact } = yield* Transactor
          const books = yield* BookRepository
          const [book, other] = [yield* newBook(), yield* newBook()]
          way.plan({ at: (text) => at.test(text), when })
          const add = books.add(book)
          const error = yield* ends(Effect.flip(inTransaction ? transact(add) : add))
          expect(way.wasCut()).toBe(true)
          expect(error).toMatchObject({ _tag: "StoreError", outcome, retryable: true, cause: { code: "ETIMEDOUT" } })
          yield* ends(transact(books.add(other)))
          expect(yield* isThere(other)).toBe(true)
          expect(yield* isThere(book)).toBe(when === "mute" && outcome === "Unknown")
        })
      ))
  }
}

it("takes no late answer for that of another statement", () =>
  run(
    Effect.gen(function* () {
      const { run: ask } = Database.make(yield* SqlClient)
      const sql = yield* SqlClient
      const echo = (word: string) => Effect.map(ask("test", sql`SELECT ${word}::text AS word`), ([row]) => row)
      expect(yield* echo("first")).toEqual({ word: "first" })
      way.freeze()
      expect(yield* ends(Effect.flip(echo("second")))).toMatchObject({ outcome: "RolledBack", retryable: true })
      way.thaw()
      for (const word of ["third", "fourth"]) expect(yield* ends(echo(word))).toEqual({ word })
    }),
    { maxConnections: 1 }
  ))

it("has the server free what a transaction had locked whose link hangs", () =>
  run(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const book = yield* aBook()
      way.plan({ at: (text) => text === "COMMIT", when: "hold" })
      expect(yield* ends(Effect.flip(transact(stock(book.id, 3))))).toMatchObject({ outcome: "Unknown" })
      const another = Effect.retry(stock(book.id, 4), { times: 20 })
      expect(yield* ends(another)).toMatchObject({ stockQuantity: 4 })
    })
  ))

it("has the server free what a transaction had locked that waited for too long", () =>
  run(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const [one, two] = [yield* aBook(), yield* aBook()]
      yield* Effect.promise(() => direct.query("BEGIN"))
      yield* Effect.promise(() => direct.query("UPDATE octavo_books SET stock = 1 WHERE id = $1", [two.id]))
      const waiting = transact(Effect.zipRight(stock(one.id, 3), stock(two.id, 3)))
      expect(yield* ends(Effect.flip(waiting))).toMatchObject({ outcome: "RolledBack", retryable: true })
      // The row that it waited for is still locked by another, so nothing but its own end can free the first.
      const another = Effect.retry(stock(one.id, 4), { times: 20 })
      expect(yield* ends(another)).toMatchObject({ stockQuantity: 4 })
      yield* Effect.promise(() => direct.query("ROLLBACK"))
    })
  ))

for (const [where, last] of [
  ["a statement", aBook()],
  ["its commit", Effect.void]
] as const) {
  it(`knows at ${where} that a transaction is undone that the server has ended because it stood idle`, () =>
    run(
      Effect.gen(function* () {
        const { transact } = yield* Transactor
        const books = yield* BookRepository
        const book = yield* newBook()
        const idle = transact(Effect.all([books.add(book), Effect.sleep(3 * limit), last]))
        expect(yield* ends(Effect.flip(idle))).toMatchObject({ outcome: "RolledBack", retryable: true })
        expect(yield* isThere(book)).toBe(false)
        yield* transact(books.add(book))
        expect(yield* isThere(book)).toBe(true)
      })
    ))
}

const importing = Effect.gen(function* () {
  const books = yield* BookRepository
  return yield* books.merge([yield* newBook()], (incoming) => incoming)
})

const locks = { "an import": [0x0c7a_0002, importing], "a migration": [0x0c7a_0001, PostgresStore.migrate] } as const
for (const [name, [lock, work]] of Object.entries(locks)) {
  it(`lets ${name} wait for another as long as that takes`, () =>
    run(
      Effect.gen(function* () {
        if (name === "a migration") yield* Effect.promise(() => direct.query("DELETE FROM octavo_migrations"))
        yield* Effect.promise(() => direct.query("SELECT pg_advisory_lock($1)", [lock]))
        const fiber = yield* Effect.fork(Effect.exit<unknown, unknown, Needs>(work))
        yield* Effect.sleep(3 * limit)
        expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
        yield* Effect.promise(() => direct.query("SELECT pg_advisory_unlock($1)", [lock]))
        const exit = yield* ends(Fiber.join(fiber))
        // Tables that are there already end such a migration, but not its time.
        expect(String(exit)).not.toContain("no answer")
      })
    ))
}

it("gives the statements of an import the time they take, and no other after them", () =>
  run(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const sql = yield* SqlClient
      const { run: ask } = Database.make(sql)
      const slow = ask("test", sql`SELECT pg_sleep(${(1.5 * limit) / 1000}::float8)`)
      yield* transact(Effect.zipRight(importing, slow))
      expect(yield* ends(Effect.flip(transact(slow)))).toMatchObject({ outcome: "RolledBack" })
      expect(yield* ends(Effect.flip(slow))).toMatchObject({ outcome: "RolledBack" })
    }),
    { maxConnections: 1 }
  ))

it("counts the time of each statement, not of the connection", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { transact } = yield* Transactor
      const { run: ask } = Database.make(sql)
      const short = ask("test", sql`SELECT pg_sleep(${(0.3 * limit) / 1000}::float8)`)
      const idle = Effect.sleep(0.3 * limit)
      yield* transact(Effect.repeatN(Effect.zipRight(short, idle), 3))
      yield* Effect.repeatN(Effect.zipRight(short, idle), 3)
    }),
    { maxConnections: 1 }
  ))

it("keeps a connection that stands idle", () =>
  run(
    Effect.gen(function* () {
      const { run: ask } = Database.make(yield* SqlClient)
      const sql = yield* SqlClient
      const backend = ask("test", sql`SELECT pg_backend_pid() AS pid`)
      const before = yield* backend
      yield* Effect.sleep(3 * limit)
      expect(yield* backend).toEqual(before)
    }),
    { maxConnections: 1 }
  ))

it("reads an answer that came while this process stood still", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { run: ask } = Database.make(sql)
      const fiber = yield* Effect.fork(ask("test", sql`SELECT pg_sleep(0.05), 1 AS one`))
      yield* Effect.sleep(20)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * limit)
      expect(yield* Fiber.join(fiber)).toMatchObject([{ one: 1 }])
    })
  ))

it("sets no limit where none is wanted", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { run: ask } = Database.make(sql)
      yield* ask("test", sql`SELECT pg_sleep(${(2 * limit) / 1000}::float8)`)
      const [row] = yield* sql`SELECT current_setting('idle_in_transaction_session_timeout') AS idle`
      expect(row).toEqual({ idle: "0" })
    }),
    { statementTimeout: Duration.infinity }
  ))

it("lets go of a server that does not say goodbye", async () => {
  const client = new TimedClient({ connectionString: way.url, answerWithin: limit, ownSession: true })
  await client.connect()
  way.freeze()
  await Effect.runPromise(ends(Effect.promise(() => client.end())))
})
