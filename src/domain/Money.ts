/** Amounts are whole numbers of minor units of one currency; no float ever touches one. */
import { Either, ParseResult, Schema } from "effect"

/** An ISO 4217 code with 0, 2 or 3 decimals. */
export const Currency = Schema.String.pipe(
  Schema.filter((code) => /^[A-Z]{3}$/.test(code) && !unsupported.has(code), {
    message: () => "must be an ISO 4217 currency code with 0, 2 or 3 decimals"
  }),
  Schema.brand("Currency")
)
export type Currency = typeof Currency.Type

/** Minor units: cents of a dollar, whole yen, fils of a dinar. */
export const Amount = Schema.Int.pipe(Schema.nonNegative(), Schema.brand("Amount"))
export type Amount = typeof Amount.Type

/** The amount asked for one copy: above zero. */
export const Price = Amount.pipe(Schema.positive(), Schema.brand("Price"))
export type Price = typeof Price.Type

/** A text or number that is no amount in this currency. */
export class InvalidMoney extends Schema.TaggedError<InvalidMoney>()("InvalidMoney", {
  reason: Schema.Literal("NotADecimal", "TooManyDecimals", "NotPositive", "TooLarge")
}) {}

/** How many decimals the currency has, by ISO 4217. */
export const decimals = (currency: Currency): 0 | 2 | 3 => (zero.has(currency) ? 0 : three.has(currency) ? 3 : 2)

/**
 * Reads a plain decimal: digits, then at most the currency's decimals; no sign, space or exponent.
 * A number is read by its shortest decimal form.
 */
export const parse = (currency: Currency, input: string | number): Either.Either<Amount, InvalidMoney> => {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(input))
  if (match === null) return Either.left(new InvalidMoney({ reason: "NotADecimal" }))
  const [, whole = "", fraction = ""] = match
  const places = decimals(currency)
  if (fraction.length > places) return Either.left(new InvalidMoney({ reason: "TooManyDecimals" }))
  const amount = Number(whole + fraction.padEnd(places, "0"))
  return Number.isSafeInteger(amount)
    ? Either.right(Amount.make(amount))
    : Either.left(new InvalidMoney({ reason: "TooLarge" }))
}

/** Reads a price: a decimal above zero, of at most 99 999 999 major units. */
export const parsePrice = (currency: Currency, input: string | number): Either.Either<Price, InvalidMoney> =>
  Either.flatMap(parse(currency, input), (amount) =>
    amount === 0
      ? Either.left(new InvalidMoney({ reason: "NotPositive" }))
      : amount > highestMajor * 10 ** decimals(currency)
        ? Either.left(new InvalidMoney({ reason: "TooLarge" }))
        : Either.right(Price.make(amount))
  )

/** The decimal with exactly the currency's decimals: `"15.99"`, `"0.00"`, and `"0"` in yen. */
export const format = (currency: Currency, amount: number): string => {
  const places = decimals(currency)
  const digits = String(amount).padStart(places + 1, "0")
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** The sum of quantity times price, exact for any cart. */
export const total = (lines: Iterable<{ readonly quantity: number; readonly price: number }>): Amount => {
  let sum = 0
  for (const { quantity, price } of lines) sum += quantity * price
  return Amount.make(sum)
}

/** A price as a host writes it, a decimal string or number, read in `currency`. */
export const PriceIn = (currency: Currency) => decimalIn(currency, Schema.typeSchema(Price), parsePrice)

/** An amount as a host writes it; zero is allowed. */
export const AmountIn = (currency: Currency) => decimalIn(currency, Schema.typeSchema(Amount), parse)

// internal

const zero = new Set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "))
const three = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "))
const unsupported = new Set("CLF UYW XXX XTS XAU XAG XPT XPD XDR XBA XBB XBC XBD XSU XUA".split(" "))
const highestMajor = 99_999_999

const notADecimal = "must be a plain decimal: digits without sign, space or exponent"

const Decimal = Schema.Union(Schema.String, Schema.Number).annotations({
  message: () => ({ message: notADecimal, override: true })
})

const decimalIn = <A extends number>(
  currency: Currency,
  target: Schema.Schema<A>,
  read: (currency: Currency, input: string | number) => Either.Either<A, InvalidMoney>
) =>
  Schema.transformOrFail(Decimal, target, {
    strict: true,
    decode: (input, _, ast) =>
      Either.mapLeft(
        read(currency, input),
        ({ reason }) => new ParseResult.Type(ast, input, wording(currency)[reason])
      ),
    encode: (amount) => ParseResult.succeed(format(currency, amount))
  })

const wording = (currency: Currency) => ({
  NotADecimal: notADecimal,
  TooManyDecimals: `must have at most ${decimals(currency)} decimals in ${currency}`,
  NotPositive: "must be above zero",
  TooLarge: `must be at most ${highestMajor} in ${currency}`
})
