/** The payment provider, outside of all processes: its books outlive every crash, and are the truth about the money. */
import { Effect, Exit } from "effect"
import type { OrderId } from "../../domain/OrderId.js"
import { Captured, Declined, type Outcome, type PaymentKey } from "../../domain/Payment.js"
import {
  type ChargeRequest,
  GatewayError,
  type PaymentGateway,
  type RefundRequest
} from "../../ports/PaymentGateway.js"
import type { Dice } from "./Dice.js"
import type { Timeline } from "./Timeline.js"
import type { Weather } from "./Weather.js"

/** Money that was taken. */
export interface Capture {
  readonly paymentId: string
  readonly key: PaymentKey
  readonly orderId: OrderId
  readonly amount: number
  /** What was given back of it, by key. */
  readonly refunds: ReadonlyMap<PaymentKey, number>
}

/** What the provider's books say. */
export interface Books {
  readonly captures: Iterable<Capture>
}

export interface Provider {
  readonly gateway: PaymentGateway["Type"]
  readonly books: { readonly captures: ReadonlyMap<string, Capture> }
  /** Whether it still has something to do that was asked of it. */
  readonly isBusy: () => boolean
  /** It is up from now on. */
  readonly mend: () => void
}

/** What the provider does of its own accord. */
export interface Told {
  readonly settled: (request: ChargeRequest, outcome: Outcome) => void
  readonly returned: (capture: Capture) => void
  /** Asked to give back what it never took. */
  readonly wrong: (message: string) => void
  readonly note: (line: () => string) => void
}

export const make = (timeline: Timeline, dice: Dice, weather: Weather, told: Told): Provider => {
  const charges = new Map<PaymentKey, Outcome | "under way">()
  const captures = new Map<string, Capture & { readonly refunds: Map<PaymentKey, number> }>()
  let downUntil = 0
  let underWay = 0

  const settle = (request: ChargeRequest, outcome: Outcome): Outcome => {
    const { key, orderId, amount } = request
    charges.set(key, outcome)
    if (outcome._tag === "Captured") {
      captures.set(outcome.paymentId, { paymentId: outcome.paymentId, key, orderId, amount, refunds: new Map() })
    }
    told.note(() => `the provider ${outcome._tag === "Captured" ? "captures" : "declines"} ${amount} of ${orderId}`)
    told.settled(request, outcome)
    return outcome
  }

  /** What becomes of a charge is decided when it is asked for the first time. */
  const decide = ({ key, amount, currency, method }: ChargeRequest): Outcome =>
    method === "decline" || dice.chance(0.15)
      ? new Declined({ reason: "card_declined" })
      : new Captured({ paymentId: `pay_${key}`, amount, currency })

  const giveBack = ({ key, paymentId, amount }: RefundRequest) => {
    const capture = captures.get(paymentId)
    if (capture === undefined) return told.wrong(`a refund was asked of ${paymentId}, which was never taken`)
    if (capture.refunds.has(key)) return
    capture.refunds.set(key, amount)
    told.note(() => `the provider gives back ${amount} of ${capture.orderId}`)
    told.returned(capture)
  }

  const later = (millis: number, work: () => void) => {
    underWay++
    timeline.after(millis, null, () => {
      underWay--
      work()
    })
  }

  /** One call, with what it does (`work`) and when, if ever, its answer comes back. */
  const call = <A>(name: string, work: () => A, charge: ChargeRequest | null = null): Effect.Effect<A, GatewayError> =>
    Effect.async((resume) => {
      const known = charge !== null && charges.has(charge.key)
      const answer = (millis: number, exit: Exit.Exit<A, GatewayError>) =>
        timeline.after(millis, null, () => resume(exit))
      const latency = dice.between(1, 300)
      if (weather.gatewayFalls()) downUntil = timeline.now() + dice.between(1_000, 120_000)
      const down = timeline.now() < downUntil
      const fate = down ? dice.pick(["unasked", "refused"]) : weather.call()
      told.note(() => `${name}: ${down ? "the provider is down" : fate}`)
      switch (fate) {
        case "fine":
          return later(latency, () => resume(Exit.succeed(work())))
        case "lost":
          work()
          return void answer(latency, lost)
        case "unasked":
          return void answer(latency, lost)
        case "refused":
          return void answer(latency, known ? lost : unasked)
        case "slow":
          return void answer(dice.between(25_000, 70_000), Exit.succeed(work()))
        case "late":
          if (charge !== null && !known) charges.set(charge.key, "under way")
          later(dice.chance(0.8) ? dice.between(5_000, 90_000) : dice.between(90_000, 480_000), work)
          return dice.chance(0.5) ? void answer(latency, lost) : undefined
        case "silent":
          return
      }
    })

  return {
    gateway: {
      charge: (request) =>
        Effect.suspend(() => {
          if (charges.get(request.key) === "under way") return lost
          const settled = () => {
            const known = charges.get(request.key)
            return known === undefined || known === "under way" ? settle(request, decide(request)) : known
          }
          return call(`charge ${request.orderId}`, settled, request)
        }),
      lookup: (key) =>
        call(`lookup ${key}`, () => {
          const known = charges.get(key)
          return known === undefined || known === "under way" ? null : known
        }),
      refund: (request) => call(`refund ${request.paymentId}`, () => giveBack(request))
    },
    books: { captures },
    isBusy: () => underWay > 0,
    mend: () => {
      downUntil = 0
    }
  }
}

// internal

const lost = Exit.fail(new GatewayError({ moneyMoved: "Unknown", cause: new Error("the answer was lost") }))
const unasked = Exit.fail(new GatewayError({ moneyMoved: "No", cause: new Error("the gateway could not be reached") }))
