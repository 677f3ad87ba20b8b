import { Either, Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as Input from "../../src/domain/Input.js"
import { type Currency, PriceIn } from "../../src/domain/Money.js"

const decode = Input.decode(
  Schema.partial(
    Schema.Struct({
      choice: Schema.NullOr(Input.oneOf("asc", "desc")),
      count: Schema.Int.pipe(Schema.between(0, 9)),
      flag: Schema.NullOr(Schema.Boolean),
      price: PriceIn("USD" as Currency),
      text: Schema.NullOr(Schema.String)
    })
  )
)
const messages = (input: unknown) =>
  Either.match(decode(input), { onLeft: ({ issues }) => issues.map(({ message }) => message), onRight: () => [] })

describe("Input.decode", () => {
  it.each([
    [{ choice: "up" }, "must be one of asc, desc"],
    [{ count: "1" }, "must be a number"],
    [{ count: 1.5 }, "must be a whole number"],
    [{ count: 10 }, "must be from 0 to 9"],
    [{ flag: "yes" }, "must be true or false"],
    [{ price: true }, "must be a plain decimal: digits without sign, space or exponent"],
    [{ text: 3 }, "must be text"]
  ])("says of %j what must hold, in words for people", (input, message) => {
    expect(messages(input)).toEqual([message])
  })

  it("takes what fits", () => {
    expect(messages({ choice: "asc", count: 9, flag: null, price: 1, text: "" })).toEqual([])
  })
})
