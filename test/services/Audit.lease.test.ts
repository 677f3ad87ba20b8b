import { expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import { EventMissing } from "../../src/domain/Audit.js"
import type { Event } from "../../src/domain/Event.js"
import { Auditor } from "../../src/ports/Auditor.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import { Outbox } from "../../src/ports/Outbox.js"
import * as Audit from "../../src/services/Audit.js"
import * as Checkout from "../../src/services/Checkout.js"
import * as Given from "../../src/testing/Given.js"
import { confirmed, move } from "../../src/testing/laws/done.js"
import * as ScriptedGateway from "../../src/testing/ScriptedGateway.js"

it.effect.each([
  ["9 minutes", true],
  ["11 minutes", false]
] as const)("an audit that looks for %s writes an event only while no other may have written it", ([time, isWritten]) =>
  Effect.gen(function* () {
    const order = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    yield* move(yield* confirmed(order))
    const appended: Array<Event> = []
    const [auditor, outbox] = [yield* Auditor, yield* Outbox]
    const missing = [new EventMissing({ orderId: order.id, kind: "OrderConfirmed" })]
    const run = Effect.flatMap(Audit.Audit, (audit) => audit.run({ repair: true })).pipe(
      Effect.provide(Layer.provide(Audit.layer, Layer.provideMerge(Checkout.layer, IdGenerator.layer))),
      Effect.provideService(Auditor, { ...auditor, events: () => Effect.delay(Effect.succeed(missing), time) }),
      Effect.provideService(Outbox, {
        ...outbox,
        append: (events) => Effect.sync(() => void appended.push(...events))
      })
    )
    const running = yield* Effect.fork(run)
    yield* TestClock.adjust(time)
    const { findings } = yield* Fiber.join(running)
    const told = findings.filter(({ violation }) => violation._tag === "EventMissing")
    expect(told.map(({ repaired }) => repaired)).toEqual([isWritten])
    expect(appended).toHaveLength(isWritten ? 1 : 0)
  }).pipe(Effect.provide(Layer.merge(Memory.layer, ScriptedGateway.layer)))
)
