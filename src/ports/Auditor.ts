import { Context, type DateTime, type Effect } from "effect"
import type {
  DeliveryLate,
  DeliveryParked,
  EventMissing,
  EventRepeated,
  EventUnfounded,
  PaymentKeyShared,
  PaymentShared,
  PaymentStuck,
  RefundStuck,
  StockUnbalanced,
  TotalWrong
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
    readonly stock: (limit: number) => Effect.Effect<ReadonlyArray<StockUnbalanced>, StoreError>
    readonly totals: (limit: number) => Effect.Effect<ReadonlyArray<TotalWrong>, StoreError>
    readonly events: (
      limit: number
    ) => Effect.Effect<ReadonlyArray<EventMissing | EventRepeated | EventUnfounded>, StoreError>
    readonly payments: (limit: number) => Effect.Effect<ReadonlyArray<PaymentShared | PaymentKeyShared>, StoreError>
    /** What has waited since before an instant, or was given up. */
    readonly overdue: (
      before: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<PaymentStuck | RefundStuck | DeliveryParked | DeliveryLate>, StoreError>
    /** Sets the stock to what was put in less what is in orders, under the book's lock; `false` when that is less than nothing, or the book has gone. */
    readonly recount: (id: BookId) => Effect.Effect<boolean, StoreError>
  }
>() {}
