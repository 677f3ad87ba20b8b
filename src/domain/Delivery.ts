/** An event on its way to whoever is to be told: tried, put off, parked for somebody to look at, delivered, or of no use to send. */
import { DateTime, Duration, Schema } from "effect"
import { Event } from "./Event.js"
import { oneOf } from "./Input.js"

/** `undeliverable`: there is nobody to be told, and trying again would not help; it holds up nothing. */
export const State = oneOf("waiting", "parked", "delivered", "undeliverable")
export type State = typeof State.Type

export class Delivery extends Schema.Class<Delivery>("octavo/Delivery")({
  event: Schema.typeSchema(Event),
  state: State,
  /** How often it was tried and failed since it was last let go on. */
  attempts: Schema.NonNegativeInt,
  /** Not tried before this instant. */
  dueAt: Schema.DateTimeUtcFromSelf,
  /** What went wrong the last time, or why it is undeliverable. */
  error: Schema.NullOr(Schema.String)
}) {}

/** What a handler fails with when there is nobody to be told: the event is put away as undeliverable, and not tried again. */
export class Undeliverable extends Schema.TaggedError<Undeliverable>()("Undeliverable", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** How often and how soon a failed delivery is tried again. */
export interface Patience {
  /** After so many failures it is parked. */
  readonly attempts: number
  /** The first pause; each one doubles the one before. */
  readonly base: Duration.Duration
  /** No pause is longer. */
  readonly cap: Duration.Duration
}

/** When to try again after so many failures, null to park; `jitter` from 0 to 1 takes up to a half off the pause. */
export const again = (
  failures: number,
  { attempts, base, cap }: Patience,
  { now, jitter }: { readonly now: DateTime.Utc; readonly jitter: number }
): DateTime.Utc | null => {
  if (failures >= attempts) return null
  const pause = Duration.min(Duration.times(base, 2 ** (failures - 1)), cap)
  return DateTime.addDuration(now, Duration.times(pause, 1 - jitter / 2))
}
