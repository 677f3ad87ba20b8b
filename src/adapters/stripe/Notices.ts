/** Stripe's webhook as notices. */
import { Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { Notice, NoticeRefused, Returned } from "../../domain/Notice.js"
import { Declined } from "../../domain/Payment.js"
import { PaymentNotices } from "../../ports/PaymentNotices.js"
import { captured, reasonOf } from "./Intents.js"
import * as Metadata from "./Metadata.js"
import { verify } from "./Signature.js"

export interface NoticesOptions {
  /** The endpoint's signing secret, `whsec_…`. */
  readonly webhookSecret: string | Redacted.Redacted
  /** How far the time of a signature may be from now: 5 minutes unless said otherwise. */
  readonly tolerance?: Duration.DurationInput
}

export const make = ({ webhookSecret, tolerance = "5 minutes" }: NoticesOptions): PaymentNotices["Type"] => {
  const secret = Redacted.isRedacted(webhookSecret) ? webhookSecret : Redacted.make(webhookSecret)
  const seconds = Duration.toSeconds(tolerance)
  return {
    read: Effect.fnUntraced(function* ({ body, headers }) {
      yield* verify({ body, header: headers["stripe-signature"] }, secret, seconds)
      const event = yield* Effect.mapError(decodeEvent(text(body)), () => new NoticeRefused({ reason: "unreadable" }))
      const about = Metadata.decode(event.data.object.metadata)
      if (Option.isNone(about)) return null
      const thing = yield* Effect.mapError(decodeThing(event.data.object), () => refusal)
      const said = yield* whatIsSaid(event.type, thing)
      return said === null ? null : new Notice({ source: "stripe", id: event.id, ...about.value, said })
    })
  }
}

/** Reads notices alone, for a process that charges nothing. */
export const layer = (options: NoticesOptions): Layer.Layer<PaymentNotices> =>
  Layer.sync(PaymentNotices, () => make(options))

// internal

const Nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/** What is read of an intent, a charge or a refund of octavo's; the rest is of no concern, and may change. */
const Thing = Schema.Struct({
  id: Schema.String,
  status: Nullable(Schema.String),
  amount_received: Nullable(Schema.Int),
  currency: Nullable(Schema.String),
  payment_intent: Nullable(Schema.Unknown),
  refunded: Nullable(Schema.Boolean),
  last_payment_error: Nullable(Schema.Struct({ code: Nullable(Schema.String), decline_code: Nullable(Schema.String) })),
  cancellation_reason: Nullable(Schema.String)
})
type Thing = typeof Thing.Type

/** An endpoint may be told of anything: a balance, say, has not even an id. */
const Event = Schema.Struct({
  id: Notice.fields.id,
  type: Schema.String,
  data: Schema.Struct({ object: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })
})

const decodeEvent = Schema.decode(Schema.parseJson(Event))
const decodeThing = Schema.decodeUnknown(Thing)

/** Bytes that are no UTF-8 were signed by nobody who speaks JSON. */
const text = (body: Uint8Array) => new TextDecoder().decode(body)

/** Null for what changes nothing for good, `payment_intent.payment_failed` above all: another try may follow. */
const whatIsSaid = (type: string, thing: Thing) => {
  switch (type) {
    case "payment_intent.succeeded": {
      const { id, amount_received, currency } = thing
      if (amount_received == null || currency == null) return unreadable
      return Effect.mapError(captured({ id, amount_received, currency }), () => refusal)
    }
    case "payment_intent.canceled":
      return Effect.succeed(
        new Declined({
          reason: reasonOf({
            status: "canceled",
            last_payment_error: thing.last_payment_error
              ? {
                  code: thing.last_payment_error.code ?? null,
                  decline_code: thing.last_payment_error.decline_code ?? null
                }
              : null,
            cancellation_reason: thing.cancellation_reason ?? null
          })
        })
      )
    // A charge that was given back in part is not yet returned.
    case "charge.refunded":
      return thing.refunded === true ? returned(thing) : Effect.succeed(null)
    // Of a refund that octavo made, and only of a whole one, the metadata name the order.
    case "refund.created":
    case "refund.updated":
    case "charge.refund.updated":
      return thing.status === "succeeded" ? returned(thing) : Effect.succeed(null)
    default:
      return Effect.succeed(null)
  }
}

const refusal = new NoticeRefused({ reason: "unreadable" })
const unreadable = Effect.fail(refusal)

const returned = ({ payment_intent }: Thing) =>
  typeof payment_intent === "string" && payment_intent !== ""
    ? Effect.succeed(new Returned({ paymentId: payment_intent }))
    : unreadable
