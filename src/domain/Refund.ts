/** Money that no order keeps: it is listed, given back once, and stays listed. */
import { DateTime, Schema } from "effect"
import { type EventId, PaymentReturned } from "./Event.js"
import * as Id from "./Id.js"
import { checked, oneOf } from "./Input.js"
import { Amount, Currency } from "./Money.js"
import { type Order, OrderId } from "./Order.js"
import type { Position } from "./Page.js"
import { type Captured, PaymentKey } from "./Payment.js"

export const Status = oneOf("due", "done")
export type Status = typeof Status.Type

const status = <S extends Status>(value: S) =>
  Schema.Literal(value).pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => value)
  )

const listed = {
  orderId: OrderId,
  customerId: Id.CustomerId,
  /** The provider's name for the payment; one is given back once. */
  paymentId: Schema.NonEmptyString,
  /** Stored before the provider is asked, so that asking again is the same refund. */
  key: PaymentKey,
  amount: Amount,
  currency: Currency,
  dueAt: Schema.DateTimeUtcFromSelf
}

/** The money is on its way back, or the provider has yet to be asked. */
export class DueRefund extends Schema.Class<DueRefund>("octavo/DueRefund")({ status: status("due"), ...listed }) {}

/** The provider has given the money back. */
export class DoneRefund extends Schema.Class<DoneRefund>("octavo/DoneRefund")({
  status: status("done"),
  ...listed,
  doneAt: Schema.DateTimeUtcFromSelf
}) {}

export const Refund = Schema.Union(DueRefund, DoneRefund)
export type Refund = typeof Refund.Type

// decisions

/** A capture that the order cannot keep is to be given back, in full. */
export const due = (
  { id, customerId }: Order,
  { paymentId, amount, currency }: Captured,
  { key, now }: { readonly key: PaymentKey; readonly now: DateTime.Utc }
): DueRefund => new DueRefund({ orderId: id, customerId, paymentId, key, amount, currency, dueAt: now }, checked)

/** The refund done, and what is told of it. */
export interface Return {
  readonly refund: DoneRefund
  readonly event: PaymentReturned
}

export const done = (
  refund: DueRefund,
  { eventId, now }: { readonly eventId: EventId; readonly now: DateTime.Utc }
): Return => {
  const { orderId, customerId, paymentId, key, amount, currency, dueAt } = refund
  return {
    refund: new DoneRefund({ orderId, customerId, paymentId, key, amount, currency, dueAt, doneAt: now }, checked),
    event: new PaymentReturned({ id: eventId, at: now, orderId, customerId, paymentId, amount, currency }, checked)
  }
}

// readings

/** Where a refund stands in a list. */
export const position = ({ dueAt, orderId, paymentId }: Refund): Position => [
  DateTime.toEpochMillis(dueAt),
  orderId,
  paymentId
]
