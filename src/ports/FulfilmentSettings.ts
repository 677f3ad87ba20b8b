import { Context, Duration, Effect, Layer, Schema } from "effect"
import { decode, duration, type InvalidInput } from "../domain/Input.js"
import * as Retry from "../domain/Retry.js"

export const Settings = Schema.Struct({
  /** How long a claim holds unless it is renewed: 1 second to 7 days. */
  term: duration.pipe(Schema.betweenDuration("1 second", "7 days")),
  /** What is done about a write that others have overtaken. */
  retry: Retry.Retry,
  /** How many orders of a batch are taken at once: 1 to 50. */
  concurrency: Schema.Int.pipe(Schema.between(1, 50))
})
export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** How workers share the work: a claim of an hour, three attempts, five orders of a batch at once. */
export class FulfilmentSettings extends Context.Reference<FulfilmentSettings>()("octavo/FulfilmentSettings", {
  defaultValue: (): Settings => usual
}) {}

/** What a host wants otherwise. */
export interface Options {
  readonly term?: Duration.DurationInput
  readonly retry?: {
    readonly attempts?: number
    readonly base?: Duration.DurationInput
    readonly jitter?: number
    readonly cap?: Duration.DurationInput
  }
  readonly concurrency?: number
}

/** The settings of a host; out of bounds they are refused. */
export const layer = ({ term, retry, concurrency }: Options): Layer.Layer<never, InvalidInput> =>
  Layer.effect(
    FulfilmentSettings,
    Effect.suspend(() =>
      check({
        term: term ?? usual.term,
        retry: { ...usual.retry, ...retry },
        concurrency: concurrency ?? usual.concurrency
      })
    )
  )

// internal

const usual: Settings = { term: Duration.hours(1), retry: Retry.usual, concurrency: 5 }

const check = decode(Settings)
