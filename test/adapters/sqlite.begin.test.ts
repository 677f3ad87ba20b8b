import { Effect, Either } from "effect"
import { expect, it } from "vitest"
import { Book, Stock } from "../../src/domain/Book.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, onFile, testDatabase } from "./sqlStores.js"

const { run, processes } = testDatabase("sqlite", onFile)

/** Reads, waits, writes: whoever writes in between makes a transaction that began too early begin again. */
it("a transaction has its turn before it begins, and so runs once, whoever else writes", () =>
  run(
    Effect.gen(function* () {
      const { id } = yield* aBook({ stockQuantity: 0 })
      let runs = 0
      const turn = Effect.gen(function* () {
        const { transact } = yield* Transactor
        const books = yield* BookRepository
        yield* transact(
          Effect.gen(function* () {
            runs++
            const { stockQuantity } = yield* books.get(id)
            yield* Effect.sleep("2 millis")
            yield* books.modify(id, (book) =>
              Either.right(new Book({ ...book, stockQuantity: Stock.make(stockQuantity + 1) }))
            )
          })
        )
      })
      const both = yield* processes(2)
      yield* Effect.forEach(both, (process) => Effect.provide(Effect.repeatN(turn, 19), process), {
        concurrency: "unbounded"
      })
      const books = yield* BookRepository
      expect((yield* books.get(id)).stockQuantity).toBe(40)
      expect(runs).toBe(40)
    }).pipe(Effect.scoped)
  ))
