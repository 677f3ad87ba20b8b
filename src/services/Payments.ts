/** Money asked of the gateway and given back, always under a time limit and by the order's own key. */
import { Cause, Effect, Option, Schema } from "effect"
import type { CancelledOrder, PendingOrder } from "../domain/Order.js"
import { fits, Outcome, PaymentKey } from "../domain/Payment.js"
import { GatewayError, PaymentGateway } from "../ports/PaymentGateway.js"
import { StoreSettings } from "../ports/StoreSettings.js"

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const { chargeTimeout } = yield* StoreSettings

  /** A gateway that throws, dies, is interrupted or does not answer in time leaves open whether money moved. */
  const asked = <A>(ask: () => Effect.Effect<A, GatewayError>) =>
    Effect.suspend(ask).pipe(
      Effect.disconnect,
      Effect.timeoutFail({ duration: chargeTimeout, onTimeout: () => unknown(new Error("no answer in time")) }),
      Effect.catchAllCause((cause) =>
        Option.getOrElse(Option.filter(Cause.failureOption(cause), isGatewayError), () => unknown(Cause.squash(cause)))
      )
    )

  return {
    charge: ({ id, customerId, paymentKey, total, currency }: PendingOrder, method: string | null) =>
      asked(() => gateway.charge({ key: paymentKey, orderId: id, customerId, amount: total, currency, method })).pipe(
        Effect.flatMap((answer) => Effect.mapError(decodeOutcome(answer), unknown)),
        Effect.filterOrFail((outcome) => fits(outcome, { total, currency }), otherAmount)
      ),

    refund: ({ paymentKey, paymentId, total, currency }: CancelledOrder) =>
      asked(() => gateway.refund({ key: PaymentKey.make(`${paymentKey}-refund`), paymentId, amount: total, currency }))
  }
})

// internal

/** What a gateway of the host's answers is stored: it must be what every store can hold. */
const decodeOutcome = Schema.decodeUnknown(Outcome)

const isGatewayError = (error: unknown): error is GatewayError => error instanceof GatewayError

const unknown = (cause: unknown) => new GatewayError({ moneyMoved: "Unknown", cause })

const otherAmount = () => unknown(new Error("the gateway captured another amount than was asked"))
