import { expect, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import { BookId } from "../../src/domain/Book.js"
import { BookRestocked, EventId } from "../../src/domain/Event.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import { Outbox } from "../../src/ports/Outbox.js"
import * as Relay from "../../src/services/Relay.js"
import * as Given from "../../src/testing/Given.js"

const unprintable: ReadonlyArray<readonly [string, unknown]> = [
  ["an object without a prototype", Object.create(null)],
  ["an error whose message is no text", Object.assign(new Error(), { message: { code: 7 } })],
  [
    "what throws when it is made a text",
    {
      toString: () => {
        throw new Error("no")
      }
    }
  ],
  ["a symbol", Symbol("no")]
]

it.effect.each(unprintable)("a handler that fails with %s fails for its own event alone", ([, error]) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Given.at(0).epochMillis)
    const outbox = yield* Outbox
    const made = yield* Effect.replicateEffect(Given.id, 3)
    for (const id of made) {
      const bookId = BookId.make(yield* Given.id)
      yield* outbox.append([new BookRestocked({ id: EventId.make(id), at: Given.at(0), bookId })])
    }
    const { deliver, list } = yield* Relay.Relay
    const report = yield* deliver(({ id }) => (id === made[0] ? Effect.fail(error) : Effect.void), { attempts: 1 })
    expect(report).toEqual({ delivered: 2, failed: 0, parked: 1, undeliverable: 0, lapsed: 0 })
    const { items } = yield* list("parked")
    expect(items.map(({ event, error }) => [event.id, typeof error])).toEqual([[made[0], "string"]])
  }).pipe(Effect.provide(Layer.provideMerge(Relay.layer, Layer.merge(Memory.layer, IdGenerator.layer))))
)
