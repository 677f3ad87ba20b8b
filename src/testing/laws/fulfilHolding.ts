/** What the one who has an order does with it, and what others, and he himself too late, cannot. */
import { DateTime, Duration, Effect } from "effect"
import { ClaimLapsed, FulfilmentTaken, leaseKey, NotClaimed, NotHolder } from "../../domain/Fulfilment.js"
import type { OrderId } from "../../domain/Order.js"
import { Leases } from "../../ports/Leases.js"
import { Fulfilments } from "../../services/Fulfilments.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { bought, complete, pause, renew, revoke, take, view, written } from "./fulfilGiven.js"
import { timed } from "./time.js"
import { spread, trading } from "./trade.js"

const oneHolder = race(
  "of five that pause, and of five that complete, an order at once its holder does, whenever he comes, and four are told that they do not have it",
  trading(
    Effect.gen(function* () {
      for (const [done, state] of [
        [pause, "paused"],
        [complete, "ready"]
      ] as const) {
        for (const turn of [0, 2, 4]) {
          const { order } = yield* bought
          yield* take("ada", order.id)
          const { successes, failures } = yield* atOnce(5, (i) =>
            spread(i, done(i === turn ? "ada" : `worker ${i}`, order.id))
          )
          yield* same(
            "what it has come to",
            successes.map((box) => box.state),
            [state]
          )
          const refusal = new NotHolder({ orderId: order.id })
          yield* same("what the others are told", failures, Array.from({ length: 4 }).fill(refusal))
          const { box, history } = yield* written(order.id)
          yield* same("its state", [box.state, box.version], [state, 2])
          yield* same("how many entries", history.length, 2)
        }
      }
    })
  )
)

const sameClick = race(
  "of five completions of one claim by its holder at once one counts, four are told that it is over, and another takes the next stage",
  trading(
    Effect.gen(function* () {
      const { order } = yield* bought
      const { epoch } = yield* take("ada", order.id)
      const { successes, failures } = yield* atOnce(5, (i) => spread(i, complete("ada", order.id, { epoch })))
      yield* same("how many count", successes.length, 1)
      yield* onlyRefusals(failures, ["ClaimLapsed"])
      const { box, history } = yield* written(order.id)
      yield* same("its next stage", box.state === "ready" && box.stage, "pack")
      yield* same("how many entries", history.length, 2)
      yield* same("the next who takes it", (yield* take("bob", order.id)).stage, "pack")
    })
  )
)

/** Nothing of it can be done, with these refusals. */
const closed = (worker: string, orderId: OrderId, refusal: NotHolder | ClaimLapsed, epoch?: number) =>
  Effect.forEach([pause, complete, renew], (done) =>
    refuses("what comes too late", done(worker, orderId, epoch === undefined ? {} : { epoch }), refusal)
  )

const overtaken = law(
  "a claim holds for 59 minutes; after 61 another takes the order, and what the first does then is refused",
  timed((pass) =>
    trading(
      Effect.gen(function* () {
        const { order } = yield* bought
        const [lapsed, notHolder] = [new ClaimLapsed({ orderId: order.id }), new NotHolder({ orderId: order.id })]
        const { holder, epoch, takenAt: since, expiresAt } = yield* take("ada", order.id)
        yield* same("its time", DateTime.distance(since, expiresAt), Duration.toMillis("60 minutes"))
        yield* pass("59 minutes")
        const taken = new FulfilmentTaken({ orderId: order.id, holder, since, expiresAt })
        yield* refuses("another", take("bob", order.id), taken)
        yield* same("its state", (yield* view(order.id)).state, "in_progress")
        yield* pass("2 minutes")
        yield* same("its state then", (yield* view(order.id)).state, "lapsed")
        yield* closed("ada", order.id, lapsed)
        yield* closed("ada", order.id, lapsed, epoch)
        yield* closed("bob", order.id, notHolder)
        const next = yield* take("bob", order.id)
        yield* same("the claim of the other", [next.epoch, next.stage, next.previousHolder], [2, "pick", "ada"])
        yield* closed("ada", order.id, notHolder)
        yield* closed("ada", order.id, notHolder, epoch)
        yield* closed("ada", order.id, notHolder, next.epoch)
        const { state } = yield* complete("bob", order.id)
        yield* same("its state when the other has completed it", state, "ready")
        yield* closed("ada", order.id, notHolder, epoch)
        yield* closed("bob", order.id, lapsed, next.epoch)
        const kinds = (yield* written(order.id)).history.map(({ kind }) => kind)
        yield* same("what was done", kinds, ["taken", "taken", "completed"])
      })
    )
  )
)

const otherTab = law(
  "a worker who has taken an order again is refused with the epoch of before, and nobody's work is lost by it",
  timed((pass) =>
    trading(
      Effect.gen(function* () {
        const { order } = yield* bought
        const lapsed = new ClaimLapsed({ orderId: order.id })
        const first = yield* take("ada", order.id)
        yield* pass("61 minutes")
        const second = yield* take("ada", order.id)
        yield* same("the second claim", [second.epoch, second.previousHolder], [2, "ada"])
        yield* closed("ada", order.id, lapsed, first.epoch)
        yield* closed("ada", order.id, lapsed, 3)
        yield* pause("ada", order.id, { epoch: second.epoch })
        const third = yield* take("ada", order.id)
        yield* closed("ada", order.id, lapsed, second.epoch)
        const { state } = yield* complete("ada", order.id, { epoch: third.epoch })
        yield* same("its state", state, "ready")
      })
    )
  )
)

const kept = law(
  "a claim that is renewed holds from then on for its whole time, with its epoch and since when",
  timed((pass) =>
    trading(
      Effect.gen(function* () {
        const leases = yield* Leases
        const { order } = yield* bought
        const first = yield* take("ada", order.id)
        yield* pass("50 minutes")
        yield* renew("ada", order.id, { epoch: first.epoch })
        const { box } = yield* written(order.id)
        if (box.state !== "in_progress") return yield* same("its state", box.state, "in_progress")
        const longer = DateTime.distance(first.expiresAt, box.expiresAt)
        yield* same("how much longer, in minutes", Math.floor(longer / 60_000), 50)
        yield* same("since when", box.takenAt, first.takenAt)
        yield* pass("50 minutes")
        const lease = yield* leases.current(leaseKey(order.id))
        if (lease === null) return yield* holds("its lease runs", false)
        const { holder, since, expiresAt } = lease
        yield* same("who has it", [holder, since], [box.holder, box.takenAt])
        yield* holds("it is not seen to end later than it does", DateTime.lessThanOrEqualTo(box.expiresAt, expiresAt))
        const taken = new FulfilmentTaken({ orderId: order.id, holder, since, expiresAt })
        yield* refuses("another", take("bob", order.id), taken)
        yield* same("its state", (yield* complete("ada", order.id, { epoch: first.epoch })).state, "ready")
      })
    )
  )
)

const revoked = law(
  "a claim that is revoked, running or lapsed, is over at once: its epoch is old, and another takes the order",
  timed((pass) =>
    trading(
      Effect.gen(function* () {
        const fulfilments = yield* Fulfilments
        const leases = yield* Leases
        const { order } = yield* bought
        const [lapsed, notClaimed] = [new ClaimLapsed({ orderId: order.id }), new NotClaimed({ orderId: order.id })]
        yield* refuses("of one that nobody has", revoke("admin", order.id), notClaimed)
        let epoch = 0
        for (const away of ["1 minute", "61 minutes"] as const) {
          const claim = yield* take("ada", order.id)
          yield* same("the epoch of the claim", claim.epoch, epoch + 1)
          yield* pass(away)
          const box = yield* revoke("admin", order.id)
          yield* same("what it has come to", [box.state, box.epoch], ["ready", epoch + 2])
          yield* same("who has its lease", yield* leases.current(leaseKey(order.id)), null)
          yield* closed("ada", order.id, lapsed)
          yield* closed("ada", order.id, lapsed, claim.epoch)
          yield* refuses("again", revoke("admin", order.id), notClaimed)
          epoch = box.epoch
        }
        const next = yield* fulfilments.take("bob", order.id)
        yield* same("the next claim", [next.epoch, next.previousHolder], [epoch + 1, "ada"])
        yield* closed("ada", order.id, new NotHolder({ orderId: order.id }))
      })
    )
  )
)

export const fulfilHolding: ReadonlyArray<Law> = [oneHolder, sameClick, overtaken, otherTab, kept, revoked]
