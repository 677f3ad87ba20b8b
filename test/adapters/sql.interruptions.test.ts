import { SqlClient } from "@effect/sql/SqlClient"
import { Array, Deferred, Effect, Either, Exit, Fiber, Option, Random } from "effect"
import { expect, it } from "vitest"
import * as Database from "../../src/adapters/sql/Database.js"
import { Book } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, newBook, onBoth, onServer, testDatabase } from "./sqlStores.js"

/** A hundred calls each, most of them interrupted. */
const rounds = Number(process.env.OCTAVO_ROUNDS ?? 20)

const shelves = 4
const copies = 1_000_000

onBoth(({ run, dialect }) => {
  it(
    `keeps whole what is whole, and every connection, through ${rounds * 100} calls interrupted at any point`,
    () =>
      run(
        Effect.gen(function* () {
          const books = yield* BookRepository
          const { transact } = yield* Transactor
          const all = yield* Effect.forEach(Array.range(1, shelves), () => aBook({ stockQuantity: copies }))
          const acknowledged: Array<Book> = []

          const shift = (book: Book, by: number) =>
            books.modify(book.id, ({ stockQuantity, ...rest }) =>
              Either.right(new Book({ ...rest, stockQuantity: (stockQuantity + by) as never }))
            )
          const points = Effect.flatMap(Random.nextIntBetween(0, 3), (n) => Effect.repeatN(Effect.yieldNow(), n))

          const moveOne = Effect.gen(function* () {
            const [from, to] = [yield* Random.choice(all), yield* Random.choice(all)]
            const second = Effect.zipRight(points, shift(to, 1))
            return yield* transact(
              Effect.zipRight(shift(from, -1), (yield* Random.nextBoolean) ? transact(second) : second)
            )
          })
          const addTwo = Effect.gen(function* () {
            const two = yield* newBook()
            const one = yield* newBook({ description: two.id })
            yield* transact(Effect.zipRight(books.add(one), Effect.zipRight(points, books.add(two))))
            acknowledged.push(one, two)
          })
          const addAlone = Effect.tap(newBook(), (book) =>
            Effect.map(books.add(book), () => void acknowledged.push(book))
          )
          const readAlone = Effect.flatMap(Random.choice(all), ({ id }) => books.get(id))
          const anyCall = Effect.flatten(
            Random.choice<ReadonlyArray<Effect.Effect<unknown, unknown>>>([
              moveOne,
              moveOne,
              addTwo,
              addAlone,
              readAlone
            ] as never)
          ) as typeof moveOne

          let interrupted = 0
          const aCaller = Effect.gen(function* () {
            const fiber = yield* Effect.fork(anyCall)
            if ((yield* Random.nextIntBetween(0, 5)) > 0) {
              const delay = yield* Random.nextIntBetween(0, 40)
              yield* delay < 20 ? Effect.repeatN(Effect.yieldNow(), delay) : Effect.sleep((delay - 20) / 2)
              yield* Fiber.interruptFork(fiber)
            }
            const exit = yield* Fiber.await(fiber)
            if (Exit.isInterrupted(exit)) interrupted++
            else expect(exit).toMatchObject({ _tag: "Success" })
          })
          for (const _ of Array.range(1, rounds)) {
            yield* Effect.all(
              Array.makeBy(100, () => aCaller),
              { concurrency: 30, discard: true }
            )
          }
          expect(interrupted).toBeGreaterThan(rounds * 10)

          yield* everyConnectionIsThere(dialect === "sqlite" ? 1 : 10)
          const stocks = yield* Effect.forEach(all, ({ id }) => books.get(id))
          expect(stocks.reduce((sum, { stockQuantity }) => sum + stockQuantity, 0)).toBe(shelves * copies)
          for (const { id } of acknowledged) expect((yield* books.get(id)).id).toBe(id)
          const sql = yield* SqlClient
          expect(
            yield* sql`SELECT b.id FROM octavo_books b WHERE b.description IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM octavo_books a WHERE ${sql.literal(dialect === "sqlite" ? "a.id" : "a.id::text")} = b.description
          )`
          ).toEqual([])
        })
      ),
    rounds * 3000
  )
})

const { run } = testDatabase("postgres", onServer)

it("harms nobody else's statement when callers go, more of them than there are connections", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { run: ask } = Database.make(sql)
      const slow = ask("test", sql`SELECT pg_sleep(0.03)`)
      for (const _ of Array.range(1, Math.ceil(rounds / 2))) {
        const gone = yield* Effect.forEach(Array.range(1, 30), () => Effect.fork(slow))
        const staying = yield* Effect.fork(
          Effect.all(
            Array.makeBy(30, () => slow),
            { concurrency: "unbounded" }
          )
        )
        yield* Effect.sleep(10)
        yield* Effect.fork(Fiber.interruptAll(gone))
        yield* Fiber.join(staying)
      }
    })
  ))

it("waits for no second connection when all transactions that there can be are interrupted at once", () =>
  run(
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { transact } = yield* Transactor
      const { run: ask } = Database.make(sql)
      let begun = 0
      const fibers = yield* Effect.forEach(Array.range(1, 10), () =>
        Effect.fork(
          transact(
            Effect.zipRight(
              Effect.sync(() => begun++),
              ask("test", sql`SELECT pg_sleep(1)`)
            )
          )
        )
      )
      while (begun < 10) yield* Effect.sleep(10)
      // The client gives up waiting for one to cancel with after five seconds.
      const all = Effect.timeoutOption(Effect.disconnect(Fiber.interruptAll(fibers)), "4 seconds")
      expect(Option.isSome(yield* all)).toBe(true)
      yield* everyConnectionIsThere(10)
    })
  ))

/** As many transactions as there are connections, all open at once, and not one connection more. */
const everyConnectionIsThere = (connections: number) =>
  Effect.gen(function* () {
    const { transact } = yield* Transactor
    const sql = yield* SqlClient
    const all = yield* Deferred.make<void>()
    let open = 0
    const waiting = transact(
      Effect.zipRight(
        sql`SELECT 1`,
        Effect.suspend(() => (++open === connections ? Deferred.succeed(all, undefined) : Deferred.await(all)))
      )
    )
    const done = Effect.all(
      Array.makeBy(connections, () => waiting),
      { concurrency: "unbounded" }
    )
    expect(Option.isSome(yield* Effect.timeoutOption(done, "10 seconds"))).toBe(true)
    if (connections === 1) return
    const states = yield* sql`SELECT state, count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY state`
    expect(states).toEqual([{ state: "idle", count: connections - 1 }])
  })
