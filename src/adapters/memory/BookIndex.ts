import { Effect, Either, HashMap, Layer, Option } from "effect"
import type { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import type { Position } from "../../domain/Page.js"
import * as SearchText from "../../domain/SearchText.js"
import * as Text from "../../domain/Text.js"
import { BookIndex } from "../../ports/BookIndex.js"
import type { State } from "./State.js"
import { Store } from "./Store.js"
import * as Words from "./Words.js"

export const layer: Layer.Layer<BookIndex, never, Store> = Layer.effect(
  BookIndex,
  Effect.map(Store, (store) => ({
    page: (query, { page, size }) =>
      store.read((state) => {
        const found = members(state, query)
        const items = first(query, page * size, found).slice((page - 1) * size)
        return Either.right({ items, total: found.length })
      }),

    after: (query, position, limit) =>
      store.read((state) => {
        const found = members(state, query)
        const rest =
          position === null ? found : found.filter((book) => compare(query, positionOf(query, book), position) > 0)
        return Either.right(first(query, limit, rest))
      })
  }))
)

// internal

const members = (state: State, query: BookQuery.BookQuery): ReadonlyArray<Book> => {
  const beginnings = (query.words ?? []).map(Words.beginning)
  const found: Array<Book> = []
  for (const book of HashMap.values(state.books)) {
    if (fits(query, book) && answers(state, beginnings, book)) found.push(book)
  }
  return found
}

const fits = (query: BookQuery.BookQuery, book: Book): boolean =>
  (query.genreId === null || book.genreId === query.genreId) &&
  (query.minPrice === null || book.price >= query.minPrice) &&
  (query.maxPrice === null || book.price <= query.maxPrice) &&
  (query.inStock === null || book.inStock === query.inStock) &&
  (query.author === null || Words.of(book).author.includes(query.author))

const answers = (state: State, beginnings: ReadonlyArray<string>, book: Book): boolean =>
  beginnings.every((word) => Words.of(book).text.includes(word) || genreWords(state, book).includes(word))

const genreWords = (state: State, { genreId }: Book): string =>
  genreId === null ? "" : Option.match(HashMap.get(state.genres, genreId), { onNone: () => "", onSome: Words.ofGenre })

/** `BookQuery.position`, without cutting the title into words again. */
const positionOf = (query: BookQuery.BookQuery, book: Book): Position => {
  switch (query.sort) {
    case "title":
      return [Words.of(book).titleKey, book.id]
    case "relevance": {
      const { title, titleKey } = Words.of(book)
      return [SearchText.relevance(query.words ?? [], title), titleKey, book.id]
    }
    default:
      return BookQuery.position(query, book)
  }
}

/** The first `count` in the order of the query; what comes after so many is dropped early, not sorted. */
const first = (query: BookQuery.BookQuery, count: number, books: ReadonlyArray<Book>): ReadonlyArray<Book> => {
  const cut = (standing: ReadonlyArray<Standing>) =>
    [...standing].sort((a, b) => compare(query, a.position, b.position)).slice(0, count)
  let kept: Array<Standing> = []
  let last: Position | null = null
  for (const book of books) {
    const position = positionOf(query, book)
    if (last !== null && compare(query, position, last) > 0) continue
    kept.push({ book, position })
    if (kept.length < 2 * count) continue
    kept = cut(kept)
    last = kept.at(-1)?.position ?? null
  }
  return cut(kept).map(({ book }) => book)
}

interface Standing {
  readonly book: Book
  readonly position: Position
}

/** Ids ascend and what is missing comes last in either direction; relevance has one direction. */
const compare = ({ sort, direction }: BookQuery.BookQuery, a: Position, b: Position): number => {
  const sign = direction === "desc" && sort !== "relevance" ? -1 : 1
  const last = a.length - 1
  for (let i = 0; i < last; i++) {
    const x = a[i] ?? null
    const y = b[i] ?? null
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1
    } else {
      const order = typeof x === "number" && typeof y === "number" ? x - y : Text.compare(String(x), String(y))
      if (order !== 0) return sign * order
    }
  }
  return Text.compare(String(a[last]), String(b[last]))
}
