/** Trouble on the way is told as what it is: that money may have moved, or surely did not. */
import { Effect, Exit, Fiber } from "effect"
import { PaymentKey } from "../../domain/Payment.js"
import { GatewayError } from "../../ports/PaymentGateway.js"
import * as Given from "../Given.js"
import { holds, LawBroken, refused, same } from "../Law.js"
import {
  capturedIn,
  charge,
  type GatewayLaw,
  gatewayLaw,
  gatewayRace,
  lookup,
  newKey,
  paid,
  refund,
  request,
  Subject
} from "./Subject.js"

/** Another set-up of the adapter that is held to the laws. */
const setUp = (need: "unreachable" | "losing") =>
  Effect.gen(function* () {
    const layer = (yield* Subject)[need]
    return layer ?? (yield* new LawBroken({ message: `the suite was not told of a gateway that is ${need}` }))
  })

const unreachable = gatewayLaw(
  "a provider that cannot be reached is a failure of charge, lookup and refund, and no answer",
  Effect.gen(function* () {
    const gateway = yield* setUp("unreachable")
    const { asked, payment } = yield* paid()
    const attempts = [
      Effect.flatMap(request(), charge),
      lookup(asked.key),
      Effect.flatMap(newKey, lookup),
      Effect.flatMap(newKey, (key) => refund(payment, key))
    ]
    for (const attempt of attempts) {
      const failure = yield* refused(Effect.provide(attempt, gateway))
      yield* holds("it fails with a GatewayError", failure instanceof GatewayError)
    }
    yield* same("what lookup tells once it is reached", yield* lookup(asked.key), payment)
  }),
  "unreachable"
)

const lost = gatewayLaw(
  "a charge whose answer was lost is told as taken, or as unknown; lookup tells it",
  Effect.gen(function* () {
    const gateway = yield* setUp("losing")
    const asked = yield* request()
    const answer = yield* Effect.either(Effect.provide(charge(asked), gateway))
    const payment = yield* Effect.flatMap(lookup(asked.key), capturedIn)
    yield* same(
      "the answer",
      answer._tag === "Right" ? answer.right : answer.left.moneyMoved,
      answer._tag === "Right" ? payment : "Unknown"
    )
    yield* same("the charge again", yield* charge(asked), payment)
  }),
  "losing"
)

const interrupted = gatewayRace(
  "a charge that is interrupted anywhere is one payment when it is asked again",
  Effect.gen(function* () {
    for (let turns = 0; turns < 200; turns = turns * 2 + 1) {
      const asked = yield* request({ key: PaymentKey.make(yield* Given.id) })
      const first = yield* Effect.fork(charge(asked))
      yield* Effect.repeatN(Effect.yieldNow(), turns)
      const exit = yield* Fiber.interrupt(first)
      const payment = yield* Effect.flatMap(charge(asked), capturedIn)
      if (Exit.isSuccess(exit)) yield* same("the answer that came first", exit.value, payment)
      yield* same("what lookup tells", yield* lookup(asked.key), payment)
    }
  })
)

export const trouble: ReadonlyArray<GatewayLaw> = [unreachable, lost, interrupted]
