/** What a payment provider tells of its own accord, at any time, in any order, and more than once. */
import { Schema } from "effect"
import { OrderId } from "./OrderId.js"
import { Captured, Declined, PaymentKey } from "./Payment.js"
import * as Text from "./Text.js"

/** The money of a payment is back with the customer. */
export class Returned extends Schema.TaggedClass<Returned>("octavo/Returned")("Returned", {
  paymentId: Text.visible(1000)
}) {}

/** One notice: `source` and `id` name it for ever, so that told twice it does nothing. */
export class Notice extends Schema.Class<Notice>("octavo/Notice")({
  /** The provider, such as `stripe`. */
  source: Text.visible(100),
  /** The provider's own id of the notice. */
  id: Text.visible(255),
  orderId: OrderId,
  /** The key of the charge that it is about. */
  key: PaymentKey,
  said: Schema.Union(Captured, Declined, Returned)
}) {}

/** The request is none of the provider's, or is too old to be taken for one. */
export class NoticeRefused extends Schema.TaggedError<NoticeRefused>()("NoticeRefused", {
  reason: Schema.Literal("signature", "too_old", "unreadable")
}) {}
