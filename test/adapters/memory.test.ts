import { expect, it } from "@effect/vitest"
import { Context, Deferred, Effect, Either, Exit, Fiber, Layer, Option } from "effect"
import { describe } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Book from "../../src/domain/Book.js"
import type { BookIndex } from "../../src/ports/BookIndex.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import {
  add,
  book,
  changeEverything,
  everything,
  furnish,
  law,
  numbers,
  transact,
  withStock
} from "./memory/fixtures.js"

describe("a transaction", () => {
  law("that fails, dies or is interrupted leaves the store exactly as it was", function* () {
    yield* furnish
    const before = yield* everything
    const ends = [Effect.fail("no"), Effect.die("bug"), Effect.interrupt, Effect.never] as const
    for (const end of ends) {
      const started = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        transact(Effect.zipRight(Effect.zipRight(changeEverything, Deferred.succeed(started, undefined)), end))
      )
      yield* Deferred.await(started)
      if (end === Effect.never) yield* Fiber.interrupt(fiber)
      expect(Exit.isFailure(yield* Fiber.await(fiber))).toBe(true)
      expect(yield* everything).toStrictEqual(before)
    }
    yield* transact(changeEverything)
    expect(yield* everything).not.toStrictEqual(before)
  })

  law("that is nested and fails undoes its own part only", function* () {
    const refused = Effect.zipRight(add(book(2)), Effect.fail("no"))
    yield* transact(
      Effect.all([add(book(1)), Effect.either(transact(refused)), transact(transact(add(book(3)))), add(book(4))])
    )
    expect(yield* numbers).toEqual([1, 3, 4])
  })

  law("that is nested is gone with the one around it", function* () {
    yield* Effect.either(transact(Effect.all([transact(add(book(1))), add(book(2)), Effect.fail("no")])))
    expect(yield* numbers).toEqual([])
  })

  law("that fails beside others nested in the same one undoes nothing of theirs", function* () {
    const slow = Effect.all([Effect.yieldNow(), Effect.yieldNow(), Effect.yieldNow()])
    const nested = (n: number) =>
      transact(Effect.all([add(book(n)), slow, n % 2 === 0 ? Effect.fail("no") : Effect.void]))
    const plain = (n: number) => Effect.zipRight(Effect.yieldNow(), add(book(n)))
    yield* transact(
      Effect.forEach([1, 2, 3, 4, 5, 16, 17], (n) => Effect.either(n > 10 ? plain(n) : nested(n)), {
        concurrency: "unbounded"
      })
    )
    expect(yield* numbers).toEqual([1, 3, 5, 16, 17])
  })

  law("is joined by the fibers forked in it, while it is open", function* () {
    const books = yield* BookRepository
    yield* Effect.either(
      transact(
        Effect.flatMap(Effect.fork(add(book(1))), (child) => Effect.zipRight(Fiber.join(child), Effect.fail("")))
      )
    )
    expect(yield* numbers).toEqual([])

    const ended = yield* Deferred.make<void>()
    const isOpen = Effect.flatMap(Transactor, (transactor) => transactor.isOpen)
    const late = yield* transact(
      Effect.forkDaemon(Deferred.await(ended).pipe(Effect.zipRight(add(book(2))), Effect.zipRight(isOpen)))
    )
    yield* Deferred.succeed(ended, undefined)
    expect(yield* Fiber.join(late)).toBe(false)
    expect((yield* books.get(book(2).id)).id).toBe(book(2).id)
  })

  law("lets nobody add to it once it has ended: a nested one fails, a call stands on its own", function* () {
    const go = yield* Deferred.make<void>()
    const started = yield* Deferred.make<void>()
    const nested = transact(
      Deferred.succeed(started, undefined).pipe(Effect.zipRight(Deferred.await(go)), Effect.zipRight(add(book(1))))
    )
    const [late, behind] = yield* transact(
      Effect.gen(function* () {
        const late = yield* Effect.forkDaemon(nested)
        yield* Deferred.await(started)
        const behind = yield* Effect.forkDaemon(add(book(2)))
        yield* Effect.yieldNow()
        return [late, behind] as const
      })
    )
    yield* Deferred.succeed(go, undefined)
    yield* Fiber.join(behind)
    expect(yield* Effect.flip(Fiber.join(late))).toMatchObject({ _tag: "StoreError", outcome: "RolledBack" })
    expect(yield* numbers).toEqual([2])
  })

  law("is alone: reads and writes from outside wait for its end", function* () {
    const written = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    const open = yield* Effect.fork(
      transact(Effect.all([add(book(1)), Deferred.succeed(written, undefined), Deferred.await(go), add(book(2))]))
    )
    yield* Deferred.await(written)
    const reader = yield* Effect.fork(numbers)
    const writer = yield* Effect.fork(add(book(3)))
    for (let i = 0; i < 100; i++) yield* Effect.yieldNow()
    expect([yield* Fiber.poll(reader), yield* Fiber.poll(writer)]).toEqual([Option.none(), Option.none()])
    yield* Deferred.succeed(go, undefined)
    expect(yield* Fiber.join(reader)).toEqual([1, 2])
    yield* Effect.all([Fiber.join(open), Fiber.join(writer)])
  })

  law("keeps what was decided on a value read before, of twenty at once", function* () {
    const books = yield* BookRepository
    yield* add(book(1, { stock: 0 }))
    const addOne = Effect.gen(function* () {
      const { stockQuantity } = yield* books.get(book(1).id)
      yield* Effect.yieldNow()
      yield* books.modify(book(1).id, (there) => Either.right(withStock(there, stockQuantity + 1)))
    })
    yield* Effect.replicateEffect(transact(addOne), 20, { concurrency: "unbounded", discard: true })
    expect((yield* books.get(book(1).id)).stockQuantity).toBe(20)
  })

  law("never keeps its turn after an interruption, whenever it comes", function* () {
    const nested = transact(Effect.all([Effect.yieldNow(), transact(Effect.yieldNow()), numbers]))
    const calls: ReadonlyArray<Effect.Effect<unknown, unknown, BookIndex | Transactor>> = [
      nested,
      nested,
      nested,
      numbers
    ]
    for (let round = 0; round < 1000; round++) {
      const fibers = yield* Effect.forEach(calls, (call) => Effect.fork(call))
      for (let i = 0; i < round % 11; i++) yield* Effect.yieldNow()
      yield* Effect.forEach(fibers, (fiber, i) => ((round >> i) % 2 === 0 ? Fiber.interruptFork(fiber) : Effect.void))
      if (round % 3 === 0) yield* Fiber.interruptAll(fibers)
      yield* Effect.forEach(fibers, Fiber.await)
    }
    yield* transact(add(book(1)))
    expect(yield* numbers).toEqual([1])
  })

  law("dies of a decision that throws or changes the id, and leaves nothing behind", function* () {
    const books = yield* BookRepository
    yield* add(book(1))
    const throws = books.modify(book(1).id, () => {
      throw new Error("bug")
    })
    const renames = books.modify(book(1).id, (there) => Either.right(new Book.Book({ ...there, id: book(2).id })))
    for (const bug of [throws, renames]) {
      expect(yield* Effect.exit(bug)).toMatchObject({ _tag: "Failure", cause: { _tag: "Die" } })
      expect(yield* numbers).toEqual([1])
    }
  })

  it.effect("of one store is none of another", () =>
    Effect.gen(function* () {
      const a = yield* Layer.build(Memory.layer)
      const b = yield* Layer.build(Memory.layer)
      const ofA = Context.get(a, Transactor)
      const ofB = Context.get(b, Transactor)
      const booksOfB = Context.get(b, BookRepository)
      yield* Effect.either(
        ofA.transact(
          Effect.gen(function* () {
            expect(yield* ofB.isOpen).toBe(false)
            yield* booksOfB.add(book(1))
            yield* Context.get(a, BookRepository).add(book(2))
            yield* ofB.transact(
              Effect.gen(function* () {
                expect(yield* ofA.isOpen).toBe(true)
                yield* Context.get(a, BookRepository).add(book(3))
                yield* booksOfB.add(book(4))
              })
            )
            return yield* Effect.fail("no")
          })
        )
      )
      expect(yield* Effect.provide(numbers, a)).toEqual([])
      expect(yield* Effect.provide(numbers, b)).toEqual([1, 4])
    }).pipe(Effect.scoped)
  )
})
