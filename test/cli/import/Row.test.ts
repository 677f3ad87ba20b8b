import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Header from "../../../src/cli/import/Header.js"
import * as Row from "../../../src/cli/import/Row.js"
import * as Isbn from "../../../src/domain/Isbn.js"
import { Currency } from "../../../src/domain/Money.js"

const USD = Currency.make("USD")

/** A row as it comes from a file with these columns. */
const read = (cells: Record<string, string>, style: Partial<Parameters<typeof Row.read>[1]> = {}) => {
  const all: Record<string, string> = { title: "Emma", author: "Jane Austen", ...cells }
  const header = Either.getOrThrow(Header.read(Object.keys(all)))
  return Row.read(header, { currency: USD, commaIsFree: false, ...style })(Object.values(all))
}
const field = (cells: Record<string, string>, style: Parameters<typeof read>[1] = {}) =>
  Either.map(read(cells, style), ({ input, repaired, omitted }) => ({
    value: input[fieldOf[Object.keys(cells)[0] ?? ""] ?? "title"],
    took: [...repaired, ...omitted]
  })).pipe(Either.merge)
const fieldOf: Record<string, keyof Row.Row["input"]> = {
  isbn: "isbn",
  isbn13: "isbn",
  price: "price",
  stock: "stock",
  date: "publishDate",
  author: "author",
  cover: "coverImageUrl"
}

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(""))
const withCheckDigit = (nine: string) => {
  const sum = [...nine].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0)
  const check = (11 - (sum % 11)) % 11
  return nine + (check === 10 ? "X" : check)
}

describe("the ISBN of a row", () => {
  it("an ISBN-10 that lost its leading zeros is the ISBN that it was", () => {
    fc.assert(
      fc.property(digits(5), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9 }), (tail, more, first) => {
        const whole = withCheckDigit(`${"0".repeat(4 - more)}${first}${tail}123`.slice(0, 9))
        expect(field({ isbn: whole.replace(/^0+/, "") })).toEqual({
          value: Either.getOrThrow(Isbn.parse(whole)),
          took: ["isbnZeros"]
        })
      }),
      { numRuns: 2000 }
    )
  })

  it("a wrong digit is never repaired into another book", () => {
    fc.assert(
      fc.property(digits(9).map(withCheckDigit), fc.nat(8), fc.integer({ min: 1, max: 9 }), (ten, at, by) => {
        const wrong = ten.slice(0, at) + ((Number(ten[at]) + by) % 10) + ten.slice(at + 1)
        expect(Either.isLeft(read({ isbn: wrong }))).toBe(true)
      })
    )
  })

  it.each([
    [{ isbn13: "9.78043902348e+12", isbn: "439023483" }, "9780439023481", ["isbnZeros", "isbnOther"]],
    [{ isbn13: "9,78044E+12" }, null, ["isbnLost"]],
    [{ isbn13: "9780439023481.0" }, "9780439023481", ["wholeNumber"]],
    [{ isbn13: '="9780439023481"' }, "9780439023481", ["wrapped"]],
    [{ isbn13: "978-0-439-02348-1", isbn: "0439023483" }, "9780439023481", []],
    [{ isbn13: "97893806587.0", isbn: "439023483" }, "9780439023481", ["isbnZeros", "isbnOther"]],
    [{ isbn: "N/A" }, null, []],
    [{ isbn: "0000000000" }, null, []]
  ] as const)("%j", (cells, value, took) => {
    expect(field(cells)).toEqual({ value, took: [...took] })
  })

  it.each([
    [{ isbn: "0439023484" }, /check digit/],
    [{ isbn: "12345" }, /neither/],
    [{ isbn: "4006381333931" }, /978 or 979/],
    [{ isbn13: "9.78043902348e+12", isbn: "0439023484" }, /check digit/],
    [{ isbn13: "9780439023481", isbn: "0306406152" }, /two different/]
  ])("%j is refused", (cells, reason) => {
    expect(Either.flip(read(cells)).pipe(Either.getOrThrow)).toMatch(reason)
  })
})

describe("the price of a row", () => {
  it.each([
    ["12.50", true, "12.50", []],
    ["12,50", true, "12.50", ["decimalComma"]],
    ["12,5", true, "12.5", ["decimalComma"]],
    ["1.234,50", true, "1234.50", ["decimalComma"]],
    ["1,234.50", false, "1234.50", ["decimalComma"]],
    ["$12.50", false, "12.50", ["decimalComma"]],
    ["12.50 USD", false, "12.50", ["decimalComma"]],
    ["", false, null, []]
  ] as const)("%s with a free comma %s", (price, commaIsFree, value, took) => {
    expect(field({ price }, { commaIsFree })).toEqual({ value, took: [...took] })
  })

  it.each(["12,50", "1,234", "€12.50", "1.000,5", "12.505", "-1", "abc"])(
    "%s is left for the rules to refuse",
    (price) => {
      expect(field({ price })).toEqual({ value: price, took: [] })
    }
  )

  it("1,234 stays ambiguous where the comma is free", () => {
    expect(field({ price: "1,234" }, { commaIsFree: true })).toEqual({ value: "1,234", took: [] })
  })

  it("a price in yen may end in .0", () => {
    expect(field({ price: "1200.0" }, { currency: Currency.make("JPY") })).toEqual({
      value: "1200",
      took: ["wholeNumber"]
    })
  })
})

describe("the stock of a row", () => {
  it.each([
    ["20", 20, []],
    ["20.0", 20, ["wholeNumber"]],
    ["-1", -1, []],
    ["two", Number.NaN, []],
    ["1e3", Number.NaN, []]
  ] as const)("%s", (stock, value, took) => {
    expect(field({ stock })).toEqual({ value, took: [...took] })
  })
})

describe("the date of a row", () => {
  it.each([
    ["2008-09-14", "2008-09-14", []],
    ["2008-09-14T10:00:00Z", "2008-09-14", ["dateForm"]],
    ["2008/9/14", "2008-09-14", ["dateForm"]],
    ["20080914", "2008-09-14", ["dateForm"]],
    ["14.09.2008", "2008-09-14", ["dateForm"]],
    ["9/14/2008", "2008-09-14", ["dateForm"]],
    ["2008-09", "2008-09-01", ["dateForm"]],
    ["2008", "2008-01-01", ["year"]],
    ["2008.0", "2008-01-01", ["wholeNumber", "year"]],
    ["850", "0850-01-01", ["year"]],
    ["4/5/2008", null, ["date"]],
    ["-720.0", null, ["date"]],
    ["0", null, ["date"]],
    ["2008-02-30", null, ["date"]],
    ["c. 1850", null, ["date"]],
    ["", null, []]
  ] as const)("%s", (date, value, took) => {
    expect(field({ date })).toEqual({ value, took: [...took] })
  })
})

describe("the authors of a row", () => {
  it("a list that fits stays as it is, another is cut to whole names", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[A-Za-z]{1,20}$/), { minLength: 1, maxLength: 60 }), (names) => {
        const list = names.join(", ")
        const { value, took } = field({ author: list }) as { value: string; took: ReadonlyArray<string> }
        if (list.length <= 255) {
          expect({ value, took }).toEqual({ value: list, took: [] })
          return
        }
        expect(value.length).toBeLessThanOrEqual(255)
        expect(took).toEqual(["authors"])
        const kept = value.split(", ")
        expect(kept).toEqual([...names.slice(0, kept.length - 1), "et al."])
      })
    )
  })

  it("one name too long is left for the rules to refuse", () => {
    expect(field({ author: "x".repeat(300) })).toEqual({ value: "x".repeat(300), took: [] })
  })
})

it("a cover that is no URL is left out", () => {
  expect(field({ cover: "emma.jpg" })).toEqual({ value: null, took: ["cover"] })
  expect(field({ cover: "https://example.com/emma.jpg" })).toEqual({ value: "https://example.com/emma.jpg", took: [] })
})

it("a row with more or fewer columns than the header is refused", () => {
  const header = Either.getOrThrow(Header.read(["title", "author"]))
  for (const values of [["a"], ["a", "b", "c"]]) {
    expect(Either.isLeft(Row.read(header, { currency: USD, commaIsFree: false })(values))).toBe(true)
  }
})

it("no row whatever brings the reading down", () => {
  const columns = ["title", "author", "isbn", "isbn13", "price", "stock", "date", "cover"]
  const header = Either.getOrThrow(Header.read(columns))
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.float().map(String)), { maxLength: 9 }),
      (values) => {
        Row.read(header, { currency: USD, commaIsFree: true })(values)
      }
    )
  )
})
