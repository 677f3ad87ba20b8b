import { Either, FastCheck, Option } from "effect"
import { describe, expect, it } from "vitest"
import { fromStripe, toStripe } from "../../src/adapters/stripe/MinorUnits.js"
import { Amount, Currency } from "../../src/domain/Money.js"
import { adapter, asking, captured, provider, request } from "./stripe/provider.js"

const counted = (amount: number, currency: string) => toStripe(Amount.make(amount), Currency.make(currency))

describe("amounts as Stripe counts them", () => {
  it.each([
    [1999, "USD", 1999],
    [500, "JPY", 500],
    [500, "VND", 500],
    [5, "ISK", 500],
    [1045, "HUF", 1045],
    [800, "TWD", 800],
    [500, "MGA", 5],
    [5120, "KWD", 5120]
  ])("%i of %s is told as %i, and back", (amount, currency, told) => {
    expect(counted(amount, currency)).toEqual(Either.right(told))
    expect(fromStripe(told, currency.toLowerCase())).toEqual(Option.some({ amount, currency }))
  })

  it.each([
    [5124, "KWD", "amount_not_divisible"],
    [501, "MGA", "amount_not_divisible"],
    [500, "UGX", "currency_unclear"],
    [500, "UYI", "currency_unclear"],
    [500, "IQD", "currency_unclear"],
    [500, "LYD", "currency_unclear"]
  ])("%i of %s is refused: %s", (amount, currency, reason) => {
    expect(counted(amount, currency)).toMatchObject(Either.left({ amount, currency, reason }))
  })

  it("what cannot be an amount here is none", () => {
    for (const [told, currency] of [
      [501, "isk"],
      [5, "ugx"],
      [5, "us"],
      [-5, "usd"],
      [5, "xau"]
    ] as const) {
      expect(fromStripe(told, currency)).toEqual(Option.none())
    }
  })

  it("what is told comes back as it was, in every currency", () => {
    const currency = FastCheck.constantFrom("USD", "JPY", "ISK", "MGA", "KWD", "EUR", "CLP", "TND", "BHD")
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(99_999_999), currency, (amount, code) => {
        const told = counted(amount, code)
        return Either.isLeft(told) || Option.getOrNull(fromStripe(told.right, code.toLowerCase()))?.amount === amount
      })
    )
  })
})

const stripe = provider()

it("a charge of a special currency is captured as octavo counts it", async () => {
  const ask = asking(adapter(stripe))
  for (const [amount, currency, told] of [
    [700, "ISK", 70_000],
    [70_000, "MGA", 700],
    [5120, "KWD", 5120],
    [500, "JPY", 500]
  ] as const) {
    const asked = request({ amount: Amount.make(amount), currency: Currency.make(currency) })
    expect(await ask((gateway) => gateway.charge(asked))).toMatchObject(captured(asked))
    expect(stripe().ledger().payments.at(-1)).toMatchObject({ amount: told, currency: currency.toLowerCase() })
  }
})
