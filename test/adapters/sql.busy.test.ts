import { fork } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { SqlClient } from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import { Effect, Either } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Database from "../../src/adapters/sql/Database.js"
import { Book } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, onFile, testDatabase } from "./sqlStores.js"

/** Another program at the same file, which is not octavo: it writes as often as it can, or holds the file for a time. */
const program = `
const Sqlite = require(${JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"))})
const [, , file, holds, lasts] = process.argv
const db = new Sqlite(file, { timeout: 5000 })
const end = Date.now() + Number(lasts)
let count = 0
const turn = () => {
  db.exec("BEGIN IMMEDIATE")
  db.prepare("UPDATE test_counter SET n = n + 1").run()
  if (count === 0) process.send("began")
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(holds))
  db.exec("COMMIT")
  count++
  if (Date.now() < end) setImmediate(turn)
  else { process.send(count); process.disconnect() }
}
turn()
`

describe("an SQLite file that others write to", () => {
  const { run, at, client } = testDatabase("sqlite", onFile)
  beforeAll(() => {
    writeFileSync(`${at()}.program.cjs`, program)
    const database = new Sqlite(at())
    database.exec("CREATE TABLE test_counter (n integer); INSERT INTO test_counter VALUES (0)")
    database.close()
  })

  const others: Array<ReturnType<typeof fork>> = []
  afterAll(() => {
    for (const other of others) other.kill()
  })

  const other = async (holds: number, lasts: number) => {
    const child = fork(`${at()}.program.cjs`, [at(), String(holds), String(lasts)], { execArgv: [] })
    others.push(child)
    await once(child, "message")
    return { count: once(child, "message").then(([count]) => Number(count)) }
  }

  /** The longest time that nothing else could run in this process. */
  const standing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      let last = performance.now()
      let longest = 0
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
      }, 5)
      yield* Effect.ensuring(
        effect,
        Effect.sync(() => clearInterval(timer))
      )
      return longest
    })

  it("keeps every write of all of them, and does not stand still", async () => {
    const processes = await Promise.all([other(3, 1500), other(3, 1500), other(3, 1500)])
    await run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        const { transact } = yield* Transactor
        const book = yield* aBook({ stockQuantity: 0 })
        const more = books.modify(book.id, (now) =>
          Either.right(new Book({ ...now, stockQuantity: (now.stockQuantity + 1) as never }))
        )
        const longest = yield* standing(
          Effect.all(
            Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? more : transact(more))),
            { concurrency: 10 }
          )
        )
        expect((yield* books.get(book.id)).stockQuantity).toBe(60)
        expect(longest).toBeLessThan(500)
      })
    )
    const counts = await Promise.all(processes.map(({ count }) => count))
    const database = new Sqlite(at())
    expect(database.prepare("SELECT n FROM test_counter").pluck().get()).toBe(counts.reduce((a, b) => a + b))
    database.close()
  })

  it("waits for a writer that takes its time, with a statement alone as with a transaction", async () => {
    for (const inTransaction of [false, true]) {
      await other(700, 0)
      await run(
        Effect.gen(function* () {
          const { transact } = yield* Transactor
          const longest = yield* standing(inTransaction ? transact(aBook()) : aBook())
          expect(longest).toBeLessThan(250)
        })
      )
    }
  })

  it("tells after some seconds that it is still busy", async () => {
    const { count } = await other(8000, 0)
    await run(
      Effect.gen(function* () {
        const { transact } = yield* Transactor
        const busy = { _tag: "StoreError", retryable: true }
        const [alone, whole] = yield* Effect.all([Effect.flip(aBook()), Effect.flip(transact(aBook()))], {
          concurrency: "unbounded"
        })
        expect(alone).toMatchObject(busy)
        expect(whole).toMatchObject({ ...busy, outcome: "NotStarted" })
      })
    )
    await count
    await run(aBook())
  })

  it("does not go by what could not be prepared before", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const { run: ask } = Database.make(sql)
        const later = () => ask("test", sql`SELECT 1 AS one FROM test_later`)
        expect(yield* Effect.flip(later())).toMatchObject({ _tag: "StoreError" })
        yield* sql`CREATE TABLE test_later (n integer)`
        expect(yield* later()).toEqual([])
      }).pipe(Effect.provide(client()))
    ))
})
