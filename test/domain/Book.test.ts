import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Book from "../../src/domain/Book.js"
import * as Input from "../../src/domain/Input.js"
import { Currency } from "../../src/domain/Money.js"
import { aBook, draft } from "./fixtures.js"

const usd = Currency.make("USD")
const decode = Input.decode(Book.Draft(usd))
const issues = (input: unknown) =>
  Either.match(decode(input), { onLeft: ({ issues }) => issues.map(({ path }) => path), onRight: () => [] })

describe("Book.Draft", () => {
  it("reads what a host writes", () => {
    const read = Either.getOrThrow(
      decode({ ...draft, title: "  Emma ", price: 12.5, isbn: "0-306-40615-2", unknown: 1 })
    )
    expect(read).toMatchObject({ title: "Emma", price: 1250, isbn: "9780306406157" })
  })

  it("a blank ISBN is none", () => expect(decode({ ...draft, isbn: "  " })).toMatchObject(Either.right({ isbn: null })))

  it.each([
    [{ title: " " }, "title"],
    [{ title: "\ud800" }, "title"],
    [{ title: "nul\0" }, "title"],
    [{ title: "x".repeat(501) }, "title"],
    [{ title: null }, "title"],
    [{ author: "\u200b" }, "author"],
    [{ author: "x".repeat(256) }, "author"],
    [{ price: "10.500" }, "price"],
    [{ price: true }, "price"],
    [{ price: "0" }, "price"],
    [{ isbn: "9780306406158" }, "isbn"],
    [{ description: "x".repeat(10_001) }, "description"],
    [{ coverImageUrl: "javascript:alert(1)" }, "coverImageUrl"],
    [{ coverImageUrl: "http://" }, "coverImageUrl"],
    [{ publishDate: "2023-02-29" }, "publishDate"],
    [{ publishDate: "0000-01-01" }, "publishDate"],
    [{ publishDate: "2023-2-1" }, "publishDate"]
  ])("%j is refused at %s", (wrong, path) => expect(issues({ ...draft, ...wrong })).toEqual([path]))

  it("names everything that is wrong at once, and echoes nothing", () => {
    const secret = "a value that nobody should see again"
    const refused = Either.flip(decode({ title: { secret }, price: secret, isbn: secret, publishDate: secret }))
    expect(Either.getOrThrow(refused).issues.map(({ path }) => path)).toEqual([
      "title",
      "author",
      "price",
      "isbn",
      "publishDate"
    ])
    expect(JSON.stringify(Either.getOrThrow(refused))).not.toContain(secret)
  })

  it("anything at all is read or refused, never thrown", () =>
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(Either.isEither(decode(input))).toBe(true)
      })
    ))
})

describe("Book.change", () => {
  it("what is sent changes, null clears, the rest stays", () => {
    const book = aBook({ description: "old", coverImageUrl: "https://example.org/a.png" })
    const changes = Either.getOrThrow(Input.decode(Book.Changes(usd))({ price: "1.00", description: null }))
    expect(Book.change(book, changes, undefined)).toEqual(aBook({ ...book, price: 100, description: null }))
  })

  it.each(["title", "author", "price"])("%s cannot be cleared", (field) =>
    expect(Either.isLeft(Input.decode(Book.Changes(usd))({ [field]: null }))).toBe(true)
  )
})

describe("Book.changeStock", () => {
  const five = aBook({ stockQuantity: 5 })
  const tag = (change: Book.StockChange) =>
    Either.match(Book.changeStock(five, change), {
      onLeft: ({ _tag }) => _tag,
      onRight: ({ stockQuantity }) => stockQuantity
    })
  const stock = (n: number) => Book.Stock.make(n)

  it("sets, adjusts, and keeps to what the caller saw", () => {
    expect(tag({ quantity: stock(7) })).toBe(7)
    expect(tag({ delta: -5 })).toBe(0)
    expect(tag({ delta: -6 })).toBe("StockBelowZero")
    expect(tag({ quantity: stock(7), expected: stock(5) })).toBe(7)
    expect(tag({ delta: 1, expected: stock(4) })).toBe("StockChanged")
    expect(tag({ delta: Book.maximumStock })).toBe("InvalidInput")
  })

  it.each([{}, { quantity: 1, delta: 1 }, { quantity: -1 }, { quantity: 1.5 }, { delta: "1" }, { delta: 2 ** 31 }])(
    "%j is refused",
    (input) => expect(Either.isLeft(Input.decode(Book.StockChange)(input))).toBe(true)
  )
})
