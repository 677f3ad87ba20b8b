/** Who takes the money: Stripe where the environment has its key, else the demonstration gateway. */
import { Data, Effect, Either, Layer, Redacted } from "effect"
import * as Demo from "../adapters/demo/index.js"
import type { PaymentGateway } from "../ports/PaymentGateway.js"
import { Orders } from "../services/Orders.js"
import { type Failure, trouble, usage } from "./Failure.js"
import { type Environment, quote } from "./Options.js"
import * as Trouble from "./Trouble.js"

export type Payments = Data.TaggedEnum<{
  Demo: object
  Stripe: {
    readonly secretKey: Redacted.Redacted
    readonly webhookSecret: Redacted.Redacted | undefined
    readonly api: string | undefined
  }
}>
export const { Demo: demo, Stripe: stripe, $match: match } = Data.taggedEnum<Payments>()

export const help = `Payments, by the environment alone, so that no secret is on a command line:
  STRIPE_SECRET_KEY       Stripe takes the money; without it the demonstration gateway does, which moves none and
                          forgets its charges when its process ends
  STRIPE_WEBHOOK_SECRET   with it, \`octavo serve\` takes Stripe's notices at /payments/webhook
  OCTAVO_STRIPE_API       another address of Stripe's API, such as that of a provider for tests`

export const read = (env: Environment): Either.Either<Payments, Failure> => {
  const { STRIPE_SECRET_KEY: key = "", STRIPE_WEBHOOK_SECRET: secret = "", OCTAVO_STRIPE_API: api = "" } = env
  if (key === "") {
    return secret === "" && api === ""
      ? Either.right(demo())
      : Either.left(
          usage(`${secret === "" ? "OCTAVO_STRIPE_API" : "STRIPE_WEBHOOK_SECRET"} goes with STRIPE_SECRET_KEY`)
        )
  }
  if (!/^(sk|rk)_[!-~]+$/.test(key)) {
    return Either.left(usage("STRIPE_SECRET_KEY takes a secret or restricted key, sk_… or rk_…"))
  }
  if (api !== "" && !/^https?:\/\//.test(api)) {
    return Either.left(usage(`OCTAVO_STRIPE_API takes a URL such as http://127.0.0.1:12111, not ${quote(api)}`))
  }
  return Either.right(
    stripe({
      secretKey: Redacted.make(key),
      webhookSecret: secret === "" ? undefined : Redacted.make(secret),
      api: api || undefined
    })
  )
}

/** In a few words, for whoever starts a server at `url`. */
export const describe = (payments: Payments, url: string): string =>
  payments._tag === "Demo"
    ? "payments: the demonstration gateway, which moves no money"
    : payments.webhookSecret === undefined
      ? "payments: Stripe; STRIPE_WEBHOOK_SECRET is not set, so its notices are not taken"
      : `payments: Stripe, its notices at ${url}/payments/webhook`

/** The gateway; the library of a provider is loaded only when it is the one. */
export const gateway: (payments: Payments) => Layer.Layer<PaymentGateway, Failure> = match({
  Demo: () => Demo.layer,
  Stripe: ({ secretKey, api }) =>
    Layer.unwrapEffect(Effect.map(library, (Stripe) => Stripe.layer({ secretKey, ...(api !== undefined && { api }) })))
})

/** Provides `PaymentNotices` where the provider sends any. */
export const notices = (payments: Payments): Layer.Layer<never, Failure> => {
  const webhookSecret = payments._tag === "Stripe" ? payments.webhookSecret : undefined
  return webhookSecret === undefined
    ? Layer.empty
    : Layer.unwrapEffect(Effect.map(library, (Stripe) => Stripe.layerNotices({ webhookSecret })))
}

/**
 * Fails where the demonstration gateway would be asked about money that another provider took: it knows of none, and
 * orders that were paid would be given up.
 */
export const known = (payments: Payments) =>
  payments._tag === "Demo"
    ? Effect.flatMap(Orders, ({ all }) =>
        Effect.filterOrFail(
          all({ status: "confirmed" }, { size: 100 }),
          ({ items }) => items.every((order) => !("paymentId" in order) || order.paymentId.startsWith("demo_")),
          () => trouble(foreign)
        )
      )
    : Effect.void

// internal

const foreign =
  "the orders of this store were paid with another provider than the demonstration gateway; set STRIPE_SECRET_KEY, or call Checkout.recover in the application that takes the payments"

const library = Effect.suspend(() =>
  Effect.tryPromise({ try: () => import("../adapters/stripe/index.js"), catch: Trouble.ofPackage })
)
