/** Which orders are listed: newest first, ties by descending id. */
import { DateTime, Schema } from "effect"
import * as Id from "./Id.js"
import { neverCharged, type Order, Status } from "./Order.js"
import * as Page from "./Page.js"

export interface OrderQuery {
  /** Null for those of every customer. */
  readonly customerId: Id.CustomerId | null
  /** Null for all but the failed ones. */
  readonly status: Status | null
}

/** Orders that were placed from `since` on and before `before`, and wait for more than their customer. */
export interface Unfinished {
  /** For their payment, for their refund, or for a charge to turn up after all (`Order.neverCharged`). */
  readonly waiting: "payment" | "refund" | "charge"
  readonly since: DateTime.Utc | null
  readonly before: DateTime.Utc
}

export const Filter = Schema.Struct({ status: Schema.optional(Schema.NullOr(Status)) })
export interface FilterInput extends Schema.Schema.Encoded<typeof Filter> {}

/** Whether the query lists the order. */
export const lists = ({ customerId, status }: OrderQuery, order: Order): boolean =>
  (customerId === null || customerId === order.customerId) &&
  (status === null ? order.status !== "payment_failed" : order.status === status)

/** Whether the order is waiting for that. */
export const waits = (order: Order, waiting: Unfinished["waiting"]): boolean =>
  waiting === "payment"
    ? order.status === "pending_payment"
    : waiting === "refund"
      ? order.status === "cancelled"
      : order.status === "payment_failed" && order.reason === neverCharged

export const position = ({ createdAt, id }: Order): Page.Position => [DateTime.toEpochMillis(createdAt), id]

/** Whether a value is a position in a list of orders. */
export const isPosition: (value: unknown) => value is Page.Position = Schema.is(Schema.Tuple(Page.Instant, Id.Uuid))
