import { Context, Duration, Effect, Layer, Schema } from "effect"
import type { Book } from "../domain/Book.js"
import { decode, duration, type InvalidInput } from "../domain/Input.js"
import { Policy } from "../domain/PreBooking.js"

/** What is done when copies of this book come in while customers wait. */
export type PolicyOf = (book: Book, copies: number) => Policy

const Bounds = Schema.Struct({
  /** How long a copy is held: 1 second to 90 days. */
  hold: duration.pipe(Schema.betweenDuration("1 second", "90 days")),
  /** How many customers are served in one transaction: 1 to 10,000. */
  batch: Schema.Int.pipe(Schema.between(1, 10_000))
})

export interface Settings extends Schema.Schema.Type<typeof Bounds> {
  readonly policy: PolicyOf
}

/** How customers are served who wait for a book: all are told, a hold lasts 48 hours, 500 are served at a time. */
export class PreBookingSettings extends Context.Reference<PreBookingSettings>()("octavo/PreBookingSettings", {
  defaultValue: (): Settings => usual
}) {}

/** What a host wants otherwise. */
export interface Options {
  /** `broadcast`, `queue`, or a function that says which for a book and the copies that have come in; it must not throw. */
  readonly policy?: Policy | PolicyOf
  readonly hold?: Duration.DurationInput
  readonly batch?: number
}

/** The settings of a host; out of bounds they are refused. */
export const layer = ({ policy, hold, batch }: Options): Layer.Layer<never, InvalidInput> =>
  Layer.effect(
    PreBookingSettings,
    Effect.gen(function* () {
      const bounds = yield* check({ hold: hold ?? usual.hold, batch: batch ?? usual.batch })
      if (typeof policy === "function") return { ...bounds, policy }
      const { policy: always } = yield* checkPolicy({ policy: policy ?? "broadcast" })
      return { ...bounds, policy: () => always }
    })
  )

// internal

const usual: Settings = { policy: () => "broadcast", hold: Duration.hours(48), batch: 500 }

const check = decode(Bounds)
const checkPolicy = decode(Schema.Struct({ policy: Policy }))
