import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Array, Context, Effect, Exit, Fiber, Layer } from "effect"
import { describe, expect, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import * as Fulfilment from "../../src/domain/Fulfilment.js"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import { Leases } from "../../src/ports/Leases.js"
import type { Stores } from "../../src/ports/Stores.js"
import type { Claim } from "../../src/services/Fulfilments.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { type Flaw, instead, paid, pausing, type Shop, seen, shop, trouble } from "./fulfilling.js"

/** Leases that are no part of the transaction, as they are in a store of their own. */
const apart: Effect.Effect<Flaw> = Effect.map(Effect.scoped(Layer.build(Memory.layer)), (others) => (all) => {
  return Context.add(all, Leases, Context.get(others, Leases))
})

const places: Readonly<Record<string, (flaw: Flaw) => Effect.Effect<Layer.Layer<Shop, unknown>, never, never>>> = {
  "in memory": (flaw) => Effect.succeed(shop(flaw)),
  "in memory, with leases apart": (flaw) => Effect.map(apart, (apart) => shop((all) => flaw(apart(all)))),
  "on SQLite": (flaw) => Effect.sync(() => shop(flaw, { stores: onFile() })),
  "on SQLite, with leases apart": (flaw) =>
    Effect.map(apart, (apart) => shop((all) => flaw(apart(all)), { stores: onFile() }))
}

const onFile = (): Layer.Layer<Stores, unknown> =>
  Layer.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "octavo-fulfil-"))),
        (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
      ),
      (directory) => SqliteStore.layer({ filename: join(directory, "store.db") })
    )
  )

const take = (worker: string, id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take(worker, id))

for (const [name, place] of Object.entries(places)) {
  const run = <A, E>(flaw: Flaw, test: Effect.Effect<A, E, Shop>) =>
    Effect.runPromise(Effect.flatMap(place(flaw), (layer) => Effect.provide(test, layer)))

  describe(name, () => {
    it("a take that is interrupted, at whichever step, leaves no lease behind", () =>
      run(
        pausing,
        Effect.gen(function* () {
          const exits: Array<Exit.Exit<Claim, unknown>> = []
          for (const steps of Array.range(0, 60)) {
            const id = yield* paid
            const fiber = yield* Effect.fork(take("worker", id))
            yield* Effect.repeatN(Effect.yieldNow(), steps)
            const exit = yield* Fiber.interrupt(fiber)
            exits.push(exit)
            const { box, lease, entries, isIts } = yield* seen(id)
            if (Exit.isSuccess(exit)) expect({ steps, isIts, entries }).toMatchObject({ isIts: true, entries: [{}] })
            else expect({ steps, lease }).toEqual({ steps, lease: null })
            expect(entries).toHaveLength(box.version)
            if (Exit.isSuccess(exit)) continue
            expect(yield* take("other", id)).toMatchObject({ holder: "other", epoch: box.epoch + 1 })
          }
          expect(new Set(exits.map(({ _tag }) => _tag)).size).toBe(2)
        })
      ))

    it("a take whose write fails, dies or is refused leaves no lease behind", () => {
      const ways = [
        Effect.fail(trouble("RolledBack")),
        Effect.die(new Error("a bug of the store's")),
        Effect.interrupt,
        Effect.succeed(false)
      ]
      let now: Effect.Effect<boolean, ReturnType<typeof trouble>> | null = null
      const failing = instead(FulfilmentRepository, ({ save }) => ({ save: (change) => now ?? save(change) }))
      return run(
        failing,
        Effect.gen(function* () {
          for (const way of ways) {
            const id = yield* paid
            now = way
            expect(Exit.isFailure(yield* Effect.exit(take("worker", id)))).toBe(true)
            now = null
            expect(yield* seen(id)).toMatchObject({ lease: null, entries: [], box: { state: "ready" } })
            yield* take("other", id)
          }
        })
      )
    })

    it("who completes, pauses or is revoked has no lease any more", () =>
      run(
        (all) => all,
        Effect.gen(function* () {
          const [fulfilments, leases] = [yield* Fulfilments, yield* Leases]
          for (const end of ["complete", "pause", "revoke"] as const) {
            const id = yield* paid
            yield* take("worker", id)
            yield* fulfilments[end]("worker", id)
            expect(yield* leases.current(Fulfilment.leaseKey(id))).toBeNull()
          }
        })
      ))
  })
}
