import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import type { Entry } from "../../src/domain/Fulfilment.js"
import { AuditSink } from "../../src/ports/AuditSink.js"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { instead, paid, raised, seen, shop, trouble } from "./fulfilling.js"

const failures = "octavo_fulfilment_sink_failures"

const withSink = (forward: (entry: Entry) => Effect.Effect<unknown, unknown>, flaw = (all: Shop) => all) =>
  Layer.provide(shop(flaw), Layer.succeed(AuditSink, { forward }))

type Shop = Parameters<NonNullable<Parameters<typeof shop>[0]>>[0]

/** Who is told beside the work is told by the time that the clock of the test goes on. */
const told = TestClock.adjust("1 millis")

describe("the host's audit sink", () => {
  it.effect("is told of each command that took effect, of none that was refused, and never of a token", () => {
    const heard: Array<Entry> = []
    const sink = withSink((entry) => Effect.sync(() => heard.push(entry)))
    return Effect.gen(function* () {
      const [fulfilments, id] = [yield* Fulfilments, yield* paid]
      yield* fulfilments.take("worker", id)
      const { box } = yield* seen(id)
      yield* Effect.flip(fulfilments.take("other", id))
      yield* Effect.flip(fulfilments.complete("other", id))
      yield* Effect.flip(fulfilments.complete("worker", id, { epoch: 7 }))
      yield* fulfilments.renew("worker", id)
      yield* fulfilments.pause("worker", id)
      yield* fulfilments.take("worker", id)
      yield* fulfilments.revoke("admin", id)
      yield* fulfilments.take("other", id)
      yield* fulfilments.complete("other", id)
      yield* told
      expect(heard).toEqual((yield* seen(id)).entries)
      expect(heard.map(({ kind }) => kind)).toEqual([
        ...["taken", "renewed", "paused", "taken", "revoked", "taken", "completed"]
      ])
      if (box.state !== "in_progress") throw new Error("nobody has it")
      expect(JSON.stringify(heard)).not.toContain(box.token)
    }).pipe(Effect.provide(sink))
  })

  it.effect("is told only when the command is committed", () => {
    const heard: Array<Entry> = []
    let isFailing = true
    const sink = withSink(
      (entry) => Effect.sync(() => heard.push(entry)),
      instead(Transactor, ({ transact }) => ({
        transact: (effect) =>
          isFailing ? transact(Effect.zipRight(effect, Effect.fail(trouble("RolledBack")))) : transact(effect)
      }))
    )
    return Effect.gen(function* () {
      isFailing = false
      const [fulfilments, id] = [yield* Fulfilments, yield* paid]
      isFailing = true
      yield* Effect.flip(fulfilments.take("worker", id))
      yield* told
      expect(heard).toEqual([])
    }).pipe(Effect.provide(sink))
  })

  it.effect("is not told inside a transaction of the host's, which may be undone: that is counted", () => {
    const heard: Array<Entry> = []
    return Effect.gen(function* () {
      const [fulfilments, { transact }, id] = [yield* Fulfilments, yield* Transactor, yield* paid]
      const undone = transact(Effect.zipRight(fulfilments.take("worker", id), Effect.fail("the host")))
      const { times } = yield* raised(failures, Effect.zipLeft(Effect.flip(undone), told))
      expect(heard).toEqual([])
      expect(times).toBe(1)
      expect(yield* seen(id)).toMatchObject({ box: { version: 0 }, entries: [], lease: null })
      expect(yield* transact(fulfilments.take("other", id))).toMatchObject({ epoch: 1 })
      expect(yield* seen(id)).toMatchObject({ entries: [{ worker: "other" }], isIts: true })
    }).pipe(Effect.provide(withSink((entry) => Effect.sync(() => heard.push(entry)))))
  })

  const bad: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
    fails: Effect.fail("no"),
    dies: Effect.die(new Error("a bug of the host's")),
    "is interrupted": Effect.interrupt,
    hangs: Effect.never,
    "hangs, and cannot be interrupted": Effect.uninterruptible(Effect.never),
    "is slow": Effect.sleep("1 hour")
  }
  it.effect.each(Object.entries(bad))("that %s neither fails nor delays a command, and is counted", ([, way]) =>
    Effect.gen(function* () {
      const [fulfilments, id] = [yield* Fulfilments, yield* paid]
      // Nobody moves the clock: what waited for it would never end.
      const work = Effect.zipRight(fulfilments.take("worker", id), fulfilments.complete("worker", id))
      const { answer, times } = yield* raised(failures, Effect.zipLeft(work, TestClock.adjust("5 seconds")))
      expect(answer).toMatchObject({ stage: "pack", version: 2 })
      expect(times).toBe(2)
    }).pipe(Effect.provide(withSink(() => way)))
  )

  it.effect("that throws is one that dies", () =>
    Effect.gen(function* () {
      const [fulfilments, id] = [yield* Fulfilments, yield* paid]
      const { times } = yield* raised(failures, Effect.zipLeft(fulfilments.take("worker", id), told))
      expect(times).toBe(1)
    }).pipe(
      Effect.provide(
        withSink(() => {
          throw new Error("a bug of the host's")
        })
      )
    )
  )

  it.effect("is told once of a command whose first write came too late", () => {
    const heard: Array<Entry> = []
    let late = 2
    const sink = withSink(
      (entry) => Effect.sync(() => heard.push(entry)),
      instead(FulfilmentRepository, ({ save }) => ({
        save: (change) => (late-- > 0 ? Effect.succeed(false) : save(change))
      }))
    )
    return Effect.gen(function* () {
      const [fulfilments, id] = [yield* Fulfilments, yield* paid]
      const fiber = yield* Effect.fork(fulfilments.take("worker", id))
      yield* TestClock.adjust("1 minute")
      yield* fiber
      expect(heard).toEqual((yield* seen(id)).entries)
      expect(heard).toHaveLength(1)
    }).pipe(Effect.provide(sink))
  })
})
