/** Books that come in by the thousand: which are one and the same, and what a second coming changes. */
import { Schema } from "effect"
import { Book, Draft, Stock } from "./Book.js"
import { titleKey } from "./BookQuery.js"
import { GenreName } from "./Genre.js"
import { oneOf, optional } from "./Input.js"
import { type Currency, PriceIn } from "./Money.js"
import * as SearchText from "./SearchText.js"
import * as Text from "./Text.js"

/** What happens to a book that is there already: it takes what the row says, or stays as it is. */
export const Policy = oneOf("update", "skip")
export type Policy = typeof Policy.Type

/** A row as a host gives it, by store currency. A genre is named, and made when it is new. */
export const Row = (currency: Currency) =>
  Schema.Struct({
    ...Draft(currency).omit("genreId", "price").fields,
    price: optional(PriceIn(currency)),
    genre: optional(Text.tidied(GenreName)),
    stock: optional(Stock)
  })
export interface Row extends Schema.Schema.Type<ReturnType<typeof Row>> {}
export interface RowInput extends Schema.Schema.Encoded<ReturnType<typeof Row>> {}

/** What a new book gets where its row is silent; a book that is there already keeps what it has. */
const Defaults = (currency: Currency) => Schema.Struct({ price: optional(PriceIn(currency)), stock: optional(Stock) })

export const Options = (currency: Currency) =>
  Schema.Struct({
    /** What happens to books that are there already; they are updated unless said otherwise. */
    existing: Schema.optionalWith(Policy, { default: () => "update" as const }),
    defaults: Schema.optionalWith(Defaults(currency), { default: () => ({}) })
  })
export interface OptionsInput extends Schema.Schema.Encoded<ReturnType<typeof Options>> {}

/** Two books with one identity are the same book: its ISBN, or, without one, the words of title and author and the date. */
export const identity = ({ isbn, title, author, publishDate }: Book): string =>
  isbn ?? JSON.stringify([titleKey(title), SearchText.words(author).join(" "), publishDate])

/**
 * What is kept of a row's book, given the one that is there; null to leave that as it is. A row's stock is what the shop
 * has for sale or on hold, so that the same row a second time changes nothing: copies beside the shelf, `apart`, count.
 */
export const decide =
  (policy: Policy, said: (incoming: Book) => Row | undefined) =>
  (incoming: Book, existing: Book | null, apart: number): Book | null => {
    if (existing === null) return incoming
    const row = said(incoming)
    if (policy === "skip" || row === undefined) return null
    return merge(existing, incoming, row, apart)
  }

// internal

const merge = (existing: Book, incoming: Book, row: Row, apart: number): Book =>
  new Book({
    ...existing,
    title: incoming.title,
    author: incoming.author,
    price: row.price == null ? existing.price : incoming.price,
    genreId: row.genre == null ? existing.genreId : incoming.genreId,
    description: incoming.description ?? existing.description,
    coverImageUrl: incoming.coverImageUrl ?? existing.coverImageUrl,
    publishDate: incoming.publishDate ?? existing.publishDate,
    stockQuantity: row.stock == null ? existing.stockQuantity : Stock.make(Math.max(0, incoming.stockQuantity - apart))
  })
