import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Header from "../../../src/cli/import/Header.js"

const sources = (names: ReadonlyArray<string>, mappings: ReadonlyArray<Header.Mapping> = []) =>
  Object.fromEntries(Either.getOrThrow(Header.read(names, mappings)).sources)

describe("a header", () => {
  it("is read in any order, case and spelling", () => {
    expect(sources(["Copies", "ISBN-13", " Book Title ", "isbn_10", "AUTHORS"])).toEqual({
      title: [2],
      author: [4],
      isbn: [1, 3],
      stock: [0]
    })
    fc.assert(
      fc.property(fc.shuffledSubarray(["title", "author", "price", "foo"], { minLength: 4 }), (names) => {
        expect(sources(names)).toEqual({
          title: [names.indexOf("title")],
          author: [names.indexOf("author")],
          price: [names.indexOf("price")]
        })
      })
    )
  })

  it("has the better source of a field first", () => {
    expect(sources(["original_title", "title", "author", "year", "publish_date"])).toEqual({
      title: [1, 0],
      author: [2],
      publish_date: [4, 3]
    })
  })

  it("takes what is mapped and nothing else for that field", () => {
    expect(sources(["title", "author", "Verfasser"], [{ field: "author", column: "verfasser" }])).toEqual({
      title: [0],
      author: [2]
    })
  })

  it("refuses a mapping to a column that is not there, and a file without title or author", () => {
    const missing = Header.read(["title", "author"], [{ field: "price", column: "VK" }])
    expect(Either.flip(missing).pipe(Either.getOrThrow)).toMatchObject({ _tag: "UnknownColumn", column: "VK" })
    expect(Either.flip(Header.read(["a", "title"])).pipe(Either.getOrThrow)).toMatchObject({ fields: ["author"] })
  })

  it("passes over the two columns of a rejects file, and over those alone", () => {
    expect(Either.getOrThrow(Header.read(["line", "reason", "title", "author"])).added).toEqual(new Set([0, 1]))
    expect(Either.getOrThrow(Header.read(["line", "title", "author"])).added).toEqual(new Set())
  })
})
