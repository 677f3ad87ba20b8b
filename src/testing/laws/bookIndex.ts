/** The whole catalogue, asked. */
import { Effect, Either, FastCheck } from "effect"
import { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import type { Position } from "../../domain/Page.js"
import { BookIndex } from "../../ports/BookIndex.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import type { Stores } from "../../ports/Stores.js"
import * as Given from "../Given.js"
import { holds, type Law, law, same } from "../Law.js"
import { byPages, catalogue, queries } from "./catalogue.js"
import * as Reference from "./reference.js"

const everything = { words: null, genreId: null, author: null, minPrice: null, maxPrice: null, inStock: null } as const

const ids = (books: ReadonlyArray<Book>) => books.map(({ id }) => id)

const all = (query: BookQuery.BookQuery) => Effect.flatMap(BookIndex, (index) => index.after(query, null, 1000))

const everySort = (word: string): ReadonlyArray<BookQuery.BookQuery> =>
  (["title", "price", "date", "created_at", "relevance"] as const).flatMap((sort) =>
    (["asc", "desc"] as const).map((direction) => ({ ...everything, words: [word], sort, direction }))
  )

/** Of several random catalogues. */
const sampled = (name: string, check: Effect.Effect<void, unknown, Stores>) => law(name, Effect.repeatN(check, 3))

const members = sampled(
  "members and order of any query are those that the domain says",
  Effect.gen(function* () {
    const index = yield* BookIndex
    const mine = yield* catalogue
    for (const query of FastCheck.sample(queries(mine), 60)) {
      const expected = Reference.answer(query, mine.books, [mine.genre])
      const { items, total } = yield* index.page(query, { page: 1, size: 100 })
      yield* same(`the answer to ${JSON.stringify(query)}`, items, expected)
      yield* same(`the total of ${JSON.stringify(query)}`, total, expected.length)
    }
  })
)

const wildcards = law(
  "the part of an author's name is plain text: % and _ and \\ stand for themselves, case does not count",
  Effect.gen(function* () {
    const word = yield* Given.word
    const authors = ["100%", "100", "a_b", "axb", "a\\b", "a%b", "ÉMILE", "emile", "Σίσυφος", "[a-z]*"]
    const books = yield* Effect.forEach(authors, (author) => Given.onSale({ author: `${author} ${word}` }))
    for (const part of [...authors, "%", "_", "\\", "*", "émile", "σίσυφοσ"]) {
      const query = { ...everything, author: BookQuery.make({ author: part })?.author ?? null, words: [word] }
      const asked = { ...query, sort: "title", direction: "asc" } as const
      yield* same(`the books by ${part}`, ids(yield* all(asked)), ids(Reference.answer(asked, books, [])))
    }
  })
)

const directions = law(
  "every sort goes both ways: ties by ascending id, books without a date last",
  Effect.gen(function* () {
    const mine = yield* catalogue
    for (const query of everySort(mine.word)) {
      const expected = Reference.answer(query, mine.books, [mine.genre])
      yield* same(`the books by ${query.sort} ${query.direction}`, ids(yield* all(query)), ids(expected))
    }
  })
)

const walks = sampled(
  "pages and cursors walk through the same books, each once",
  Effect.gen(function* () {
    const index = yield* BookIndex
    const mine = yield* catalogue
    for (const query of [...everySort(mine.word), ...FastCheck.sample(queries(mine), 12)]) {
      const expected = Reference.answer(query, mine.books, [mine.genre])
      const paged = yield* byPages(query, 7)
      yield* same(`by pages, ${JSON.stringify(query)}`, ids(paged.books), ids(expected))
      const walked: Array<Book> = []
      for (let position: Position | null = null; ; ) {
        const slice: ReadonlyArray<Book> = yield* index.after(query, position, 7)
        yield* holds("a slice holds no more than asked for", slice.length <= 7)
        const last = slice.at(-1)
        if (last === undefined) break
        walked.push(...slice)
        position = BookQuery.position(query, last)
      }
      yield* same(`by cursors, ${JSON.stringify(query)}`, ids(walked), ids(expected))
    }
  })
)

const pastTheEnd = law(
  "a page past the end is empty, with the total",
  Effect.gen(function* () {
    const index = yield* BookIndex
    const word = yield* Given.word
    for (const title of ["a", "b", "c"]) yield* Given.onSale({ title: `${title} ${word}` })
    const query = { ...everything, words: [word], sort: "title", direction: "asc" } as const
    for (const request of [
      { page: 4, size: 1 },
      { page: 2, size: 3 },
      { page: 2 ** 31 - 1, size: 100 }
    ]) {
      yield* same(`page ${request.page}`, yield* index.page(query, request), { items: [], total: 3 })
    }
    const nothing = { ...query, words: [word, "nowhere"] }
    yield* same("nothing that fits", yield* index.page(nothing, { page: 1, size: 3 }), { items: [], total: 0 })
  })
)

const movedOn = law(
  "a list continues after a book that has gone or moved meanwhile",
  Effect.gen(function* () {
    const index = yield* BookIndex
    const repository = yield* BookRepository
    const mine = yield* catalogue
    for (const sort of ["title", "price", "date", "created_at", "relevance"] as const) {
      const query = { ...everything, words: [mine.word], sort, direction: "desc" } as const
      const before = yield* index.after(query, null, 100)
      const [at, after] = [before[9], before.slice(10)]
      if (at === undefined) continue
      yield* repository.remove(at.id)
      const rest = yield* index.after(query, BookQuery.position(query, at), 100)
      yield* same(`the books by ${sort} after the one that is gone`, ids(rest), ids(after))
    }
  })
)

const upToDate = law(
  "every change of a book shows in the next answer",
  Effect.gen(function* () {
    const repository = yield* BookRepository
    const genres = yield* GenreRepository
    const [word, other] = [yield* Given.word, yield* Given.word]
    const genre = yield* Given.genre(other)
    yield* genres.add(genre)
    const book = yield* Given.onSale({ title: word })
    const by = (words: ReadonlyArray<string>, inStock: boolean | null = null) =>
      Effect.map(all({ ...everything, words, inStock, sort: "relevance", direction: "asc" }), ids)
    const change = (facts: Partial<ConstructorParameters<typeof Book>[0]>) =>
      repository.modify(book.id, (is) => Either.right(new Book({ ...is, ...facts })))

    yield* same("by its title", yield* by([word]), [book.id])
    yield* change({ genreId: genre.id })
    yield* same("by its new genre", yield* by([word, other]), [book.id])
    yield* change({ genreId: null, stockQuantity: Given.stock(0) })
    yield* same("by the genre that it had", yield* by([other]), [])
    yield* same("of those in stock", yield* by([word], true), [])
    yield* same("of those sold out", yield* by([word], false), [book.id])
    yield* change({ title: "Renamed", author: other })
    yield* same("by the title that it had", yield* by([word]), [])
    yield* same("by its new author", yield* by([other, "renamed"]), [book.id])
    yield* repository.remove(book.id)
    yield* same("after it is gone", yield* by([other]), [])
  })
)

export const bookIndex: ReadonlyArray<Law> = [members, wildcards, directions, walks, pastTheEnd, movedOn, upToDate]
