import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Effect } from "effect"
import { type Episode, remembered } from "../../src/domain/Conflicts.js"
import { OrderId } from "../../src/domain/Order.js"
import { ConflictMonitor, layer } from "../../src/services/ConflictMonitor.js"
import * as Given from "../../src/testing/Given.js"
import { raised } from "./fulfilling.js"

const anId = Effect.map(Given.id, (id) => OrderId.make(id))

const saw = (orderId: OrderId, episode: Partial<Episode>, times = 1) =>
  Effect.flatMap(ConflictMonitor, (monitor) =>
    Effect.repeatN(monitor.saw({ orderId, conflicts: 0, lostTake: false, succeeded: true, ...episode }), times - 1)
  )

const report = (orderIds: ReadonlyArray<OrderId> | null = null) =>
  Effect.flatMap(ConflictMonitor, (monitor) => monitor.report(orderIds))

const all = (names: ReadonlyArray<string>, effect: Effect.Effect<unknown, unknown, ConflictMonitor>) =>
  names.reduce<Effect.Effect<ReadonlyArray<number>, unknown, ConflictMonitor>>(
    (inner, name) => Effect.map(raised(name, inner), ({ answer, times }) => [times, ...answer]),
    Effect.as(effect, [])
  )

describe("who got in whose way", () => {
  it.effect("is nothing at first, and nothing of commands that met nobody", () =>
    Effect.gen(function* () {
      yield* saw(yield* anId, {}, 100)
      expect(yield* report()).toEqual({
        ...{ conflicts: 0, lostTakes: 0, episodes: 0, succeeded: 0, failed: 0, meanAttempts: 0, successRate: 1 },
        ...{ hotSpots: [], recommendation: null }
      })
    }).pipe(Effect.provide(layer))
  )

  it.effect("is counted by order, and as metrics", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* anId, yield* anId]
      const names = ["version_conflicts", "lost_takes", "given_up"].map((name) => `octavo_fulfilment_${name}`)
      const times = yield* all(
        names,
        Effect.all([
          saw(one, { conflicts: 2 }),
          saw(one, { conflicts: 3, succeeded: false }),
          saw(other, { lostTake: true, succeeded: false }, 4)
        ])
      )
      expect(times).toEqual([1, 4, 5])
      expect(yield* report()).toMatchObject({
        conflicts: 5,
        lostTakes: 4,
        episodes: 6,
        succeeded: 1,
        failed: 1,
        successRate: 0.5
      })
      expect(yield* report([one])).toMatchObject({ conflicts: 5, lostTakes: 0, episodes: 2, meanAttempts: 3 })
      expect(yield* report([yield* anId])).toMatchObject({ conflicts: 0, episodes: 0 })
    }).pipe(Effect.provide(layer))
  )

  it.effect("names hot spots: more than one conflict in a list, more than five episodes over time", () =>
    Effect.gen(function* () {
      const [cool, warm, hot] = [yield* anId, yield* anId, yield* anId]
      yield* saw(cool, { lostTake: true })
      yield* saw(warm, { lostTake: true }, 5)
      yield* saw(hot, { lostTake: true }, 6)
      expect((yield* report()).hotSpots.map(({ orderId }) => orderId)).toEqual([hot])
      expect((yield* report([cool, warm, hot])).hotSpots.map(({ orderId }) => orderId)).toEqual([hot, warm])
    }).pipe(Effect.provide(layer))
  )

  it.effect("leads to a recommendation when there are more than 10 in all and more than 2 an order", () =>
    Effect.gen(function* () {
      const [one, ...others] = yield* Effect.replicateEffect(anId, 6)
      yield* saw(one as OrderId, { lostTake: true }, 10)
      expect((yield* report()).recommendation).toBeNull()
      yield* saw(one as OrderId, { lostTake: true })
      expect((yield* report()).recommendation).toBe("SpreadWorkers")
      for (const other of others) yield* saw(other, { lostTake: true })
      // 16 of 6 orders; with 5 more of others it would be 2.
      expect((yield* report()).recommendation).toBe("SpreadWorkers")
      for (const other of yield* Effect.replicateEffect(anId, 4)) yield* saw(other, { lostTake: true })
      expect((yield* report()).recommendation).toBeNull()
    }).pipe(Effect.provide(layer))
  )

  it.effect("is forgotten of the order that nobody got in the way of for the longest time, past a bound", () =>
    Effect.gen(function* () {
      const ids = yield* Effect.replicateEffect(anId, remembered + 1)
      const [oldest, second] = ids as [OrderId, OrderId, ...Array<OrderId>]
      for (const id of Arr.take(ids, remembered)) yield* saw(id, { conflicts: 1 })
      yield* saw(oldest, { conflicts: 1 })
      yield* saw(ids[remembered] as OrderId, { conflicts: 1 })
      expect((yield* report()).episodes).toBe(remembered + 1)
      expect((yield* report([oldest])).conflicts).toBe(2)
      expect((yield* report([second])).conflicts).toBe(0)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is known to one process alone", () =>
    Effect.gen(function* () {
      const id = yield* anId
      yield* Effect.provide(saw(id, { conflicts: 1 }), layer)
      expect(yield* Effect.provide(report(), layer)).toMatchObject({ episodes: 0 })
    })
  )
})
