import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Money from "../../src/domain/Money.js"

const [usd, jpy, kwd] = (["USD", "JPY", "KWD"] as const).map((code) => Money.Currency.make(code)) as [
  Money.Currency,
  Money.Currency,
  Money.Currency
]
const currency = fc.constantFrom(usd, jpy, kwd)
const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map((n) => Money.Amount.make(n))
const reason = (result: Either.Either<number, Money.InvalidMoney>) =>
  Either.isLeft(result) ? result.left.reason : `read as ${result.right}`

describe("Money", () => {
  it("what is formatted is read back, in every currency", () =>
    fc.assert(
      fc.property(currency, amount, (code, n) => {
        expect(Money.parse(code, Money.format(code, n))).toEqual(Either.right(n))
      })
    ))

  it("is written with exactly the currency's decimals", () => {
    expect([0, 5, 1599].map((n) => Money.format(usd, n))).toEqual(["0.00", "0.05", "15.99"])
    expect([0, 1599].map((n) => Money.format(jpy, n))).toEqual(["0", "1599"])
    expect([1, 12_345].map((n) => Money.format(kwd, n))).toEqual(["0.001", "12.345"])
  })

  it("reads fewer decimals than the currency has, and numbers by their shortest form", () => {
    expect(Money.parse(usd, "12.5")).toEqual(Either.right(1250))
    expect(Money.parse(usd, 15.99)).toEqual(Either.right(1599))
    expect(Money.parse(kwd, 0.1)).toEqual(Either.right(100))
  })

  it.each([
    [usd, "10.500", "TooManyDecimals"],
    [jpy, "1.0", "TooManyDecimals"],
    [kwd, "1.2345", "TooManyDecimals"],
    [usd, 0.1 + 0.2, "TooManyDecimals"],
    ...["1e3", "+1", "-1", " 1", "1.", ".5", "", "1,50", "١", "NaN", "Infinity"].map(
      (text) => [usd, text, "NotADecimal"] as const
    ),
    [usd, 1e21, "NotADecimal"],
    [usd, Number.NaN, "NotADecimal"],
    [usd, "9".repeat(30), "TooLarge"]
  ] as const)("in %s, %j is refused: %s", (code, text, why) => expect(reason(Money.parse(code, text))).toBe(why))

  it("a price is above zero and at most 99 999 999 major units", () => {
    expect(reason(Money.parsePrice(usd, "0.00"))).toBe("NotPositive")
    expect(reason(Money.parsePrice(usd, "99999999.00"))).toBe("read as 9999999900")
    expect(reason(Money.parsePrice(usd, "99999999.01"))).toBe("TooLarge")
    expect(reason(Money.parsePrice(kwd, "99999999.001"))).toBe("TooLarge")
    expect(reason(Money.parsePrice(jpy, "99999999"))).toBe("read as 99999999")
  })

  it("the largest cart has an exact total", () => {
    const line = { quantity: 99, price: 99_999_999_000 }
    expect(Money.total(Array.from({ length: 100 }, () => line))).toBe(989_999_990_100_000)
  })

  it.each(["XXX", "CLF", "usd", "", "DOLLAR"])("%j is no currency of a shop", (code) =>
    expect(() => Money.Currency.make(code)).toThrow()
  )
})
