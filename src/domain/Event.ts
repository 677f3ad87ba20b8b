/** What is told to others after the commit, each with a stable id: the row is written with the change that it tells. */
import { type DateTime, Schema } from "effect"
import { Author, type Book, BookId, Stock, Title } from "./Book.js"
import * as Id from "./Id.js"
import { checked } from "./Input.js"
import { Amount, Currency } from "./Money.js"
import { OrderId } from "./OrderId.js"
import { PreBookingId } from "./PreBookingId.js"

export const EventId = Id.Uuid.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

const ofAll = {
  id: EventId,
  at: Schema.DateTimeUtc,
  /** Of the event's shape: a later one has a larger number. */
  version: Schema.optionalWith(Schema.Literal(1), { default: () => 1 as const })
}

const ofOrder = { ...ofAll, orderId: OrderId, customerId: Id.CustomerId, total: Amount, currency: Currency }

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

/** The order has left the house. */
export class OrderFulfilled extends Schema.TaggedClass<OrderFulfilled>("octavo/OrderFulfilled")(
  "OrderFulfilled",
  ofOrder
) {}

/** Money that no order keeps, such as a capture that came after its order was given up, was given back. */
export class PaymentReturned extends Schema.TaggedClass<PaymentReturned>("octavo/PaymentReturned")("PaymentReturned", {
  ...ofAll,
  orderId: OrderId,
  customerId: Id.CustomerId,
  paymentId: Schema.NonEmptyString,
  amount: Amount,
  currency: Currency
}) {}

/** The shop has put copies of a book in, or taken some out. What orders take and give back is told by theirs. */
export class StockChanged extends Schema.TaggedClass<StockChanged>("octavo/StockChanged")("StockChanged", {
  ...ofAll,
  bookId: BookId,
  from: Stock,
  to: Stock
}) {}

/** There are copies of a book again, after there were none. */
export class BookRestocked extends Schema.TaggedClass<BookRestocked>("octavo/BookRestocked")("BookRestocked", {
  ...ofAll,
  bookId: BookId
}) {}

const ofPreBooking = {
  ...ofAll,
  preBookingId: PreBookingId,
  customerId: Id.CustomerId,
  bookId: BookId,
  title: Title,
  author: Author
}

/** There are copies of the book that the customer has waited for, for whoever comes first. */
export class PreBookingNotified extends Schema.TaggedClass<PreBookingNotified>("octavo/PreBookingNotified")(
  "PreBookingNotified",
  ofPreBooking
) {}

/** A copy is kept for the customer until `expiresAt`. */
export class PreBookingHeld extends Schema.TaggedClass<PreBookingHeld>("octavo/PreBookingHeld")("PreBookingHeld", {
  ...ofPreBooking,
  expiresAt: Schema.DateTimeUtc
}) {}

/** The copy that was kept for the customer is no longer. */
export class PreBookingExpired extends Schema.TaggedClass<PreBookingExpired>("octavo/PreBookingExpired")(
  "PreBookingExpired",
  ofPreBooking
) {}

/** The book that the customer has waited for is no longer sold. */
export class PreBookingWithdrawn extends Schema.TaggedClass<PreBookingWithdrawn>("octavo/PreBookingWithdrawn")(
  "PreBookingWithdrawn",
  ofPreBooking
) {}

export const PreBookingEvent = Schema.Union(PreBookingNotified, PreBookingHeld, PreBookingExpired, PreBookingWithdrawn)
export type PreBookingEvent = typeof PreBookingEvent.Type

export const OrderEvent = Schema.Union(
  OrderConfirmed,
  OrderPaymentFailed,
  OrderCancelled,
  OrderRefunded,
  OrderFulfilled
)
export type OrderEvent = typeof OrderEvent.Type

export const Event = Schema.Union(
  ...OrderEvent.members,
  ...PreBookingEvent.members,
  PaymentReturned,
  StockChanged,
  BookRestocked
)
export type Event = typeof Event.Type

/** What an event is about; events about the same are told in their order. */
export const aggregate = (event: Event): OrderId | PreBookingId | BookId =>
  "orderId" in event ? event.orderId : "preBookingId" in event ? event.preBookingId : event.bookId

/**
 * What is told when a book's stock becomes another by the hand of the shop; that it is there again only where copies went
 * on the shelf, and not to those who wait.
 */
export const stocked = (
  before: Book,
  after: Book,
  {
    changed,
    restocked,
    now,
    onShelf
  }: {
    readonly changed: EventId
    readonly restocked: EventId
    readonly now: DateTime.Utc
    readonly onShelf: boolean
  }
): ReadonlyArray<Event> => {
  const [bookId, from, to] = [after.id, before.stockQuantity, after.stockQuantity]
  const told = from === to ? [] : [new StockChanged({ id: changed, at: now, bookId, from, to }, checked)]
  return from === 0 && to > 0 && onShelf
    ? [...told, new BookRestocked({ id: restocked, at: now, bookId }, checked)]
    : told
}
