/** What is asked of a payment provider, and what it answers. */
import { Schema } from "effect"
import { Amount, Currency } from "./Money.js"
import * as Text from "./Text.js"

/** Made and stored by octavo before the provider is asked; the same key never charges twice. */
export const PaymentKey = Schema.NonEmptyString.pipe(Schema.brand("PaymentKey"))
export type PaymentKey = typeof PaymentKey.Type

/** The money was taken: the provider's own name for the payment, and what was taken. */
export class Captured extends Schema.TaggedClass<Captured>("octavo/Captured")("Captured", {
  paymentId: Text.visible(1000),
  amount: Amount,
  currency: Currency
}) {}

/** The provider said no; no money was or will be taken for this key. */
export class Declined extends Schema.TaggedClass<Declined>("octavo/Declined")("Declined", {
  reason: Text.visible(1000)
}) {}

/** What a provider answers when it does. */
export const Outcome = Schema.Union(Captured, Declined).annotations({
  message: () => ({ message: "must be Captured or Declined, with what goes with it", override: true })
})
export type Outcome = typeof Outcome.Type

/** Whether the outcome is one of an order of this total: a capture of anything else settles nothing. */
export const fits = (
  outcome: Outcome,
  { total, currency }: { readonly total: Amount; readonly currency: Currency }
): boolean => outcome._tag === "Declined" || (outcome.amount === total && outcome.currency === currency)
