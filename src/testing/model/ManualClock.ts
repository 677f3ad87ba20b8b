/** A clock that goes on only when it is told to; short pauses, such as between two looks, pass at once. */
import { Clock, Duration, Effect } from "effect"

export interface ManualClock extends Clock.Clock {
  readonly advance: (millis: number) => Effect.Effect<void>
}

export const make = (start: number): ManualClock => {
  let now = start
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()

  const advance = (millis: number) =>
    Effect.sync(() => {
      now += millis
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    })

  const until = (instant: number) =>
    Effect.async<void>((resume) => {
      const sleeper = { until: instant, wake: () => resume(Effect.void) }
      sleepers.add(sleeper)
      return Effect.sync(() => sleepers.delete(sleeper))
    })

  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    currentTimeMillis: Effect.sync(() => now),
    unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
    sleep: (duration) =>
      Effect.suspend(() => {
        const millis = Math.ceil(Duration.toMillis(duration))
        return millis < 1000 ? Effect.zipRight(turn, advance(millis)) : until(now + millis)
      }),
    advance
  }
}

/** Everything that is under way goes on; on the platform's own time. */
export const turn: Effect.Effect<void> = Effect.async((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})
