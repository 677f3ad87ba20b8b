import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import type * as Book from "../../../src/domain/Book.js"
import * as BookQuery from "../../../src/domain/BookQuery.js"
import type { Position } from "../../../src/domain/Page.js"
import * as Text from "../../../src/domain/Text.js"
import { BookIndex } from "../../../src/ports/BookIndex.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { GenreRepository } from "../../../src/ports/GenreRepository.js"
import { add, book, fantasy, law } from "./fixtures.js"

describe("the index", () => {
  const titles = ["Zürich", "Éa", "ea", "Ｚ wide", "𐐀 Deseret", "﨎 rare", "…", "ea two", "Dune", "dune"]
  const dates = [null, "2001-01-01", "1999-12-31", null]
  const stock = Array.from({ length: 40 }, (_, i) =>
    book(i + 1, {
      title: titles[(i * 7) % titles.length] ?? "",
      author: i % 3 === 0 ? "Ea O'Brien" : "Σίσυφος",
      date: dates[i % dates.length] ?? null,
      stock: i % 2,
      genre: i % 5 === 0 ? fantasy.id : null
    })
  )
  const queries = (["title", "price", "date", "created_at"] as const).flatMap((sort) =>
    (["asc", "desc"] as const).map((direction) => ({ sort, direction }))
  )
  const asked: ReadonlyArray<BookQuery.Filter> = [
    ...queries,
    { q: "ea" },
    { q: "e" },
    { q: "fan e" },
    { q: "obr tw" },
    { q: "ea", direction: "desc" }
  ]

  law("has the order of the query, by page and by position, after books that are gone too", function* () {
    const index = yield* BookIndex
    const books = yield* BookRepository
    const genres = yield* GenreRepository
    yield* genres.add(fantasy)
    yield* Effect.forEach(stock, add)
    for (const filter of asked) {
      const query = BookQuery.make(filter) ?? expect.unreachable()
      const { items, total } = yield* index.page(query, { page: 1, size: 100 })
      expect(items, JSON.stringify(filter)).toEqual([...items].sort((a, b) => byPosition(query, a, b)))
      expect(total).toBe(items.length)
      expect((yield* index.page(query, { page: 3, size: 4 })).items).toEqual(items.slice(8, 12))

      const ninth = items[8]
      if (ninth === undefined) continue
      const tail = index.after(query, BookQuery.position(query, ninth), 7)
      expect(yield* tail).toEqual(items.slice(9, 16))
      yield* books.remove(ninth.id)
      expect(yield* tail).toEqual(items.slice(9, 16))
      yield* books.add(ninth)
    }
  })

  law("finds by words of title, author and genre, and by part of the author's name", function* () {
    const index = yield* BookIndex
    const genres = yield* GenreRepository
    yield* genres.add(fantasy)
    yield* Effect.forEach(stock, add)
    const count = (filter: BookQuery.Filter) =>
      Effect.flatMap(Effect.fromNullable(BookQuery.make(filter)), (query) =>
        index.page(query, { page: 1, size: 1 })
      ).pipe(Effect.map(({ total }) => total))
    const where = (fits: (book: Book.Book) => boolean) => stock.filter(fits).length
    expect(yield* count({ q: "FANT" })).toBe(where(({ genreId }) => genreId !== null))
    expect(yield* count({ q: "obrien fan" })).toBe(where((b) => b.genreId !== null && b.author === "Ea O'Brien"))
    expect(yield* count({ q: "brien" })).toBe(0)
    expect(yield* count({ author: "'BRI" })).toBe(where((b) => b.author === "Ea O'Brien"))
    expect(yield* count({ author: "ΣΊΣΥΦΟΣ" })).toBe(where((b) => b.author === "Σίσυφος"))
    expect(yield* count({ inStock: true, genreId: fantasy.id })).toBe(where((b) => b.inStock && b.genreId !== null))
    expect(yield* count({ inStock: false })).toBe(where((b) => !b.inStock))
  })
})

// internal

/** The order as `BookQuery` tells it, by the positions that it gives. */
const byPosition = (query: BookQuery.BookQuery, a: Book.Book, b: Book.Book): number => {
  const [x, y]: ReadonlyArray<Position> = [BookQuery.position(query, a), BookQuery.position(query, b)]
  const backwards = query.direction === "desc" && query.sort !== "relevance"
  for (const [i, value] of (x ?? []).entries()) {
    const other = y?.[i] ?? null
    if (value === other) continue
    if (value === null || other === null) return value === null ? 1 : -1
    const order = typeof value === "number" ? value - Number(other) : Text.compare(value, String(other))
    return backwards && i < (x ?? []).length - 1 ? -order : order
  }
  return 0
}
