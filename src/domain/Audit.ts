/** What a store must never show, each with the ids that lead to it, and what would put it right. */
import { Schema } from "effect"
import { BookId, Stock } from "./Book.js"
import { EventId, OrderEvent } from "./Event.js"
import { Amount } from "./Money.js"
import * as Order from "./Order.js"
import { PaymentKey } from "./Payment.js"

const Kind = Schema.Literal(...OrderEvent.members.map((member) => member._tag))
type Kind = OrderEvent["_tag"]

/** Stock, and copies in orders that have or may have them, are not what the shop has put in. */
export class StockUnbalanced extends Schema.TaggedClass<StockUnbalanced>("octavo/StockUnbalanced")("StockUnbalanced", {
  bookId: BookId,
  stock: Stock,
  inOrders: Schema.Int,
  putIn: Schema.Int
}) {}

/** The total is not the sum of the lines, or there are no lines. */
export class TotalWrong extends Schema.TaggedClass<TotalWrong>("octavo/TotalWrong")("TotalWrong", {
  orderId: Order.OrderId,
  total: Amount,
  sum: Schema.NullOr(Schema.Int)
}) {}

/** A change of an order that nobody was or will be told of. */
export class EventMissing extends Schema.TaggedClass<EventMissing>("octavo/EventMissing")("EventMissing", {
  orderId: Order.OrderId,
  kind: Kind
}) {}

/** One change told by several events. */
export class EventRepeated extends Schema.TaggedClass<EventRepeated>("octavo/EventRepeated")("EventRepeated", {
  orderId: Order.OrderId,
  kind: Kind,
  times: Schema.Int
}) {}

/** An event of a change that the store does not have. */
export class EventUnfounded extends Schema.TaggedClass<EventUnfounded>("octavo/EventUnfounded")("EventUnfounded", {
  eventId: EventId,
  orderId: Order.OrderId,
  kind: Kind
}) {}

/** Two orders stand on one payment. */
export class PaymentShared extends Schema.TaggedClass<PaymentShared>("octavo/PaymentShared")("PaymentShared", {
  paymentId: Schema.String,
  orderIds: Schema.Array(Order.OrderId)
}) {}

/** Two orders were given one payment key. */
export class PaymentKeyShared extends Schema.TaggedClass<PaymentKeyShared>("octavo/PaymentKeyShared")(
  "PaymentKeyShared",
  { key: PaymentKey, orderIds: Schema.Array(Order.OrderId) }
) {}

/** An order has waited for its payment for longer than recovery needs. */
export class PaymentStuck extends Schema.TaggedClass<PaymentStuck>("octavo/PaymentStuck")("PaymentStuck", {
  orderId: Order.OrderId,
  since: Schema.DateTimeUtcFromSelf
}) {}

/** Money that is owed to a customer has not been given back. */
export class RefundStuck extends Schema.TaggedClass<RefundStuck>("octavo/RefundStuck")("RefundStuck", {
  orderId: Order.OrderId,
  paymentId: Schema.String,
  since: Schema.DateTimeUtcFromSelf
}) {}

/** An event was given up by the relay, and holds up those that come after it. */
export class DeliveryParked extends Schema.TaggedClass<DeliveryParked>("octavo/DeliveryParked")("DeliveryParked", {
  eventId: EventId,
  kind: Schema.String,
  error: Schema.NullOr(Schema.String)
}) {}

/** An event has waited too long: no relay is running, or it does not keep up. */
export class DeliveryLate extends Schema.TaggedClass<DeliveryLate>("octavo/DeliveryLate")("DeliveryLate", {
  eventId: EventId,
  kind: Schema.String,
  since: Schema.DateTimeUtcFromSelf
}) {}

/** The provider knows nothing of the payment of an order that is paid, or says something else of it. */
export class ChargeMissing extends Schema.TaggedClass<ChargeMissing>("octavo/ChargeMissing")("ChargeMissing", {
  orderId: Order.OrderId,
  key: PaymentKey
}) {}

/** The provider has money that neither an order keeps nor a refund lists. */
export class ChargeUnlisted extends Schema.TaggedClass<ChargeUnlisted>("octavo/ChargeUnlisted")("ChargeUnlisted", {
  orderId: Order.OrderId,
  paymentId: Schema.String
}) {}

export const Violation = Schema.Union(
  StockUnbalanced,
  TotalWrong,
  EventMissing,
  EventRepeated,
  EventUnfounded,
  PaymentShared,
  PaymentKeyShared,
  PaymentStuck,
  RefundStuck,
  DeliveryParked,
  DeliveryLate,
  ChargeMissing,
  ChargeUnlisted
)
export type Violation = typeof Violation.Type

/** What would put a violation right: by itself when asked, or by hand. */
export type Repair = "Recount" | "Recover" | "Tell" | "Deliver" | "ByHand"

const repairs: { readonly [T in Violation["_tag"]]: Repair } = {
  StockUnbalanced: "Recount",
  TotalWrong: "ByHand",
  EventMissing: "Tell",
  EventRepeated: "ByHand",
  EventUnfounded: "ByHand",
  PaymentShared: "ByHand",
  PaymentKeyShared: "ByHand",
  PaymentStuck: "Recover",
  RefundStuck: "Recover",
  DeliveryParked: "Deliver",
  DeliveryLate: "Deliver",
  ChargeMissing: "ByHand",
  ChargeUnlisted: "Recover"
}

export const repair = ({ _tag }: Violation): Repair => repairs[_tag]

/** What must have been told of an order in this state, each once. */
export const told: { readonly [S in Order.Status]: ReadonlyArray<Kind> } = {
  pending_payment: [],
  confirmed: ["OrderConfirmed"],
  payment_failed: ["OrderPaymentFailed"],
  cancelled: ["OrderConfirmed", "OrderCancelled"],
  refunded: ["OrderConfirmed", "OrderCancelled", "OrderRefunded"],
  fulfilled: ["OrderConfirmed", "OrderFulfilled"]
}

/** Orders in these states have, or may have, their copies. */
export const holding: ReadonlyArray<Order.Status> = ["pending_payment", "confirmed", "fulfilled"]
