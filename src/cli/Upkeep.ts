/** What a server does beside its requests: recovery, and the delivery of events. */
import { Effect, type Scope } from "effect"
import { Checkout } from "../services/Checkout.js"
import type { Orders } from "../services/Orders.js"
import { Relay } from "../services/Relay.js"
import * as Background from "./Background.js"
import * as Events from "./Events.js"
import * as Output from "./Output.js"
import * as Payments from "./Payments.js"
import * as Recover from "./Recover.js"

/** Begins both at once; both go on until the scope closes, which lets what is in flight end first. */
export const start = (
  payments: Payments.Payments,
  events: Events.Choice
): Effect.Effect<void, never, Checkout | Orders | Relay | Scope.Scope> =>
  Effect.zipRight(
    Background.start({ name: "recovery", every: "30 seconds", patience: "10 seconds", pass: recovery(payments) }),
    events === "none"
      ? Effect.void
      : Background.start({ name: "the relay", every: "1 second", patience: "2 seconds", pass: relay(events) })
  )

// internal

/** What waits is told by what keeps it waiting. */
const recovery = (payments: Payments.Payments) =>
  Effect.gen(function* () {
    yield* Payments.known(payments)
    const { recover } = yield* Checkout
    const report = yield* recover()
    yield* Output.note(...Recover.lines({ ...report, waiting: [] }).map((line) => `recovery: ${line}`))
  })

const relay = (events: Events.Choice) =>
  Effect.flatMap(Relay, ({ deliver }) =>
    deliver((event) => (Events.isWritten(events, event) ? Output.note(Events.line(event)) : Effect.void))
  )
