/** Takes what is open, works on it for a moment, and completes it, until no order is left. */
import { Effect, Random } from "effect"
import { Fulfilments } from "octavo"

export const work = (name: string) =>
  Effect.gen(function* () {
    const fulfilments = yield* Fulfilments.Fulfilments
    process.send?.("at work")
    for (;;) {
      const { items } = yield* fulfilments.list({}, { size: 50 })
      if (items.length === 0) return
      const open = items.filter(({ state }) => state !== "in_progress")
      if (open.length === 0) {
        // The rest is in others' hands, or in those of the dead, until their time is over.
        yield* Effect.sleep("100 millis")
        continue
      }
      const { box } = yield* Random.choice(open)
      yield* stage(name, box.orderId)
    }
  })

// internal

const stage = (name: string, orderId: string) =>
  Effect.gen(function* () {
    const fulfilments = yield* Fulfilments.Fulfilments
    const { epoch } = yield* fulfilments.take(name, orderId)
    yield* Effect.sleep(yield* Random.nextIntBetween(20, 80))
    yield* fulfilments.complete(name, orderId, { epoch })
  }).pipe(
    // Another was faster, or took over: on to the next.
    Effect.catchTags({
      FulfilmentTaken: () => Effect.void,
      StageNotReady: () => Effect.void,
      VersionConflict: () => Effect.void,
      NotHolder: () => Effect.void,
      ClaimLapsed: () => Effect.void
    })
  )
