import { Context, type DateTime, type Effect } from "effect"
import type {
  CopiesIdle,
  DeliveryLate,
  DeliveryParked,
  EventMissing,
  EventRepeated,
  EventUnfounded,
  HoldLapsed,
  LineMiscounted,
  PaymentKeyShared,
  PaymentShared,
  PaymentStuck,
  PreBookingEventMissing,
  PreBookingEventRepeated,
  PreBookingEventUnfounded,
  RefundStuck,
  StockUnbalanced,
  StockWithheld,
  TellingLate,
  TotalWrong,
  WaiterForgotten
} from "../domain/Audit.js"
import type { BookId } from "../domain/Book.js"
import type { StoreError } from "./StoreError.js"

/**
 * Looks for what must never be, on a live store: each question is one read of what is committed at one instant, takes
 * no lock that a customer would wait for, and answers at most `limit` violations.
 */
export class Auditor extends Context.Tag("octavo/Auditor")<
  Auditor,
  {
    /** The copies of each book, those on hold with them, and who waits for it. */
    readonly stock: (
      limit: number
    ) => Effect.Effect<ReadonlyArray<StockUnbalanced | LineMiscounted | StockWithheld>, StoreError>
    readonly totals: (limit: number) => Effect.Effect<ReadonlyArray<TotalWrong>, StoreError>
    /** Of orders and pre-bookings; of customers who were told together those whose turn is yet to come have none. */
    readonly events: (
      limit: number
    ) => Effect.Effect<
      ReadonlyArray<
        | EventMissing
        | EventRepeated
        | EventUnfounded
        | PreBookingEventMissing
        | PreBookingEventRepeated
        | PreBookingEventUnfounded
      >,
      StoreError
    >
    readonly payments: (limit: number) => Effect.Effect<ReadonlyArray<PaymentShared | PaymentKeyShared>, StoreError>
    /** What has waited since before an instant, or was given up, or forgotten. */
    readonly overdue: (
      before: DateTime.Utc,
      limit: number
    ) => Effect.Effect<
      ReadonlyArray<
        | PaymentStuck
        | RefundStuck
        | HoldLapsed
        | CopiesIdle
        | TellingLate
        | WaiterForgotten
        | DeliveryParked
        | DeliveryLate
      >,
      StoreError
    >
    /**
     * Counts those who wait and the holds of a book anew, and sets what is not handed out, on the shelf or, where
     * somebody waits, arrived, to what was put in less what is in orders and on hold; under the book's lock. `false`
     * when that is less than nothing, or the book has gone.
     */
    readonly recount: (id: BookId) => Effect.Effect<boolean, StoreError>
  }
>() {}
