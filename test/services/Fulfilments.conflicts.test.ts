import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Random, TestClock } from "effect"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import * as FulfilmentSettings from "../../src/ports/FulfilmentSettings.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { instead, paid, raised, seen, shop } from "./fulfilling.js"

/** Somebody is faster so many times; `at` are the instants of the writes, by the clock of the test. */
const overtaken = (times: number) => {
  const at: Array<number> = []
  const flaw = instead(FulfilmentRepository, ({ save }) => ({
    save: (change) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => (at.push(now) <= times ? Effect.succeed(false) : save(change)))
  }))
  return { at, flaw }
}

const drawn = (next: number) => Effect.withRandom({ ...Random.make("unused"), next: Effect.succeed(next) })

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

const taking = (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("worker", id))

describe("a command that others have overtaken", () => {
  it.effect.each([
    [0, [0, 75, 225]],
    [0.5, [0, 100, 300]],
    [1, [0, 125, 375]]
  ] as const)(
    "is tried three times in all, and where chance says %d it waits so long in between",
    ([chance, waits]) => {
      const { at, flaw } = overtaken(2)
      return Effect.gen(function* () {
        const id = yield* paid
        const claim = yield* later(drawn(chance)(taking(id)))
        expect(claim).toMatchObject({ epoch: 1, holder: "worker" })
        expect(at.map((instant) => instant - (at[0] ?? 0))).toEqual(waits)
        expect(yield* seen(id)).toMatchObject({ entries: [{ kind: "taken" }], isIts: true })
        const report = yield* Effect.flatMap(Fulfilments, ({ conflicts }) => conflicts())
        expect(report).toMatchObject({
          conflicts: 2,
          episodes: 1,
          succeeded: 1,
          failed: 0,
          meanAttempts: 3,
          successRate: 1
        })
      }).pipe(Effect.provide(shop(flaw)))
    }
  )

  it.effect("is given up after the third time, says so, and leaves nothing behind", () => {
    const { at, flaw } = overtaken(3)
    return Effect.gen(function* () {
      const id = yield* paid
      const { answer, times } = yield* raised(
        "octavo_fulfilment_given_up",
        raised("octavo_fulfilment_version_conflicts", Effect.flip(later(taking(id))))
      )
      expect(answer.answer).toMatchObject({ _tag: "VersionConflict", orderId: id, attempts: 3 })
      expect([times, answer.times]).toEqual([1, 3])
      expect(at).toHaveLength(3)
      expect(yield* seen(id)).toMatchObject({ box: { state: "ready", version: 0 }, entries: [], lease: null })
      const report = yield* Effect.flatMap(Fulfilments, ({ conflicts }) => conflicts([id]))
      expect(report).toMatchObject({ conflicts: 3, failed: 1, successRate: 0, hotSpots: [{ orderId: id }] })
      expect(yield* taking(id)).toMatchObject({ epoch: 1 })
    }).pipe(Effect.provide(shop(flaw)))
  })

  it.effect("pauses as its host says, and never longer than the cap, whatever the jitter", () => {
    const { at, flaw } = overtaken(4)
    const settings = { retry: { attempts: 5, base: "1 second", jitter: 1, cap: "3 seconds" } } as const
    return Effect.gen(function* () {
      yield* later(drawn(1)(taking(yield* paid)))
      expect(at.map((instant) => instant - (at[0] ?? 0))).toEqual([0, 2000, 5000, 8000, 11_000])
    }).pipe(Effect.provide(shop(flaw, { settings })))
  })

  it.effect("loads and decides again: who was overtaken by another's take is told of it", () => {
    let first = true
    const flaw = instead(FulfilmentRepository, ({ get }, all) => ({
      get: (id) =>
        Effect.suspend(() => {
          if (!first) return get(id)
          first = false
          const other = Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("other", id))
          // Read before the other's write, decided after it.
          return Effect.tap(get(id), () =>
            Effect.orDie(
              Effect.provide(
                other,
                shop((_) => all)
              )
            )
          )
        })
    }))
    return Effect.gen(function* () {
      const id = yield* paid
      const { answer, times } = yield* raised("octavo_fulfilment_lost_takes", Effect.flip(later(taking(id))))
      expect(answer).toMatchObject({ _tag: "FulfilmentTaken", holder: "other" })
      expect(times).toBe(1)
      const report = yield* Effect.flatMap(Fulfilments, ({ conflicts }) => conflicts())
      expect(report).toMatchObject({ lostTakes: 1, episodes: 1 })
    }).pipe(Effect.provide(shop(flaw)))
  })
})

describe("settings out of bounds are refused", () => {
  const wrong: Readonly<Record<string, FulfilmentSettings.Options>> = {
    "a term of nothing": { term: 0 },
    "a term of more than a week": { term: "8 days" },
    "a term without an end": { term: Number.POSITIVE_INFINITY },
    "no attempt": { retry: { attempts: 0 } },
    "half an attempt": { retry: { attempts: 1.5 } },
    "11 attempts": { retry: { attempts: 11 } },
    "no pause": { retry: { base: 0 } },
    "a pause of 11 seconds": { retry: { base: "11 seconds" } },
    "a jitter below 0": { retry: { jitter: -0.1 } },
    "a jitter above 1": { retry: { jitter: 1.1 } },
    "a jitter that is no number": { retry: { jitter: Number.NaN } },
    "a cap of nothing": { retry: { cap: 0 } },
    "a cap of more than a minute": { retry: { cap: "61 seconds" } },
    "nobody at once": { concurrency: 0 },
    "51 at once": { concurrency: 51 }
  }
  it.effect.each(Object.entries(wrong))("%s", ([, options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(FulfilmentSettings.layer(options))))
      expect(error).toMatchObject({ _tag: "InvalidInput" })
    })
  )

  it.effect("and those at their bounds are not", () =>
    Effect.gen(function* () {
      const options = {
        term: "7 days",
        retry: { attempts: 10, base: 1, jitter: 0, cap: "1 minute" },
        concurrency: 50
      } as const
      const settings = yield* Effect.provide(FulfilmentSettings.FulfilmentSettings, FulfilmentSettings.layer(options))
      expect(settings).toMatchObject({ concurrency: 50, retry: { attempts: 10, jitter: 0 } })
    })
  )
})
