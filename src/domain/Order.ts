/** An order and its states. What a state cannot have, its class does not have. */
import { type DateTime, Either, Schema } from "effect"
import { Author, BookId, CoverImageUrl, Title } from "./Book.js"
import { CartLine, CartLineId, Quantity } from "./Cart.js"
import {
  BookRestocked,
  type EventId,
  OrderCancelled,
  OrderConfirmed,
  type OrderEvent,
  OrderFulfilled,
  OrderPaymentFailed,
  OrderRefunded
} from "./Event.js"
import * as Id from "./Id.js"
import { checked, oneOf } from "./Input.js"
import { Amount, Currency, Price } from "./Money.js"
import { OrderId } from "./OrderId.js"
import { type Captured, PaymentKey } from "./Payment.js"

export { OrderId }

/** Given by the customer's side so that a request sent twice makes one order: 1 to 255 visible ASCII characters. */
export const IdempotencyKey = Schema.String.pipe(
  Schema.filter((text) => /^[\x21-\x7e]{1,255}$/.test(text), {
    message: () => "must be 1 to 255 visible ASCII characters"
  }),
  Schema.brand("IdempotencyKey")
)
export type IdempotencyKey = typeof IdempotencyKey.Type

/** The key of a request, and a digest of the request that it was first used for. */
export const Attempt = Schema.Struct({ key: IdempotencyKey, digest: Schema.NonEmptyString })
export interface Attempt extends Schema.Schema.Type<typeof Attempt> {}

/** A line keeps its own title, author, cover and price for ever; it has the id of the cart line that it was. */
export class OrderLine extends Schema.Class<OrderLine>("octavo/OrderLine")({
  id: CartLineId,
  bookId: BookId,
  quantity: Quantity,
  unitPrice: Price,
  title: Title,
  author: Author,
  coverImageUrl: Schema.NullOr(CoverImageUrl),
  addedAt: Schema.DateTimeUtcFromSelf
}) {}

export const Status = oneOf("pending_payment", "confirmed", "payment_failed", "cancelled", "refunded", "fulfilled")
export type Status = typeof Status.Type

const status = <S extends Status>(value: S) =>
  Schema.Literal(value).pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => value)
  )

const placed = {
  id: OrderId,
  customerId: Id.CustomerId,
  lines: Schema.NonEmptyArray(Schema.typeSchema(OrderLine)),
  total: Amount,
  currency: Currency,
  createdAt: Schema.DateTimeUtcFromSelf,
  paymentKey: PaymentKey,
  attempt: Schema.NullOr(Attempt)
}
const paid = { paymentId: Schema.NonEmptyString, paidAt: Schema.DateTimeUtcFromSelf }

/** Its copies are off the shelf, and the provider is or may be asked for the money. */
export class PendingOrder extends Schema.Class<PendingOrder>("octavo/PendingOrder")({
  status: status("pending_payment"),
  ...placed
}) {}

/** Its money is taken. */
export class ConfirmedOrder extends Schema.Class<ConfirmedOrder>("octavo/ConfirmedOrder")({
  status: status("confirmed"),
  ...placed,
  ...paid
}) {}

/** No money was taken; its copies and lines are back. */
export class FailedOrder extends Schema.Class<FailedOrder>("octavo/FailedOrder")({
  status: status("payment_failed"),
  ...placed,
  reason: Schema.NonEmptyString,
  failedAt: Schema.DateTimeUtcFromSelf
}) {}

/** Its copies are back on the shelf; the money is on its way back. */
export class CancelledOrder extends Schema.Class<CancelledOrder>("octavo/CancelledOrder")({
  status: status("cancelled"),
  ...placed,
  ...paid,
  cancelledAt: Schema.DateTimeUtcFromSelf
}) {}

/** Its copies are back on the shelf, and its money with the customer. */
export class RefundedOrder extends Schema.Class<RefundedOrder>("octavo/RefundedOrder")({
  status: status("refunded"),
  ...placed,
  ...paid,
  cancelledAt: Schema.DateTimeUtcFromSelf,
  refundedAt: Schema.DateTimeUtcFromSelf
}) {}

/** It has left the house. */
export class FulfilledOrder extends Schema.Class<FulfilledOrder>("octavo/FulfilledOrder")({
  status: status("fulfilled"),
  ...placed,
  ...paid,
  fulfilledAt: Schema.DateTimeUtcFromSelf
}) {}

export const Order = Schema.Union(
  PendingOrder,
  ConfirmedOrder,
  FailedOrder,
  CancelledOrder,
  RefundedOrder,
  FulfilledOrder
)
export type Order = typeof Order.Type

// refusals

/** No such order of this customer's; also for an id that could not be one. */
export class OrderNotFound extends Schema.TaggedError<OrderNotFound>()("OrderNotFound", { orderId: Schema.String }) {}
/** Only a confirmed order can be cancelled; this one is in another state. */
export class OrderNotCancellable extends Schema.TaggedError<OrderNotCancellable>()("OrderNotCancellable", {
  orderId: OrderId,
  status: Status
}) {}

// decisions

/**
 * One step of an order from `from` to the state of `order`, with everything that goes with it: a store makes all of it
 * come true at once, or nothing when the order is no longer in `from`.
 */
export interface Move {
  readonly from: Status
  readonly order: Order
  readonly event: OrderEvent
  /** The copies go back on the shelf. */
  readonly restock: boolean
  /** One for each book of a restock, told of those whose shelf was empty. */
  readonly restocked: ReadonlyArray<BookRestocked>
  /** The lines go back in the cart. */
  readonly refill: boolean
}

export interface Facts {
  readonly eventId: EventId
  readonly now: DateTime.Utc
}

/** A restock may be told of every book in the order. */
export interface RestockFacts extends Facts {
  readonly restockedIds: ReadonlyArray<EventId>
}

/** The reason of an order that was given up because the provider knew of no charge; one may still turn up. */
export const neverCharged = "never_charged"

export const confirm = (order: PendingOrder, { paymentId }: Captured, { eventId, now }: Facts): Move => ({
  from: order.status,
  order: new ConfirmedOrder({ ...common(order), paymentId, paidAt: now }, checked),
  event: new OrderConfirmed({ ...told(order), id: eventId, at: now }, checked),
  restock: false,
  restocked: [],
  refill: false
})

export const fail = (order: PendingOrder, reason: string, { eventId, now, restockedIds }: RestockFacts): Move => ({
  from: order.status,
  order: new FailedOrder({ ...common(order), reason, failedAt: now }, checked),
  event: new OrderPaymentFailed({ ...told(order), id: eventId, at: now, reason }, checked),
  restock: true,
  restocked: restocked(order, restockedIds, now),
  refill: true
})

/** A confirmed order is given up: its copies return. The refund follows, outside any transaction. */
export const cancel = (
  order: Order,
  { eventId, now, restockedIds }: RestockFacts
): Either.Either<Move, OrderNotCancellable> =>
  order.status !== "confirmed"
    ? Either.left(new OrderNotCancellable({ orderId: order.id, status: order.status }))
    : Either.right({
        from: order.status,
        order: new CancelledOrder(
          {
            ...common(order),
            paymentId: order.paymentId,
            paidAt: order.paidAt,
            cancelledAt: now
          },
          checked
        ),
        event: new OrderCancelled({ ...told(order), id: eventId, at: now }, checked),
        restock: true,
        restocked: restocked(order, restockedIds, now),
        refill: false
      })

/** The provider has given the money back. */
export const refund = (order: CancelledOrder, { eventId, now }: Facts): Move => ({
  from: order.status,
  order: new RefundedOrder(
    {
      ...common(order),
      paymentId: order.paymentId,
      paidAt: order.paidAt,
      cancelledAt: order.cancelledAt,
      refundedAt: now
    },
    checked
  ),
  event: new OrderRefunded({ ...told(order), id: eventId, at: now }, checked),
  restock: false,
  restocked: [],
  refill: false
})

/** It has left the house, and can no longer be given up. */
export const fulfil = (order: ConfirmedOrder, { eventId, now }: Facts): Move => ({
  from: order.status,
  order: new FulfilledOrder(
    { ...common(order), paymentId: order.paymentId, paidAt: order.paidAt, fulfilledAt: now },
    checked
  ),
  event: new OrderFulfilled({ ...told(order), id: eventId, at: now }, checked),
  restock: false,
  restocked: [],
  refill: false
})

// readings

/** The lines as they were in the cart. */
export const cartLines = (order: Order): ReadonlyArray<CartLine> =>
  order.lines.map(({ id, bookId, quantity, addedAt }) => new CartLine({ id, bookId, quantity, addedAt }, checked))

/** What is told of a change that the order has gone through; null when it has not. */
export const eventOf = (order: Order, kind: OrderEvent["_tag"], { eventId }: Facts): OrderEvent | null => {
  const all = { ...told(order), id: eventId }
  if (order.status === "payment_failed") {
    return kind === "OrderPaymentFailed"
      ? new OrderPaymentFailed({ ...all, at: order.failedAt, reason: order.reason }, checked)
      : null
  }
  if (kind === "OrderConfirmed" && "paidAt" in order) return new OrderConfirmed({ ...all, at: order.paidAt }, checked)
  if (kind === "OrderCancelled" && "cancelledAt" in order)
    return new OrderCancelled({ ...all, at: order.cancelledAt }, checked)
  if (kind === "OrderRefunded" && order.status === "refunded")
    return new OrderRefunded({ ...all, at: order.refundedAt }, checked)
  if (kind === "OrderFulfilled" && order.status === "fulfilled")
    return new OrderFulfilled({ ...all, at: order.fulfilledAt }, checked)
  return null
}

// internal

const common = ({ id, customerId, lines, total, currency, createdAt, paymentKey, attempt }: Order) => ({
  id,
  customerId,
  lines,
  total,
  currency,
  createdAt,
  paymentKey,
  attempt
})

const told = ({ id, customerId, total, currency }: Order) => ({ orderId: id, customerId, total, currency })

const restocked = ({ lines }: Order, ids: ReadonlyArray<EventId>, now: DateTime.Utc) =>
  lines.flatMap(({ bookId }, i) => {
    const id = ids[i]
    return id === undefined ? [] : [new BookRestocked({ id, at: now, bookId }, checked)]
  })
