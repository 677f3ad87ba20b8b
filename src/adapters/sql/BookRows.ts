/** Books as they are written: their columns, and what is worked out for search beside them. */
import type { Fragment } from "@effect/sql/Statement"
import { DateTime } from "effect"
import type { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import * as SearchText from "../../domain/SearchText.js"
import * as Text from "../../domain/Text.js"
import type { ColumnType, Database } from "./Database.js"
import type * as Rows from "./Rows.js"

const given = [
  "id",
  "title",
  "author",
  "price",
  "isbn",
  "genre_id",
  "description",
  "cover_image_url",
  "publish_date",
  "stock",
  "created_at"
] as const

/** What is read of the book `b`. */
export const columns = given.map((name) => `b.${name}`).join(", ")

/** The same with what is counted of those who wait. */
export const counted = `${columns}, b.arrived, b.waiting, b.held, b.wave`

/**
 * Books `b` under their locks, taken in ascending id, with what is counted of those who wait. All that belongs to a book is
 * changed under its lock alone: what a later statement reads of it is how it is.
 */
export const locked = ({ sql, locking }: Database, which: Fragment) =>
  sql<Rows.CountedRow>`SELECT ${sql.literal(counted)}
FROM octavo_books b WHERE ${which} ORDER BY b.id ${locking("FOR NO KEY UPDATE", "b")}`

/** The book of this id as one JSON value. */
export const packed = ({ sql, isPostgres }: Database, id: string) =>
  sql.literal(
    isPostgres
      ? `(SELECT to_jsonb(b) FROM octavo_books b WHERE b.id = ${id})`
      : `(SELECT json_object(${given.map((name) => `'${name}', b.${name}`).join(", ")}) FROM octavo_books b WHERE b.id = ${id})`
  )

const types: Record<string, ColumnType> = {
  id: "uuid",
  title: "text",
  author: "text",
  price: "bigint",
  isbn: "text",
  genre_id: "uuid",
  description: "text",
  cover_image_url: "text",
  publish_date: "text",
  stock: "integer",
  created_at: "instant",
  search_title: "text",
  author_words: "text",
  author_key: "text"
}

const written = [...given, "search_title", "search_rest", "author_key", "put_in"]

/** Genres keep their names, so their words are written with the book. */
const searchRest =
  "v.author_words || coalesce((SELECT ' ' || g.words FROM octavo_genres g WHERE g.id = v.genre_id), '')"

const value = (name: string) => (name === "search_rest" ? searchRest : name === "put_in" ? "v.stock" : `v.${name}`)

/** Puts in all but those whose ISBN another book has. */
export const insert = ({ sql, recordset }: Database, books: ReadonlyArray<Book>) =>
  sql`INSERT INTO octavo_books (${sql.literal(written.join(", "))})
SELECT ${sql.literal(written.map(value).join(", "))} FROM ${recordset(books.map(row), types)} AS v WHERE true
ON CONFLICT (isbn) DO NOTHING`

/**
 * Writes all but the id. The books are locked: what becomes of the stock is what the shop puts in or takes out. While
 * customers wait there is nothing on the shelf, and what is put in has arrived.
 */
export const update = ({ sql, recordset }: Database, books: ReadonlyArray<Book>) =>
  sql`UPDATE octavo_books SET ${sql.literal(assignments)}
FROM ${recordset(books.map(row), types)} AS v WHERE octavo_books.id = v.id`

// internal

const assignments = [
  ...written
    .filter((name) => name !== "id" && name !== "stock" && name !== "put_in")
    .map((name) => `${name} = ${value(name)}`),
  "stock = CASE WHEN octavo_books.waiting > 0 THEN octavo_books.stock ELSE v.stock END",
  "arrived = octavo_books.arrived + CASE WHEN octavo_books.waiting > 0 THEN v.stock - octavo_books.stock ELSE 0 END",
  "put_in = octavo_books.put_in + v.stock - octavo_books.stock"
].join(", ")

const row = (book: Book) => ({
  id: book.id,
  title: book.title,
  author: book.author,
  price: book.price,
  isbn: book.isbn,
  genre_id: book.genreId,
  description: book.description,
  cover_image_url: book.coverImageUrl,
  publish_date: book.publishDate,
  stock: book.stockQuantity,
  created_at: DateTime.formatIso(book.createdAt),
  search_title: BookQuery.titleKey(book.title),
  author_words: SearchText.words(book.author).join(" "),
  author_key: Text.fold(book.author)
})
