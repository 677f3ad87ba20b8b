/** A payment gateway for demonstrations: it moves no money. */
import { Effect, Layer } from "effect"
import { Captured, Declined, type Outcome, type PaymentKey } from "../../domain/Payment.js"
import { GatewayError, PaymentGateway } from "../../ports/PaymentGateway.js"

/** The method that is declined; any other is captured. */
export const declinedMethod = "decline"

/** Deterministic: captures at once, declines the method `"decline"`, and answers a key that it knows as it did before. */
export const layer: Layer.Layer<PaymentGateway> = Layer.sync(PaymentGateway, () => {
  const answers = new Map<PaymentKey, Outcome>()
  return {
    charge: ({ key, method, amount, currency }) =>
      Effect.sync(() => {
        const answer =
          answers.get(key) ??
          (method === declinedMethod
            ? new Declined({ reason: "declined" })
            : new Captured({ paymentId: `demo_${key}`, amount, currency }))
        answers.set(key, answer)
        return answer
      }),
    lookup: (key) => Effect.sync(() => answers.get(key) ?? null),
    // Payments of earlier runs are refunded too: the ledger lives in memory, the orders may not.
    refund: ({ paymentId }) =>
      paymentId.startsWith("demo_")
        ? Effect.void
        : new GatewayError({ moneyMoved: "No", cause: new Error("not a payment of the demonstration gateway") })
  }
})
