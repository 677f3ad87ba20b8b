/** Workers that write at once, and orders that are given up while they do. */
import { Effect, Fiber } from "effect"
import * as Fulfilment from "../../domain/Fulfilment.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import { atOnce, holds, type Law, onlyRefusals, race, same } from "../Law.js"
import { cancelled, move } from "./done.js"
import { follow, holding, paid, save, saved, taking, written } from "./fulfilGiven.js"

const oneSaves = race(
  "of ten that save from one version at once one does, with its entry",
  Effect.gen(function* () {
    const order = yield* paid()
    let { box } = yield* written(order.id)
    // The first of an order is written in another way than those after it.
    for (let version = 1; version <= 3; version++) {
      const { successes, failures } = yield* atOnce(10, () =>
        Effect.gen(function* () {
          const change = yield* follow(box, box.state === "in_progress" ? holding("Pause", "ada") : taking("ada"))
          return (yield* save(change)) ? [change] : []
        })
      )
      yield* onlyRefusals(failures, [])
      const [made, more] = successes.flat()
      yield* holds("one was saved", made !== undefined && more === undefined)
      if (made === undefined) return
      const there = yield* written(order.id)
      yield* same("what is there", there.box, made.next)
      yield* same("the last entry", there.history.at(-1), made.entry)
      yield* same("how many entries", there.history.length, version)
      box = there.box
    }
  })
)

const notAfter = race(
  "once an order is given up nothing more is saved of it, whoever was about to",
  Effect.gen(function* () {
    const fulfilments = yield* FulfilmentRepository
    const order = yield* paid()
    yield* saved(yield* follow(Fulfilment.first(order), taking("ada")))
    const given = yield* cancelled(order)
    const [reached, enough] = [yield* Effect.makeLatch(), Math.floor(8 * Math.random())]
    let count = 0
    const working = Effect.gen(function* () {
      for (let i = 0; i < 60; i++) {
        const { box, status } = yield* fulfilments.get(order.id)
        if (status !== "confirmed") return
        // Others have their turn between what was read and what is written.
        yield* Effect.sleep(0)
        const next = yield* follow(box, box.state === "in_progress" ? holding("Renew", "ada") : taking("ada"))
        if (count++ >= enough) yield* reached.open
        yield* save(next)
      }
    })
    const workers = yield* Effect.fork(Effect.all([working, working, working], { concurrency: "unbounded" }))
    yield* reached.await
    yield* same("whether it was given up", yield* move(given), true)
    const then = yield* fulfilments.get(order.id)
    yield* same("its status", then.status, "cancelled")
    yield* Fiber.join(workers)
    const { history, ...there } = yield* written(order.id)
    yield* same("what is there", there, then)
    yield* same("how many entries", history.length, then.box.version)
    const next = yield* follow(then.box, holding("Complete", "ada"))
    yield* same("whether more is saved", yield* save(next), false)
  })
)

export const fulfilRaces: ReadonlyArray<Law> = [oneSaves, notAfter]
