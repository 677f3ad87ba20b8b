import { FastCheck as fc, Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as Text from "../../src/domain/Text.js"

const anything = fc.string({ unit: "binary" })

describe("Text", () => {
  it("sorts by code point, as UTF-8 does", () =>
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        expect(Text.compare(a, b)).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }),
      {
        numRuns: 2000,
        examples: [
          ["\u{1f600}", "\uffff"],
          ["a", "a\u{1f600}"]
        ]
      }
    ))

  it("counts code points", () =>
    fc.assert(
      fc.property(anything, (text) => {
        expect(Text.length(text)).toBe([...text].length)
      })
    ))

  it.each(["\ud800", "a\udc00b", "nul\0", "", "   ", "\u200b", "\t\n", "x".repeat(11)])(
    "visible text refuses %j",
    (text) => expect(Schema.is(Text.visible(10))(text)).toBe(false)
  )

  it("input is trimmed and in NFC", () =>
    expect(Schema.decodeSync(Text.tidied(Text.visible(10)))("  Cafe\u0301 \n")).toBe("Café"))

  it("a thousand emoji are a thousand characters", () =>
    expect(Schema.is(Text.bounded(1000))("\u{1f600}".repeat(1000))).toBe(true))
})
