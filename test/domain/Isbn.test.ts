import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Isbn from "../../src/domain/Isbn.js"

const nineDigits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 9, maxLength: 9 })
const isbn10 = nineDigits.map((nine) => {
  const sum = [...nine].reduce((all, digit, i) => all + Number(digit) * (10 - i), 0)
  return nine + "0123456789X"[(11 - (sum % 11)) % 11]
})
const reason = (result: Either.Either<string, Isbn.InvalidIsbn>) =>
  Either.isLeft(result) ? result.left.reason : result.right

describe("Isbn", () => {
  it("both spellings of one book are one ISBN-13", () => {
    expect(reason(Isbn.parse("0-306-40615-2"))).toBe("9780306406157")
    expect(reason(Isbn.parse("978-0-306-40615-7"))).toBe("9780306406157")
    expect(reason(Isbn.parse(" 0 8044 2957 x "))).toBe("9780804429573")
  })

  it("every valid ISBN-10 is read, and reading again changes nothing", () =>
    fc.assert(
      fc.property(isbn10, (ten) => {
        const read = Isbn.parse(ten)
        expect(Either.isRight(read)).toBe(true)
        expect(Either.flatMap(read, Isbn.parse)).toEqual(read)
      })
    ))

  it("one digit changed, or two neighbours swapped, is noticed in an ISBN-10", () =>
    fc.assert(
      fc.property(isbn10, fc.nat(8), fc.integer({ min: 1, max: 9 }), (ten, at, by) => {
        const changed = ten.slice(0, at) + ((Number(ten[at]) + by) % 10) + ten.slice(at + 1)
        expect(reason(Isbn.parse(changed))).toBe("WrongCheckDigit")
        const swapped = ten.slice(0, at) + ten[at + 1] + ten[at] + ten.slice(at + 2)
        if (at < 8 && swapped !== ten) expect(reason(Isbn.parse(swapped))).toBe("WrongCheckDigit")
      })
    ))

  it("leading zeros that were stripped come back", () => {
    expect(reason(Isbn.restoreLeadingZeros("439023483"))).toBe("9780439023481")
    expect(reason(Isbn.restoreLeadingZeros("439023484"))).toBe("WrongCheckDigit")
    expect(reason(Isbn.restoreLeadingZeros("12345"))).toBe("NotAnIsbn")
    fc.assert(
      fc.property(isbn10, (ten) => {
        const stripped = ten.replace(/^0{1,4}/, "")
        if (stripped.length < 10 && stripped.length > 5)
          expect(Isbn.restoreLeadingZeros(stripped)).toEqual(Isbn.parse(ten))
      })
    )
  })

  it.each([
    ["9.78043902348e+12", "DigitsLost"],
    ["9,78044E+12", "DigitsLost"],
    ["1234567890123", "WrongPrefix"],
    ["9780306406158", "WrongCheckDigit"],
    ["0306406153", "WrongCheckDigit"],
    ["", "NotAnIsbn"],
    ["97803064061570", "NotAnIsbn"],
    ["X306406152", "NotAnIsbn"],
    ["٩٧٨٠٣٠٦٤٠٦١٥٧", "NotAnIsbn"]
  ])("%j is refused: %s", (text, why) => expect(reason(Isbn.parse(text))).toBe(why))
})
