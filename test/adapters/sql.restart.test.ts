import { SqlClient } from "@effect/sql/SqlClient"
import { Array, Effect, Either, Exit, Layer, Schedule, Scope } from "effect"
import * as Pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { Book } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { layer as idGenerator } from "../../src/ports/IdGenerator.js"
import { StoreError } from "../../src/ports/StoreError.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as PostgresServer from "../support/postgresServer.js"
import { aBook, type Needs, newBook } from "./sqlStores.js"

/** Twice unless more is asked for. */
const restarts = Math.ceil(Number(process.env.OCTAVO_ROUNDS ?? 20) / 10)

let server: PostgresServer.OwnServer
let scope: Scope.CloseableScope
let stores: Layer.Layer<Needs>
beforeAll(async () => {
  server = await PostgresServer.startOwn({ durable: true })
  scope = Effect.runSync(Scope.make())
  const client = PostgresStore.client({ url: server.url })
  const all = Layer.merge(Layer.provideMerge(PostgresStore.layerClient(), client), idGenerator)
  stores = Layer.succeedContext(await Effect.runPromise(Scope.extend(Layer.build(all), scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await server.stop()
})

const run = <A, E>(effect: Effect.Effect<A, E, Needs>) => Effect.runPromise(Effect.provide(effect, stores))

const ask = async (text: string) => {
  const client = new Pg.Client(server.url)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const impatient = () => PostgresStore.client({ url: server.url, statementTimeout: "300 millis" })

/** What has been said of a write, and when. */
interface Told {
  readonly ids: ReadonlyArray<string>
  readonly outcome: "Kept" | StoreError["outcome"]
  readonly at: number
}

it(
  `loses nothing that it has acknowledged while the server is killed and comes back ${restarts} times, and answers within two seconds`,
  async () => {
    const told: Array<Told> = []
    const surprises: Array<unknown> = []
    const returned: Array<number> = []
    let isOver = false

    const write = (ids: ReadonlyArray<string>, effect: Effect.Effect<unknown, unknown, Needs>) =>
      Effect.map(Effect.exit(effect), (exit) => {
        const at = Date.now()
        if (Exit.isSuccess(exit)) return void told.push({ ids, outcome: "Kept", at })
        const error = exit.cause._tag === "Fail" ? exit.cause.error : exit.cause
        if (error instanceof StoreError && error.retryable) told.push({ ids, outcome: error.outcome, at })
        else surprises.push(error)
      })

    const load = Effect.gen(function* () {
      const books = yield* BookRepository
      const { transact } = yield* Transactor
      const shelf = yield* aBook({ stockQuantity: 0, title: "The shelf" })
      const more = books.modify(shelf.id, (now) =>
        Either.right(new Book({ ...now, stockQuantity: (now.stockQuantity + 1) as never }))
      )
      const caller = Effect.gen(function* () {
        while (!isOver) {
          const [one, two, alone] = yield* Effect.all([newBook(), newBook(), newBook()])
          yield* write(
            [one.id, two.id, "shelf"],
            transact(Effect.zipRight(books.add(one), Effect.zipRight(more, books.add(two))))
          )
          yield* write([alone.id], books.add(alone))
          yield* Effect.sleep(2)
        }
      })
      yield* Effect.all(
        Array.makeBy(16, () => caller),
        { concurrency: "unbounded", discard: true }
      )
    })

    const killing = async () => {
      const later = (millis: number) => new Promise((done) => setTimeout(done, millis))
      for (let round = 0; round < restarts; round++) {
        await later(500)
        await server.kill(round % 2 === 0 ? "SIGKILL" : "SIGQUIT")
        await later(200)
        await server.restart()
        returned.push(Date.now())
        await later(2500)
      }
      isOver = true
    }
    await Promise.all([run(load), killing()])

    expect(surprises).toEqual([])
    const of = (outcome: Told["outcome"]) => told.filter((each) => each.outcome === outcome)
    expect(of("NotStarted").length).toBeGreaterThan(0)
    expect(of("Unknown").length + of("RolledBack").length).toBeGreaterThan(0)
    for (const back of returned) {
      const late = told.filter(({ at }) => at > back + 2000 && at < back + 2500)
      expect(late.length).toBeGreaterThan(0)
      expect(late.filter(({ outcome }) => outcome !== "Kept")).toEqual([])
    }

    const rows = await ask("SELECT id, title, stock FROM octavo_books")
    const there = new Set(rows.map(({ id }) => id))
    const idsOf = (all: ReadonlyArray<Told>) => all.flatMap(({ ids }) => ids.filter((id) => id !== "shelf"))
    expect(idsOf(of("Kept")).filter((id) => !there.has(id))).toEqual([])
    expect(idsOf([...of("NotStarted"), ...of("RolledBack")]).filter((id) => there.has(id))).toEqual([])
    // Of what is not known, a transaction is there whole or not at all, and each once.
    const whole = of("Unknown").filter(({ ids }) => ids.includes("shelf"))
    for (const each of whole) expect(new Set(idsOf([each]).map((id) => there.has(id))).size).toBe(1)
    const kept = [
      ...of("Kept").filter(({ ids }) => ids.includes("shelf")),
      ...whole.filter(({ ids }) => there.has(ids[0]))
    ]
    expect(rows.find(({ title }) => title === "The shelf")?.stock).toBe(kept.length)
  },
  60_000 + restarts * 10_000
)

for (const [where, outcome] of [
  ["a statement", "RolledBack"],
  ["its commit", "Unknown"]
] as const) {
  it(`ends ${where} in time whose backend stands still, and takes no late answer`, () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const { transact } = yield* Transactor
        const books = yield* BookRepository
        const book = yield* newBook()
        let backend = 0
        const standStill = Effect.map(sql`SELECT pg_backend_pid() AS pid`, ([row]) => {
          backend = Number(row?.pid)
          process.kill(backend, "SIGSTOP")
        })
        const steps = [books.add(book), standStill, ...(outcome === "RolledBack" ? [aBook()] : [])]
        expect(yield* Effect.flip(transact(Effect.all(steps)))).toMatchObject({ outcome, retryable: true })
        const other = yield* transact(aBook())
        expect((yield* books.get(other.id)).id).toBe(other.id)
        process.kill(backend, "SIGCONT")
        const ended = Effect.repeat(sql`SELECT FROM pg_stat_activity WHERE pid = ${backend}`, {
          until: (rows) => rows.length === 0,
          schedule: Schedule.spaced("20 millis")
        })
        yield* ended
        // What came first for it, the commit or the end of its time, is what is not known.
        if (outcome === "RolledBack") expect(yield* Effect.isSuccess(books.get(book.id))).toBe(false)
      }).pipe(Effect.provide(Layer.provideMerge(PostgresStore.layerClient(), impatient())))
    ))
}
