import { type Array, Context, type DateTime, type Effect, type Either } from "effect"
import type { Book, BookId, BookNotFound, IsbnConflict } from "../domain/Book.js"
import type { Copies, InsufficientStock, ItemsUnavailable } from "../domain/Checkout.js"
import type { CustomerId } from "../domain/Id.js"
import type { OrderId } from "../domain/OrderId.js"
import type { StoreError } from "./StoreError.js"

/** Books, one by one and by the set. */
export class BookRepository extends Context.Tag("octavo/BookRepository")<
  BookRepository,
  {
    /** Refuses an ISBN that another book has, by constraint. */
    readonly add: (book: Book) => Effect.Effect<void, IsbnConflict | StoreError>
    readonly get: (id: BookId) => Effect.Effect<Book, BookNotFound | StoreError>
    /**
     * Changes one book by a pure decision on it as it is now, under its lock: concurrent changes are all kept. Copies
     * that are put in while customers wait have arrived, and are not on the shelf before they are handed out
     * (`PreBookingRepository`); so with `merge`.
     */
    readonly modify: <E>(
      id: BookId,
      decide: (book: Book) => Either.Either<Book, E>
    ) => Effect.Effect<Book, E | BookNotFound | IsbnConflict | StoreError>
    /** Takes the book off sale, and out of every cart and wishlist; whoever waits for it no longer does. Orders keep what they say. */
    readonly remove: (id: BookId) => Effect.Effect<void, BookNotFound | StoreError>
    /**
     * Takes every copy asked for, or none: then the refusal names each line that fell short. Rows are taken in
     * ascending id. A copy that is held for the buyer is taken before those on the shelf, and its pre-booking fulfilled.
     */
    readonly reserve: (
      copies: Array.NonEmptyReadonlyArray<Copies>,
      buyer?: Buyer
    ) => Effect.Effect<void, InsufficientStock | ItemsUnavailable | StoreError>
    /**
     * Puts in many books at once, all or none. Each is set against the book that it already is, known by its ISBN or,
     * where it has none, by the words of its title, its author and its date among the books without one; null when it
     * is new. `decide` answers what is to be kept, or null to leave things as they are; it is told how many copies are
     * there beside those on the shelf, on hold or not handed out yet. The answers come in the order given. No two of
     * `books` may be the same book.
     */
    readonly merge: (
      books: Array.NonEmptyReadonlyArray<Book>,
      decide: (incoming: Book, existing: Book | null, apart: number) => Book | null
    ) => Effect.Effect<ReadonlyArray<Merged>, StoreError>
  }
>() {}

/** For whom copies are taken, and for which order. */
export interface Buyer {
  readonly customerId: CustomerId
  readonly orderId: OrderId
  /** Holds that have lapsed by then are none. */
  readonly now: DateTime.Utc
}

/** What became of a book that was put in: new, changed, or as it was. */
export type Merged = "added" | "updated" | "kept"
