/** International Standard Book Number, ISO 2108: every spelling of one book is one ISBN-13. */
import { Either, ParseResult, Schema } from "effect"

/** Thirteen digits that begin with 978 or 979, check digit included. */
export const Isbn = Schema.String.pipe(
  Schema.filter((text) => /^97[89]\d{10}$/.test(text) && checkDigit13(text) === text[12], {
    message: () => "must be a valid ISBN-13"
  }),
  Schema.brand("Isbn")
)
export type Isbn = typeof Isbn.Type

/** A text that is no ISBN, and why. */
export class InvalidIsbn extends Schema.TaggedError<InvalidIsbn>()("InvalidIsbn", {
  reason: Schema.Literal("NotAnIsbn", "WrongPrefix", "WrongCheckDigit", "DigitsLost")
}) {}

/** Reads an ISBN-10 or ISBN-13, with or without hyphens and spaces, as one ISBN-13. */
export const parse = (text: string): Either.Either<Isbn, InvalidIsbn> => {
  const bare = strip(text)
  if (/^\d{9}[\dX]$/.test(bare)) {
    return checkDigit10(bare) === bare[9] ? Either.right(fromTen(bare)) : refuse("WrongCheckDigit")
  }
  if (/^\d{13}$/.test(bare)) {
    if (!/^97[89]/.test(bare)) return refuse("WrongPrefix")
    return checkDigit13(bare) === bare[12] ? Either.right(Isbn.make(bare)) : refuse("WrongCheckDigit")
  }
  return refuse(/^\d+([.,]\d+)?E\+?\d+$/.test(bare) ? "DigitsLost" : "NotAnIsbn")
}

/**
 * An ISBN-10 that a spreadsheet stripped of its leading zeros. It is certain when the check digit of the padded number
 * holds: a digit changed or two swapped would show. Numbers shorter than six digits prove nothing.
 */
export const restoreLeadingZeros = (text: string): Either.Either<Isbn, InvalidIsbn> => {
  const bare = strip(text)
  return /^\d{5,8}[\dX]$/.test(bare) ? parse(bare.padStart(10, "0")) : refuse("NotAnIsbn")
}

/** An ISBN as a host writes it; a blank one is none. */
export const IsbnInput = Schema.transformOrFail(Schema.String, Schema.NullOr(Schema.typeSchema(Isbn)), {
  strict: true,
  decode: (text, _, ast) =>
    text.trim() === "" ? ParseResult.succeed(null) : Either.mapLeft(parse(text), wording(ast, text)),
  encode: (isbn) => ParseResult.succeed(isbn ?? "")
})

// internal

const refuse = (reason: InvalidIsbn["reason"]) => Either.left(new InvalidIsbn({ reason }))

const strip = (text: string) => text.replace(/[\s\-\u2010-\u2015]/g, "").toUpperCase()

/** Weights 1 and 3, modulo 10 (ISO 2108, annex A). */
const checkDigit13 = (digits: string) => {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += Number(digits[i]) * (i % 2 === 0 ? 1 : 3)
  return String((10 - (sum % 10)) % 10)
}

/** Weights 10 down to 2, modulo 11, ten written X. */
const checkDigit10 = (digits: string) => {
  let sum = 0
  for (let i = 0; i < 9; i++) sum += Number(digits[i]) * (10 - i)
  const digit = (11 - (sum % 11)) % 11
  return digit === 10 ? "X" : String(digit)
}

const fromTen = (ten: string) => {
  const body = `978${ten.slice(0, 9)}`
  return Isbn.make(body + checkDigit13(body))
}

const words: Record<InvalidIsbn["reason"], string> = {
  NotAnIsbn: "must be an ISBN-10 or ISBN-13",
  WrongPrefix: "must begin with 978 or 979",
  WrongCheckDigit: "must have the right check digit",
  DigitsLost: "must be written in full, not in scientific notation"
}

const wording = (ast: ParseResult.Type["ast"], text: string) => (error: InvalidIsbn) =>
  new ParseResult.Type(ast, text, words[error.reason])
