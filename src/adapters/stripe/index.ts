/**
 * Payments by Stripe: a charge is a PaymentIntent with octavo's key as its idempotency key, and its webhook is read as
 * notices. What was tried, and what was not tried against the real Stripe, is told in docs/stripe.md.
 */
import { Context, Duration, Effect, Layer, Redacted } from "effect"
import StripeClient from "stripe"
import type { OrderId } from "../../domain/OrderId.js"
import { type GatewayError, PaymentGateway } from "../../ports/PaymentGateway.js"
import type { PaymentNotices } from "../../ports/PaymentNotices.js"
import { stillUnknown, watched } from "./Calls.js"
import * as Gateway from "./Gateway.js"
import * as Intents from "./Intents.js"
import * as Metadata from "./Metadata.js"
import * as Notices from "./Notices.js"

export { type CallFailed, StripeTrouble } from "./Calls.js"
export { NotForStripe } from "./MinorUnits.js"
export { layer as layerNotices, type NoticesOptions } from "./Notices.js"

export interface Options {
  /** A secret or restricted key that may write PaymentIntents and Refunds and read Charges. */
  readonly secretKey: string | Redacted.Redacted
  /** Where the API is, such as the provider of `octavo/testing/provider`; Stripe's own unless said otherwise. */
  readonly api?: string
  /** How long one attempt may take: 8 seconds unless said otherwise. */
  readonly timeout?: Duration.DurationInput
  /** How often a call is tried again, with the same key: 4 times unless said otherwise. */
  readonly retries?: number
  /** No attempt begins later than this after the first: 15 seconds unless said otherwise. */
  readonly retryWithin?: Duration.DurationInput
  /**
   * The amount, as Stripe counts, of the intent that stands for a key that was never charged; it is not confirmed, and
   * canceled at once. 100 in `usd` unless said otherwise: the account must be able to charge it.
   */
  readonly closing?: Intents.Closing
}

/** A payment as Stripe has it now. */
export interface StripePayment {
  readonly paymentId: string
  readonly key: string | null
  readonly status: string
  /** As Stripe counts. */
  readonly amountReceived: number
  readonly currency: string
}

/** What else Stripe can tell. */
export class StripePayments extends Context.Tag("octavo/StripePayments")<
  StripePayments,
  {
    /** Every payment of an order that Stripe's search knows; those of the last minute may be missing. Changes nothing. */
    readonly ofOrder: (orderId: OrderId) => Effect.Effect<ReadonlyArray<StripePayment>, GatewayError>
  }
>() {}

/** The gateway, and with a webhook secret the notices too. */
export function layer(
  options: Options & Notices.NoticesOptions
): Layer.Layer<PaymentGateway | StripePayments | PaymentNotices>
export function layer(options: Options): Layer.Layer<PaymentGateway | StripePayments>
export function layer(
  options: Options & Partial<Notices.NoticesOptions>
): Layer.Layer<PaymentGateway | StripePayments> {
  const { webhookSecret, tolerance } = options
  const gateway = Layer.effectContext(Effect.sync(() => make(options)))
  if (webhookSecret === undefined) return gateway
  const notices = { webhookSecret, ...(tolerance !== undefined && { tolerance }) }
  return Layer.merge(gateway, Notices.layer(notices))
}

// internal

const make = (options: Options) => {
  const stripe = client(options)
  const patience = {
    retries: options.retries ?? 4,
    within: Duration.decode(options.retryWithin ?? "15 seconds")
  }
  const intents = Intents.make(stripe, patience, options.closing ?? { amount: 100, currency: "usd" })
  const payments = StripePayments.of({
    ofOrder: (orderId) =>
      intents.search(Metadata.order, orderId).pipe(
        Effect.map((found) =>
          found.map(({ id, status, amount_received, currency, metadata }) => ({
            paymentId: id,
            key: metadata[Metadata.key] ?? null,
            status,
            amountReceived: amount_received,
            currency
          }))
        ),
        Effect.mapError(stillUnknown)
      )
  })
  return Context.make(PaymentGateway, Gateway.make(stripe, patience, intents)).pipe(
    Context.add(StripePayments, payments)
  )
}

const client = ({ secretKey, api, timeout = "8 seconds" }: Options) => {
  const key = Redacted.isRedacted(secretKey) ? Redacted.value(secretKey) : secretKey
  const url = api === undefined ? null : new URL(api)
  return new StripeClient(key, {
    // Octavo tries again by itself: the package would forget that an earlier attempt may have arrived.
    maxNetworkRetries: 0,
    timeout: Duration.toMillis(timeout),
    telemetry: false,
    httpClient: watched(StripeClient.createNodeHttpClient()),
    ...(url !== null && {
      host: url.hostname,
      port: url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port),
      protocol: url.protocol === "http:" ? "http" : "https"
    })
  })
}
