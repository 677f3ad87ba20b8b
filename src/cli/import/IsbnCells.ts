/** The one ISBN of a row, out of all the columns that may hold one. */
import { Either } from "effect"
import * as Isbn from "../../domain/Isbn.js"
import * as Cell from "./Cell.js"
import * as Repair from "./Repair.js"

/**
 * The ISBN that the usable columns agree on. A row whose only ISBN is lost in scientific notation has none; one whose
 * only ISBN is wrong, or that names two books, is refused with the reason.
 */
export const read = (cells: ReadonlyArray<string>): Either.Either<Repair.Read<string>, string> => {
  const readings = cells.flatMap((cell) => readOne(cell) ?? [])
  const usable = readings.filter((reading) => reading._tag === "Usable")
  const [first] = usable
  if (first === undefined) {
    const wrong = readings.find((reading) => reading._tag === "Wrong")
    if (wrong !== undefined) return Either.left(wrong.reason)
    return Either.right(readings.length === 0 ? Repair.nothing : Repair.without("isbnLost"))
  }
  if (usable.some(({ isbn }) => isbn !== first.isbn)) return Either.left("the row names two different ISBNs")
  const other: ReadonlyArray<Repair.Repair> = readings[0] === first ? [] : ["isbnOther"]
  return Either.right(Repair.as(first.isbn, ...first.repaired, ...other))
}

// internal

type Reading =
  | { readonly _tag: "Usable"; readonly isbn: string; readonly repaired: ReadonlyArray<Repair.Repair> }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Wrong"; readonly reason: string }

const readOne = (cell: string): Reading | undefined => {
  const { text, wasWrapped } = Cell.bare(cell)
  if (Cell.isNone(text) || /^0+(\.0+)?$/.test(text)) return undefined
  const whole = Cell.withoutPointZero(text)
  const plain = Isbn.parse(whole)
  const found = Either.orElse(plain, () => Isbn.restoreLeadingZeros(whole))
  if (Either.isLeft(found) && Either.isLeft(plain)) {
    return plain.left.reason === "DigitsLost" ? { _tag: "Lost" } : { _tag: "Wrong", reason: reasons[plain.left.reason] }
  }
  const repaired: ReadonlyArray<Repair.Repair> = [
    ...(wasWrapped ? (["wrapped"] as const) : []),
    ...(whole === text ? [] : (["wholeNumber"] as const)),
    ...(Either.isLeft(plain) ? (["isbnZeros"] as const) : [])
  ]
  return { _tag: "Usable", isbn: Either.getOrThrow(found), repaired }
}

const reasons: Record<Exclude<Isbn.InvalidIsbn["reason"], "DigitsLost">, string> = {
  NotAnIsbn: "isbn: is neither an ISBN-10 nor an ISBN-13, nor one without its leading zeros",
  WrongPrefix: "isbn: does not begin with 978 or 979, so it is no book's",
  WrongCheckDigit: "isbn: the check digit is wrong, so some digit is"
}
