import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as SearchText from "../../src/domain/SearchText.js"

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.lorem())
const finds = (query: string, ...texts: ReadonlyArray<string>) =>
  SearchText.matches(SearchText.query(query), texts.flatMap(SearchText.words))

describe("SearchText", () => {
  it.each([
    ["J.R.R. Tolkien", "jrr tolkien"],
    ["J. R. R. Tolkien", "jrr tolkien"],
    ["J.R.R.Tolkien", "jrr tolkien"],
    ["O'Brien", "obrien"],
    ["O’Brien", "obrien"],
    ["Gabriel García Márquez", "gabriel garcia marquez"],
    ["Jean-Paul Sartre", "jean paul sartre"],
    ["Harry Potter (Book #1)", "harry potter book 1"],
    ["Straße & Ærø, Łódź", "strasse aero lodz"],
    ["ΟΔΥΣΣΕΥΣ Ὀδυσσεύς", "οδυσσευσ οδυσσευσ"],
    ["ＦＵＬＬ ﬁt", "full fit"],
    ["İstanbul", "istanbul"],
    ["東京物語", "東京物語"],
    ["?! — …", ""]
  ])("%j is cut into %j", (input, words) => expect(SearchText.words(input).join(" ")).toBe(words))

  it("what is shown finds what is shown", () => {
    for (const query of ["J.R.R. Tolkien", "jrr tolkien", "TOLKIEN", "tolk"])
      expect(finds(query, "J.R.R. Tolkien")).toBe(true)
    for (const query of ["O'Brien", "obrien", "o’brien"]) expect(finds(query, "Tim O'Brien")).toBe(true)
    expect(finds("stieg larss", "The Girl with the Dragon Tattoo", "Stieg Larsson, Reg Keeland")).toBe(true)
    expect(finds("garcia marquez", "Cien años de soledad", "Gabriel García Márquez")).toBe(true)
    expect(finds("tolkien rowling", "J.R.R. Tolkien")).toBe(false)
  })

  it("words are letters, digits and marks only, at most 64 long, and cutting them again changes nothing", () =>
    fc.assert(
      fc.property(text, (input) => {
        const words = SearchText.words(input)
        for (const word of words) {
          expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
          expect(word.length).toBeLessThanOrEqual(64)
          expect(word.isWellFormed()).toBe(true)
        }
        expect(SearchText.words(words.join(" "))).toEqual(words)
      }),
      { numRuns: 2000 }
    ))

  it("case never matters", () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aébñöçØÅ .-'") }), (input) => {
        expect(SearchText.words(input.toUpperCase())).toEqual(SearchText.words(input))
      })
    ))

  it("a text is found by any beginning of any of its words", () =>
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (input, which, length) => {
        const words = SearchText.words(input)
        const word = words[which % Math.max(words.length, 1)]
        if (word !== undefined)
          expect(SearchText.matches([word.slice(0, 1 + (length % word.length))], words)).toBe(true)
      })
    ))

  it("a title that has every word comes before one that has some, and that before none", () => {
    const asked = SearchText.query("tolkien reader")
    const rank = (title: string) => SearchText.relevance(asked, SearchText.words(title))
    expect([rank("The Tolkien Reader"), rank("A Reader"), rank("The Hobbit")]).toEqual([0, 1, 2])
  })
})
