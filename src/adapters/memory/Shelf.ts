/** The books of a state and the constraints on them: every change of a book goes through here. */
import { Either, HashMap, Option, Schema } from "effect"
import { Book, type BookId, BookNotFound, IsbnConflict, maximumStock, type Stock } from "../../domain/Book.js"
import type { BookRestocked } from "../../domain/Event.js"
import * as Text from "../../domain/Text.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Lines from "./Lines.js"
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

/** A new book, all of its copies put in. One that is there already is told by its ISBN first. */
export const insert = (state: State, operation: string, book: Book): Change<void, IsbnConflict | StoreError> =>
  Either.flatMap(put(state, operation, book), ([, next]) =>
    HashMap.has(state.books, book.id)
      ? violation(operation, "a book has an id of its own")
      : leave(undefined, { ...next, putIn: HashMap.set(next.putIn, book.id, book.stockQuantity) })
  )

/**
 * `next` in the place of `book`; what that changes of the stock, the shop has put in or taken out. Copies that are put
 * in while customers wait have arrived, and are not on the shelf.
 */
export const replace = (
  state: State,
  operation: string,
  book: Book,
  next: Book
): Change<void, IsbnConflict | StoreError> =>
  Either.gen(function* () {
    if (next.id !== book.id) throw new Error("a book keeps its id")
    const more = next.stockQuantity - book.stockQuantity
    const arrived = more > 0 && Lines.isWaitedFor(state, book.id) ? more : 0
    const kept = arrived === 0 ? next : new Book({ ...next, stockQuantity: book.stockQuantity }, true)
    const putIn = inPut(state, book.id) + more
    let [, changed] = yield* put(remove(state, book), operation, kept)
    if (arrived > 0) [, changed] = yield* Lines.arrive(changed, operation, book.id, arrived)
    return [undefined, { ...changed, putIn: HashMap.set(changed.putIn, book.id, putIn) }] as const
  })

/** The copies that the shop has put in, less those that it took out. */
export const inPut = (state: State, id: BookId): number => Option.getOrElse(HashMap.get(state.putIn, id), () => 0)

export const remove = (state: State, book: Book): State => {
  const books = HashMap.remove(state.books, book.id)
  const putIn = HashMap.remove(state.putIn, book.id)
  if (book.isbn !== null) return { ...state, books, putIn, isbns: HashMap.remove(state.isbns, book.isbn) }
  const { identity } = Words.of(book)
  const rest = unnumbered(state, identity).filter((id) => id !== book.id)
  return {
    ...state,
    books,
    putIn,
    unnumbered:
      rest.length === 0 ? HashMap.remove(state.unnumbered, identity) : HashMap.set(state.unnumbered, identity, rest)
  }
}

/** So many copies more on the shelf, or fewer. Identity and ISBN stay, and with them the indexes. */
export const move = (state: State, operation: string, book: Book, copies: number): Change<void> => {
  const stockQuantity = book.stockQuantity + copies
  if (!isStock(stockQuantity)) return violation(operation, `the stock is from 0 to ${maximumStock}`)
  if (stockQuantity > 0 && Lines.isWaitedFor(state, book.id))
    return violation(operation, "nobody waits for a book that is in stock")
  return leave(undefined, {
    ...state,
    books: HashMap.set(state.books, book.id, new Book({ ...book, stockQuantity }, true))
  })
}

/**
 * Copies come back; those of books that are gone go nowhere, those of books that customers wait for have arrived.
 * Answers the events of the books whose shelf was empty.
 */
export const restock = (
  state: State,
  operation: string,
  copies: Iterable<Lines.Count>,
  events: ReadonlyArray<BookRestocked>
): Change<ReadonlyArray<BookRestocked>> =>
  Either.gen(function* () {
    const told: Array<BookRestocked> = []
    let next = state
    for (const { bookId, quantity } of copies) {
      const book = find(next, bookId)
      if (book === null || quantity === 0) continue
      if (Lines.isWaitedFor(next, bookId)) {
        ;[, next] = yield* Lines.arrive(next, operation, bookId, quantity)
        continue
      }
      if (!book.inStock) told.push(...events.filter((event) => event.bookId === bookId).slice(0, 1))
      ;[, next] = yield* move(next, operation, book, quantity)
    }
    return [told, next] as const
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
