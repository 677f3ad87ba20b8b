import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, TestClock } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import { BookId } from "../../src/domain/Book.js"
import { BookRestocked, EventId } from "../../src/domain/Event.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import { Outbox } from "../../src/ports/Outbox.js"
import * as Relay from "../../src/services/Relay.js"
import * as Given from "../../src/testing/Given.js"

const waiting = Effect.gen(function* () {
  yield* TestClock.setTime(Given.at(0).epochMillis)
  const outbox = yield* Outbox
  const ids = yield* Effect.replicateEffect(Given.id, 2)
  for (const id of ids) {
    const bookId = BookId.make(yield* Given.id)
    yield* outbox.append([new BookRestocked({ id: EventId.make(id), at: Given.at(0), bookId })])
  }
  return ids
})

const relay = Layer.provideMerge(Relay.layer, Layer.merge(Memory.layer, IdGenerator.layer))

it.effect("a handler that cannot be interrupted holds up its own event alone", () =>
  Effect.gen(function* () {
    const [stuck] = yield* waiting
    const { deliver } = yield* Relay.Relay
    const handle = ({ id }: { readonly id: string }) =>
      id === stuck ? Effect.uninterruptible(Effect.never) : Effect.void
    const running = yield* Effect.fork(deliver(handle, { timeLimit: "5 seconds", attempts: 1 }))
    yield* TestClock.adjust("5 seconds")
    expect(yield* Fiber.join(running)).toEqual({ delivered: 1, failed: 0, parked: 1, undeliverable: 0, lapsed: 0 })
  }).pipe(Effect.provide(relay))
)

it.effect("whoever stops a relay waits for the handlers that it has begun", () =>
  Effect.gen(function* () {
    yield* waiting
    const { run } = yield* Relay.Relay
    const [began, mayEnd] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    let ended = 0
    const handle = () =>
      Deferred.succeed(began, undefined).pipe(
        Effect.zipRight(Deferred.await(mayEnd)),
        Effect.zipRight(Effect.sync(() => ended++)),
        Effect.uninterruptible
      )
    const running = yield* Effect.fork(run(handle))
    yield* Deferred.await(began)
    const stopping = yield* Effect.fork(Fiber.interrupt(running))
    yield* TestClock.adjust("1 second")
    expect((yield* Fiber.poll(stopping))._tag).toBe("None")
    yield* Deferred.succeed(mayEnd, undefined)
    yield* Fiber.join(stopping)
    expect(ended).toBe(2)
  }).pipe(Effect.provide(relay))
)
