import { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { Cause, Deferred, Effect, Either, Exit, Fiber, Option } from "effect"
import { expect, it } from "vitest"
import { IsbnConflict } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { StoreError } from "../../src/ports/StoreError.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, newBook, onBoth } from "./sqlStores.js"

const transact = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Transactor, (transactor) => transactor.transact(effect))

const isThere = (book: { readonly id: string }) =>
  Effect.flatMap(BookRepository, (books) => Effect.isSuccess(books.get(book.id as never)))

const copiesOf = (book: { readonly id: string }) =>
  Effect.map(
    Effect.flatMap(BookRepository, (books) => books.get(book.id as never)),
    ({ stockQuantity }) => stockQuantity
  )

const reserve = (book: { readonly id: string }, quantity = 1) =>
  Effect.flatMap(BookRepository, (books) => books.reserve([{ bookId: book.id, quantity } as never]))

const failed = Effect.fail("no" as const)

onBoth(({ dialect, run }) => {
  it("keeps everything of a transaction that succeeds", () =>
    run(
      Effect.gen(function* () {
        const [one, two] = yield* transact(Effect.all([aBook(), aBook()]))
        expect([yield* isThere(one), yield* isThere(two)]).toEqual([true, true])
      })
    ))

  const ends = {
    fails: failed,
    dies: Effect.die("bug"),
    "is interrupted": Effect.interrupt,
    "is interrupted from outside": Effect.flatMap(Effect.fiberId, (id) =>
      Effect.zipRight(
        Effect.withFiberRuntime<void>((fiber) => fiber.interruptAsFork(id)),
        Effect.never
      )
    )
  }
  for (const [how, end] of Object.entries(ends)) {
    it(`keeps nothing of a transaction that ${how}`, () =>
      run(
        Effect.gen(function* () {
          const book = yield* newBook()
          const books = yield* BookRepository
          const fiber = yield* Effect.fork(transact(Effect.zipRight(books.add(book), end)))
          expect(Exit.isFailure(yield* Fiber.await(fiber))).toBe(true)
          expect(yield* isThere(book)).toBe(false)
          // And the store goes on.
          yield* transact(books.add(book))
          expect(yield* isThere(book)).toBe(true)
        })
      ))
  }

  it("undoes only the part of a nested transaction that fails", () =>
    run(
      Effect.gen(function* () {
        const [outer, inner, innermost] = yield* transact(
          Effect.gen(function* () {
            const outer = yield* aBook()
            const inner = yield* newBook()
            const innermost = yield* newBook()
            const books = yield* BookRepository
            yield* Effect.ignore(
              transact(Effect.zipRight(books.add(inner), Effect.zipRight(transact(books.add(innermost)), failed)))
            )
            return [outer, inner, innermost] as const
          })
        )
        expect([yield* isThere(outer), yield* isThere(inner), yield* isThere(innermost)]).toEqual([true, false, false])
      })
    ))

  it("keeps nested transactions apart that run side by side", () =>
    run(
      Effect.gen(function* () {
        const books = yield* Effect.all(Array.from({ length: 8 }, () => newBook()))
        const repository = yield* BookRepository
        yield* transact(
          Effect.forEach(
            books,
            (book, i) =>
              Effect.ignore(
                transact(
                  repository
                    .add(book)
                    .pipe(
                      Effect.zipLeft(Effect.sleep((i * 7) % 5)),
                      Effect.zipRight(i % 2 === 0 ? failed : Effect.void)
                    )
                )
              ),
            { concurrency: "unbounded" }
          )
        )
        expect(yield* Effect.forEach(books, isThere)).toEqual(books.map((_, i) => i % 2 === 1))
      })
    ))

  it("joins the host's transaction: what the host undoes is gone", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const transactor = yield* Transactor
        const mine = yield* newBook()
        const books = yield* BookRepository
        expect(yield* transactor.isOpen).toBe(false)
        const host = sql.withTransaction(
          Effect.gen(function* () {
            expect(yield* transactor.isOpen).toBe(true)
            yield* transact(books.add(mine))
            return yield* failed
          })
        )
        expect(yield* Effect.flip(host)).toBe("no")
        expect(yield* isThere(mine)).toBe(false)
      })
    ))

  it("leaves the host's transaction usable when its own part fails", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const books = yield* BookRepository
        const known = yield* aBook({ isbn: "9780261103252" })
        const host = yield* newBook()
        const other = yield* aBook({ isbn: "9780261102736" })
        const undone = yield* newBook()
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* books.add(host)
            yield* Effect.ignore(transact(Effect.zipRight(books.add(undone), failed)))
            const same = Effect.flatMap(newBook({ isbn: known.isbn }), books.add)
            expect(yield* Effect.flip(same)).toBeInstanceOf(IsbnConflict)
            const changed = books.modify(other.id, (book) =>
              Either.right(Object.assign(Object.create(book), { isbn: known.isbn }))
            )
            expect(yield* Effect.flip(changed)).toBeInstanceOf(IsbnConflict)
            yield* sql`SELECT 1`
          })
        )
        expect(yield* Effect.forEach([host, undone], isThere)).toEqual([true, false])
      })
    ))

  it("never says that a transaction was kept in which a statement had failed", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const book = yield* newBook()
        const books = yield* BookRepository
        const caught = yield* Effect.either(
          transact(Effect.zipRight(books.add(book), Effect.ignore(sql`SELECT * FROM octavo_nowhere`)))
        )
        expect(yield* isThere(book)).toBe(Either.isRight(caught))
        if (dialect === "postgres") {
          expect(Option.getOrThrow(Either.getLeft(caught))).toMatchObject({
            operation: "commit",
            outcome: "RolledBack"
          })
        }
      })
    ))

  it("rolls back, typed, when the commit is refused, and goes on", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* sql`CREATE TABLE IF NOT EXISTS test_parents (id integer PRIMARY KEY)`
        yield* sql`CREATE TABLE IF NOT EXISTS test_children (
          parent_id integer REFERENCES test_parents (id) DEFERRABLE INITIALLY DEFERRED
        )`
        const book = yield* newBook()
        const books = yield* BookRepository
        const error = yield* Effect.flip(
          transact(Effect.zipRight(books.add(book), sql`INSERT INTO test_children VALUES (7)`))
        )
        expect(error).toBeInstanceOf(StoreError)
        expect(error).toMatchObject({ operation: "commit", outcome: "RolledBack", retryable: false })
        expect(yield* isThere(book)).toBe(false)
        yield* transact(books.add(book))
        expect(yield* isThere(book)).toBe(true)
      })
    ))

  it("runs anew what was refused because of others, with a bound", () =>
    run(
      Effect.gen(function* () {
        const code = dialect === "sqlite" ? "SQLITE_BUSY_SNAPSHOT" : "40001"
        const refused = new SqlError({ cause: Object.assign(new Error("refused"), { code }) })
        let runs = 0
        const book = yield* newBook()
        const books = yield* BookRepository
        const twice = Effect.suspend(() => (++runs < 3 ? Effect.fail(refused) : Effect.void))
        yield* transact(Effect.zipRight(books.add(book), twice))
        expect(runs).toBe(3)
        expect(yield* isThere(book)).toBe(true)

        runs = 0
        const always = transact(
          Effect.zipRight(
            Effect.sync(() => runs++),
            Effect.fail(refused)
          )
        )
        expect(yield* Effect.flip(always)).toBe(refused)
        expect(runs).toBeGreaterThan(9)
        expect(runs).toBeLessThan(200)
      })
    ))

  it("lets pairs of transactions cross over the same books: all are kept", () =>
    run(
      Effect.gen(function* () {
        const [one, two] = yield* Effect.all([aBook({ stockQuantity: 1000 }), aBook({ stockQuantity: 1000 })])
        const cross = (first: typeof one, second: typeof one) =>
          transact(Effect.zipRight(Effect.zipLeft(reserve(first), Effect.yieldNow()), reserve(second)))
        yield* Effect.all(
          Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? cross(one, two) : cross(two, one))),
          { concurrency: "unbounded", discard: true }
        )
        expect(yield* Effect.forEach([one, two], copiesOf)).toEqual([988, 988])
      })
    ))

  it("loses no connection to fibers that are interrupted while they wait or work", () =>
    run(
      Effect.gen(function* () {
        const book = yield* aBook({ stockQuantity: 100_000 })
        const held = yield* Deferred.make<void>()
        for (let round = 0; round < 10; round++) {
          const fibers = yield* Effect.forEach(Array.from({ length: 100 }), (_, i) =>
            Effect.fork(transact(Effect.zipRight(reserve(book), i % 3 === 0 ? Deferred.await(held) : Effect.void)))
          )
          yield* Effect.sleep(round * 2)
          yield* Fiber.interruptAll(fibers)
        }
        const started = Date.now()
        yield* Effect.all(
          Array.from({ length: 10 }, () => transact(reserve(book))),
          { concurrency: "unbounded" }
        )
        expect(Date.now() - started).toBeLessThan(2000)
      })
    ))

  it("tells a defect from a failure", () =>
    run(
      Effect.gen(function* () {
        const exit = yield* Effect.exit(transact(Effect.die("bug")))
        expect(Exit.isFailure(exit) && Cause.isDie(exit.cause)).toBe(true)
      })
    ))
})
