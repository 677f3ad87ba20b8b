import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import * as Catalog from "../../src/services/Catalog.js"
import { draft } from "../domain/fixtures.js"
import { bookstore } from "./bookstore.js"

const refusal = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
const unknownIds = ["", "nonsense", "01890000-0000-7000-8000-000000000000", "\0", "' OR 1=1 --"]

describe("Catalog", () => {
  it.effect("a book is added with nothing on the shelf, found, changed and removed", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const genre = yield* catalog.addGenre({ name: "  Novel " })
      const book = yield* catalog.add({ ...draft, isbn: "0-306-40615-2", genreId: genre.id })
      expect(book).toMatchObject({ price: 1250, isbn: "9780306406157", genreId: genre.id, stockQuantity: 0 })
      expect(yield* catalog.get(book.id.toUpperCase())).toEqual(book)
      const changed = yield* catalog.change(book.id, { price: 9, genreId: null })
      expect(changed).toMatchObject({ title: "Emma", price: 900, genreId: null })
      yield* catalog.remove(book.id)
      expect(yield* refusal(catalog.get(book.id))).toBe("BookNotFound")
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("both spellings of one ISBN conflict, on adding and on changing", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      yield* catalog.add({ ...draft, isbn: "0306406152" })
      const other = yield* catalog.add(draft)
      expect(yield* refusal(catalog.add({ ...draft, isbn: "978-0-306-40615-7" }))).toBe("IsbnConflict")
      expect(yield* refusal(catalog.change(other.id, { isbn: "978-0-306-40615-7" }))).toBe("IsbnConflict")
      expect(yield* catalog.get(other.id)).toEqual(other)
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("an id that is unknown or could not exist is not found, everywhere", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      for (const id of unknownIds) {
        expect(yield* refusal(catalog.get(id))).toBe("BookNotFound")
        expect(yield* refusal(catalog.change(id, {}))).toBe("BookNotFound")
        expect(yield* refusal(catalog.changeStock(id, { quantity: 1 }))).toBe("BookNotFound")
        expect(yield* refusal(catalog.remove(id))).toBe("BookNotFound")
        expect(yield* refusal(catalog.add({ ...draft, genreId: id }))).toBe("GenreNotFound")
        expect(yield* catalog.browse({ genreId: id })).toMatchObject({ items: [], total: 0 })
      }
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("stock is set and adjusted, on condition where asked", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const { id } = yield* catalog.add(draft)
      expect(yield* catalog.changeStock(id, { quantity: 5, expected: 0 })).toMatchObject({ stockQuantity: 5 })
      expect(yield* catalog.changeStock(id, { delta: -2 })).toMatchObject({ stockQuantity: 3 })
      expect(yield* refusal(catalog.changeStock(id, { delta: 1, expected: 5 }))).toBe("StockChanged")
      expect(yield* refusal(catalog.changeStock(id, { delta: -4 }))).toBe("StockBelowZero")
      expect(yield* refusal(catalog.changeStock(id, {}))).toBe("InvalidInput")
    }).pipe(Effect.provide(bookstore))
  )

  it.effect(
    "a query without a word is an empty page, an empty one no filter, a page past the end has the true total",
    () =>
      Effect.gen(function* () {
        const catalog = yield* Catalog.Catalog
        yield* catalog.add(draft)
        expect((yield* catalog.browse({ q: "?!" })).total).toBe(0)
        expect((yield* catalog.browse({ q: "" })).total).toBe(1)
        expect(yield* catalog.browse({}, { page: 9, size: 5 })).toEqual({ items: [], total: 1, page: 9, size: 5 })
      }).pipe(Effect.provide(bookstore))
  )

  it.effect("a cursor of another query, or tampered with, is refused", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      for (const title of ["Emma", "Persuasion", "Sanditon"]) yield* catalog.add({ ...draft, title })
      const { next } = yield* catalog.scroll({}, { size: 1 })
      const after = next ?? ""
      expect((yield* catalog.scroll({}, { after, size: 5 })).items.map(({ title }) => title)).toEqual([
        "Persuasion",
        "Sanditon"
      ])
      expect(yield* refusal(catalog.scroll({ sort: "price" }, { after }))).toBe("InvalidInput")
      expect(yield* refusal(catalog.scroll({}, { after: `${after}x` }))).toBe("InvalidInput")
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("a genre's name is taken in whatever case", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      yield* catalog.addGenre({ name: "Été" })
      expect(yield* refusal(catalog.addGenre({ name: "ÉTÉ" }))).toBe("GenreConflict")
      expect(yield* refusal(catalog.addGenre({ name: " " }))).toBe("InvalidInput")
      expect((yield* catalog.genres).map(({ name }) => name)).toEqual(["Été"])
    }).pipe(Effect.provide(bookstore))
  )
})
