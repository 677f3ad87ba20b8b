/** What a server does beside its requests: recovery, serving those who wait for books, and the delivery of events. */
import { Effect, type Scope } from "effect"
import type { Event } from "../domain/Event.js"
import type { OrderRepository } from "../ports/OrderRepository.js"
import type { PreBookingRepository } from "../ports/PreBookingRepository.js"
import { Checkout } from "../services/Checkout.js"
import type { Orders } from "../services/Orders.js"
import type { PreBookings } from "../services/PreBookings.js"
import { Relay } from "../services/Relay.js"
import * as Background from "./Background.js"
import * as Events from "./Events.js"
import type { Failure } from "./Failure.js"
import * as Mail from "./Mail.js"
import * as Output from "./Output.js"
import * as Payments from "./Payments.js"
import * as Recover from "./Recover.js"
import * as Restock from "./Restock.js"

export interface Duties {
  readonly payments: Payments.Payments
  readonly events: Events.Choice
  readonly mail: Mail.Mail
}

/** Begins all of it at once; it goes on until the scope closes, which lets what is in flight end first. */
export const start = ({
  payments,
  events,
  mail
}: Duties): Effect.Effect<
  void,
  Failure,
  Checkout | OrderRepository | Orders | PreBookingRepository | PreBookings | Relay | Scope.Scope
> =>
  Effect.gen(function* () {
    const mailed = yield* Mail.handler(mail)
    yield* Background.start({
      name: "recovery",
      every: "30 seconds",
      patience: "10 seconds",
      pass: recovery(payments)
    })
    yield* Background.start({
      name: "the sweep of pre-bookings",
      every: "2 seconds",
      patience: "2 seconds",
      pass: Restock.sweep
    })
    // Mails are delivered even where nothing is written of events.
    if (events !== "none" || mail._tag === "Smtp") {
      yield* Background.start({
        name: "the relay",
        every: "1 second",
        patience: mail._tag === "Smtp" ? "10 seconds" : "2 seconds",
        pass: relay(events, mailed)
      })
    }
  })

// internal

/** What waits is told by what keeps it waiting. */
const recovery = (payments: Payments.Payments) =>
  Effect.gen(function* () {
    yield* Payments.known(payments)
    const { recover } = yield* Checkout
    const report = yield* recover()
    yield* Output.note(...Recover.lines({ ...report, waiting: [] }).map((line) => `recovery: ${line}`))
  })

/** What is written once is not written again because its mail has failed: the mail comes first. */
const relay = (events: Events.Choice, mailed: (event: Event) => Effect.Effect<void, unknown>) =>
  Effect.flatMap(Relay, ({ deliver }) =>
    deliver((event) => Effect.zipRight(mailed(event), written(events, event)), Mail.patience)
  )

const written = (events: Events.Choice, event: Event) =>
  Events.isWritten(events, event) ? Output.note(Events.line(event)) : Effect.void
