/** Remembers, for this process and up to a bound, where workers get in each other's way. */
import { Context, Effect, Layer, Metric } from "effect"
import * as Conflicts from "../domain/Conflicts.js"
import type { OrderId } from "../domain/Order.js"

const make = Effect.sync(() => {
  const counts = new Map<OrderId, Conflicts.Count>()
  return {
    /** Remembers what a command has met; a command that met nothing is none of it. */
    saw: (episode: Conflicts.Episode): Effect.Effect<void> =>
      episode.conflicts === 0 && !episode.lostTake
        ? Effect.void
        : Effect.zipRight(
            Effect.sync(() => Conflicts.count(counts, episode)),
            measured(episode)
          ),

    /** What is to be said of all orders that are remembered, or of some. */
    report: (orderIds: ReadonlyArray<OrderId> | null): Effect.Effect<Conflicts.Report> =>
      Effect.sync(() => Conflicts.report(counts, orderIds))
  }
})

/** One for each process. */
export class ConflictMonitor extends Context.Tag("octavo/ConflictMonitor")<
  ConflictMonitor,
  Effect.Effect.Success<typeof make>
>() {}

export const layer = Layer.effect(ConflictMonitor, make)

// internal

const conflicts = Metric.counter("octavo_fulfilment_version_conflicts", {
  description: "Writes that came too late for the version that they had read",
  incremental: true
})
const lostTakes = Metric.counter("octavo_fulfilment_lost_takes", {
  description: "Takes of what somebody else had just taken",
  incremental: true
})
const givenUp = Metric.counter("octavo_fulfilment_given_up", {
  description: "Commands that were overtaken as often as they were tried",
  incremental: true
})

const measured = (episode: Conflicts.Episode) =>
  Effect.zipRight(
    Effect.zipRight(
      Metric.incrementBy(conflicts, episode.conflicts),
      Metric.incrementBy(lostTakes, episode.lostTake ? 1 : 0)
    ),
    Metric.incrementBy(givenUp, episode.conflicts > 0 && !episode.succeeded ? 1 : 0)
  )
