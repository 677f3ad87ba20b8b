/** Each customer's cart. */
import { Effect, Either } from "effect"
import { Book, BookNotFound } from "../../domain/Book.js"
import {
  AlreadyInCart,
  BookOutOfStock,
  CartItem,
  CartLine,
  CartLineNotFound,
  maximumQuantity
} from "../../domain/Cart.js"
import { CustomerId } from "../../domain/Id.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { linesOf } from "./seen.js"

const found = law(
  "a line that was added is answered and found as it was, with its book of today, whatever the customer is called",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const books = yield* BookRepository
    for (const name of [...Arbitraries.nasty, "𝄞".repeat(400)]) {
      const customer = CustomerId.make(`${name} ${yield* Given.id}`)
      const book = yield* Given.onSale()
      const line = yield* Given.line(book, maximumQuantity, Given.at(7))
      yield* same("the answer", yield* carts.add(customer, line), new CartItem({ line, book }))
      const today = yield* books.modify(book.id, (is) => Either.right(new Book({ ...is, title: "Changed" })))
      yield* same("the cart", yield* carts.items(customer), [new CartItem({ line, book: today })])
    }
  })
)

const oldestFirst = law(
  "lines come oldest first, ties by ascending id, when read and when taken",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const books = yield* Given.shelf(9, 1)
    const lines = yield* Effect.forEach(books, (book, i) =>
      Given.line(book, 1, Given.at([5, 3, 3, 9, 3, 1, 5, 9, 0][i] ?? 0))
    )
    yield* Effect.forEach(lines, (line) => carts.add(customer, line))
    const expected = lines.toSorted((a, b) => a.addedAt.epochMillis - b.addedAt.epochMillis || (a.id < b.id ? -1 : 1))
    yield* same("as read", yield* linesOf(customer), expected)
    yield* same(
      "as taken",
      (yield* carts.take(customer)).map(({ line }) => line),
      expected
    )
  })
)

const refusals = law(
  "a refused line leaves the cart as it was, and the refusal is that of Cart.add",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const books = yield* BookRepository
    const customer = yield* Given.customer
    const [there, soldOut, never] = [yield* Given.shelved(2), yield* Given.shelved(0), yield* Given.book()]
    const line = yield* Given.inCart(customer, there, 2)
    const add = (book: Book) => Effect.flatMap(Given.line(book), (more) => carts.add(customer, more))
    const already = new AlreadyInCart({ bookId: there.id })
    yield* refuses("a book that was never there", add(never), new BookNotFound({ bookId: never.id }))
    yield* refuses("a book that is sold out", add(soldOut), new BookOutOfStock({ bookId: soldOut.id }))
    yield* refuses("a book that is in the cart", add(there), already)
    yield* books.modify(there.id, (book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(0) })))
    yield* refuses("a book that is in the cart and sold out", add(there), already)
    yield* same("the cart", yield* linesOf(customer), [line])
  })
)

const oneOfTwenty = race(
  "of twenty that add one book to a cart at once, one succeeds",
  Effect.gen(function* () {
    const customer = yield* Given.customer
    const book = yield* Given.onSale()
    const { successes, failures } = yield* atOnce(20, () => Given.inCart(customer, book))
    yield* same("how many were added", successes.length, 1)
    yield* onlyRefusals(failures, ["AlreadyInCart"])
    yield* same("the cart", yield* linesOf(customer), successes)
  })
)

const others = law(
  "somebody else's line does not exist, nor does one that was never there",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const [owner, other] = [yield* Given.customer, yield* Given.customer]
    const book = yield* Given.onSale()
    const line = yield* Given.inCart(owner, book)
    const kept = yield* Given.inCart(other, book)
    const never = yield* Given.line(book)
    for (const { id } of [line, never]) {
      const refusal = new CartLineNotFound({ lineId: id })
      yield* refuses("setting its quantity", carts.setQuantity(other, id, Given.quantity(9)), refusal)
      yield* refuses("removing it", carts.remove(other, id), refusal)
    }
    yield* same("the owner's cart", yield* linesOf(owner), [line])
    yield* same("the other cart", yield* linesOf(other), [kept])
  })
)

const changed = law(
  "a line's quantity is set and a line is removed, and no other line is touched",
  Effect.gen(function* () {
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const [a, b] = [yield* Given.onSale(), yield* Given.onSale()]
    const [first, second] = [
      yield* Given.inCart(customer, a, 1, Given.at(1)),
      yield* Given.inCart(customer, b, 1, Given.at(2))
    ]
    const more = new CartLine({ ...first, quantity: Given.quantity(maximumQuantity) })
    const answer = yield* carts.setQuantity(customer, first.id, more.quantity)
    yield* same("the answer", answer, new CartItem({ line: more, book: a }))
    yield* same("the cart", yield* linesOf(customer), [more, second])
    yield* carts.remove(customer, first.id)
    yield* same("the cart after a removal", yield* linesOf(customer), [second])
    yield* refuses("a second removal", carts.remove(customer, first.id), new CartLineNotFound({ lineId: first.id }))
  })
)

export const carts: ReadonlyArray<Law> = [found, oldestFirst, refusals, oneOfTwenty, others, changed]
