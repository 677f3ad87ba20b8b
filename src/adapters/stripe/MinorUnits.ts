/** Octavo counts in ISO 4217 minor units, Stripe mostly does (docs.stripe.com/currencies). */
import { Either, Option, Schema } from "effect"
import { Amount, Currency, decimals } from "../../domain/Money.js"

/** Stripe cannot take this amount, or it is not plain how it counts the currency. */
export class NotForStripe extends Schema.TaggedError<NotForStripe>()("NotForStripe", {
  amount: Amount,
  currency: Currency,
  reason: Schema.Literal("currency_unclear", "amount_not_divisible")
}) {
  override get message() {
    return `${this.amount} minor units of ${this.currency}: ${this.reason}`
  }
}

/** The whole number that Stripe is told. */
export const toStripe = (amount: Amount, currency: Currency): Either.Either<number, NotForStripe> => {
  const rule = ruleOf(currency)
  if (rule === null) return Either.left(new NotForStripe({ amount, currency, reason: "currency_unclear" }))
  if (amount % rule.step !== 0) {
    return Either.left(new NotForStripe({ amount, currency, reason: "amount_not_divisible" }))
  }
  return Either.right((amount * rule.times) / rule.by)
}

/** The amount of what Stripe tells; none when it cannot be one of octavo's. */
export const fromStripe = (
  told: number,
  currency: string
): Option.Option<{ readonly amount: Amount; readonly currency: Currency }> =>
  Option.flatMap(Schema.decodeOption(Currency)(currency.toUpperCase()), (currency) => {
    const rule = ruleOf(currency)
    if (rule === null) return Option.none()
    return Option.map(Schema.decodeOption(Amount)((told * rule.by) / rule.times), (amount) => ({ amount, currency }))
  })

// internal

interface Rule {
  readonly times: number
  readonly by: number
  /** Amounts must be multiples of this, in octavo's minor units. */
  readonly step: number
}

const same: Rule = { times: 1, by: 1, step: 1 }

const ruleOf = (currency: Currency): Rule | null => {
  const special = specials.get(currency)
  if (special !== undefined) return special
  switch (decimals(currency)) {
    case 0:
      return zero.has(currency) ? same : null
    case 2:
      return same
    case 3:
      // The last digit must be 0, for the sake of Stripe's partners.
      return three.has(currency) ? { ...same, step: 10 } : null
  }
}

/** Those that ISO 4217 and Stripe both count without decimals. */
const zero = new Set("BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF".split(" "))
const three = new Set("BHD JOD KWD OMR TND".split(" "))

const specials = new Map<string, Rule | null>([
  // No decimals, but told with two, which are always 00.
  ["ISK", { times: 100, by: 1, step: 1 }],
  // Listed by Stripe among those without decimals as well as among those told with two.
  ["UGX", null],
  // Two decimals by ISO 4217, none by Stripe.
  ["MGA", { times: 1, by: 100, step: 100 }]
])
