/** The scripted gateway with what a provider does besides: it cannot be reached, and knows of charges that came late. */
import { Context, Effect, Layer } from "effect"
import type { Order } from "../../domain/Order.js"
import { Captured, type PaymentKey } from "../../domain/Payment.js"
import { GatewayError, PaymentGateway } from "../../ports/PaymentGateway.js"
import * as Scripted from "../ScriptedGateway.js"

export class Provider extends Context.Tag("octavo/testing/Provider")<
  Provider,
  {
    /** The keys that were asked about, in order. */
    readonly lookups: Effect.Effect<ReadonlyArray<PaymentKey>>
    /** How often it was asked and could not be reached. */
    readonly missed: Effect.Effect<number>
    /** Until told otherwise it can, or cannot, be asked about charges and for refunds. */
    readonly reachable: (is: boolean) => Effect.Effect<void>
    /** The charge of the order turns up, whatever became of it before; of the order's total unless said otherwise. */
    readonly late: (order: Order, amount?: Captured["amount"]) => Effect.Effect<Captured>
  }
>() {}

export const layer: Layer.Layer<Provider | Scripted.ScriptedGateway | PaymentGateway> = Layer.effectContext(
  Effect.gen(function* () {
    const scripted = yield* Scripted.ScriptedGateway
    const gateway = yield* PaymentGateway
    const lookups: Array<PaymentKey> = []
    const late = new Map<PaymentKey, Captured>()
    let isReachable = true
    let missed = 0
    const reached = <A>(ask: Effect.Effect<A, GatewayError>) =>
      Effect.suspend(() => {
        if (isReachable) return ask
        missed++
        return new GatewayError({ moneyMoved: "Unknown", cause: new Error("away") })
      })

    return Context.make(Scripted.ScriptedGateway, scripted).pipe(
      Context.add(PaymentGateway, {
        ...gateway,
        lookup: (key) =>
          Effect.suspend(() => {
            lookups.push(key)
            const found = late.get(key)
            return reached(found === undefined ? gateway.lookup(key) : Effect.succeed(found))
          }),
        refund: (request) => reached(gateway.refund(request))
      }),
      Context.add(Provider, {
        lookups: Effect.sync(() => [...lookups]),
        missed: Effect.sync(() => missed),
        reachable: (is) =>
          Effect.sync(() => {
            isReachable = is
          }),
        late: ({ paymentKey, total, currency }, amount = total) =>
          Effect.sync(() => {
            const captured = new Captured({ paymentId: `late_${paymentKey}`, amount, currency })
            late.set(paymentKey, captured)
            return captured
          })
      })
    )
  })
).pipe(Layer.provide(Scripted.layer))
