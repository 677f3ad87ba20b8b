/** The gateway that is held to the laws, and how it is made to do what they speak of. */
import { Context, Effect, type Layer } from "effect"
import { CustomerId } from "../../domain/Id.js"
import { Amount, Currency } from "../../domain/Money.js"
import { OrderId } from "../../domain/OrderId.js"
import { Captured, Declined, type Outcome, PaymentKey } from "../../domain/Payment.js"
import { type ChargeRequest, PaymentGateway } from "../../ports/PaymentGateway.js"
import * as Given from "../Given.js"
import { type Law, LawBroken, law, race, show } from "../Law.js"

/** What a law about gateways may use. */
export interface Ways {
  /** The method that is accepted. */
  readonly accepted: string | null
  /** The method that is declined; null where there is none. */
  readonly declined: string | null
  /** A currency with cents, and one without. */
  readonly currencies: readonly [Currency, Currency]
  /** The same adapter, when its provider cannot be reached. */
  readonly unreachable: Layer.Layer<PaymentGateway> | null
  /** The same adapter and provider, when charges are made and their answers are lost. */
  readonly losing: Layer.Layer<PaymentGateway> | null
}

export class Subject extends Context.Tag("octavo/testing/Subject")<Subject, Ways>() {}

/** A law that every gateway keeps. */
export interface GatewayLaw extends Law<PaymentGateway | Subject> {
  /** What an adapter must be able to show for it; where that is missing, the law is left out. */
  readonly needs: Need | null
}

export type Need = "declined" | "unreachable" | "losing"

type Check = Effect.Effect<void, unknown, PaymentGateway | Subject>

export const gatewayLaw = (name: string, check: Check, needs: Need | null = null): GatewayLaw => ({
  ...law(name, check),
  needs
})

/** A law that holds in every one of `Rounds` races. */
export const gatewayRace = (name: string, round: Check): GatewayLaw => ({ ...race(name, round), needs: null })

export const newKey: Effect.Effect<PaymentKey> = Effect.map(Given.id, (text) => PaymentKey.make(text))

/** A charge that nobody asked for yet: 19.99 by the accepted method, unless `facts` say otherwise. */
export const request = (facts: Partial<ChargeRequest> = {}): Effect.Effect<ChargeRequest, never, Subject> =>
  Effect.gen(function* () {
    const { accepted, currencies } = yield* Subject
    return {
      key: yield* newKey,
      orderId: OrderId.make(yield* Given.id),
      customerId: CustomerId.make("a customer"),
      amount: Amount.make(1999),
      currency: currencies[0],
      method: accepted,
      ...facts
    }
  })

export const charge = (request: ChargeRequest) => Effect.flatMap(PaymentGateway, (gateway) => gateway.charge(request))
export const lookup = (key: PaymentKey) => Effect.flatMap(PaymentGateway, (gateway) => gateway.lookup(key))

/** Gives back what was taken, or a part of it. */
export const refund = (payment: Captured, key: PaymentKey, amount: number = payment.amount) =>
  Effect.flatMap(PaymentGateway, (gateway) =>
    gateway.refund({
      key,
      paymentId: payment.paymentId,
      amount: Amount.make(amount),
      currency: payment.currency
    })
  )

/** The capture that an answer must be. */
export const capturedIn = (answer: Outcome | null): Effect.Effect<Captured, LawBroken> =>
  answer instanceof Captured
    ? Effect.succeed(answer)
    : new LawBroken({ message: `the answer must be a capture, and was ${show(answer)}` })

/** The decline that an answer must be. */
export const declinedIn = (answer: Outcome | null): Effect.Effect<Declined, LawBroken> =>
  answer instanceof Declined
    ? Effect.succeed(answer)
    : new LawBroken({ message: `the answer must be a decline, and was ${show(answer)}` })

/** A new charge, paid. */
export const paid = (facts: Partial<ChargeRequest> = {}) =>
  Effect.gen(function* () {
    const asked = yield* request(facts)
    return { asked, payment: yield* Effect.flatMap(charge(asked), capturedIn) }
  })

export const usd = Currency.make("USD")
export const jpy = Currency.make("JPY")
