/** Many books put in at once. */
import { Array, Effect, Either } from "effect"
import { Book, BookId, BookNotFound } from "../../domain/Book.js"
import { BookIndex } from "../../ports/BookIndex.js"
import { BookRepository } from "../../ports/BookRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"

const incoming = (book: Book) => book

/** The existing book with the incoming title and one copy more. */
const oneMore = (incoming: Book, existing: Book | null) =>
  existing === null
    ? incoming
    : new Book({ ...existing, title: incoming.title, stockQuantity: Given.stock(existing.stockQuantity + 1) })

const merge = (given: ReadonlyArray<Book>, decide: (incoming: Book, existing: Book | null) => Book | null) =>
  Effect.gen(function* () {
    const books = yield* BookRepository
    return Array.isNonEmptyReadonlyArray(given) ? yield* books.merge(given, decide) : []
  })

/** The book again, as a later file has it: another id. */
const again = (book: Book, facts: Partial<ConstructorParameters<typeof Book>[0]> = {}) =>
  Effect.map(Given.id, (id) => new Book({ ...book, ...facts, id: BookId.make(id) }))

/** Whom each was set against, in the order given. */
const existingOf = (given: ReadonlyArray<Book>) =>
  Effect.gen(function* () {
    const met = new Map<string, string | null>()
    yield* merge(given, ({ id }, existing) => {
      met.set(id, existing?.id ?? null)
      return null
    })
    return given.map(({ id }) => met.get(id))
  })

const known = law(
  "a book is known by its ISBN, or without one by the words of title and author and the date among those without",
  Effect.gen(function* () {
    const word = yield* Given.word
    const author = `J.R.R. Tölkien ${word}`
    const numbered = yield* Given.onSale({ isbn: yield* Given.isbn, title: `The Hobbit ${word}`, author })
    const plain = yield* Given.onSale({ title: `O'Brien's Été ${word}`, author, publishDate: "1999-01-01" })
    const undated = yield* Given.onSale({ title: `O'Brien's Été ${word}`, author })
    const met = yield* existingOf([
      yield* again(numbered, { title: "Another title", author: "Another author" }),
      yield* again(plain, { title: `OBRIENS, "ete" ${word}!`, author: `J. R. R. TOLKIEN ${word}` }),
      yield* again(undated),
      yield* again(plain, { publishDate: "1999-01-02" }),
      yield* again(plain, { author: `Somebody ${word}` }),
      yield* again(numbered, { isbn: null }),
      yield* again(plain, { isbn: yield* Given.isbn })
    ])
    yield* same("the books met", met, [numbered.id, plain.id, undated.id, null, null, null, null])
  })
)

const answered = law(
  "what is decided is kept, null leaves things as they are, and the answers come in the order given",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [there, left] = [yield* Given.onSale({ isbn: yield* Given.isbn }), yield* Given.onSale()]
    const [fresh, unwanted] = [
      yield* Given.book({ isbn: yield* Given.isbn, publishDate: "2001-01-01" }),
      yield* Given.book()
    ]
    const given = [fresh, yield* again(left), yield* again(there, { title: "Renamed" }), unwanted]
    const answers = yield* merge(given, (book, existing) =>
      book === unwanted || existing?.id === left.id ? null : oneMore(book, existing)
    )
    yield* same("the answers", answers, ["added", "kept", "updated", "kept"])
    yield* same("the one added", yield* books.get(fresh.id), fresh)
    yield* same("the one left", yield* books.get(left.id), left)
    const renamed = new Book({ ...there, title: "Renamed", stockQuantity: Given.stock(4) })
    yield* same("the one changed", yield* books.get(there.id), renamed)
    yield* refuses("the one not wanted", books.get(unwanted.id), new BookNotFound({ bookId: unwanted.id }))
  })
)

const allOrNone = law(
  "books are put in all or none",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const there = yield* Given.onSale({ isbn: yield* Given.isbn })
    const given = yield* Effect.forEach(Array.range(1, 10), () => Given.book())
    const last = given.at(-1)
    const exit = yield* Effect.exit(
      merge([yield* again(there), ...given], (book, existing) => {
        if (book === last) throw new Error("a decision died")
        return oneMore(book, existing)
      })
    )
    yield* same("the outcome", exit._tag, "Failure")
    yield* same("the one that was there", yield* books.get(there.id), there)
    for (const { id } of given) yield* refuses("one that was put in", books.get(id), new BookNotFound({ bookId: id }))
  })
)

const found = (word: string) =>
  Effect.gen(function* () {
    const index = yield* BookIndex
    const query = { words: [word], genreId: null, author: null, minPrice: null, maxPrice: null, inStock: null } as const
    return (yield* index.page({ ...query, sort: "title", direction: "asc" }, { page: 1, size: 100 })).items
  })

const together = race(
  "of many that put in the same books at once, none doubles a book and every change is kept",
  Effect.gen(function* () {
    const word = yield* Given.word
    const isbns = yield* Effect.all(Array.makeBy(10, () => Given.isbn))
    const first = yield* Effect.forEach(Array.range(0, 19), (i) =>
      Given.book({ title: `Book ${i} ${word}`, isbn: isbns[i] ?? null, stockQuantity: Given.stock(0) })
    )
    const { successes, failures } = yield* atOnce(6, (i) =>
      Effect.flatMap(
        Effect.forEach(i % 2 === 0 ? first : [...first].reverse(), (book) => again(book)),
        (given) => merge(given, oneMore)
      )
    )
    yield* onlyRefusals(failures, [])
    const added = successes.flat().filter((answer) => answer === "added")
    yield* same("how many were added", added.length, 20)
    const there = yield* found(word)
    yield* same("how many there are", there.length, 20)
    yield* same(
      "the changes kept",
      there.map(({ stockQuantity }) => stockQuantity),
      first.map(() => 5)
    )
  })
)

const withChanges = race(
  "no change of a book is lost to an import of it",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const book = yield* Given.onSale({ isbn: yield* Given.isbn, stockQuantity: Given.stock(0) })
    const { failures } = yield* atOnce(
      20,
      (i): Effect.Effect<unknown, { readonly _tag: string }, BookRepository> =>
        i % 2 === 0
          ? books.modify(book.id, (is) => Either.right(oneMore(is, is)))
          : Effect.flatMap(again(book), (given) => merge([given], oneMore))
    )
    yield* onlyRefusals(failures, [])
    yield* same("the changes kept", (yield* books.get(book.id)).stockQuantity, 20)
  })
)

const thousand = law(
  "a thousand books are put in at once",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const given = yield* Effect.forEach(Array.range(1, 1000), () => Given.book())
    const answers = yield* merge(given, incoming)
    yield* holds("all are added", answers.length === 1000 && answers.every((answer) => answer === "added"))
    for (const book of given.slice(-3)) yield* same("a book", yield* books.get(book.id), book)
    const second = yield* merge(yield* Effect.forEach(given, (book) => again(book)), () => null)
    yield* holds("all are kept a second time", second.length === 1000 && second.every((answer) => answer === "kept"))
  })
)

export const imports: ReadonlyArray<Law> = [known, answered, allOrNone, together, withChanges, thousand]
