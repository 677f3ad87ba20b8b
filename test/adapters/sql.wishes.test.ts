import { Array, Effect } from "effect"
import { expect, it } from "vitest"
import type { Book } from "../../src/domain/Book.js"
import { Wish } from "../../src/domain/Wish.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { WishRepository } from "../../src/ports/WishRepository.js"
import { aBook, aCustomer, newId, newLine, now, onBoth, statementsOf } from "./sqlStores.js"

const wished = (customer: Wish["customerId"], book: Book) =>
  Effect.gen(function* () {
    const wishes = yield* WishRepository
    const id = (yield* newId) as Wish["id"]
    return yield* wishes.add(new Wish({ id, customerId: customer, bookId: book.id, addedAt: now }))
  })

onBoth(({ dialect, run }) => {
  it("adds, lists and removes a wish with one statement each, and explains a refusal with one more", () =>
    run(
      Effect.gen(function* () {
        const wishes = yield* WishRepository
        const [customer, book] = [yield* aCustomer, yield* aBook()]
        expect(yield* statementsOf(wished(customer, book))).toHaveLength(1)
        expect(yield* statementsOf(Effect.ignore(wished(customer, book)))).toHaveLength(2)
        expect(yield* statementsOf(wishes.page(customer, { page: 1, size: 20 }))).toHaveLength(1)
        expect(yield* statementsOf(wishes.after(customer, null, 20))).toHaveLength(1)
        expect(yield* statementsOf(wishes.remove(customer, book.id))).toHaveLength(1)
      })
    ))

  // SQLite has one writer at a time.
  if (dialect === "sqlite") return
  it("a removal of a book and a move to the cart never wait for each other", () =>
    run(
      Effect.gen(function* () {
        const [books, carts, wishes] = [yield* BookRepository, yield* CartRepository, yield* WishRepository]
        const { transact } = yield* Transactor
        let attempts = 0
        for (const _ of Array.range(1, 30)) {
          const [customer, book] = [yield* aCustomer, yield* aBook()]
          yield* wished(customer, book)
          const line = yield* newLine(book)
          const move = transact(
            Effect.gen(function* () {
              attempts++
              yield* wishes.remove(customer, book.id)
              // The removal has its time to come in between.
              yield* Effect.sleep("5 millis")
              yield* carts.add(customer, line)
            })
          )
          const removal = Effect.delay(books.remove(book.id), "2 millis")
          yield* Effect.all([Effect.ignore(move), removal], { concurrency: "unbounded" })
          expect(yield* wishes.page(customer, { page: 1, size: 1 })).toEqual({ items: [], total: 0 })
          expect(yield* carts.items(customer)).toEqual([])
        }
        // A deadlock would have run the move again.
        expect(attempts).toBe(30)
      })
    ))
})
