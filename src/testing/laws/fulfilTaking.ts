/** Workers that reach for the same orders: one has it, and the others are told who. */
import { Effect, Either } from "effect"
import * as Fulfilment from "../../domain/Fulfilment.js"
import * as Order from "../../domain/Order.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import { Leases } from "../../ports/Leases.js"
import { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import { Fulfilments } from "../../services/Fulfilments.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, race, refused, refuses, same } from "../Law.js"
import { bought, complete, pause, renew, revoke, take, view, written } from "./fulfilGiven.js"
import { spread, trading } from "./trade.js"

const oneTakes = race(
  "of ten workers in several processes that take an order at once one has it, and the others are told who, since when and until when",
  trading(
    Effect.gen(function* () {
      const { order } = yield* bought
      const { successes, failures } = yield* atOnce(10, (i) => spread(i, take(`worker ${i}`, order.id)))
      yield* same("how many have it", successes.length, 1)
      const [claim] = successes
      if (claim === undefined) return
      const { holder, takenAt: since, expiresAt } = claim
      const told = new Fulfilment.FulfilmentTaken({ orderId: order.id, holder, since, expiresAt })
      for (const refusal of failures) yield* same("what the others are told", refusal, told)
      yield* refuses("its holder again", take(holder, order.id), told)
      const { box, history } = yield* written(order.id)
      yield* same("who has it", box.state === "in_progress" && box.holder, holder)
      yield* same("how many entries", history.length, 1)
      yield* same("the claim", [claim.epoch, claim.stage, claim.previousHolder], [1, "pick", null])
    })
  )
)

const batch = law(
  "of ten orders of which three are taken a worker has the other seven at once, answered in the order asked",
  trading(
    Effect.gen(function* () {
      const fulfilments = yield* Fulfilments
      const orders = yield* Effect.forEach(Array.from({ length: 10 }), () => bought)
      const ids = orders.map(({ order }) => order.id)
      const others = [2, 5, 9].map((i) => String(ids[i]))
      for (const id of others) yield* take("bob", id)
      const given = ids.map((id, i) => (i % 2 === 0 ? id : id.toUpperCase()))
      const answers = yield* fulfilments.takeMany("ada", given)
      yield* same(
        "the orders",
        answers.map(({ orderId }) => orderId),
        given
      )
      yield* same(
        "who has each",
        answers.map(({ result }) =>
          Either.match(result, {
            onLeft: (refusal) => (refusal._tag === "FulfilmentTaken" ? refusal.holder : refusal._tag),
            onRight: ({ holder }) => holder
          })
        ),
        ids.map((id) => (others.includes(id) ? "bob" : "ada"))
      )
      const never = yield* Given.id
      const [first, second] = yield* fulfilments.takeMany("eve", [never, String(ids[0])])
      yield* same("one never made", first?.result, Either.left(new Order.OrderNotFound({ orderId: never })))
      yield* same("one beside it", second && Either.isLeft(second.result), true)
      const more = yield* Effect.forEach(Array.from({ length: 51 }), () => Given.id)
      for (const wrong of [[], more, [never, never], [never, never.toUpperCase()]]) {
        yield* same("a wrong batch", (yield* refused(fulfilments.takeMany("ada", wrong)))._tag, "InvalidInput")
      }
      yield* same("fifty", (yield* fulfilments.takeMany("ada", more.slice(1))).length, 50)
    })
  )
)

const stages = law(
  "an order is taken at its next stage alone, and at another only when that is its next",
  trading(
    Effect.gen(function* () {
      const fulfilments = yield* Fulfilments
      const { order } = yield* bought
      for (const [i, stage] of Fulfilment.Stage.literals.entries()) {
        for (const other of Fulfilment.Stage.literals.filter((other) => other !== stage)) {
          const refusal = new Fulfilment.StageNotReady({ orderId: order.id, next: stage })
          yield* refuses(`${other}`, fulfilments.take("ada", order.id, { stage: other }), refusal)
        }
        const wanted = i % 2 === 0 ? { stage } : {}
        yield* same("the stage", (yield* fulfilments.take("ada", order.id, wanted)).stage, stage)
        yield* complete("ada", order.id)
      }
      const end = new Fulfilment.StageNotReady({ orderId: order.id, next: null })
      yield* refuses("when all are complete", take("ada", order.id), end)
    })
  )
)

const entries = law(
  "every command that takes effect leaves one entry and a refused one none, and nothing that is told shows the token of a claim",
  trading(
    Effect.gen(function* () {
      const fulfilments = yield* FulfilmentRepository
      const { order } = yield* bought
      const expected: Array<readonly [string, string, string, number]> = []
      const tokens: Array<string> = []
      const next = <A, E, R>(
        effect: Effect.Effect<A, E, R>,
        ...entry: readonly [kind: string, stage: string, worker: string, epoch: number]
      ) =>
        Effect.gen(function* () {
          const { token } = { token: null, ...(yield* fulfilments.get(order.id)).box }
          const answer = yield* effect
          expected.push(entry)
          const { history, box } = yield* written(order.id)
          yield* same(
            "what was done",
            history.map(({ kind, stage, worker, epoch }) => [kind, stage, worker, epoch]),
            expected
          )
          const now = { token: null, ...box }.token
          for (const each of [token, now]) if (each !== null) tokens.push(each)
          const told = JSON.stringify([answer, history, yield* view(order.id)])
          yield* same(
            "the tokens that are told",
            tokens.filter((each) => told.includes(each)),
            []
          )
        })
      const nothing = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.gen(function* () {
          const before = yield* written(order.id)
          yield* refused(effect)
          yield* same("what is there after a refusal", yield* written(order.id), before)
        })

      for (const none of [pause, complete, renew]) yield* nothing(none("ada", order.id))
      yield* nothing(revoke("admin", order.id))
      yield* next(take("ada", order.id), "taken", "pick", "ada", 1)
      for (const none of [pause, complete, renew]) yield* nothing(none("bob", order.id))
      yield* nothing(take("bob", order.id))
      yield* nothing(take("ada", order.id))
      yield* next(renew("ada", order.id), "renewed", "pick", "ada", 1)
      yield* next(pause("ada", order.id), "paused", "pick", "ada", 1)
      yield* nothing(pause("ada", order.id))
      yield* next(take("bob", order.id), "taken", "pick", "bob", 2)
      yield* next(revoke("admin", order.id), "revoked", "pick", "admin", 3)
      yield* nothing(complete("bob", order.id))
      yield* next(take("bob", order.id), "taken", "pick", "bob", 4)
      yield* next(complete("bob", order.id), "completed", "pick", "bob", 4)
      yield* nothing(complete("bob", order.id))
      yield* next(take("ada", order.id), "taken", "pack", "ada", 5)
    })
  )
)

/** No save of a check is made: each fails, or is said to have come too late. */
const unsaved = <A, E, R>(answer: Effect.Effect<boolean, StoreError>, check: Effect.Effect<A, E, R>) =>
  Effect.flatMap(FulfilmentRepository, (real) =>
    Effect.provideService(check, FulfilmentRepository, {
      ...real,
      save: (change) => Effect.zipRight(real.get(change.next.orderId).pipe(Effect.orDie), answer)
    })
  )

const down = new StoreError({
  operation: "save",
  outcome: "RolledBack",
  retryable: false,
  cause: new Error("the disk is full")
})

/** Where each save is answered so, a take fails so, and its lease is nobody's. */
const leavesNone = (answer: Effect.Effect<boolean, StoreError>, tag: string): Effect.Effect<void, unknown, Stores> =>
  Effect.gen(function* () {
    const leases = yield* Leases
    const { order } = yield* trading(bought)
    yield* same("the refusal", (yield* refused(unsaved(answer, trading(take("ada", order.id)))))._tag, tag)
    yield* same("who has the lease", yield* leases.current(Fulfilment.leaseKey(order.id)), null)
    yield* same("the next claim", (yield* trading(take("bob", order.id))).epoch, 1)
  })

const noneLeft = law(
  "a take that could not be written leaves no lease behind: another has the order at once",
  Effect.zipRight(leavesNone(down, "StoreError"), leavesNone(Effect.succeed(false), "VersionConflict"))
)

export const fulfilTaking: ReadonlyArray<Law> = [oneTakes, batch, stages, entries, noneLeft]
