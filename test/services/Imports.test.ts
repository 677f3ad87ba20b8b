import { it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { describe, expect } from "vitest"
import * as Catalog from "../../src/services/Catalog.js"
import * as Imports from "../../src/services/Imports.js"
import { bookstore } from "./bookstore.js"

const emma = { title: "Emma", author: "Jane Austen", price: "12.50", isbn: "0306406152" }
const told = (answers: ReadonlyArray<Imports.Imported>) =>
  answers.map(
    Either.match({ onLeft: ({ issues }) => issues.map(({ path }) => path).join(), onRight: (merged) => merged })
  )

describe("Imports", () => {
  it.effect("each row is added, kept, updated or refused by itself, in order", () =>
    Effect.gen(function* () {
      const imports = yield* Imports.Imports
      const rows = [
        emma,
        { ...emma, title: " " },
        { ...emma, price: "9" },
        { title: "Noli", author: "Rizal", price: 1 }
      ]
      expect(told(yield* imports.merge(rows))).toEqual(["added", "title", "updated", "added"])
      expect(told(yield* imports.merge(rows.slice(2)))).toEqual(["kept", "kept"])
      expect(told(yield* imports.merge([emma], { existing: "skip" }))).toEqual(["kept"])
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("defaults serve new books only", () =>
    Effect.gen(function* () {
      const [imports, catalog] = [yield* Imports.Imports, yield* Catalog.Catalog]
      const { price, ...silent } = emma
      expect(told(yield* imports.merge([silent]))).toEqual(["price"])
      expect(told(yield* imports.merge([silent], { defaults: { price, stock: 20 } }))).toEqual(["added"])
      const [book] = (yield* catalog.browse({})).items
      yield* catalog.changeStock(book?.id ?? "", { delta: -1 })
      expect(told(yield* imports.merge([silent], { defaults: { price: "99", stock: 20 } }))).toEqual(["kept"])
      expect((yield* catalog.browse({})).items).toMatchObject([{ price: 1250, stockQuantity: 19 }])
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("a genre is named, and made once", () =>
    Effect.gen(function* () {
      const [imports, catalog] = [yield* Imports.Imports, yield* Catalog.Catalog]
      yield* imports.merge([
        { ...emma, genre: "Novel" },
        { title: "Persuasion", author: "Jane Austen", price: 1, genre: "NOVEL" }
      ])
      const genres = yield* catalog.genres
      expect(genres.map(({ name }) => name)).toEqual(["Novel"])
      expect((yield* catalog.browse({ genreId: genres[0]?.id ?? "" })).total).toBe(2)
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("books without ISBN are one by title, author and date", () =>
    Effect.gen(function* () {
      const imports = yield* Imports.Imports
      const noli = { title: "Noli Me Tángere", author: "José Rizal", price: 1 }
      const rows = [noli, { ...noli, title: "noli me tangere" }, { ...noli, publishDate: "1887-01-01" }]
      expect(told(yield* imports.merge(rows))).toEqual(["added", "updated", "added"])
    }).pipe(Effect.provide(bookstore))
  )
})
