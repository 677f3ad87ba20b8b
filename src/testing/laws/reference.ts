/** What the index must answer, worked out by the domain's own functions over a plain list of books. */
import type { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import type { Genre } from "../../domain/Genre.js"
import type { Position } from "../../domain/Page.js"
import * as SearchText from "../../domain/SearchText.js"
import * as Text from "../../domain/Text.js"

/** The members of the query, in its order. */
export const answer = (
  query: BookQuery.BookQuery,
  books: ReadonlyArray<Book>,
  genres: ReadonlyArray<Genre>
): ReadonlyArray<Book> =>
  books
    .filter((book) => fits(query, book, genres.find(({ id }) => id === book.genreId)?.name ?? ""))
    .toSorted((a, b) => compare(query, BookQuery.position(query, a), BookQuery.position(query, b)))

// internal

const fits = (query: BookQuery.BookQuery, book: Book, genre: string) =>
  (query.words === null ||
    SearchText.matches(query.words, [book.title, book.author, genre].flatMap(SearchText.words))) &&
  (query.genreId === null || book.genreId === query.genreId) &&
  (query.author === null || Text.fold(book.author).includes(query.author)) &&
  (query.minPrice === null || book.price >= query.minPrice) &&
  (query.maxPrice === null || book.price <= query.maxPrice) &&
  (query.inStock === null || book.inStock === query.inStock)

/** Ids ascend and what is missing comes last both ways; relevance has one direction, the best first. */
const compare = ({ direction, sort }: BookQuery.BookQuery, a: Position, b: Position) => {
  const sign = direction === "desc" && sort !== "relevance" ? -1 : 1
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? null
    if (x === y) continue
    if (x === null || y === null) return x === null ? 1 : -1
    const order = typeof x === "number" && typeof y === "number" ? x - y : Text.compare(String(x), String(y))
    return i === a.length - 1 ? order : sign * order
  }
  return 0
}
