/** Books on sale, one by one. */
import { Effect, Either, FastCheck, Schema } from "effect"
import { Book, BookNotFound, IsbnConflict, maximumStock } from "../../domain/Book.js"
import { Price } from "../../domain/Money.js"
import { BookRepository } from "../../ports/BookRepository.js"
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

export const books: ReadonlyArray<Law> = [found, unknown, conflict, freed, oneOfFifty, modified]
