import { Effect, Layer } from "effect"
import { Captured, Declined, type Outcome, type PaymentKey } from "../../../../src/domain/Payment.js"
import {
  type ChargeRequest,
  GatewayError,
  PaymentGateway,
  type RefundRequest
} from "../../../../src/ports/PaymentGateway.js"

type Gateway = PaymentGateway["Type"]

/** What a gateway is held to the laws with. */
export interface Setup {
  readonly gateway: Layer.Layer<PaymentGateway>
  readonly unreachable: Layer.Layer<PaymentGateway>
  readonly losing: Layer.Layer<PaymentGateway>
}

/** By law, the flaws that it must catch. */
export type Flaws = Readonly<Record<string, Readonly<Record<string, Setup>>>>

/** The books of a bank in memory; `flawed` gateways write in them what they should not. */
export class Bank {
  readonly answers = new Map<PaymentKey, Outcome>()
  readonly refunds = new Map<PaymentKey, RefundRequest>()
  readonly left = new Map<string, number>()

  answer({ key, amount, currency, method }: ChargeRequest, paymentId = `payment ${key}`): Outcome {
    const made =
      method === "decline" ? new Declined({ reason: "declined" }) : new Captured({ paymentId, amount, currency })
    this.answers.set(key, made)
    if (made._tag === "Captured") this.left.set(made.paymentId, amount)
    return made
  }

  giveBack(request: RefundRequest): Effect.Effect<void, GatewayError> {
    return Effect.suspend(() => {
      const left = (this.left.get(request.paymentId) ?? 0) - request.amount
      if (left < 0) return refused
      this.left.set(request.paymentId, left)
      this.refunds.set(request.key, request)
      return Effect.void
    })
  }
}

/** A gateway with nothing wrong: each call takes a turn on the way there, and one on the way back. */
export const sound = (bank: Bank): Gateway => ({
  charge: (request) => travelling(() => Effect.succeed(bank.answers.get(request.key) ?? bank.answer(request))),
  lookup: (key) => travelling(() => Effect.succeed(bank.answers.get(key) ?? null)),
  refund: (request) => travelling(() => (bank.refunds.has(request.key) ? Effect.void : bank.giveBack(request)))
})

/** A gateway of which one thing is deliberately wrong, in any of its set-ups. */
export const breaking = (
  flaw: (real: Gateway, bank: Bank) => Partial<Gateway>,
  inOthers: {
    readonly unreachable?: (real: Gateway, bank: Bank) => Partial<Gateway>
    readonly losing?: (real: Gateway, bank: Bank) => Partial<Gateway>
  } = {}
): Setup => {
  const bank = new Bank()
  const real = sound(bank)
  const away = { charge: () => refused, lookup: () => unknown, refund: () => refused }
  const losing = { ...real, charge: (request: ChargeRequest) => Effect.zipRight(real.charge(request), unknown) }
  const layer = (gateway: Gateway) => Layer.succeed(PaymentGateway, gateway)
  return {
    gateway: layer({ ...real, ...flaw(real, bank) }),
    unreachable: layer({ ...away, ...inOthers.unreachable?.(real, bank) }),
    losing: layer({ ...losing, ...inOthers.losing?.(real, bank) })
  }
}

export const travelling = <A, E>(there: () => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.yieldNow().pipe(Effect.zipRight(Effect.suspend(there)), Effect.zipLeft(Effect.yieldNow()))

export const refused = new GatewayError({ moneyMoved: "No", cause: new Error("refused") })
export const unknown = new GatewayError({ moneyMoved: "Unknown", cause: new Error("lost") })
