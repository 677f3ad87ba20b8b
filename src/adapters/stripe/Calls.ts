/** Calls of Stripe's API: tried again with the same key only, and honest about what may have happened. */
import { Data, type Duration, Effect, Schedule } from "effect"
import Stripe from "stripe"
import { GatewayError } from "../../ports/PaymentGateway.js"

/** What is told of a call that failed; nothing in it is secret. */
export class StripeTrouble extends Error {
  override readonly name = "StripeTrouble"
  constructor(
    message: string,
    readonly facts: {
      readonly type?: string | undefined
      readonly code?: string | undefined
      readonly status?: number | undefined
      readonly requestId?: string | undefined
    } = {}
  ) {
    super(message)
  }
}

/** Stripe did not do what was asked, or nobody knows whether it did. */
export class CallFailed extends Data.TaggedError("CallFailed")<{
  /** Over all attempts: a last one that surely did not arrive says nothing of those before. */
  readonly moneyMoved: GatewayError["moneyMoved"]
  readonly again: boolean
  readonly error: unknown
}> {}

export interface Patience {
  readonly retries: number
  /** No attempt begins later than this. */
  readonly within: Duration.Duration
}

/** Asks, and asks again while that may help. What is asked must be harmless twice: it only reads, carries a key, or cancels. */
export const call = <A>(ask: () => Promise<A>, { retries, within }: Patience): Effect.Effect<A, CallFailed> =>
  Effect.suspend(() => {
    let moneyMoved: GatewayError["moneyMoved"] = "No"
    return Effect.tryPromise({
      try: ask,
      catch: (error) => {
        const failed = judge(error)
        if (failed.moneyMoved === "Unknown") moneyMoved = "Unknown"
        return new CallFailed({ ...failed, error, moneyMoved })
      }
    }).pipe(
      Effect.retry({
        while: ({ again }) => again,
        schedule: Schedule.exponential("200 millis").pipe(
          Schedule.jittered,
          Schedule.intersect(Schedule.recurs(retries)),
          Schedule.upTo(within)
        )
      })
    )
  })

export const gatewayError = ({ moneyMoved, error }: Pick<CallFailed, "moneyMoved" | "error">): GatewayError =>
  new GatewayError({ moneyMoved, cause: trouble(error) })

/** Lookups move nothing: what they leave open is whether the charge before them did. */
export const stillUnknown = ({ error }: CallFailed): GatewayError =>
  new GatewayError({ moneyMoved: "Unknown", cause: trouble(error) })

/** Stripe's own answer, where there is one. */
export const stripeError = (error: unknown): Stripe.errors.StripeError | null =>
  error instanceof Stripe.errors.StripeError ? error : null

/**
 * The usual client for Node, but that it tells a connection that was never made from one that was lost. Its errors have
 * no code, so that the `stripe` package does not repeat a request on its own and hide what came before.
 */
export const watched = (client: HttpClient): HttpClient => ({
  getClientName: () => client.getClientName(),
  makeRequest: (...request) =>
    client.makeRequest(...request).catch((cause: unknown) => {
      throw new Unanswered(cause, isUnconnected(cause))
    })
})

// internal

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Stripe>[1]>["httpClient"]>

class Unanswered extends Error {
  constructor(
    override readonly cause: unknown,
    readonly unconnected: boolean
  ) {
    super(cause instanceof Error ? cause.message : String(cause))
  }
}

const judge = (error: unknown): Pick<CallFailed, "moneyMoved" | "again"> => {
  const { errors } = Stripe
  if (error instanceof errors.StripeConnectionError) {
    const unconnected = error.detail instanceof Unanswered && error.detail.unconnected
    return { moneyMoved: unconnected ? "No" : "Unknown", again: true }
  }
  // Another request works on the same object, which may be one of ours.
  if (error instanceof errors.StripeRateLimitError) {
    return { moneyMoved: error.code === "lock_timeout" ? "Unknown" : "No", again: true }
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) return no
  if (error instanceof errors.StripeInvalidRequestError) return no
  if (error instanceof errors.StripeAPIError) {
    return { moneyMoved: "Unknown", again: error.headers?.["stripe-should-retry"] !== "false" }
  }
  return { moneyMoved: "Unknown", again: false }
}

const no = { moneyMoved: "No", again: false } as const

/** No byte of the request can have left. */
const isUnconnected = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.every(isUnconnected)
  if (!(error instanceof Error)) return false
  const { syscall, code } = error as NodeJS.ErrnoException
  return syscall === "connect" || syscall === "getaddrinfo" || untrusted.has(code ?? "")
}

/** The other side's certificate was refused. */
const untrusted = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

const trouble = (error: unknown): unknown => {
  const told = stripeError(error)
  if (told === null) return error
  const { type, code, statusCode: status, requestId, message, detail } = told
  const why = detail instanceof Error ? `${message} ${detail.message}` : message
  return new StripeTrouble(why, { type, code, status, requestId })
}
