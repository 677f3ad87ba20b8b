/** Everything that a store holds, as one value that never changes: a snapshot costs nothing, a change shares the rest. */
import { type DateTime, Either, HashMap, HashSet, Order as Ordering, RedBlackTree } from "effect"
import type { Book, BookId } from "../../domain/Book.js"
import type { CartLine } from "../../domain/Cart.js"
import type { Delivery } from "../../domain/Delivery.js"
import type { aggregate, EventId } from "../../domain/Event.js"
import type { Entry, Fulfilment } from "../../domain/Fulfilment.js"
import type { Genre, GenreId } from "../../domain/Genre.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Isbn } from "../../domain/Isbn.js"
import type { Lease, LeaseKey, LeaseToken } from "../../domain/Lease.js"
import type { Order, OrderId } from "../../domain/Order.js"
import type { PreBooking, PreBookingId } from "../../domain/PreBooking.js"
import type { Refund } from "../../domain/Refund.js"
import type { Wish } from "../../domain/Wish.js"
import { StoreError } from "../../ports/StoreError.js"

export interface State {
  readonly books: HashMap.HashMap<BookId, Book>
  readonly isbns: HashMap.HashMap<Isbn, BookId>
  /** The books without ISBN by `Words.identity`, in ascending id. */
  readonly unnumbered: HashMap.HashMap<string, ReadonlyArray<BookId>>
  /** By book, the copies that the shop has put in less those that it took out. */
  readonly putIn: HashMap.HashMap<BookId, number>
  readonly genres: HashMap.HashMap<GenreId, Genre>
  readonly genreKeys: HashMap.HashMap<string, GenreId>
  /** Oldest line first. */
  readonly carts: HashMap.HashMap<CustomerId, ReadonlyArray<CartLine>>
  readonly orders: HashMap.HashMap<OrderId, Order>
  readonly ordersOf: HashMap.HashMap<CustomerId, ReadonlyArray<OrderId>>
  readonly told: HashMap.HashMap<EventId, Told>
  /** What is not delivered of each aggregate, in the order of the commits. */
  readonly queues: HashMap.HashMap<ReturnType<typeof aggregate>, ReadonlyArray<EventId>>
  /** Of orders that somebody has touched. */
  readonly boxes: HashMap.HashMap<OrderId, Fulfilment>
  /** What was done with an order, oldest first. */
  readonly entries: HashMap.HashMap<OrderId, ReadonlyArray<Entry>>
  /** Of all entries. */
  readonly entryIds: HashSet.HashSet<EventId>
  readonly leases: HashMap.HashMap<LeaseKey, Lease>
  /** By order, oldest first. */
  readonly refunds: HashMap.HashMap<OrderId, ReadonlyArray<Refund>>
  /** Newest first. */
  readonly wishes: HashMap.HashMap<CustomerId, ReadonlyArray<Wish>>
  /** What was accepted from outside, by source and id. */
  readonly heard: HashSet.HashSet<string>
  /** Each as it was written; what has become of it since, when many were told at once, is in `waves`. */
  readonly preBookings: HashMap.HashMap<PreBookingId, PreBooking>
  /** In the order in which they were asked for. */
  readonly preBookingsOf: HashMap.HashMap<CustomerId, ReadonlyArray<PreBookingId>>
  /** By book and customer, the last that was asked for. */
  readonly lastAsked: HashMap.HashMap<string, PreBookingId>
  /** Of books that somebody waits for, or that have a hold or copies that have arrived. */
  readonly lines: HashMap.HashMap<BookId, Line>
  /** Those of these books that have, or will have, something to hand out, by the instant from which on. */
  readonly due: Ordered<BookId>
  /** By book, oldest first. */
  readonly waves: HashMap.HashMap<BookId, ReadonlyArray<Wave>>
}

/** In the order of its keys, with structural sharing. */
export type Ordered<A> = RedBlackTree.RedBlackTree<string, A>

/** Who waits for a book, first come first; what is held of it, first to lapse first; and the copies that have come in. */
export interface Line {
  readonly waiting: Ordered<PreBookingId>
  readonly held: Ordered<PreBookingId>
  readonly arrived: number
}

/** All that were told at once, as far as that is not written yet: that there are copies, or that the book is gone. */
export interface Wave {
  readonly at: DateTime.Utc
  readonly gone: boolean
  readonly waiting: Ordered<PreBookingId>
  readonly held: Ordered<PreBookingId>
}

/** An event with its delivery, and the claim that it is in. */
export interface Told {
  readonly delivery: Delivery
  readonly claim: { readonly token: LeaseToken; readonly until: DateTime.Utc } | null
}

export const nothing = <A>(): Ordered<A> => RedBlackTree.empty(Ordering.string)

export const empty: State = {
  books: HashMap.empty(),
  isbns: HashMap.empty(),
  unnumbered: HashMap.empty(),
  putIn: HashMap.empty(),
  genres: HashMap.empty(),
  genreKeys: HashMap.empty(),
  carts: HashMap.empty(),
  orders: HashMap.empty(),
  ordersOf: HashMap.empty(),
  told: HashMap.empty(),
  queues: HashMap.empty(),
  boxes: HashMap.empty(),
  entries: HashMap.empty(),
  entryIds: HashSet.empty(),
  leases: HashMap.empty(),
  refunds: HashMap.empty(),
  wishes: HashMap.empty(),
  heard: HashSet.empty(),
  preBookings: HashMap.empty(),
  preBookingsOf: HashMap.empty(),
  lastAsked: HashMap.empty(),
  lines: HashMap.empty(),
  due: nothing(),
  waves: HashMap.empty()
}

/** What an operation answers and the state that it leaves; a refusal leaves none, and so changes nothing. */
export type Change<A, E = StoreError> = Either.Either<readonly [answer: A, next: State], E>

export const leave = <A>(answer: A, next: State): Change<A, never> => Either.right([answer, next])

/** A rule of the store itself, which a database keeps by a constraint. */
export const violation = (operation: string, rule: string): Either.Either<never, StoreError> =>
  Either.left(new StoreError({ operation, outcome: "RolledBack", retryable: false, cause: new Error(rule) }))
