import { Either, FastCheck as fc, Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as Page from "../../src/domain/Page.js"

const isPosition = Schema.is(Schema.Array(Schema.Union(Schema.String, Schema.Number, Schema.Null)))
const position = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.constant(null)))

describe("Page.read", () => {
  it("gives back the position that the same query was given", () =>
    fc.assert(
      fc.property(fc.jsonValue(), position, (query, at) => {
        expect(Page.read(query, Page.cursor(query, at), isPosition)).toEqual(Either.right(at))
      })
    ))

  it("refuses the cursor of another query", () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), position, (query, other, at) => {
        fc.pre(query !== other)
        expect(Either.isLeft(Page.read(other, Page.cursor(query, at), isPosition))).toBe(true)
      })
    ))

  it("refuses a cursor with any character changed, dropped or added", () =>
    fc.assert(
      fc.property(position, fc.nat(), fc.constantFrom(..."AZaz09-_=+/ é"), (at, where, character) => {
        const cursor = Page.cursor("query", at)
        const i = where % cursor.length
        for (const other of [
          cursor.slice(0, i) + character + cursor.slice(i + 1),
          cursor.slice(0, i) + cursor.slice(i + 1),
          cursor.slice(0, i) + character + cursor.slice(i),
          `${cursor}=`
        ]) {
          if (other !== cursor) expect(Either.isLeft(Page.read("query", other, isPosition))).toBe(true)
        }
      })
    ))

  it("an empty cursor starts, any other text is refused", () => {
    expect(Page.read("query", "", isPosition)).toEqual(Either.right(null))
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(Either.isLeft(Page.read("query", text, isPosition))).toBe(true)
      })
    )
  })

  it("a position of another shape is refused though its seal is right", () =>
    expect(
      Either.isLeft(Page.read("query", Page.cursor("query", ["title"]), Schema.is(Schema.Tuple(Schema.Int))))
    ).toBe(true))
})

it("a slice has a cursor exactly when there is more", () =>
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), (all, size) => {
      const slice = Page.slice(all.slice(0, size + 1), size, "query", (n) => [n])
      expect(slice.items).toEqual(all.slice(0, size))
      expect(slice.next === null).toBe(all.length <= size)
    })
  ))
