/** The parts of the contract that a host's bookstore does not have. */
import { Effect, Option } from "effect"
import { PaymentNotices } from "../ports/PaymentNotices.js"

/** Groups of routes, by their names: nothing answers there, and nothing is told of them. */
export type Absent = ReadonlySet<string>

export const none: Absent = new Set()

/** Without a payment provider that sends notices there is no route for them. */
export const found: Effect.Effect<Absent> = Effect.map(Effect.serviceOption(PaymentNotices), (notices) =>
  Option.isSome(notices) ? none : new Set(["payments"])
)
