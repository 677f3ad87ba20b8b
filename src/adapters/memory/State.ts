/** Everything that a store holds, as one value that never changes: a snapshot costs nothing, a change shares the rest. */
import { Either, HashMap } from "effect"
import type { Book, BookId } from "../../domain/Book.js"
import type { CartLine } from "../../domain/Cart.js"
import type { EventId, OrderEvent } from "../../domain/Event.js"
import type { Genre, GenreId } from "../../domain/Genre.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Isbn } from "../../domain/Isbn.js"
import type { Order, OrderId } from "../../domain/Order.js"
import { StoreError } from "../../ports/StoreError.js"

export interface State {
  readonly books: HashMap.HashMap<BookId, Book>
  readonly isbns: HashMap.HashMap<Isbn, BookId>
  /** The books without ISBN by `Words.identity`, in ascending id. */
  readonly unnumbered: HashMap.HashMap<string, ReadonlyArray<BookId>>
  readonly genres: HashMap.HashMap<GenreId, Genre>
  readonly genreKeys: HashMap.HashMap<string, GenreId>
  /** Oldest line first. */
  readonly carts: HashMap.HashMap<CustomerId, ReadonlyArray<CartLine>>
  readonly orders: HashMap.HashMap<OrderId, Order>
  readonly ordersOf: HashMap.HashMap<CustomerId, ReadonlyArray<OrderId>>
  readonly events: HashMap.HashMap<EventId, OrderEvent>
}

export const empty: State = {
  books: HashMap.empty(),
  isbns: HashMap.empty(),
  unnumbered: HashMap.empty(),
  genres: HashMap.empty(),
  genreKeys: HashMap.empty(),
  carts: HashMap.empty(),
  orders: HashMap.empty(),
  ordersOf: HashMap.empty(),
  events: HashMap.empty()
}

/** What an operation answers and the state that it leaves; a refusal leaves none, and so changes nothing. */
export type Change<A, E = StoreError> = Either.Either<readonly [answer: A, next: State], E>

export const leave = <A>(answer: A, next: State): Change<A, never> => Either.right([answer, next])

/** A rule of the store itself, which a database keeps by a constraint. */
export const violation = (operation: string, rule: string): Either.Either<never, StoreError> =>
  Either.left(new StoreError({ operation, outcome: "RolledBack", retryable: false, cause: new Error(rule) }))
