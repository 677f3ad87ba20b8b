/** Books on sale, one by one. */
import { Effect, Either, FastCheck, Schema } from "effect"
import { Book, BookNotFound, IsbnConflict, maximumStock, StockChanged } from "../../domain/Book.js"
import { Price } from "../../domain/Money.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"

/** Books of every kind, with ids and ISBNs that nobody else has. */
const samples = Effect.gen(function* () {
  const genre = yield* Given.genre(yield* Given.word)
  yield* Effect.flatMap(GenreRepository, (genres) => genres.add(genre))
  const largest = { price: Price.make(99_999_999_000), stockQuantity: Given.stock(maximumStock) }
  const full = { ...largest, title: "𝄞".repeat(500), author: "𝄞".repeat(255), description: "𝄞".repeat(10_000) }
  const given = [...FastCheck.sample(Arbitraries.book, { numRuns: 40, seed: 1 }), ...Arbitraries.nasty.map(titled)]
  const sampled = yield* Effect.forEach(given, (fields) =>
    Effect.flatMap(Effect.all({ id: Given.id, isbn: Given.isbn }), ({ id, isbn }) =>
      Given.book({ ...fields, id: Schema.decodeSync(Book.fields.id)(id), isbn: fields.isbn === null ? null : isbn })
    )
  )
  return [...sampled, yield* Given.book({ ...full, genreId: genre.id, isbn: yield* Given.isbn })]
})

const titled = (text: string) => ({ title: text, author: text, description: text, isbn: null })

const found = law(
  "a book that was added is found as it was, in every field",
  Effect.gen(function* () {
    const books = yield* BookRepository
    for (const book of yield* samples) {
      yield* books.add(book)
      const there = yield* books.get(book.id)
      yield* same("the book", there, book)
      yield* holds("it is a Book", there instanceof Book)
    }
  })
)

const unknown = law(
  "a book that nobody added is not found",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const { id } = yield* Given.book()
    const refusal = new BookNotFound({ bookId: id })
    yield* refuses("get", books.get(id), refusal)
    yield* refuses(
      "modify",
      books.modify(id, (book) => Either.right(book)),
      refusal
    )
    yield* refuses("remove", books.remove(id), refusal)
  })
)

const conflict = law(
  "an ISBN that another book has is refused, and nothing is written",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const isbn = yield* Given.isbn
    const first = yield* Given.onSale({ isbn })
    const second = yield* Given.book({ isbn })
    yield* refuses("adding it", books.add(second), new IsbnConflict({ isbn }))
    yield* refuses("the refused book", books.get(second.id), new BookNotFound({ bookId: second.id }))
    const other = yield* Given.onSale({ isbn: yield* Given.isbn })
    const change = books.modify(other.id, (book) => Either.right(new Book({ ...book, isbn, title: "Changed" })))
    yield* refuses("changing to it", change, new IsbnConflict({ isbn }))
    yield* same("the book that was not changed", yield* books.get(other.id), other)
    yield* same("the book that has it", yield* books.get(first.id), first)
  })
)

const freed = law(
  "an ISBN is free again once its book has another, or is gone; books without one never conflict",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const isbn = yield* Given.isbn
    const first = yield* Given.onSale({ isbn })
    yield* books.modify(first.id, (book) => Either.right(new Book({ ...book, isbn, title: "Keeps its ISBN" })))
    yield* books.modify(first.id, (book) => Either.right(new Book({ ...book, isbn: null })))
    const second = yield* Given.onSale({ isbn })
    yield* books.remove(second.id)
    const third = yield* Given.onSale({ isbn })
    yield* same("who has it", (yield* books.get(third.id)).isbn, isbn)
    yield* Given.onSale()
    yield* Given.onSale()
  })
)

const oneOfFifty = race(
  "of fifty that add one ISBN at once, one succeeds",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const isbn = yield* Given.isbn
    const { successes, failures } = yield* atOnce(50, () => Given.onSale({ isbn }))
    yield* same("how many were added", successes.length, 1)
    yield* onlyRefusals(failures, ["IsbnConflict"])
    for (const book of successes) yield* same("the book that was added", yield* books.get(book.id), book)
  })
)

const modified = law(
  "a change is answered and kept in every field",
  Effect.gen(function* () {
    const books = yield* BookRepository
    for (const next of (yield* samples).slice(-20)) {
      const before = yield* Given.onSale({ isbn: yield* Given.isbn, description: "before", publishDate: "2020-02-02" })
      const after = new Book({ ...next, id: before.id, createdAt: before.createdAt })
      const answer = yield* books.modify(before.id, () => Either.right(after))
      yield* same("the answer", answer, after)
      yield* same("what is kept", yield* books.get(before.id), after)
    }
  })
)

const undecided = law(
  "a decision that refuses changes nothing, and its refusal is answered",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const book = yield* Given.shelved(3)
    const refusal = new StockChanged({ stockQuantity: Given.stock(3) })
    yield* refuses(
      "modify",
      books.modify(book.id, () => Either.left(refusal)),
      refusal
    )
    yield* same("the book", yield* books.get(book.id), book)
  })
)

const twenty = race(
  "twenty concurrent changes of one book are all kept",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const { id } = yield* Given.shelved(0)
    const one = (book: Book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(book.stockQuantity + 1) }))
    const { failures } = yield* atOnce(20, () => books.modify(id, one))
    yield* onlyRefusals(failures, [])
    yield* same("the copies counted", (yield* books.get(id)).stockQuantity, 20)
  })
)

const removed = law(
  "a book that was removed is gone, and out of every cart",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const [gone, kept] = [yield* Given.onSale(), yield* Given.onSale()]
    const customers = [yield* Given.customer, yield* Given.customer]
    for (const customer of customers) {
      yield* Given.inCart(customer, gone)
      yield* Given.inCart(customer, kept)
    }
    yield* books.remove(gone.id)
    const refusal = new BookNotFound({ bookId: gone.id })
    yield* refuses("get", books.get(gone.id), refusal)
    yield* refuses("a second removal", books.remove(gone.id), refusal)
    for (const customer of customers) {
      const left = (yield* carts.items(customer)).map(({ book }) => book.id)
      yield* same("the books left in a cart", left, [kept.id])
      const taken = (yield* carts.take(customer)).map(({ line }) => line.bookId)
      yield* same("the books taken from it", taken, [kept.id])
    }
  })
)

const removedMeanwhile = race(
  "no cart holds a book that was removed while it was put in",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const book = yield* Given.onSale()
    const [adding, putting] = [yield* Given.customer, yield* Given.customer]
    const line = yield* Given.line(book)
    const { failures } = yield* atOnce(
      3,
      (i): Effect.Effect<unknown, { readonly _tag: string }, CartRepository> =>
        i === 0 ? Given.inCart(adding, book) : i === 1 ? books.remove(book.id) : carts.put(putting, [line])
    )
    yield* onlyRefusals(failures, ["BookNotFound"])
    yield* same("the cart that it was added to", yield* carts.items(adding), [])
    yield* same("what is taken from it", yield* carts.take(adding), [])
    yield* same("the cart that it was put into", yield* carts.items(putting), [])
    yield* same("what is taken from that", yield* carts.take(putting), [])
  })
)

export const books: ReadonlyArray<Law> = [
  found,
  unknown,
  conflict,
  freed,
  oneOfFifty,
  modified,
  undecided,
  twenty,
  removed,
  removedMeanwhile
]
