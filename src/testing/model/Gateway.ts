/** The payment provider that goes with the model's: its books, and moods in which it answers. */
import { Context, Effect, Layer } from "effect"
import { Amount } from "../../domain/Money.js"
import { Captured, Declined, type Outcome } from "../../domain/Payment.js"
import { type ChargeRequest, GatewayError, PaymentGateway } from "../../ports/PaymentGateway.js"
import type { ManualClock } from "./ManualClock.js"
import { turn } from "./ManualClock.js"
import type { Mood } from "./World.js"

export class Provider extends Context.Tag("octavo/testing/model/Provider")<
  Provider,
  {
    readonly feel: (mood: Mood) => void
    /** Writes an answer down, unless there is one. */
    readonly write: (key: string, outcome: Outcome) => void
    readonly charges: ReadonlyMap<string, Outcome>
    readonly refunds: ReadonlySet<string>
    readonly asked: () => number
    /** How often it was asked for a refund that it had not made. */
    readonly askedBack: () => number
    /** How often it was asked about a key that is not of this history. */
    readonly askedOfOthers: () => number
  }
>() {}

/** `isOwn` tells the keys of this history: of others it says nothing. */
export const layer = (clock: ManualClock, isOwn: (key: string) => boolean): Layer.Layer<Provider | PaymentGateway> =>
  Layer.effectContext(
    Effect.sync(() => {
      const charges = new Map<string, Outcome>()
      const refunds = new Set<string>()
      let mood: Mood = { charge: "capture", refund: "pays", lookup: "answers" }
      let [asked, askedBack, askedOfOthers] = [0, 0, 0]

      const gateway = PaymentGateway.of({
        charge: (request) =>
          Effect.suspend(() => {
            asked++
            const known = charges.get(request.key)
            return known === undefined
              ? ways(clock, request, (outcome) => charges.set(request.key, outcome))[mood.charge]
              : Effect.succeed(known)
          }),
        lookup: (key) =>
          Effect.suspend(() => {
            if (isOwn(key))
              return mood.lookup === "fails" ? refuse("Unknown") : Effect.succeed(charges.get(key) ?? null)
            askedOfOthers++
            return refuse("Unknown")
          }),
        refund: ({ key }) =>
          Effect.suspend(() => {
            if (refunds.has(key)) return Effect.void
            if (!isOwn(key)) return refuse("No")
            askedBack++
            if (mood.refund === "fails") return refuse("No")
            refunds.add(key)
            return mood.refund === "pays" ? Effect.void : refuse("Unknown")
          })
      })

      return Context.make(PaymentGateway, gateway).pipe(
        Context.add(Provider, {
          feel: (next) => {
            mood = next
          },
          write: (key, outcome) => {
            if (!charges.has(key)) charges.set(key, outcome)
          },
          charges,
          refunds,
          asked: () => asked,
          askedBack: () => askedBack,
          askedOfOthers: () => askedOfOthers
        })
      )
    })
  )

// internal

const ways = (
  clock: ManualClock,
  { key, amount, currency }: ChargeRequest,
  write: (outcome: Outcome) => unknown
): Readonly<Record<Mood["charge"], Effect.Effect<Outcome, GatewayError>>> => {
  const written = (outcome: Outcome) =>
    Effect.sync(() => {
      write(outcome)
      return outcome
    })
  const taken = (sum = amount, paymentId = `scripted_${key}`) => new Captured({ paymentId, amount: sum, currency })
  const capture = written(taken())
  // The time limit has begun to run by then.
  const hang = Effect.zipRight(Effect.zipRight(turn, clock.advance(31_000)), Effect.never)
  const death = Effect.die(new Error("the gateway died"))
  return {
    capture,
    decline: written(new Declined({ reason: "declined" })),
    down: refuse("No"),
    lost: refuse("Unknown"),
    "charged and lost": Effect.zipRight(capture, refuse("Unknown")),
    dies: death,
    "charged and dies": Effect.zipRight(capture, death),
    hangs: hang,
    "charged and hangs": Effect.zipRight(capture, hang),
    "other amount": written(taken(Amount.make(amount + 1))),
    garbage: Effect.as(capture, { ...taken(), paymentId: " " } as Outcome)
  }
}

const refuse = (moneyMoved: GatewayError["moneyMoved"]) =>
  new GatewayError({ moneyMoved, cause: new Error("the history says so") })
