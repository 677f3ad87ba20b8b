/** Carts taken and filled in one stroke. */
import { Array, Effect } from "effect"
import { CartFull, maximumLines, merge } from "../../domain/Cart.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { linesOf } from "./seen.js"

const hundred = race(
  "a cart of 99 lines takes one more, of ten that come at once",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const books = yield* Given.shelf(maximumLines + 9, 1)
    const lines = yield* Effect.forEach(books.slice(0, maximumLines - 1), (book) => Given.line(book))
    yield* carts.put(customer, lines)
    const more = books.slice(maximumLines - 1)
    const { successes, failures } = yield* Effect.map(
      Effect.forEach(more, (book) => Effect.either(Given.inCart(customer, book)), { concurrency: "unbounded" }),
      (eithers) => ({ successes: Array.getRights(eithers), failures: Array.getLefts(eithers) })
    )
    yield* same("how many were added", successes.length, 1)
    for (const failure of failures) yield* same("the refusal", failure, new CartFull({ maximum: maximumLines }))
    yield* same("how many lines there are", (yield* carts.items(customer)).length, maximumLines)
  })
)

const taken = race(
  "of ten that take a cart at once, one gets all of it and the others nothing",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const books = yield* Given.shelf(3, 1)
    yield* Effect.forEach(books, (book, i) => Given.inCart(customer, book, i + 1, Given.at(i)))
    const before = yield* carts.items(customer)
    const { successes, failures } = yield* atOnce(10, () => carts.take(customer))
    yield* onlyRefusals(failures, [])
    const full = successes.filter(({ length }) => length > 0)
    yield* same("what was taken in all", full, [before.map(({ line, book }) => ({ line, book }))])
    yield* same("the cart", yield* carts.items(customer), [])
    yield* same("what is taken later", yield* carts.take(customer), [])
  })
)

const put = law(
  "lines are put in as Cart.merge says: quantities add up to 99, no line is dropped, those of books that are gone stay out",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const books = yield* BookRepository
    const customer = yield* Given.customer
    const [a, b, c, soldOut, gone] = [
      yield* Given.onSale(),
      yield* Given.onSale(),
      yield* Given.onSale(),
      yield* Given.shelved(0),
      yield* Given.onSale()
    ]
    yield* books.remove(gone.id)
    const there = [yield* Given.inCart(customer, a, 2, Given.at(1)), yield* Given.inCart(customer, b, 60, Given.at(2))]
    const more = [
      yield* Given.line(a, 3, Given.at(3)),
      yield* Given.line(b, 60, Given.at(0)),
      yield* Given.line(c, 99, Given.at(4)),
      yield* Given.line(soldOut, 5, Given.at(5))
    ]
    yield* carts.put(customer, [...more, yield* Given.line(gone)])
    yield* same("the cart", yield* linesOf(customer), merge(there, more))
    yield* carts.put(customer, [])
    yield* same("the cart after nothing was put in", yield* linesOf(customer), merge(there, more))
  })
)

const overfull = law(
  "putting lines in drops none, so that a cart may come to hold more than 100; then none is added",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const books = yield* Given.shelf(maximumLines + 3, 1)
    const lines = yield* Effect.forEach(books.slice(1), (book) => Given.line(book))
    yield* carts.put(customer, lines.slice(0, 60))
    yield* carts.put(customer, lines.slice(60))
    yield* same("how many lines there are", (yield* carts.items(customer)).length, maximumLines + 2)
    for (const book of books.slice(0, 1)) {
      yield* refuses("one more", Given.inCart(customer, book), new CartFull({ maximum: maximumLines }))
    }
  })
)

const putAtOnce = race(
  "lines that are put in at once all add up",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const books = yield* Given.shelf(3, 1)
    const { failures } = yield* atOnce(10, (i) =>
      Effect.flatMap(
        Effect.forEach(i % 2 === 0 ? books : [...books].reverse(), (book) => Given.line(book, 3)),
        (lines) => carts.put(customer, lines)
      )
    )
    yield* onlyRefusals(failures, [])
    const quantities = (yield* carts.items(customer)).map(({ line }) => line.quantity)
    yield* same("the quantities", quantities, [30, 30, 30])
  })
)

export const wholeCarts: ReadonlyArray<Law> = [hundred, taken, put, overfull, putAtOnce]
