/** A random catalogue that no query meets by chance: its genre, and a word in every title and author, are its own. */
import { Effect, FastCheck } from "effect"
import type { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import type { Genre } from "../../domain/Genre.js"
import { Price } from "../../domain/Money.js"
import * as Text from "../../domain/Text.js"
import { BookIndex } from "../../ports/BookIndex.js"
import type { BookRepository } from "../../ports/BookRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import * as Given from "../Given.js"

export interface Catalogue {
  readonly word: string
  readonly genre: Genre
  readonly books: ReadonlyArray<Book>
}

const titleWords =
  "the The and not or near Hobbit hobbits O'Brien Été ete ÉTÉ l’été 1984 19 Ph.D. AC/DC ΟΔΥΣΣΕΥΣ odyssey 東京 naïve Straße".split(
    " "
  )
const names = [
  "J. R. R. Tolkien",
  "J.R.R. TOLKIEN",
  "García Márquez",
  "Garcia Marquez",
  "100% Author",
  "100 Author",
  "a_b",
  "axb",
  "a\\b",
  "O'Reilly"
]
const beginnings = "the not hobbit obrien ete 19 1984 phd jrr tolk dystop 東 strasse nowhere".split(" ")
const dates = [null, null, "1999-12-31", "2000-01-01", "0099-05-05", "9999-12-31"]

const entry = FastCheck.record({
  title: FastCheck.array(FastCheck.constantFrom(...titleWords), { minLength: 1, maxLength: 3 }),
  author: FastCheck.constantFrom(...names),
  price: FastCheck.constantFrom(1, 999, 1000, 1001, 99_999_999_000),
  publishDate: FastCheck.constantFrom(...dates),
  stock: FastCheck.constantFrom(0, 1, 5),
  shelved: FastCheck.boolean(),
  createdAt: FastCheck.nat(4)
})

/** Sixty books on sale: few values each, so that ties are many. */
export const catalogue: Effect.Effect<Catalogue, unknown, BookRepository | GenreRepository> = Effect.gen(function* () {
  const word = yield* Given.word
  const genre = yield* Given.genre(`Dystopian Fiction ${word}`)
  yield* Effect.flatMap(GenreRepository, (genres) => genres.add(genre))
  const entries = FastCheck.sample(entry, 60)
  const books = yield* Effect.forEach(
    entries,
    ({ title, author, price, publishDate, stock, shelved, createdAt }) =>
      Given.onSale({
        title: `${title.join(" ")} ${word}`,
        author: `${author} ${word}`,
        price: Price.make(price),
        publishDate,
        stockQuantity: Given.stock(stock),
        genreId: shelved ? genre.id : null,
        createdAt: Given.at(createdAt)
      }),
    { concurrency: 8 }
  )
  return { word, genre, books }
})

/** Queries that only this catalogue answers. */
export const queries = ({ word, genre }: Catalogue): FastCheck.Arbitrary<BookQuery.BookQuery> =>
  FastCheck.record({
    asked: FastCheck.subarray(beginnings, { maxLength: 2 }),
    mine: FastCheck.constantFrom("words" as const, "genre", "author"),
    part: FastCheck.constantFrom("", "tolkien", "TOLKIEN", "garcía", "100%", "a_b", "a\\b", "o'r", "_", "%"),
    minPrice: FastCheck.constantFrom(null, null, 1000, 99_999_999_000),
    maxPrice: FastCheck.constantFrom(null, null, 0, 1000),
    inStock: FastCheck.constantFrom(null, null, true, false),
    sort: FastCheck.constantFrom(...BookQuery.Sort.literals, "relevance" as const),
    direction: FastCheck.constantFrom(...BookQuery.Direction.literals)
  }).map(({ asked, mine, part, sort, ...rest }) => {
    const words = mine === "words" ? [word, ...asked] : asked
    const author = mine === "author" ? `${part} ${word}`.trim() : part
    return {
      ...rest,
      words: words.length === 0 ? null : words,
      genreId: mine === "genre" ? genre.id : null,
      author: author === "" ? null : Text.fold(author),
      sort: words.length === 0 && sort === "relevance" ? "title" : sort
    } satisfies BookQuery.BookQuery
  })

/** All books of the query, by one page after the other. */
export const byPages = (query: BookQuery.BookQuery, size: number) =>
  Effect.gen(function* () {
    const index = yield* BookIndex
    const books: Array<Book> = []
    for (let page = 1; ; page++) {
      const { items, total } = yield* index.page(query, { page, size })
      books.push(...items)
      if (items.length === 0) return { books, total }
    }
  })
