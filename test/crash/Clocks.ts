/** Time that has passed without anybody waiting for it. */
import { Clock, Effect } from "effect"

/** A clock ahead of another by so many milliseconds, or behind it. */
export const later = (clock: Clock.Clock, by: number): Clock.Clock => {
  const millis = () => clock.unsafeCurrentTimeMillis() + by
  const nanos = () => clock.unsafeCurrentTimeNanos() + BigInt(by) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => clock.sleep(duration)
  }
}

/** Longer than orders that were given up are asked about, so that each life finds what the one before it left alone. */
export const between = 20 * 60_000
