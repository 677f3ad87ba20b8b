/** What a store must never show, each with the ids that lead to it, and what would put it right. */
import { Schema } from "effect"
import { BookId, Stock } from "./Book.js"
import { EventId, OrderEvent, PreBookingEvent } from "./Event.js"
import { Amount } from "./Money.js"
import * as Order from "./Order.js"
import { PaymentKey } from "./Payment.js"
import type * as PreBooking from "./PreBooking.js"
import { PreBookingId } from "./PreBookingId.js"

const Kind = Schema.Literal(...OrderEvent.members.map((member) => member._tag))
type Kind = OrderEvent["_tag"]

const WaitingKind = Schema.Literal(...PreBookingEvent.members.map((member) => member._tag))
type WaitingKind = PreBookingEvent["_tag"]

/** Stock, copies on hold, and copies in orders that have or may have them, are not what the shop has put in. */
export class StockUnbalanced extends Schema.TaggedClass<StockUnbalanced>("octavo/StockUnbalanced")("StockUnbalanced", {
  bookId: BookId,
  stock: Stock,
  /** Held for customers, or arrived and not handed out yet. */
  onHold: Schema.Int,
  inOrders: Schema.Int,
  putIn: Schema.Int
}) {}

/** A book counts others than those who wait for it, or other holds than there are. */
export class LineMiscounted extends Schema.TaggedClass<LineMiscounted>("octavo/LineMiscounted")("LineMiscounted", {
  bookId: BookId,
  /** As the book counts them. */
  waiting: Schema.Int,
  held: Schema.Int,
  /** As many as there are. */
  waits: Schema.Int,
  holds: Schema.Int
}) {}

/** Customers wait for a book that is in stock. */
export class StockWithheld extends Schema.TaggedClass<StockWithheld>("octavo/StockWithheld")("StockWithheld", {
  bookId: BookId,
  stock: Stock,
  waits: Schema.Int
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

/** A customer was served, or lost what was held, and nobody was or will be told of it. */
export class PreBookingEventMissing extends Schema.TaggedClass<PreBookingEventMissing>("octavo/PreBookingEventMissing")(
  "PreBookingEventMissing",
  { preBookingId: PreBookingId, kind: WaitingKind }
) {}

/** A customer was told the same by several events. */
export class PreBookingEventRepeated extends Schema.TaggedClass<PreBookingEventRepeated>(
  "octavo/PreBookingEventRepeated"
)("PreBookingEventRepeated", { preBookingId: PreBookingId, kind: WaitingKind, times: Schema.Int }) {}

/** An event of what the pre-booking has not gone through, or of none. */
export class PreBookingEventUnfounded extends Schema.TaggedClass<PreBookingEventUnfounded>(
  "octavo/PreBookingEventUnfounded"
)("PreBookingEventUnfounded", { eventId: EventId, preBookingId: PreBookingId, kind: WaitingKind }) {}

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

/** A copy was held until then, and is neither passed on nor back on sale. */
export class HoldLapsed extends Schema.TaggedClass<HoldLapsed>("octavo/HoldLapsed")("HoldLapsed", {
  preBookingId: PreBookingId,
  bookId: BookId,
  since: Schema.DateTimeUtcFromSelf
}) {}

/** Copies have come in, and for long nobody was given any of them. */
export class CopiesIdle extends Schema.TaggedClass<CopiesIdle>("octavo/CopiesIdle")("CopiesIdle", {
  bookId: BookId,
  copies: Schema.Int
}) {}

/** Of those who waited when all were told, or when the book was removed, some have not been told since. */
export class TellingLate extends Schema.TaggedClass<TellingLate>("octavo/TellingLate")("TellingLate", {
  bookId: BookId,
  since: Schema.DateTimeUtcFromSelf
}) {}

/** A customer waits, or has a copy on hold, where nobody will ever come: not in the line of the book, nor among those who are to be told. */
export class WaiterForgotten extends Schema.TaggedClass<WaiterForgotten>("octavo/WaiterForgotten")("WaiterForgotten", {
  preBookingId: PreBookingId,
  bookId: BookId
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
  LineMiscounted,
  StockWithheld,
  TotalWrong,
  EventMissing,
  EventRepeated,
  EventUnfounded,
  PreBookingEventMissing,
  PreBookingEventRepeated,
  PreBookingEventUnfounded,
  PaymentShared,
  PaymentKeyShared,
  PaymentStuck,
  RefundStuck,
  HoldLapsed,
  CopiesIdle,
  TellingLate,
  WaiterForgotten,
  DeliveryParked,
  DeliveryLate,
  ChargeMissing,
  ChargeUnlisted
)
export type Violation = typeof Violation.Type

/** What would put a violation right: by itself when asked, or by hand. */
export type Repair = "Recount" | "Recover" | "Sweep" | "Tell" | "Deliver" | "ByHand"

const repairs: { readonly [T in Violation["_tag"]]: Repair } = {
  StockUnbalanced: "Recount",
  LineMiscounted: "Recount",
  StockWithheld: "Recount",
  TotalWrong: "ByHand",
  EventMissing: "Tell",
  EventRepeated: "ByHand",
  EventUnfounded: "ByHand",
  PreBookingEventMissing: "ByHand",
  PreBookingEventRepeated: "ByHand",
  PreBookingEventUnfounded: "ByHand",
  PaymentShared: "ByHand",
  PaymentKeyShared: "ByHand",
  PaymentStuck: "Recover",
  RefundStuck: "Recover",
  HoldLapsed: "Sweep",
  CopiesIdle: "Sweep",
  TellingLate: "Sweep",
  WaiterForgotten: "ByHand",
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

/** How far a pre-booking came, whatever became of it then. */
export type Reached = "hold" | "told" | "neither"

/**
 * What is told of pre-bookings, each at most once: what must have been, and what may. Whoever was told together with all
 * others may have given up before that was written, and whether it was the shop that gave up is told by the event alone.
 */
export const tellings: ReadonlyArray<{
  readonly status: PreBooking.Status
  readonly reached: Reached
  readonly kind: WaitingKind
  readonly isDue: boolean
}> = [
  { status: "notified", reached: "told", kind: "PreBookingNotified", isDue: true },
  { status: "held", reached: "hold", kind: "PreBookingHeld", isDue: true },
  { status: "fulfilled", reached: "hold", kind: "PreBookingHeld", isDue: true },
  { status: "expired", reached: "hold", kind: "PreBookingHeld", isDue: true },
  { status: "expired", reached: "hold", kind: "PreBookingExpired", isDue: true },
  { status: "cancelled", reached: "hold", kind: "PreBookingHeld", isDue: true },
  { status: "cancelled", reached: "hold", kind: "PreBookingWithdrawn", isDue: false },
  { status: "cancelled", reached: "told", kind: "PreBookingNotified", isDue: false },
  { status: "cancelled", reached: "neither", kind: "PreBookingWithdrawn", isDue: false }
]

/** Orders in these states have, or may have, their copies. */
export const holding: ReadonlyArray<Order.Status> = ["pending_payment", "confirmed", "fulfilled"]
