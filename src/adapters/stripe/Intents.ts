/** PaymentIntents by octavo's key: found wherever Stripe may have them, and brought to an end. */
import { DateTime, Effect, Option } from "effect"
import type Stripe from "stripe"
import { Captured, Declined, type Outcome, type PaymentKey } from "../../domain/Payment.js"
import * as Text from "../../domain/Text.js"
import { GatewayError } from "../../ports/PaymentGateway.js"
import { type CallFailed, call, type Patience, StripeTrouble, stillUnknown, stripeError } from "./Calls.js"
import * as Metadata from "./Metadata.js"
import { fromStripe } from "./MinorUnits.js"

export interface Closing {
  readonly amount: number
  readonly currency: string
}

export const make = (stripe: Stripe, patience: Patience, closing: Closing) => {
  const retrieve = (id: string) =>
    call(() => stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] }), patience)

  /** Those of an order or of a key that Stripe's search has seen, each as it is now: the search may lag behind. */
  const search = (name: string, value: string) =>
    call(() => stripe.paymentIntents.search({ query: Metadata.query(name, value), limit: 100 }), patience).pipe(
      // Stripe compares without regard to case.
      Effect.map(({ data }) => data.filter(({ metadata }) => metadata[name] === value)),
      Effect.flatMap((seen) => Effect.forEach(seen, ({ id }) => retrieve(id)))
    )

  /** Those of a key among the newest: what is too new for a search is in the lists at once. */
  const listNewest = (key: PaymentKey) =>
    Effect.gen(function* () {
      const since = Math.floor(DateTime.toEpochMillis(yield* DateTime.now) / 1000) - 3600
      let after: string | undefined
      for (let pages = 0; pages < maximumPages; pages++) {
        const from = after === undefined ? {} : { starting_after: after }
        const { data, has_more } = yield* call(
          () => stripe.paymentIntents.list({ created: { gte: since }, limit: 100, ...from }),
          patience
        )
        const found = data.filter(({ metadata }) => metadata[Metadata.key] === key)
        if (found.length > 0) return yield* Effect.forEach(found, ({ id }) => retrieve(id))
        after = data.at(-1)?.id
        if (!has_more || after === undefined) break
      }
      return []
    })

  /**
   * Takes a key that Stripe has not seen, so that nothing can be charged under it any more, not even by a request that
   * is still on its way; false when Stripe knows the key already. The intent that stands for it is never confirmed.
   */
  const close = (key: PaymentKey) =>
    call(
      () =>
        stripe.paymentIntents.create(
          {
            ...closing,
            automatic_payment_methods: { enabled: true, allow_redirects: "never" },
            description: "octavo: nothing was charged under this key, and nothing will be",
            metadata: { [Metadata.key]: key, [Metadata.closed]: "yes" }
          },
          { idempotencyKey: key }
        ),
      patience
    ).pipe(
      Effect.flatMap(cancel),
      Effect.as(true),
      Effect.catchIf(isKnownKey, () => Effect.succeed(false))
    )

  /** Canceled, or as it has become meanwhile. */
  const cancel = (intent: Stripe.PaymentIntent): Effect.Effect<Stripe.PaymentIntent, CallFailed> =>
    call(() => stripe.paymentIntents.cancel(intent.id), patience).pipe(
      Effect.catchIf(
        ({ error }) => stripeError(error)?.code === "payment_intent_unexpected_state",
        () => retrieve(intent.id)
      )
    )

  /** The outcome that cannot change any more: an intent that is open is canceled first. */
  const conclude = (intent: Stripe.PaymentIntent): Effect.Effect<Outcome, GatewayError> =>
    Effect.gen(function* () {
      const ended = open.has(intent.status)
        ? yield* Effect.mapError(cancel(intent), ({ error }) => unsettled(intent, error))
        : intent
      if (ended.status === "succeeded") return yield* captured(ended)
      if (ended.status === "canceled") return new Declined({ reason: reasonOf(intent) })
      return yield* unsettled(ended, null)
    })

  return {
    search,
    cancel,
    conclude,

    retrieve,

    /** What became of a key, for ever; null when nothing was and will be charged under it. */
    lookup: (key: PaymentKey): Effect.Effect<Outcome | null, GatewayError> =>
      Effect.gen(function* () {
        const seen = yield* search(Metadata.key, key)
        if (seen.length === 0 && (yield* close(key))) return null
        const found = seen.length > 0 ? seen : yield* listNewest(key)
        if (found.length === 0) {
          const cause = new StripeTrouble("Stripe knows the key, but does not find its payment yet")
          return yield* new GatewayError({ moneyMoved: "Unknown", cause })
        }
        for (const intent of found.filter(isClosed)) {
          if (intent.status !== "canceled") yield* cancel(intent)
        }
        const outcomes = yield* Effect.forEach(
          found.filter((intent) => !isClosed(intent)),
          conclude
        )
        return outcomes.find(({ _tag }) => _tag === "Captured") ?? outcomes[0] ?? null
      }).pipe(Effect.catchTag("CallFailed", stillUnknown))
  }
}

export const isClosed = ({ metadata }: Stripe.PaymentIntent): boolean => metadata[Metadata.closed] !== undefined

/** What was taken, in octavo's units. */
export const captured = ({
  id,
  amount_received,
  currency
}: Pick<Stripe.PaymentIntent, "id" | "amount_received" | "currency">): Effect.Effect<Captured, GatewayError> =>
  Option.match(fromStripe(amount_received, currency), {
    onNone: () =>
      new GatewayError({
        moneyMoved: "Unknown",
        cause: new StripeTrouble(`${id} took ${amount_received} ${currency}, which is no amount here`)
      }),
    onSome: (taken) => Effect.succeed(new Captured({ paymentId: id, ...taken }))
  })

/** Why no money was taken, in Stripe's words. */
export const reasonOf = (intent: Reasons): string => {
  const charge = typeof intent.latest_charge === "string" ? null : intent.latest_charge
  const failed = intent.last_payment_error
  return (
    [
      failed?.decline_code,
      failed?.code,
      charge?.outcome?.reason,
      charge?.failure_code,
      intent.cancellation_reason,
      intent.status
    ].find((reason) => reason != null && !Text.isBlank(reason)) ?? "canceled"
  )
}

export const failing = ({ error }: CallFailed): Stripe.PaymentIntent | undefined => stripeError(error)?.payment_intent

// internal

type Reasons = Pick<Stripe.PaymentIntent, "status"> & {
  readonly last_payment_error?: { readonly code?: string | null; readonly decline_code?: string | null } | null
  readonly cancellation_reason?: string | null
  readonly latest_charge?: Stripe.PaymentIntent["latest_charge"]
}

/** A thousand intents within the hour. */
const maximumPages = 10

/** Nothing is taken, but could be. */
const open = new Set(["requires_action", "requires_capture", "requires_confirmation", "requires_payment_method"])

/** The key came with other parameters before: it was used for a charge. */
const isKnownKey = ({ error }: CallFailed) => {
  const told = stripeError(error)
  return told?.rawType === "idempotency_error" && told.statusCode === 400
}

const unsettled = ({ id, status }: Stripe.PaymentIntent, cause: unknown) =>
  new GatewayError({
    moneyMoved: "Unknown",
    cause: new StripeTrouble(`${id} is ${status}${cause === null ? "" : ", and could not be canceled"}`)
  })
