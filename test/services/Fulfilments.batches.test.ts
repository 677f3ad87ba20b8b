import { describe, expect, it } from "@effect/vitest"
import { Array, Clock, Effect, Fiber, TestClock } from "effect"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { instead, paid, seen, shop, trouble } from "./fulfilling.js"

const takeMany = (ids: ReadonlyArray<string>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.takeMany("worker", ids))

const some = (count: number) => Effect.replicateEffect(paid, count)

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const started = yield* Clock.currentTimeMillis
    const ended = Effect.map(Clock.currentTimeMillis, (now) => now - started)
    const fiber = yield* Effect.fork(Effect.zip(Effect.either(effect), ended))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

describe("a batch", () => {
  let isDown = false
  const unreachable = instead(Transactor, ({ transact }) => ({
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      isDown ? Effect.zipRight(Effect.sleep("5 seconds"), trouble("NotStarted")) : transact(effect)
  }))

  it.effect.each([50, 5, 3, 1])(
    "of %d orders is one error when the store is down, after the time limit of one",
    (count) =>
      Effect.gen(function* () {
        const ids = yield* some(count)
        isDown = true
        const [told, lasted] = yield* later(takeMany(ids))
        isDown = false
        expect(told).toMatchObject({ _tag: "Left", left: { _tag: "StoreError", outcome: "NotStarted" } })
        expect(lasted).toBe(5000)
      }).pipe(Effect.provide(shop(unreachable)))
  )

  it.effect("is one error, too, when some of its ids are of no order that could be", () =>
    Effect.gen(function* () {
      const ids = ["no id", ...(yield* some(20)), "nor this"]
      isDown = true
      const [told, lasted] = yield* later(takeMany(ids))
      isDown = false
      expect(told).toMatchObject({ _tag: "Left", left: { _tag: "StoreError" } })
      expect(lasted).toBe(5000)
    }).pipe(Effect.provide(shop(unreachable)))
  )

  it.effect("tells of the trouble of one order at that order, and takes the others", () => {
    const broken = new Set<string>()
    const flaw = instead(FulfilmentRepository, ({ get }) => ({
      get: (id) => (broken.has(id) ? Effect.fail(trouble("RolledBack")) : get(id))
    }))
    return Effect.gen(function* () {
      const ids = yield* some(10)
      broken.add(ids[0] as string).add(ids[7] as string)
      const taken = yield* takeMany(ids)
      expect(taken.map(({ orderId }) => orderId)).toEqual(ids)
      const codes = taken.map(({ result }) => (result._tag === "Left" ? result.left._tag : "taken"))
      expect(codes).toEqual(ids.map((id) => (broken.has(id) ? "StoreError" : "taken")))
    }).pipe(Effect.provide(shop(flaw)))
  })

  it.effect.each([1, 3, 50])("has %d orders at most in hand at once, and as many as that", (concurrency) => {
    let [now, most] = [0, 0]
    const counting = instead(Transactor, ({ transact }) => ({
      transact: (effect) =>
        Effect.acquireUseRelease(
          Effect.sync(() => (most = Math.max(most, ++now))),
          () => Effect.zipRight(Effect.yieldNow(), transact(effect)),
          () => Effect.sync(() => now--)
        )
    }))
    return Effect.gen(function* () {
      const ids = yield* some(50)
      most = 0
      expect((yield* takeMany(ids)).every(({ result }) => result._tag === "Right")).toBe(true)
      expect(most).toBe(concurrency)
    }).pipe(Effect.provide(shop(counting, { settings: { concurrency } })))
  })

  it.effect("of none, of 51 and of one twice is refused, however it is written", () =>
    Effect.gen(function* () {
      const ids = yield* some(51)
      const [first = ""] = ids
      for (const wrong of [[], ids, [first, first], [first, first.toUpperCase()]]) {
        expect(yield* Effect.flip(takeMany(wrong))).toMatchObject({ _tag: "InvalidInput" })
      }
    }).pipe(Effect.provide(shop()))
  )

  it.effect("inside a transaction of the host's is undone with it", () =>
    Effect.gen(function* () {
      const [{ transact }, ids] = [yield* Transactor, yield* some(7)]
      const taken = takeMany(ids)
      const all = Effect.zipRight(taken, Effect.fail("the host does not want it"))
      expect(yield* Effect.flip(transact(all))).toBe("the host does not want it")
      for (const id of Array.take(ids, 3)) {
        expect(yield* seen(id)).toMatchObject({ box: { version: 0 }, entries: [], lease: null })
      }
      expect((yield* taken).every(({ result }) => result._tag === "Right")).toBe(true)
    }).pipe(Effect.provide(shop()))
  )
})
