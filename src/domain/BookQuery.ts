/** What a reader asks of the catalogue: filters, a sort, and words to search. */
import { DateTime, Schema } from "effect"
import { type Book, PublishDate } from "./Book.js"
import { GenreId } from "./Genre.js"
import * as Id from "./Id.js"
import { oneOf, optional } from "./Input.js"
import { AmountIn, type Currency } from "./Money.js"
import * as Page from "./Page.js"
import * as SearchText from "./SearchText.js"
import * as Text from "./Text.js"

export const Sort = oneOf("title", "price", "date", "created_at")
export const Direction = oneOf("asc", "desc")

/** Filters and sort as a host writes them, by store currency; what is left out or null does not restrict. */
export const Filter = (currency: Currency) =>
  Schema.Struct({
    q: optional(Text.bounded(1000)),
    genreId: optional(Schema.String),
    author: optional(Text.bounded(255)),
    minPrice: optional(AmountIn(currency)),
    maxPrice: optional(AmountIn(currency)),
    inStock: optional(Schema.Boolean),
    sort: optional(Sort),
    direction: optional(Direction)
  })
export interface Filter extends Schema.Schema.Type<ReturnType<typeof Filter>> {}
export interface FilterInput extends Schema.Schema.Encoded<ReturnType<typeof Filter>> {}

/** A query as the stores answer it. Ties in any sort break by ascending id; books without a date come last both ways. */
export interface BookQuery {
  /** Every word must begin some word of the title, the author or the genre; null searches nothing. */
  readonly words: ReadonlyArray<string> | null
  readonly genreId: GenreId | null
  /** A part of the author's name, case folded. */
  readonly author: string | null
  readonly minPrice: number | null
  readonly maxPrice: number | null
  readonly inStock: boolean | null
  readonly sort: typeof Sort.Type | "relevance"
  readonly direction: typeof Direction.Type
}

/** The query that a filter means; null when nothing can fit it. */
export const make = (filter: Filter): BookQuery | null => {
  const words = (filter.q ?? "") === "" ? null : SearchText.query(filter.q ?? "")
  const genreId = filter.genreId == null ? null : Id.read(GenreId)(filter.genreId)
  if (words?.length === 0 || genreId?._tag === "None") return null
  const sort = filter.sort ?? (words === null ? "title" : "relevance")
  return {
    words,
    genreId: genreId === null ? null : genreId.value,
    author: (filter.author ?? "") === "" ? null : Text.fold(filter.author ?? ""),
    minPrice: filter.minPrice ?? null,
    maxPrice: filter.maxPrice ?? null,
    inStock: filter.inStock ?? null,
    sort,
    direction: filter.direction ?? (sort === "created_at" ? "desc" : "asc")
  }
}

/** Where `book` stands in the order of the query: by this a list continues after it. */
export const position = (query: BookQuery, book: Book): Page.Position => [...sortKey(query, book), book.id]

/** Whether a value is a position in the order of the query. */
export const isPosition = ({ sort }: BookQuery): ((value: unknown) => value is Page.Position) => positions[sort]

/** The title as it is sorted: by its words. */
export const titleKey = (title: string): string => SearchText.words(title).join(" ")

// internal

const sortKey = ({ sort, words }: BookQuery, book: Book): Page.Position => {
  switch (sort) {
    case "title":
      return [titleKey(book.title)]
    case "price":
      return [book.price]
    case "date":
      return [book.publishDate]
    case "created_at":
      return [DateTime.toEpochMillis(book.createdAt)]
    case "relevance":
      return [SearchText.relevance(words ?? [], SearchText.words(book.title)), titleKey(book.title)]
  }
}

const positions = {
  title: Schema.is(Schema.Tuple(Text.bounded(20_000), Id.Uuid)),
  price: Schema.is(Schema.Tuple(Schema.Int, Id.Uuid)),
  date: Schema.is(Schema.Tuple(Schema.NullOr(PublishDate), Id.Uuid)),
  created_at: Schema.is(Schema.Tuple(Page.Instant, Id.Uuid)),
  relevance: Schema.is(Schema.Tuple(Schema.Literal(0, 1, 2), Text.bounded(20_000), Id.Uuid))
}
