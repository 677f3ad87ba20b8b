/** Money asked of the gateway and given back, always under a time limit and by the order's own key. */
import { Cause, DateTime, Duration, Effect, Option, Schema } from "effect"
import type { CancelledOrder, PendingOrder } from "../domain/Order.js"
import { fits, Outcome, PaymentKey } from "../domain/Payment.js"
import { GatewayError, PaymentGateway, type RefundRequest } from "../ports/PaymentGateway.js"
import { StoreSettings } from "../ports/StoreSettings.js"

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const { chargeTimeout } = yield* StoreSettings

  /** A gateway that throws, dies, is interrupted or does not answer in time leaves open whether money moved. */
  const asked = <A>(ask: () => Effect.Effect<A, GatewayError>, limit = chargeTimeout) =>
    Effect.suspend(ask).pipe(
      Effect.disconnect,
      Effect.timeoutFail({ duration: limit, onTimeout: () => unknown(new Error("no answer in time")) }),
      Effect.catchAllCause((cause) =>
        Option.getOrElse(Option.filter(Cause.failureOption(cause), isGatewayError), () => unknown(Cause.squash(cause)))
      )
    )

  return {
    /** Not begun once the order's time is over: by then recovery may have given it up. `before`: of calls before this. */
    charge: Effect.fnUntraced(function* (
      order: PendingOrder,
      method: string | null,
      before: GatewayError["moneyMoved"] = "No"
    ) {
      const { id, customerId, paymentKey, total, currency } = order
      const left = DateTime.distance(yield* DateTime.now, DateTime.addDuration(order.createdAt, chargeTimeout))
      if (left <= 0) return yield* tooLate(before)
      const answer = yield* asked(
        () => gateway.charge({ key: paymentKey, orderId: id, customerId, amount: total, currency, method }),
        Duration.millis(left)
      )
      const outcome = yield* Effect.mapError(decodeOutcome(answer), unknown)
      return fits(outcome, order) ? outcome : yield* otherAmount()
    }),

    /** What became of the charge of this key; null when the provider knows of none. */
    lookup: (key: PaymentKey) =>
      Effect.flatMap(
        asked(() => gateway.lookup(key)),
        (answer) => (answer === null ? Effect.succeed(null) : Effect.mapError(decodeOutcome(answer), unknown))
      ),

    refund: ({ key, paymentId, amount, currency }: RefundRequest) =>
      asked(() => gateway.refund({ key, paymentId, amount, currency }))
  }
})

/** The whole of a cancelled order's money; a key of its own that never changes. */
export const refundOf = ({ paymentKey, paymentId, total, currency }: CancelledOrder): RefundRequest => ({
  key: PaymentKey.make(`${paymentKey}-refund`),
  paymentId,
  amount: total,
  currency
})

// internal

/** What a gateway of the host's answers is stored: it must be what every store can hold. */
const decodeOutcome = Schema.decodeUnknown(Outcome)

const isGatewayError = (error: unknown): error is GatewayError => error instanceof GatewayError

const unknown = (cause: unknown) => new GatewayError({ moneyMoved: "Unknown", cause })

const otherAmount = () => unknown(new Error("the gateway captured another amount than was asked"))

const tooLate = (moneyMoved: GatewayError["moneyMoved"]) =>
  new GatewayError({ moneyMoved, cause: new Error("the order's time is over") })
