/** The books of a state and the constraints on them: every change of a book goes through here. */
import { Either, HashMap, Option, Schema } from "effect"
import { Book, type BookId, BookNotFound, IsbnConflict, maximumStock, type Stock } from "../../domain/Book.js"
import type { Copies } from "../../domain/Checkout.js"
import * as Text from "../../domain/Text.js"
import type { StoreError } from "../../ports/StoreError.js"
import { type Change, leave, type State, violation } from "./State.js"
import * as Words from "./Words.js"

export const find = (state: State, id: BookId): Book | null => Option.getOrNull(HashMap.get(state.books, id))

export const get = (state: State, id: BookId): Either.Either<Book, BookNotFound> =>
  Either.fromOption(HashMap.get(state.books, id), () => new BookNotFound({ bookId: id }))

/** The book that `book` already is: by its ISBN, else, among the books without one, the first of the same identity. */
export const twin = (state: State, book: Book): Book | null => {
  const id =
    book.isbn === null
      ? HashMap.get(state.unnumbered, Words.of(book).identity).pipe(Option.flatMapNullable(([first]) => first))
      : HashMap.get(state.isbns, book.isbn)
  return Option.getOrNull(Option.flatMap(id, (known) => HashMap.get(state.books, known)))
}

/** A new book. One that is there already is told by its ISBN first. */
export const insert = (state: State, operation: string, book: Book): Change<void, IsbnConflict | StoreError> =>
  Either.flatMap(put(state, operation, book), (change) =>
    HashMap.has(state.books, book.id) ? violation(operation, "a book has an id of its own") : Either.right(change)
  )

/** `next` in the place of `book`. */
export const replace = (
  state: State,
  operation: string,
  book: Book,
  next: Book
): Change<void, IsbnConflict | StoreError> => {
  if (next.id !== book.id) throw new Error("a book keeps its id")
  return put(remove(state, book), operation, next)
}

export const remove = (state: State, book: Book): State => {
  const books = HashMap.remove(state.books, book.id)
  if (book.isbn !== null) return { ...state, books, isbns: HashMap.remove(state.isbns, book.isbn) }
  const { identity } = Words.of(book)
  const rest = unnumbered(state, identity).filter((id) => id !== book.id)
  return {
    ...state,
    books,
    unnumbered:
      rest.length === 0 ? HashMap.remove(state.unnumbered, identity) : HashMap.set(state.unnumbered, identity, rest)
  }
}

/** So many copies more on the shelf, or fewer. Identity and ISBN stay, and with them the indexes. */
export const move = (state: State, operation: string, book: Book, copies: number): Change<void> => {
  const stockQuantity = book.stockQuantity + copies
  return isStock(stockQuantity)
    ? leave(undefined, {
        ...state,
        books: HashMap.set(state.books, book.id, new Book({ ...book, stockQuantity }, true))
      })
    : violation(operation, `the stock is from 0 to ${maximumStock}`)
}

/** Copies come back; those of books that are gone go nowhere. */
export const restock = (state: State, operation: string, copies: Iterable<Copies>): Change<void> =>
  Either.gen(function* () {
    let next = state
    for (const { bookId, quantity } of copies) {
      const book = find(next, bookId)
      if (book !== null) [, next] = yield* move(next, operation, book, quantity)
    }
    return [undefined, next] as const
  })

// internal

const isSound = Schema.is(Schema.Struct(Book.fields))

const isStock = (copies: number): copies is Stock =>
  Number.isSafeInteger(copies) && copies >= 0 && copies <= maximumStock

const unnumbered = (state: State, identity: string): ReadonlyArray<BookId> =>
  Option.getOrElse(HashMap.get(state.unnumbered, identity), () => [])

const put = (state: State, operation: string, book: Book): Change<void, IsbnConflict | StoreError> => {
  if (!isSound(book)) return violation(operation, "a book is as its schema says")
  const books = HashMap.set(state.books, book.id, book)
  if (book.isbn !== null) {
    return HashMap.has(state.isbns, book.isbn)
      ? Either.left(new IsbnConflict({ isbn: book.isbn }))
      : leave(undefined, { ...state, books, isbns: HashMap.set(state.isbns, book.isbn, book.id) })
  }
  const { identity } = Words.of(book)
  const ids = [...unnumbered(state, identity), book.id].sort(Text.compare)
  return leave(undefined, { ...state, books, unnumbered: HashMap.set(state.unnumbered, identity, ids) })
}
