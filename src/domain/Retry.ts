/** How a write that others have overtaken is tried again. */
import { Duration, Schema } from "effect"
import { duration } from "./Input.js"

/** Four knobs, each with bounds. */
export const Retry = Schema.Struct({
  /** In all, the first one included: 1 to 10. */
  attempts: Schema.Int.pipe(Schema.between(1, 10)),
  /** The pause after the first; each one doubles the one before: 1 millisecond to 10 seconds. */
  base: duration.pipe(Schema.betweenDuration("1 millis", "10 seconds")),
  /** A pause is longer or shorter by up to this share of it: 0 to 1. */
  jitter: Schema.Number.pipe(Schema.between(0, 1)),
  /** No pause is longer, whatever the jitter: 1 millisecond to 1 minute. */
  cap: duration.pipe(Schema.betweenDuration("1 millis", "1 minute"))
})
export interface Retry extends Schema.Schema.Type<typeof Retry> {}

export const usual: Retry = {
  attempts: 3,
  base: Duration.millis(100),
  jitter: 0.25,
  cap: Duration.seconds(10)
}

/** How long to wait after so many failures, from 1 on; null to give up. `random` is from 0 to 1. */
export const pause = ({ attempts, base, jitter, cap }: Retry, failures: number, random: number) =>
  failures >= attempts
    ? null
    : Duration.min(Duration.times(base, 2 ** (failures - 1) * (1 + jitter * (2 * random - 1))), cap)
