import { describe, expect, it } from "@effect/vitest"
import { type Context, Effect, Either, Fiber, TestClock } from "effect"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import type { StoreError } from "../../src/ports/StoreError.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { type Flaw, instead, paid, seen, shop, trouble } from "./fulfilling.js"

/** The commits of this run that nobody is answered, by their number from 0, and what becomes of them. */
interface Plan {
  lost: ReadonlyArray<"made" | "undone">
  /** So many looks at what is committed show what was there before, as when the server is not done with it yet. */
  stale: number
}

const planned = (plan: Plan): Flaw => {
  const lossy = instead(Transactor, ({ transact, isOpen }) => ({
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.flatMap(isOpen, (open): Effect.Effect<A, E | StoreError, R> => {
        const [fate, ...others] = plan.lost
        if (open || fate === undefined) return transact(effect)
        plan.lost = others
        const unanswered = Effect.fail(trouble("Unknown"))
        return fate === "made"
          ? Effect.zipRight(transact(effect), unanswered)
          : transact(Effect.zipRight(effect, unanswered))
      })
  }))
  const late = instead(FulfilmentRepository, ({ history }) => ({
    history: (id) => (plan.stale-- > 0 ? Effect.succeed([]) : history(id))
  }))
  return (all) => late(lossy(all))
}

const commands = {
  take: (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("worker", id)),
  pause: (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.pause("worker", id)),
  complete: (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.complete("worker", id)),
  renew: (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.renew("worker", id)),
  revoke: (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.revoke("admin", id))
}

const plans: Readonly<Record<string, Plan>> = {
  "was made": { lost: ["made"], stale: 0 },
  "was made, and shows only when it is tried again": { lost: ["made"], stale: 1 },
  "was made, and shows only when what was tried again is refused": { lost: ["made"], stale: 2 },
  "was not made": { lost: ["undone"], stale: 0 },
  "was not made, and then was": { lost: ["undone", "made"], stale: 0 },
  "was not made, twice": { lost: ["undone", "undone"], stale: 0 }
}

const cases = Object.entries(commands).flatMap(([name, command]) =>
  Object.entries(plans).map(([fate, plan]) => [name, fate, command, plan] as const)
)

/** Each with a commit of another worker's first, so that no version is that of a row that is not there yet. */
const begun = (name: string) =>
  Effect.gen(function* () {
    const [fulfilments, id] = [yield* Fulfilments, yield* paid]
    yield* fulfilments.take("worker", id)
    if (name === "take") yield* fulfilments.pause("worker", id)
    return id
  })

describe("a commit that nobody answered", () => {
  it.effect.each(cases)("of %s, that %s, has its effect once", ([name, , command, plan]) => {
    const now: Plan = { lost: [], stale: 0 }
    return Effect.gen(function* () {
      const id = yield* begun(name)
      const before = yield* seen(id)
      Object.assign(now, plan)
      const fiber = yield* Effect.fork(Effect.either(command(id) as Effect.Effect<unknown, unknown, Fulfilments>))
      yield* TestClock.adjust("1 minute")
      const told = yield* Fiber.join(fiber)
      Object.assign(now, { lost: [], stale: 0 })
      expect(told).toMatchObject({ _tag: "Right" })
      const after = yield* seen(id)
      expect(after.entries).toHaveLength(before.entries.length + 1)
      expect(after.box.version).toBe(before.box.version + 1)
      expect(after.box.epoch).toBe(before.box.epoch + (name === "take" || name === "revoke" ? 1 : 0))
      const isHeld = after.box.state === "in_progress"
      expect(isHeld).toBe(name === "take" || name === "renew")
      expect(after.isIts).toBe(isHeld ? true : null)
      expect(after.lease === null).toBe(!isHeld)
      expect(Either.getOrNull(told)).toMatchObject({ epoch: after.box.epoch })
    }).pipe(Effect.provide(shop(planned(now))))
  })

  it.effect("is told as unknown where the store does not say for as long as one asks", () => {
    const now: Plan = { lost: [], stale: 0 }
    let isDown = false
    const silent = instead(FulfilmentRepository, ({ history }) => ({
      history: (id) => (isDown ? Effect.fail(trouble("NotStarted")) : history(id))
    }))
    const flaw: Flaw = (all: Context.Context<never>) => silent(planned(now)(all as Parameters<Flaw>[0]))
    return Effect.gen(function* () {
      const id = yield* paid
      now.lost = ["made", "undone", "undone"]
      isDown = true
      const fiber = yield* Effect.fork(Effect.flip(commands.take(id)))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "StoreError", outcome: "Unknown" })
      isDown = false
      expect((yield* seen(id)).entries).toHaveLength(1)
    }).pipe(Effect.provide(shop(flaw)))
  })

  it.effect("does not hide a refusal: what another took in between is his", () => {
    const now: Plan = { lost: [], stale: 0 }
    return Effect.gen(function* () {
      const id = yield* paid
      now.lost = ["undone"]
      const fiber = yield* Effect.fork(Effect.flip(commands.take(id)))
      yield* TestClock.adjust("10 millis")
      yield* Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("other", id))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "FulfilmentTaken", holder: "other" })
      expect(yield* seen(id)).toMatchObject({ entries: [{ worker: "other" }], isIts: true })
    }).pipe(Effect.provide(shop(planned(now))))
  })
})
