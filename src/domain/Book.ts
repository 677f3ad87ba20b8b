/** A book on sale: what it says of itself, what it costs today, how many copies are on the shelf. */
import { type DateTime, Either, Schema } from "effect"
import { GenreId } from "./Genre.js"
import * as Id from "./Id.js"
import { type InvalidInput, invalid, optional } from "./Input.js"
import { Isbn, IsbnInput } from "./Isbn.js"
import { type Currency, Price, PriceIn } from "./Money.js"
import * as Text from "./Text.js"

export const BookId = Id.Uuid.pipe(Schema.brand("BookId"))
export type BookId = typeof BookId.Type

export const Title = Text.visible(500)
export const Author = Text.visible(255)
export const Description = Text.bounded(10_000)
export const CoverImageUrl = Text.bounded(2048).pipe(
  Schema.filter((text) => isWebAddress(text), { message: () => "must be an http or https URL" })
)
/** A day of the calendar, `YYYY-MM-DD`, years 0001 to 9999 (ISO 8601). */
export const PublishDate = Schema.String.pipe(
  Schema.filter((text) => isCalendarDay(text), { message: () => "must be a date, YYYY-MM-DD" })
)

/** The largest count of copies, and of anything else that is counted. */
export const maximumStock = 2 ** 31 - 1
export const Stock = Schema.Int.pipe(Schema.between(0, maximumStock), Schema.brand("Stock"))
export type Stock = typeof Stock.Type

/** What a shop sells. */
export class Book extends Schema.Class<Book>("octavo/Book")({
  id: BookId,
  title: Title,
  author: Author,
  price: Price,
  isbn: Schema.NullOr(Isbn),
  genreId: Schema.NullOr(GenreId),
  description: Schema.NullOr(Description),
  coverImageUrl: Schema.NullOr(CoverImageUrl),
  publishDate: Schema.NullOr(PublishDate),
  stockQuantity: Stock,
  createdAt: Schema.DateTimeUtcFromSelf
}) {
  get inStock(): boolean {
    return this.stockQuantity > 0
  }
}

// refusals

/** No such book; also for an id that could not be one. */
export class BookNotFound extends Schema.TaggedError<BookNotFound>()("BookNotFound", { bookId: Schema.String }) {}
/** Another book has this ISBN. */
export class IsbnConflict extends Schema.TaggedError<IsbnConflict>()("IsbnConflict", { isbn: Isbn }) {}
/** The shelf no longer holds what the caller saw. */
export class StockChanged extends Schema.TaggedError<StockChanged>()("StockChanged", { stockQuantity: Stock }) {}
/** The shelf would hold less than nothing; it holds so many. */
export class StockBelowZero extends Schema.TaggedError<StockBelowZero>()("StockBelowZero", { stockQuantity: Stock }) {}

// input

/** What a host says of a book, by store currency. Optional fields may be left out or null. */
export const Draft = (currency: Currency) =>
  Schema.Struct({
    title: Text.tidied(Title),
    author: Text.tidied(Author),
    price: PriceIn(currency),
    isbn: optional(IsbnInput),
    genreId: optional(Schema.String),
    description: optional(Text.tidied(Description)),
    coverImageUrl: optional(Text.tidied(CoverImageUrl)),
    publishDate: optional(PublishDate)
  })
export interface Draft extends Schema.Schema.Type<ReturnType<typeof Draft>> {}
/** The plain form of a draft: `price` is a decimal string or number. */
export interface DraftInput extends Schema.Schema.Encoded<ReturnType<typeof Draft>> {}

/** What a host changes of a book: a field left out stays, null clears an optional one. */
export const Changes = (currency: Currency) => Schema.partial(Draft(currency))
export interface Changes extends Schema.Schema.Type<ReturnType<typeof Changes>> {}
export interface ChangesInput extends Schema.Schema.Encoded<ReturnType<typeof Changes>> {}

const Count = Schema.Int.pipe(Schema.between(-maximumStock, maximumStock))

/** How the stock is to change: to a quantity, or by a delta; not both. `expected` is the quantity that the caller saw. */
export const StockChange = Schema.Struct({
  quantity: Schema.optional(Stock),
  delta: Schema.optional(Count),
  expected: Schema.optional(Stock)
}).pipe(
  Schema.filter((change) => (change.quantity === undefined) !== (change.delta === undefined), {
    message: () => "needs either quantity or delta"
  })
)
export interface StockChange extends Schema.Schema.Type<typeof StockChange> {}
export interface StockChangeInput extends Schema.Schema.Encoded<typeof StockChange> {}

// decisions

/** A new book, with nothing on the shelf unless `stock` says so. */
export const make = (
  draft: Draft,
  facts: {
    readonly id: BookId
    readonly genreId: GenreId | null
    readonly createdAt: DateTime.Utc
    readonly stock?: Stock
  }
): Book =>
  new Book({
    id: facts.id,
    title: draft.title,
    author: draft.author,
    price: draft.price,
    isbn: draft.isbn ?? null,
    genreId: facts.genreId,
    description: draft.description ?? null,
    coverImageUrl: draft.coverImageUrl ?? null,
    publishDate: draft.publishDate ?? null,
    stockQuantity: facts.stock ?? Stock.make(0),
    createdAt: facts.createdAt
  })

/** The book with what was sent changed; `genreId` is the genre as found, or undefined to keep it. */
export const change = (book: Book, changes: Changes, genreId: GenreId | null | undefined): Book =>
  new Book({
    ...book,
    title: changes.title ?? book.title,
    author: changes.author ?? book.author,
    price: changes.price ?? book.price,
    isbn: changes.isbn === undefined ? book.isbn : changes.isbn,
    genreId: genreId === undefined ? book.genreId : genreId,
    description: changes.description === undefined ? book.description : changes.description,
    coverImageUrl: changes.coverImageUrl === undefined ? book.coverImageUrl : changes.coverImageUrl,
    publishDate: changes.publishDate === undefined ? book.publishDate : changes.publishDate
  })

/** The book with its stock set or adjusted. */
export const changeStock = (
  book: Book,
  { quantity, delta, expected }: StockChange
): Either.Either<Book, StockChanged | StockBelowZero | InvalidInput> => {
  const { stockQuantity } = book
  if (expected !== undefined && expected !== stockQuantity) return Either.left(new StockChanged({ stockQuantity }))
  const next = quantity ?? stockQuantity + (delta ?? 0)
  if (next < 0) return Either.left(new StockBelowZero({ stockQuantity }))
  if (next > maximumStock) return Either.left(invalid("delta", `must keep the stock at most ${maximumStock}`))
  return Either.right(new Book({ ...book, stockQuantity: Stock.make(next) }))
}

// internal

function isWebAddress(text: string) {
  if (!/^https?:\/\/[^\s]+$/i.test(text)) return false
  return URL.canParse(text)
}

function isCalendarDay(text: string) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith("0000")) return false
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
