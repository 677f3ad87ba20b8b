import { Array, Effect, Either, Equal, HashMap, Layer } from "effect"
import type { Book, BookId } from "../../domain/Book.js"
import { type Copies, InsufficientStock, ItemsUnavailable } from "../../domain/Checkout.js"
import { BookRepository, type Merged } from "../../ports/BookRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Carts from "./Carts.js"
import * as Shelf from "./Shelf.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"
import * as Wishes from "./Wishes.js"
import * as Words from "./Words.js"

export const layer: Layer.Layer<BookRepository, never, Store> = Layer.effect(
  BookRepository,
  Effect.map(Store, (store) => ({
    add: (book) => store.change((state) => Shelf.insert(state, "BookRepository.add", book)),

    get: (id) => store.read((state) => Shelf.get(state, id)),

    modify: (id, decide) =>
      store.change((state) =>
        Either.gen(function* () {
          const book = yield* Shelf.get(state, id)
          const next = yield* decide(book)
          const [, left] = yield* Shelf.replace(state, "BookRepository.modify", book, next)
          return [next, left] as const
        })
      ),

    remove: (id) =>
      store.change((state) =>
        Either.flatMap(Shelf.get(state, id), (book) =>
          leave(undefined, Wishes.withoutBook(Carts.withoutBook(Shelf.remove(state, book), id), id))
        )
      ),

    reserve: (copies) => store.change((state) => reserve(state, copies)),

    merge: (books, decide) => store.change((state) => merge(state, books, decide))
  }))
)

// internal

const reserve = (
  state: State,
  copies: ReadonlyArray<Copies>
): Change<void, InsufficientStock | ItemsUnavailable | StoreError> =>
  Either.gen(function* () {
    const asked = new Map<BookId, number>()
    for (const { bookId, quantity } of copies) asked.set(bookId, (asked.get(bookId) ?? 0) + quantity)

    const gone = [...asked.keys()].filter((id) => !HashMap.has(state.books, id))
    if (Array.isNonEmptyArray(gone)) return yield* Either.left(new ItemsUnavailable({ bookIds: gone }))

    const lines = [...asked].flatMap(([id, quantity]) => {
      const book = Shelf.find(state, id)
      return book === null ? [] : [{ book, quantity }]
    })
    const short = lines.filter(({ book, quantity }) => quantity > book.stockQuantity).map(shortfall)
    if (Array.isNonEmptyArray(short)) return yield* Either.left(new InsufficientStock({ items: short }))

    let next = state
    for (const { book, quantity } of lines) {
      ;[, next] = yield* Shelf.move(next, "BookRepository.reserve", book, -quantity)
    }
    return [undefined, next] as const
  })

/** The sum of what was asked, where the same book was named twice. */
const shortfall = ({ book, quantity }: { readonly book: Book; readonly quantity: number }) => ({
  bookId: book.id,
  title: book.title,
  requested: quantity,
  available: book.stockQuantity
})

const merge = (
  state: State,
  books: ReadonlyArray<Book>,
  decide: (incoming: Book, existing: Book | null) => Book | null
): Change<ReadonlyArray<Merged>> =>
  Either.gen(function* () {
    if (new Set(books.map(identity)).size < books.length) yield* violation(merging, "no two are the same book")
    let next = state
    const answers: Array<Merged> = []
    for (const incoming of books) {
      const existing = Shelf.twin(state, incoming)
      const kept = decide(incoming, existing)
      if (kept === null || Equal.equals(kept, existing)) {
        answers.push("kept")
      } else {
        const put = existing === null ? Shelf.insert(next, merging, kept) : Shelf.replace(next, merging, existing, kept)
        ;[, next] = yield* Either.orElse(put, (error) =>
          error._tag === "IsbnConflict" ? violation(merging, "an ISBN is of one book") : Either.left(error)
        )
        answers.push(existing === null ? "added" : "updated")
      }
    }
    return [answers, next] as const
  })

const merging = "BookRepository.merge"

const identity = (book: Book): string => book.isbn ?? Words.of(book).identity
