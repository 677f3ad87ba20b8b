/** What is given back is given back once. */
import { Effect } from "effect"
import { Captured, type PaymentKey } from "../../domain/Payment.js"
import type { PaymentGateway } from "../../ports/PaymentGateway.js"
import { atOnce, refused, same } from "../Law.js"
import { type GatewayLaw, gatewayLaw, gatewayRace, lookup, newKey, paid, refund, request } from "./Subject.js"

const once = gatewayLaw(
  "a refund succeeds, and again under the same key",
  Effect.gen(function* () {
    const { asked, payment } = yield* paid()
    const key = yield* newKey
    yield* refund(payment, key)
    yield* refund(payment, key)
    yield* same("what lookup tells of the charge", yield* lookup(asked.key), payment)
  })
)

/** A gateway that gave the first half back more than once has too little left for the second. */
const halves = (first: (key: PaymentKey, payment: Captured) => Effect.Effect<void, unknown, PaymentGateway>) =>
  Effect.gen(function* () {
    const { payment } = yield* paid()
    yield* first(yield* newKey, payment)
    yield* refund(payment, yield* newKey, payment.amount - half)
  })

const oftenOnce = gatewayLaw(
  "a part that is given back many times under one key leaves the rest to be given back",
  halves((key, payment) => Effect.repeatN(refund(payment, key, half), 3))
)

const atOnceOnce = gatewayRace(
  "a part that is given back ten times at once under one key leaves the rest to be given back",
  halves((key, payment) =>
    Effect.gen(function* () {
      const { failures } = yield* atOnce(10, () => refund(payment, key, half))
      for (const failure of failures) {
        yield* same("a failure while another gives it back", failure.moneyMoved, "Unknown")
      }
      yield* refund(payment, key, half)
    })
  )
)

const nothing = gatewayLaw(
  "what was never taken is not given back",
  Effect.gen(function* () {
    const { amount, currency } = yield* request()
    const payment = new Captured({ paymentId: `none ${yield* newKey}`, amount, currency })
    const failure = yield* refused(Effect.flatMap(newKey, (key) => refund(payment, key)))
    yield* same("the failure", failure._tag, "GatewayError")
  })
)

const half = 1000

export const refunding: ReadonlyArray<GatewayLaw> = [once, oftenOnce, atOnceOnce, nothing]
