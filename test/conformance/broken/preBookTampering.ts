/** Flaws in what a store keeps of those who wait, which no port lets through: for adapters that are broken inside. */
import { Effect, Either, HashMap, Layer } from "effect"
import * as Lines from "../../../src/adapters/memory/Lines.js"
import * as Outbox from "../../../src/adapters/memory/Outbox.js"
import * as Shelf from "../../../src/adapters/memory/Shelf.js"
import { leave, type State } from "../../../src/adapters/memory/State.js"
import * as Store from "../../../src/adapters/memory/Store.js"
import { Book, type BookId, Stock } from "../../../src/domain/Book.js"
import type { Handout, Line } from "../../../src/domain/Handout.js"
import type * as PreBooking from "../../../src/domain/PreBooking.js"
import type { Stores } from "../../../src/ports/Stores.js"
import { breaking, type Ports } from "./Breaking.js"

/** What is done to a state behind the back of its constraints. */
export type Tamper = (change: (state: State) => State) => Effect.Effect<void>

/** Memory stores of which one thing is deliberately wrong, inside. */
export const tampering = (
  flaw: (real: Ports, tamper: Tamper, look: <A>(reading: (state: State) => A) => Effect.Effect<A>) => Partial<Ports>
): Layer.Layer<Stores> =>
  Layer.suspend(() => {
    let inside: Store.Store["Type"] | null = null
    const store = Effect.suspend(() =>
      inside === null ? Effect.dieMessage("there is no store yet") : Effect.succeed(inside)
    )
    const tamper: Tamper = (change) =>
      Effect.flatMap(store, (is) => is.change((state) => leave(undefined, change(state))))
    const look = <A>(reading: (state: State) => A) =>
      Effect.flatMap(store, (is) => is.change((state) => leave(reading(state), state)))
    const capture = Layer.effectDiscard(
      Effect.map(Store.Store, (is) => {
        inside = is
      })
    )
    // One store for both: a layer is built once.
    return Layer.merge(
      breaking((real) => flaw(real, tamper, look)),
      Layer.provide(capture, Store.layer)
    )
  })

/** Written whatever the constraints say: the customer waits already, the book is in stock, or gone. */
export const written = (state: State, booking: PreBooking.PreBooking, book: Book | null): State => {
  const { bookId, customerId } = booking
  const blind = {
    ...state,
    books: book === null ? state.books : HashMap.set(state.books, bookId, withStock(book, 0)),
    lastAsked: HashMap.remove(state.lastAsked, `${bookId} ${customerId}`)
  }
  const [, next] = sure(Lines.write(blind, "broken", booking))
  return { ...next, books: state.books }
}

/** Copies that have arrived are on the shelf, whoever waits. */
export const shelved = (state: State, id: BookId): State => {
  const book = Shelf.find(state, id)
  const { arrived } = Lines.of(state, id)
  if (book === null || arrived === 0) return state
  const [, next] = sure(Lines.arrive(state, "broken", id, -arrived))
  return { ...next, books: HashMap.set(next.books, id, withStock(book, book.stockQuantity + arrived)) }
}

/** So many copies that nobody has put in. */
export const doubled = (state: State, id: BookId, copies: number): State =>
  sure(Lines.arrive(state, "broken", id, copies))[1]

/** What was decided comes true, whatever has become of the line since it was read. */
export const handedAnyway = (state: State, { book: { id } }: Line, handout: Handout): State => {
  const book = Shelf.find(state, id)
  if (book === null) return state
  let next = state
  for (const booking of [...handout.expired, ...handout.held]) next = written(next, booking, book)
  if (handout.toAll !== null) next = Lines.tellAll(next, id, handout.toAll)
  const { arrived } = Lines.of(next, id)
  const taken = handout.held.length + handout.onSale - handout.expired.length
  next = doubled(next, id, -Math.min(taken, arrived))
  next = { ...next, books: HashMap.set(next.books, id, withStock(book, book.stockQuantity + handout.onSale)) }
  return sure(Outbox.tell(next, "broken", handout.events))[1]
}

/** Those who waited for a book that is gone, or held a copy of it, still do. */
export const forgotten = (state: State, id: BookId): State => ({ ...state, waves: HashMap.remove(state.waves, id) })

// internal

const withStock = (book: Book, stock: number) => new Book({ ...book, stockQuantity: Stock.make(stock) })

const sure = <A, E>(change: Either.Either<A, E>): A => Either.getOrThrowWith(change, (error) => error)
