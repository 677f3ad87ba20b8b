import { Array, Effect, Either, Equal, HashMap, Layer } from "effect"
import { type Book, type BookId, Stock } from "../../domain/Book.js"
import { type Copies, InsufficientStock, ItemsUnavailable } from "../../domain/Checkout.js"
import * as PreBooking from "../../domain/PreBooking.js"
import { BookRepository, type Buyer, type Merged } from "../../ports/BookRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Carts from "./Carts.js"
import * as Lines from "./Lines.js"
import * as Shelf from "./Shelf.js"
import { type Change, type State, violation } from "./State.js"
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
      store.changeAt((state, now) =>
        Either.map(Shelf.get(state, id), (book) => {
          const left = Wishes.withoutBook(Carts.withoutBook(Shelf.remove(state, book), id), id)
          return [undefined, Lines.withoutBook(left, id, now)] as const
        })
      ),

    reserve: (copies, buyer) => store.change((state) => reserve(state, copies, buyer)),

    merge: (books, decide) => store.change((state) => merge(state, books, decide))
  }))
)

// internal

const reserve = (
  state: State,
  copies: ReadonlyArray<Copies>,
  buyer: Buyer | undefined
): Change<void, InsufficientStock | ItemsUnavailable | StoreError> =>
  Either.gen(function* () {
    const asked = new Map<BookId, number>()
    for (const { bookId, quantity } of copies) asked.set(bookId, (asked.get(bookId) ?? 0) + quantity)

    const gone = [...asked.keys()].filter((id) => !HashMap.has(state.books, id))
    if (Array.isNonEmptyArray(gone)) return yield* Either.left(new ItemsUnavailable({ bookIds: gone }))

    const lines = [...asked].flatMap(([id, quantity]) => {
      const book = Shelf.find(state, id)
      const held = buyer === undefined ? null : Lines.heldFor(state, buyer.customerId, id, buyer.now)
      return book === null ? [] : [{ book, quantity, held }]
    })
    const short = lines.filter((line) => line.quantity > available(line)).map(shortfall)
    if (Array.isNonEmptyArray(short)) return yield* Either.left(new InsufficientStock({ items: short }))

    let next = state
    for (const { book, quantity, held } of lines) {
      if (held !== null && buyer !== undefined)
        [, next] = yield* Lines.write(next, reserving, PreBooking.fulfil(held, buyer.orderId, buyer.now))
      ;[, next] = yield* Shelf.move(next, reserving, book, (held === null ? 0 : 1) - quantity)
    }
    return [undefined, next] as const
  })

const reserving = "BookRepository.reserve"

interface Wanted {
  readonly book: Book
  /** The sum of what was asked, where the same book was named twice. */
  readonly quantity: number
  /** The copy that is kept for the buyer. */
  readonly held: PreBooking.Held | null
}

const available = ({ book, held }: Wanted): number => book.stockQuantity + (held === null ? 0 : 1)

const shortfall = (line: Wanted) => ({
  bookId: line.book.id,
  title: line.book.title,
  requested: line.quantity,
  available: Stock.make(available(line))
})

const merge = (
  state: State,
  books: ReadonlyArray<Book>,
  decide: (incoming: Book, existing: Book | null, apart: number) => Book | null
): Change<ReadonlyArray<Merged>> =>
  Either.gen(function* () {
    if (new Set(books.map(identity)).size < books.length) yield* violation(merging, "no two are the same book")
    let next = state
    const answers: Array<Merged> = []
    for (const incoming of books) {
      const existing = Shelf.twin(state, incoming)
      const kept = decide(incoming, existing, existing === null ? 0 : Lines.apart(next, existing.id))
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
