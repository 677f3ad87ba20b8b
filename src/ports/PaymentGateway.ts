import { Context, type Effect, Schema } from "effect"
import type { CustomerId } from "../domain/Id.js"
import type { Amount, Currency } from "../domain/Money.js"
import type { OrderId } from "../domain/OrderId.js"
import type { Outcome, PaymentKey } from "../domain/Payment.js"

/** The provider gave no answer that counts. */
export class GatewayError extends Schema.TaggedError<GatewayError>()("GatewayError", {
  /** `No`: surely not asked. `Unknown`: the money may have moved, and only `lookup` can tell. */
  moneyMoved: Schema.Literal("No", "Unknown"),
  cause: Schema.Defect
}) {}

export interface ChargeRequest {
  /** Made and committed before the first call. The same key again is the same charge: it never moves money twice. */
  readonly key: PaymentKey
  readonly orderId: OrderId
  readonly customerId: CustomerId
  readonly amount: Amount
  readonly currency: Currency
  /** What the customer's side said of how to pay; opaque. */
  readonly method: string | null
}

export interface RefundRequest {
  /** The same key again is the same refund. */
  readonly key: PaymentKey
  readonly paymentId: string
  readonly amount: Amount
  readonly currency: Currency
}

/** Takes money and gives it back; the host's. Never called inside a transaction. */
export class PaymentGateway extends Context.Tag("octavo/PaymentGateway")<
  PaymentGateway,
  {
    readonly charge: (request: ChargeRequest) => Effect.Effect<Outcome, GatewayError>
    /** What became of the charge of this key; null when there was none. */
    readonly lookup: (key: PaymentKey) => Effect.Effect<Outcome | null, GatewayError>
    /** Succeeds once the provider has given the money back. */
    readonly refund: (request: RefundRequest) => Effect.Effect<void, GatewayError>
  }
>() {}
