/** Time of a check's own: it runs as ever, and jumps ahead when told to. */
import { Clock, Duration, Effect } from "effect"

export type Pass = (duration: Duration.DurationInput) => Effect.Effect<void>

/** Runs a check on a clock that it can put forward; nobody sleeps longer for it. */
export const timed = <A, E, R>(check: (pass: Pass) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((real) => {
    let ahead = 0
    const millis = () => real.unsafeCurrentTimeMillis() + ahead
    const nanos = () => real.unsafeCurrentTimeNanos() + BigInt(ahead) * 1_000_000n
    const clock: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) => real.sleep(duration)
    }
    const pass: Pass = (duration) =>
      Effect.sync(() => {
        ahead += Duration.toMillis(duration)
      })
    return Effect.withClock(check(pass), clock)
  })
