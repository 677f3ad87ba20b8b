/** The contract of the catalogue: books and genres. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import * as BookQuery from "../domain/BookQuery.js"
import { AsAdmin } from "./Identity.js"
import * as Pages from "./Pages.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

export const Book = Wire.answer(
  "Book",
  Schema.Struct({
    id: Schema.String,
    title: Schema.String,
    author: Schema.String,
    price: Wire.Decimal,
    currency: Schema.String,
    isbn: Schema.NullOr(Schema.String),
    genre_id: Schema.NullOr(Schema.String),
    description: Schema.NullOr(Schema.String),
    cover_image_url: Schema.NullOr(Schema.String),
    publish_date: Schema.NullOr(Schema.String),
    stock_quantity: Schema.Int,
    in_stock: Schema.Boolean
  }),
  {
    id: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d",
    title: "Pride and Prejudice",
    author: "Jane Austen",
    price: "15.99",
    currency: "USD",
    isbn: "9780141439518",
    genre_id: null,
    description: null,
    cover_image_url: null,
    publish_date: "1813-01-28",
    stock_quantity: 12,
    in_stock: true
  }
)
export interface Book extends Schema.Schema.Type<typeof Book> {}

export const Genre = Wire.answer("Genre", Schema.Struct({ id: Schema.String, name: Schema.String }))

const Title = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(500))
const Author = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))
const details = {
  isbn: Wire.optional(
    Schema.String.annotations({ description: "ISBN-10 or ISBN-13; hyphens and spaces do not count." })
  ),
  genre_id: Wire.optional(Schema.String),
  description: Wire.optional(Schema.String.pipe(Schema.maxLength(10_000))),
  cover_image_url: Wire.optional(Schema.String.pipe(Schema.maxLength(2048))),
  publish_date: Wire.optional(Schema.String.annotations({ description: "YYYY-MM-DD" }))
}
const example = { title: "Pride and Prejudice", author: "Jane Austen", price: "15.99", isbn: "978-0-14-143951-8" }

export const NewBook = Wire.body({ title: Title, author: Author, price: Wire.DecimalInput, ...details }, example)
export const BookChanges = Wire.body(
  {
    title: Schema.optional(Title),
    author: Schema.optional(Author),
    price: Schema.optional(Wire.DecimalInput),
    ...details
  },
  { price: "12.50" }
)
const Count = Schema.Int.pipe(Schema.between(0, 2 ** 31 - 1))
export const StockChange = Wire.body(
  {
    quantity: Schema.optional(Count),
    delta: Schema.optional(Schema.Int),
    expected: Schema.optional(Count.annotations({ description: "The quantity that the caller saw." }))
  },
  { delta: 5 }
)
export const NewGenre = Wire.body(
  { name: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(100)) },
  { name: "Classics" }
)

export const BrowseQuery = Wire.query({
  q: Wire.text(Schema.String.annotations({ description: "Every word begins some word of title, author or genre." })),
  genre_id: Wire.text(Schema.String),
  author: Wire.text(Schema.String.annotations({ description: "A part of the author's name." })),
  min_price: Wire.text(Schema.String),
  max_price: Wire.text(Schema.String),
  in_stock: Wire.flag,
  sort: Wire.text(BookQuery.Sort),
  sort_dir: Wire.text(BookQuery.Direction),
  ...Pages.parameters
})

const path = Schema.Struct({ id: Schema.String })
const invalid = Problem.schema("VALIDATION_ERROR")
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

export class CatalogApi extends HttpApiGroup.make("catalog")
  .add(
    HttpApiEndpoint.get("browse", "/books")
      .setUrlParams(BrowseQuery)
      .addSuccess(Schema.Union(Pages.Page(Book), Pages.Slice(Book)))
      .addError(invalid)
      .annotate(OpenApi.Summary, "Browse and search books")
  )
  .add(
    HttpApiEndpoint.get("get", "/books/:id")
      .setPath(path)
      .addSuccess(Book)
      .addError(Problem.schema("BOOK_NOT_FOUND"))
      .annotate(OpenApi.Summary, "One book")
  )
  .add(
    HttpApiEndpoint.post("add", "/books")
      .setPayload(NewBook)
      .addSuccess(Book, { status: 201 })
      .addError(badBody)
      .addError(Problem.schema("BOOK_ISBN_CONFLICT", "GENRE_NOT_FOUND"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Put a book on sale, with nothing in stock")
  )
  .add(
    HttpApiEndpoint.put("change", "/books/:id")
      .setPath(path)
      .setPayload(BookChanges)
      .addSuccess(Book)
      .addError(badBody)
      .addError(Problem.schema("BOOK_NOT_FOUND", "BOOK_ISBN_CONFLICT", "GENRE_NOT_FOUND"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Change what is sent; null clears an optional field")
  )
  .add(
    HttpApiEndpoint.del("remove", "/books/:id")
      .setPath(path)
      .addError(Problem.schema("BOOK_NOT_FOUND"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Take a book off sale; placed orders keep what they say")
  )
  .add(
    HttpApiEndpoint.patch("changeStock", "/books/:id/stock")
      .setPath(path)
      .setPayload(StockChange)
      .addSuccess(Book)
      .addError(badBody)
      .addError(Problem.schema("BOOK_NOT_FOUND", "STOCK_CHANGED", "STOCK_BELOW_ZERO"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Set the stock, or move it; optionally only if it is what the caller saw")
  )
  .add(
    HttpApiEndpoint.get("genres", "/genres")
      .addSuccess(Schema.Array(Genre))
      .annotate(OpenApi.Summary, "All genres, by name")
  )
  .add(
    HttpApiEndpoint.post("addGenre", "/genres")
      .setPayload(NewGenre)
      .addSuccess(Genre, { status: 201 })
      .addError(badBody)
      .addError(Problem.schema("GENRE_CONFLICT"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Add a genre")
  )
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Catalog") {}
