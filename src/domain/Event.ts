/** What is told to others after the commit, each with a stable id: the row is written with the change that it tells. */
import { Schema } from "effect"
import * as Id from "./Id.js"
import { Amount, Currency } from "./Money.js"
import { OrderId } from "./OrderId.js"

export const EventId = Id.Uuid.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

const ofOrder = {
  id: EventId,
  at: Schema.DateTimeUtc,
  orderId: OrderId,
  customerId: Id.CustomerId,
  total: Amount,
  currency: Currency
}

/** The money is taken, and the order is to be fulfilled. */
export class OrderConfirmed extends Schema.TaggedClass<OrderConfirmed>("octavo/OrderConfirmed")(
  "OrderConfirmed",
  ofOrder
) {}

/** No money was taken; copies and lines are back. */
export class OrderPaymentFailed extends Schema.TaggedClass<OrderPaymentFailed>("octavo/OrderPaymentFailed")(
  "OrderPaymentFailed",
  { ...ofOrder, reason: Schema.NonEmptyString }
) {}

/** A confirmed order was given up; its copies are back, its refund is under way. */
export class OrderCancelled extends Schema.TaggedClass<OrderCancelled>("octavo/OrderCancelled")(
  "OrderCancelled",
  ofOrder
) {}

/** The money of a cancelled order was given back. */
export class OrderRefunded extends Schema.TaggedClass<OrderRefunded>("octavo/OrderRefunded")(
  "OrderRefunded",
  ofOrder
) {}

export const OrderEvent = Schema.Union(OrderConfirmed, OrderPaymentFailed, OrderCancelled, OrderRefunded)
export type OrderEvent = typeof OrderEvent.Type
