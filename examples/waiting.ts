import { Effect, Layer, Schedule } from "effect"
import { Bookstore, CustomerDirectory, Notifications, PreBookingSettings, PreBookings, Relay } from "octavo"
import * as DemoGateway from "octavo/demo"

/** The host's users; who is not among them has no mail. */
const users = new Map([["ada", { name: "Ada", address: "ada@example.org", language: "en" }]])

/** A copy that comes in is held for a day, for whoever is next in line. */
const store = Bookstore.layer.pipe(
  Layer.provide(PreBookingSettings.layer({ policy: "queue", hold: "24 hours" })),
  Layer.provide(DemoGateway.layer)
)

const letters = Notifications.layer({ shop: "Corner Books", domain: "corner.example" }).pipe(
  Layer.provide(CustomerDirectory.layer((id) => users.get(id)))
)

/** Mails what happens, and passes on what was held too long, for as long as the application runs. */
const upkeep = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { run } = yield* Relay.Relay
    const { handle } = yield* Notifications.Notifications
    const { sweep } = yield* PreBookings.PreBookings
    yield* Effect.forkScoped(run(handle, { longest: "5 minutes", attempts: 3000 }))
    const swept = Effect.catchAllCause(sweep, (cause) => Effect.logWarning("Those who wait are not served", cause))
    yield* Effect.forkScoped(Effect.repeat(swept, Schedule.spaced("2 seconds")))
  })
)

/** Over a store, and a mailer such as `Smtp.layer({ url, from })` of `octavo/smtp`. */
export const shop = upkeep.pipe(Layer.provide(letters), Layer.provideMerge(store))
