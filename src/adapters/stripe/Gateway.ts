/** Octavo's charges and refunds as Stripe's PaymentIntents and Refunds. */
import { Array, DateTime, Duration, Effect, Either } from "effect"
import type Stripe from "stripe"
import type { PaymentKey } from "../../domain/Payment.js"
import {
  type ChargeRequest,
  GatewayError,
  type PaymentGateway,
  type RefundRequest
} from "../../ports/PaymentGateway.js"
import {
  type CallFailed,
  call,
  gatewayError,
  type Patience,
  StripeTrouble,
  stillUnknown,
  stripeError
} from "./Calls.js"
import * as Intents from "./Intents.js"
import * as Metadata from "./Metadata.js"
import { toStripe } from "./MinorUnits.js"

export const make = (
  stripe: Stripe,
  patience: Patience,
  intents: ReturnType<typeof Intents.make>
): PaymentGateway["Type"] => {
  const create = (request: ChargeRequest, method: string, amount: number) =>
    call(
      () =>
        stripe.paymentIntents.create(
          {
            amount,
            currency: request.currency.toLowerCase(),
            confirm: true,
            payment_method: method,
            capture_method: "automatic",
            automatic_payment_methods: { enabled: true, allow_redirects: "never" },
            metadata: {
              [Metadata.key]: request.key,
              [Metadata.order]: request.orderId,
              ...(request.customerId.length <= Metadata.maximumLength && { [Metadata.customer]: request.customerId })
            }
          },
          { idempotencyKey: request.key }
        ),
      patience
    )

  /** What an earlier life of the key came to: Stripe may have forgotten the key, but not the payment. */
  const earlier = (key: PaymentKey) =>
    Effect.gen(function* () {
      const [first, ...more] = yield* Effect.mapError(intents.search(Metadata.key, key), stillUnknown)
      if (first === undefined) return null
      const known = [first, ...more]
      if (known.every(Intents.isClosed)) {
        return yield* refused("the key was looked up before it was charged, and is closed since")
      }
      return yield* intents.conclude(
        known.find(({ status }) => status === "succeeded") ?? known.find((intent) => !Intents.isClosed(intent)) ?? first
      )
    })

  return {
    charge: (request) =>
      Effect.gen(function* () {
        const { key, method } = request
        if (!isKey(key)) return yield* refused("Stripe takes keys of 1 to 255 visible ASCII characters")
        if (method === null) return yield* refused("Stripe needs a payment method")
        const amount = yield* inStripes(request)
        const before = (yield* isRemembered(key)) ? null : yield* earlier(key)
        if (before !== null) return before
        return yield* create(request, method, amount).pipe(
          Effect.catchAll((failed) => {
            const intent = Intents.failing(failed)
            return intent === undefined ? gatewayError(failed) : Effect.succeed(intent)
          }),
          Effect.flatMap(intents.conclude)
        )
      }),

    lookup: (key) => (isKey(key) ? intents.lookup(key) : Effect.succeed(null)),

    refund: (request) =>
      Effect.gen(function* () {
        const { key, paymentId } = request
        if (!isKey(key)) return yield* refused("Stripe takes keys of 1 to 255 visible ASCII characters")
        const amount = yield* inStripes(request)
        const intent = yield* Effect.mapError(intents.retrieve(paymentId), notAsked)
        if (intent.currency.toUpperCase() !== request.currency)
          return yield* refused("the payment has another currency")
        // Stripe forgets keys after a day or more, so a refund that was made is looked for by its metadata.
        const made = yield* Effect.mapError(
          call(() => stripe.refunds.list({ payment_intent: paymentId, limit: 100 }), patience),
          notAsked
        )
        const mine = Array.findFirst(made.data, ({ metadata }) => metadata?.[Metadata.refund] === key)
        const refund = mine._tag === "Some" ? mine.value : yield* giveBack(request, intent, amount)
        if (refund !== null) yield* standing(refund)
      })
  }

  /** Null when the money was back already. */
  function giveBack({ key, paymentId }: RefundRequest, intent: Stripe.PaymentIntent, amount: number) {
    const whole = amount === intent.amount_received
    return call(
      () =>
        stripe.refunds.create(
          {
            payment_intent: paymentId,
            amount,
            metadata: { [Metadata.refund]: key, ...(whole && ofOrder(intent.metadata)) }
          },
          { idempotencyKey: key }
        ),
      patience
    ).pipe(
      Effect.catchIf(
        ({ error }) => stripeError(error)?.code === "charge_already_refunded",
        () => Effect.succeed(null)
      ),
      Effect.mapError(gatewayError)
    )
  }
}

// internal

const refused = (why: string) => new GatewayError({ moneyMoved: "No", cause: new StripeTrouble(why) })

/** What comes before the call that moves money moves none, answered or not. */
const notAsked = ({ error }: CallFailed) => gatewayError({ moneyMoved: "No", error })

const inStripes = ({ amount, currency }: Pick<ChargeRequest, "amount" | "currency">) =>
  Either.match(toStripe(amount, currency), {
    onLeft: (cause) => new GatewayError({ moneyMoved: "No", cause }),
    onRight: (amount) => Effect.succeed(amount)
  })

/** It travels in a header. */
const isKey = (key: string) => /^[\x21-\x7e]{1,255}$/.test(key)

/** The order and the charge's key, so that the notice of a whole refund tells what came back. */
const ofOrder = (metadata: Stripe.Metadata) => {
  const { [Metadata.order]: orderId, [Metadata.key]: key } = metadata
  return orderId === undefined || key === undefined ? {} : { [Metadata.order]: orderId, [Metadata.key]: key }
}

/** Whether Stripe surely still knows a key that it got: one that was made, by its own time (UUIDv7), within 12 hours. */
const isRemembered = (key: PaymentKey) =>
  Effect.map(DateTime.now, (now) => {
    const made = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(key)
    if (made === null) return false
    const age = DateTime.toEpochMillis(now) - Number.parseInt(`${made[1]}${made[2]}`, 16)
    return age < Duration.toMillis("12 hours") && age > -Duration.toMillis("1 hour")
  })

/** A refund that is on its way counts as given back: nothing more is asked of the shop. */
const standing = ({ id, status }: Stripe.Refund): Effect.Effect<void, GatewayError> =>
  status === "succeeded" || status === "pending"
    ? Effect.void
    : new GatewayError({
        moneyMoved: status === "failed" || status === "canceled" ? "No" : "Unknown",
        cause: new StripeTrouble(`the refund ${id} is ${status}`)
      })
