/** Which orders are listed: newest first, ties by descending id. */
import { DateTime, Schema } from "effect"
import * as Id from "./Id.js"
import { type Order, Status } from "./Order.js"
import * as Page from "./Page.js"

export interface OrderQuery {
  /** Null for those of every customer. */
  readonly customerId: Id.CustomerId | null
  /** Null for all but the failed ones. */
  readonly status: Status | null
}

export const Filter = Schema.Struct({ status: Schema.optional(Schema.NullOr(Status)) })
export interface FilterInput extends Schema.Schema.Encoded<typeof Filter> {}

/** Whether the query lists the order. */
export const lists = ({ customerId, status }: OrderQuery, order: Order): boolean =>
  (customerId === null || customerId === order.customerId) &&
  (status === null ? order.status !== "payment_failed" : order.status === status)

export const position = ({ createdAt, id }: Order): Page.Position => [DateTime.toEpochMillis(createdAt), id]

/** Whether a value is a position in a list of orders. */
export const isPosition: (value: unknown) => value is Page.Position = Schema.is(Schema.Tuple(Page.Instant, Id.Uuid))
