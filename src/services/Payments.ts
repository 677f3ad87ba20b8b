/** Money asked of the gateway and given back, always under a time limit and by the order's own key. */
import { Effect } from "effect"
import type { CancelledOrder, PendingOrder } from "../domain/Order.js"
import { type Outcome, PaymentKey } from "../domain/Payment.js"
import { GatewayError, PaymentGateway } from "../ports/PaymentGateway.js"
import { StoreSettings } from "../ports/StoreSettings.js"

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const { chargeTimeout } = yield* StoreSettings

  /** A gateway that dies or does not answer in time leaves open whether money moved. */
  const asked = <A>(answer: Effect.Effect<A, GatewayError>) =>
    answer.pipe(
      Effect.catchAllDefect((cause) => new GatewayError({ moneyMoved: "Unknown", cause })),
      Effect.timeoutFail({
        duration: chargeTimeout,
        onTimeout: () => new GatewayError({ moneyMoved: "Unknown", cause: new Error("no answer in time") })
      })
    )

  return {
    charge: ({ id, customerId, paymentKey, total, currency }: PendingOrder, method: string | null) =>
      asked(gateway.charge({ key: paymentKey, orderId: id, customerId, amount: total, currency, method })).pipe(
        Effect.filterOrFail((outcome) => fits(outcome, total, currency), otherAmount)
      ),

    refund: ({ paymentKey, paymentId, total, currency }: CancelledOrder) =>
      asked(gateway.refund({ key: PaymentKey.make(`${paymentKey}-refund`), paymentId, amount: total, currency }))
  }
})

// internal

const fits = (outcome: Outcome, total: number, currency: string) =>
  outcome._tag === "Declined" || (outcome.amount === total && outcome.currency === currency)

const otherAmount = () =>
  new GatewayError({ moneyMoved: "Unknown", cause: new Error("the gateway captured another amount than was asked") })
