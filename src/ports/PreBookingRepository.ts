import { type Array, Context, type DateTime, type Effect } from "effect"
import type { BookId, BookNotFound } from "../domain/Book.js"
import type { Handout, Line } from "../domain/Handout.js"
import type { CustomerId } from "../domain/Id.js"
import type { PageRequest, Position } from "../domain/Page.js"
import type {
  AlreadyWaiting,
  BookInStock,
  Cancelled,
  Notified,
  PreBooking,
  PreBookingClosed,
  PreBookingId,
  PreBookingNotFound,
  Waiting
} from "../domain/PreBooking.js"
import type { StoreError } from "./StoreError.js"

/** Who asks to wait for which book. */
export interface Asked {
  readonly id: PreBookingId
  readonly customerId: CustomerId
  readonly bookId: BookId
  readonly now: DateTime.Utc
}

/**
 * Who waits for which book, and what is held for whom. Copies that come back while customers wait never go on the
 * shelf: the repositories of books and orders keep them apart as arrived, until they are handed out here. All of it is
 * changed under the lock of the book's row, so that nobody is left waiting for a book that is in stock. Whoever waited
 * when all were told is read as `notified`, and of a book that was removed as `cancelled`, from that transaction on,
 * whether or not that is written yet.
 */
export class PreBookingRepository extends Context.Tag("octavo/PreBookingRepository")<
  PreBookingRepository,
  {
    /**
     * Puts the customer in line, once by constraint. Null, and nothing is written, where copies are to be handed out
     * first: some have arrived and nobody waits for them, or a hold has lapsed.
     */
    readonly request: (
      asked: Asked
    ) => Effect.Effect<Waiting | null, BookNotFound | BookInStock | AlreadyWaiting | StoreError>
    /** A customer's own; with the place in line, from 1, of one that waits. A hold that has lapsed by `now` is expired. */
    readonly get: (
      customer: CustomerId,
      id: PreBookingId,
      now: DateTime.Utc
    ) => Effect.Effect<
      { readonly booking: PreBooking; readonly position: number | null },
      PreBookingNotFound | StoreError
    >
    /** A customer's own, newest first, ties by descending id. */
    readonly page: (
      customer: CustomerId,
      now: DateTime.Utc,
      request: PageRequest
    ) => Effect.Effect<{ readonly items: ReadonlyArray<PreBooking>; readonly total: number }, StoreError>
    /** At most `limit` of them after a position (`PreBooking.position`), or from the start. */
    readonly after: (
      customer: CustomerId,
      now: DateTime.Utc,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<PreBooking>, StoreError>
    /**
     * Ends one that waits, was notified, or has a copy on hold, which has then arrived. Refused when it has ended, or
     * lapsed by `now`.
     */
    readonly cancel: (
      customer: CustomerId,
      id: PreBookingId,
      now: DateTime.Utc
    ) => Effect.Effect<Cancelled, PreBookingNotFound | PreBookingClosed | StoreError>
    /** Those of these books that have copies to hand out: arrived, or of holds that have lapsed by `now`. Null asks of all books, at most `limit`. */
    readonly due: (
      books: Array.NonEmptyReadonlyArray<BookId> | null,
      now: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<BookId>, StoreError>
    /** A book with its line and its lapsed holds, at most `limit` of each, oldest first; nobody changes them until the transaction ends. Null for a book that is gone. */
    readonly line: (book: BookId, now: DateTime.Utc, limit: number) => Effect.Effect<Line | null, StoreError>
    /** Makes all of it come true, events included: `true`. `false`, and nothing is written, when the line is no longer as it was read. */
    readonly hand: (line: Line, handout: Handout) => Effect.Effect<boolean, StoreError>
    /**
     * Customers that wait no longer, since all were told or the book was removed, but of whom that is not written yet:
     * as they are then, at most `limit`, of this book or of any. Others at the same work are given others, until the transaction ends.
     */
    readonly untold: (
      book: BookId | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Notified | Cancelled>, StoreError>
    /** Writes them as they are given; answers those that were not written before. */
    readonly told: (
      bookings: Array.NonEmptyReadonlyArray<Notified | Cancelled>
    ) => Effect.Effect<ReadonlySet<PreBookingId>, StoreError>
  }
>() {}
