/** A decline is an answer like any other, and final. */
import { Array, Effect } from "effect"
import { holds } from "../Law.js"
import { charge, declinedIn, type GatewayLaw, gatewayLaw, lookup, request, Subject } from "./Subject.js"

/** A new charge, declined. */
const refusedCharge = Effect.gen(function* () {
  const { declined } = yield* Subject
  const asked = yield* request({ method: declined })
  return { asked, decline: yield* Effect.flatMap(charge(asked), declinedIn) }
})

const repeated = gatewayLaw(
  "a decline is an answer with a reason, and is repeated for its key",
  Effect.gen(function* () {
    const { asked, decline } = yield* refusedCharge
    yield* holds("there is a reason", decline.reason.trim() !== "")
    for (const _ of Array.range(1, 3)) yield* Effect.flatMap(charge(asked), declinedIn)
  }),
  "declined"
)

const told = gatewayLaw(
  "lookup tells a decline, as often as it is asked",
  Effect.gen(function* () {
    const { asked } = yield* refusedCharge
    for (const _ of Array.range(1, 3)) yield* Effect.flatMap(lookup(asked.key), declinedIn)
    yield* Effect.flatMap(charge(asked), declinedIn)
  }),
  "declined"
)

const final = gatewayLaw(
  "a key that was declined takes no money later, by no other method",
  Effect.gen(function* () {
    const { accepted } = yield* Subject
    const { asked } = yield* refusedCharge
    const answer = yield* Effect.either(charge({ ...asked, method: accepted }))
    yield* holds("nothing is captured", answer._tag === "Left" || answer.right._tag === "Declined")
    yield* Effect.flatMap(lookup(asked.key), declinedIn)
  }),
  "declined"
)

export const declining: ReadonlyArray<GatewayLaw> = [repeated, told, final]
