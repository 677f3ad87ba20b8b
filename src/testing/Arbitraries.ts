/** Values of the domain for properties: the everyday ones, the largest and the nastiest. */
import { DateTime, FastCheck, Schema } from "effect"
import { Book, BookId, maximumStock, Stock } from "../domain/Book.js"
import { CartLine, CartLineId, maximumQuantity, Quantity } from "../domain/Cart.js"
import { Isbn } from "../domain/Isbn.js"
import { Price } from "../domain/Money.js"
import * as Text from "../domain/Text.js"

/** Text that stores and indexes have stumbled over: quotes, wildcards, marks, directions, code points above U+FFFF. */
export const nasty: ReadonlyArray<string> = [
  "O'Reilly; DROP TABLE octavo_books --",
  '"quoted" \\ and % and _ and * and $1 and ?',
  "e\u0301 is not yet \u00e9",
  "Παράδεισος ΟΔΥΣΣΕΥΣ",
  "İstanbul ıssız STRASSE straße ﬁn",
  "\u202eright to left\u202c שָׁלוֹם العَرَبِيَّة",
  "👩‍👩‍👧‍👦 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u{10ffff}",
  "日本語 中文 한국어 हिन्दी",
  "tab\tline\nreturn\r\u0001\u007f\u0085",
  "\u00a0\u2003 spaces around \u3000",
  "\ufeffmark of order",
  "[] {} null NULL undefined NaN"
]

/** Storable text of at most `maximum` code points. */
export const text = (maximum: number): FastCheck.Arbitrary<string> =>
  FastCheck.oneof(
    FastCheck.constantFrom(...nasty),
    FastCheck.string({ unit: "grapheme", maxLength: 40 }),
    FastCheck.string({ unit: "binary", maxLength: 40 }),
    FastCheck.constant("𝄞".repeat(maximum))
  )
    .map((raw) => [...raw].slice(0, maximum).join(""))
    .filter(Text.isStorable)

/** Storable text with something to see in it. */
export const visible = (maximum: number): FastCheck.Arbitrary<string> =>
  text(maximum).map((raw) => (Text.isBlank(raw) ? `x${raw}` : raw))

export const title: FastCheck.Arbitrary<string> = visible(500)
export const author: FastCheck.Arbitrary<string> = visible(255)

export const uuid: FastCheck.Arbitrary<string> = FastCheck.uuid()

/** The ISBN-13 that begins with these twelve digits. */
export const withCheckDigit = (twelve: string): Isbn => {
  const digit = [..."0123456789"].find((last) => Schema.is(Isbn)(twelve + last))
  return Isbn.make(`${twelve}${digit}`)
}

export const isbn: FastCheck.Arbitrary<Isbn> = FastCheck.tuple(
  FastCheck.constantFrom("978", "979"),
  FastCheck.nat(999_999_999)
).map(([prefix, body]) => withCheckDigit(prefix + String(body).padStart(9, "0")))

export const quantity: FastCheck.Arbitrary<Quantity> = FastCheck.integer({ min: 1, max: maximumQuantity }).map((n) =>
  Quantity.make(n)
)

export const stock: FastCheck.Arbitrary<Stock> = FastCheck.oneof(
  FastCheck.nat(20),
  FastCheck.constantFrom(0, maximumStock)
).map((n) => Stock.make(n))

/** In minor units; the largest is 99 999 999 of a currency with three decimals. */
export const price: FastCheck.Arbitrary<Price> = FastCheck.oneof(
  FastCheck.integer({ min: 1, max: 100_000 }),
  FastCheck.constantFrom(1, 9_999_999_900, 99_999_999_000)
).map((n) => Price.make(n))

/** A day, `YYYY-MM-DD`, years 0001 to 9999. */
export const publishDate: FastCheck.Arbitrary<string> = FastCheck.oneof(
  FastCheck.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }).map((date) =>
    date.toISOString().slice(0, 10)
  ),
  FastCheck.constantFrom("0001-01-01", "2000-02-29", "9999-12-31")
)

export const instant: FastCheck.Arbitrary<DateTime.Utc> = FastCheck.date({
  min: new Date("1970-01-01"),
  max: new Date("2999-12-31"),
  noInvalidDate: true
}).map((date) => DateTime.unsafeMake(date.getTime()))

/** Books that are on no shelf of genres. */
export const book: FastCheck.Arbitrary<Book> = FastCheck.record({
  id: uuid.map((id) => BookId.make(id)),
  title,
  author,
  price,
  isbn: FastCheck.option(isbn),
  genreId: FastCheck.constant(null),
  description: FastCheck.option(text(10_000)),
  coverImageUrl: FastCheck.option(FastCheck.webUrl({ withQueryParameters: true })),
  publishDate: FastCheck.option(publishDate),
  stockQuantity: stock,
  createdAt: instant
}).map((fields) => new Book(fields))

export const cartLine: FastCheck.Arbitrary<CartLine> = FastCheck.record({
  id: uuid.map((id) => CartLineId.make(id)),
  bookId: uuid.map((id) => BookId.make(id)),
  quantity,
  addedAt: instant
}).map((fields) => new CartLine(fields))

/** The lines of a cart: no two of one book. */
export const cart: FastCheck.Arbitrary<ReadonlyArray<CartLine>> = FastCheck.uniqueArray(cartLine, {
  maxLength: 20,
  selector: ({ bookId }) => bookId
})
