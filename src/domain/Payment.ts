/** What is asked of a payment provider, and what it answers. */
import { Schema } from "effect"
import { Amount, Currency } from "./Money.js"

/** Made and stored by octavo before the provider is asked; the same key never charges twice. */
export const PaymentKey = Schema.NonEmptyString.pipe(Schema.brand("PaymentKey"))
export type PaymentKey = typeof PaymentKey.Type

/** The money was taken: the provider's own name for the payment, and what was taken. */
export class Captured extends Schema.TaggedClass<Captured>("octavo/Captured")("Captured", {
  paymentId: Schema.NonEmptyString,
  amount: Amount,
  currency: Currency
}) {}

/** The provider said no; no money was or will be taken for this key. */
export class Declined extends Schema.TaggedClass<Declined>("octavo/Declined")("Declined", {
  reason: Schema.NonEmptyString
}) {}

export const Outcome = Schema.Union(Captured, Declined)
export type Outcome = typeof Outcome.Type
