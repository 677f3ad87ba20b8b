/** There are copies again: told once, of the books whose shelf was empty. */
import { Array, Effect, Either } from "effect"
import type { Book } from "../../domain/Book.js"
import { aggregate } from "../../domain/Event.js"
import type * as Order from "../../domain/Order.js"
import { BookRepository } from "../../ports/BookRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { cancelled, confirmed, failed, move, transacted } from "./done.js"
import { events, stockOf } from "./seen.js"

const restocksOf = (books: ReadonlyArray<Book>) =>
  Effect.map(events, (all) =>
    all.filter((event) => event._tag === "BookRestocked" && books.some(({ id }) => id === aggregate(event)))
  )

const ordered = (...books: ReadonlyArray<Book>) =>
  Effect.flatMap(Given.customer, (customer) => Given.ordered(customer, books))

const told = law(
  "a failed or cancelled order tells of each book whose shelf was empty that there are copies again, and of no other",
  Effect.gen(function* () {
    const repository = yield* BookRepository
    const moves = {
      failed,
      cancelled: (order: Order.PendingOrder) =>
        Effect.gen(function* () {
          const paid = yield* confirmed(order)
          yield* move(paid)
          return yield* cancelled(paid.order)
        })
    }
    for (const [how, next] of Object.entries(moves)) {
      const books = [yield* Given.shelved(0), yield* Given.shelved(2), yield* Given.shelved(0), yield* Given.shelved(0)]
      const [, , gone] = books
      const order = yield* ordered(...books)
      if (gone !== undefined) yield* repository.remove(gone.id)
      const made = yield* next(order)
      yield* same(`what is told before one is ${how}`, yield* restocksOf(books), [])
      yield* move(made)
      yield* move(made)
      const expected = made.restocked.filter(({ bookId }) => bookId === books[0]?.id || bookId === books[3]?.id)
      const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)
      yield* same(`what is told when one is ${how}`, yield* restocksOf(books), expected.toSorted(byId))
    }
  })
)

const firstTells = race(
  "of orders that give copies back to an empty shelf at once the first tells of it, and no other",
  Effect.gen(function* () {
    const [book, other] = [yield* Given.shelved(0), yield* Given.shelved(9)]
    const orders = yield* Effect.forEach(Array.range(1, 8), () => ordered(book, other))
    const { successes, failures } = yield* atOnce(8, (i) =>
      Effect.flatMap(failed(orders[i] ?? Array.headNonEmpty(orders)), move)
    )
    yield* onlyRefusals(failures, [])
    yield* same("whether they moved", successes, Array.replicate(true, 8))
    yield* same("the copies", [yield* stockOf(book), yield* stockOf(other)], [8, 17])
    yield* same("how often it is told", (yield* restocksOf([book, other])).length, 1)
  })
)

const besideBuyers = race(
  "copies that come back to an empty shelf while others buy are told each time that it was empty",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const book = yield* Given.shelved(0)
    const orders = yield* Effect.forEach(Array.range(1, 5), () => ordered(book))
    const buy = (copies: number) => books.reserve([{ bookId: book.id, quantity: Given.quantity(copies) }])
    const { successes } = yield* atOnce(8, (i) => {
      const order = orders[i]
      return order === undefined ? Effect.as(buy(1), true) : Effect.flatMap(failed(order), move)
    })
    const bought = successes.length - orders.length
    yield* same("the copies left", yield* stockOf(book), orders.length - bought)
    const times = (yield* restocksOf([book])).length
    yield* holds(`it is told at least once, and was ${times} times`, times >= 1)
    yield* holds(`it is told again only after ${bought} were sold, and was ${times} times`, times <= 1 + bought)
    yield* buy(orders.length - bought)
    yield* move(yield* failed(yield* ordered(book)))
    yield* same("how often it is told once all were sold", (yield* restocksOf([book])).length, times + 1)
  })
)

const undone = law(
  "a restock that is rolled back is told nobody, and the next one is",
  Effect.gen(function* () {
    const book = yield* Given.shelved(0)
    const next = yield* failed(yield* ordered(book))
    const exit = yield* Effect.either(transacted(Effect.zipRight(move(next), Effect.fail("undone"))))
    yield* same("the transaction", exit, Either.left("undone"))
    yield* same("what is told", yield* restocksOf([book]), [])
    yield* move(next)
    yield* same("what is told then", yield* restocksOf([book]), next.restocked)
  })
)

export const restocks: ReadonlyArray<Law> = [told, firstTells, besideBuyers, undone]
