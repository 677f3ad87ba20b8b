/** How customers are served who wait for a book: chosen for a store, and the same for whatever brings copies back. */
import { Duration, Effect, Either, Layer, Schema } from "effect"
import * as PreBooking from "../domain/PreBooking.js"
import * as PreBookingSettings from "../ports/PreBookingSettings.js"
import { PreBookings } from "../services/PreBookings.js"
import { type Failure, usage } from "./Failure.js"
import * as Options from "./Options.js"

export const options = {
  "restock-policy": { type: "string" },
  hold: { type: "string" }
} as const satisfies Options.Specs

export const help = `Copies that come in while customers wait for them; choose the same for all commands on a store:
  --restock-policy P  broadcast: they go on sale and all     OCTAVO_RESTOCK_POLICY, default broadcast
                      who wait are told; queue: each is held for the next in line
  --hold TIME         how long one is held, up to 90d        OCTAVO_HOLD, default 48h`

export interface Restock {
  readonly policy: PreBooking.Policy
  readonly hold: Duration.Duration
}

export interface Values {
  readonly "restock-policy"?: string | undefined
  readonly hold?: string | undefined
}

/** An option wins over the environment. */
export const read = (values: Values, env: Options.Environment): Either.Either<Restock, Failure> =>
  Either.gen(function* () {
    const [policyName, policy] = named("restock-policy", values["restock-policy"], "OCTAVO_RESTOCK_POLICY", env)
    const [holdName, hold] = named("hold", values.hold, "OCTAVO_HOLD", env)
    const chosen = policy ?? "broadcast"
    if (!isPolicy(chosen)) {
      return yield* Either.left(usage(`${policyName} takes broadcast or queue, not ${Options.quote(chosen)}`))
    }
    if (values.hold !== undefined && chosen !== "queue") {
      return yield* Either.left(usage("--hold goes with --restock-policy queue, which alone keeps copies"))
    }
    const kept = yield* Options.duration(holdName, hold ?? "48h")
    return Duration.lessThanOrEqualTo(kept, longest)
      ? { policy: chosen, hold: kept }
      : yield* Either.left(usage(`${holdName} takes at most 90d, not ${Options.quote(hold)}`))
  })

/** For whatever bookstore is built over it. */
export const settings = ({ policy, hold }: Restock): Layer.Layer<never> =>
  Layer.orDie(PreBookingSettings.layer({ policy, hold }))

/** Passes on what was held too long, and finishes what large restocks have left to be done. */
export const sweep: Effect.Effect<unknown, unknown, PreBookings> = Effect.flatMap(PreBookings, ({ sweep }) => sweep)

// internal

const isPolicy = Schema.is(PreBooking.Policy)
const longest = Duration.days(90)

const named = (
  option: string,
  value: string | undefined,
  variable: string,
  env: Options.Environment
): readonly [name: string, text: string | undefined] =>
  value === undefined ? [variable, env[variable] || undefined] : [`--${option}`, value]
