import { Context, Effect, Layer } from "effect"
import { type Event, Relay } from "octavo"

export class Mailer extends Context.Tag("host/Mailer")<
  Mailer,
  {
    /** The same id again is the same mail, and is sent once. */
    readonly send: (mail: { id: string; to: string; text: string }) => Effect.Effect<void, Error>
  }
>() {}

const handle = (event: Event.Event) =>
  Effect.flatMap(Mailer, ({ send }) => {
    switch (event._tag) {
      case "OrderConfirmed":
        return send({ id: event.id, to: event.customerId, text: `Thank you for order ${event.orderId}` })
      case "OrderRefunded":
      case "PaymentReturned":
        return send({ id: event.id, to: event.customerId, text: `Your money for order ${event.orderId} is back` })
      default:
        return Effect.void
    }
  })

/** Goes on for as long as the application does; any number of processes share the work. */
export const mails = Layer.scopedDiscard(
  Effect.flatMap(Relay.Relay, ({ run }) => Effect.forkScoped(run(handle, { backoff: "1 second", attempts: 12 })))
)
