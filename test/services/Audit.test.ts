import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import { EventMissing } from "../../src/domain/Audit.js"
import type { Event } from "../../src/domain/Event.js"
import { Auditor } from "../../src/ports/Auditor.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import * as Audit from "../../src/services/Audit.js"
import * as Checkout from "../../src/services/Checkout.js"
import * as Given from "../../src/testing/Given.js"
import { confirmed, move } from "../../src/testing/laws/done.js"
import * as ScriptedGateway from "../../src/testing/ScriptedGateway.js"

it.effect("an event that is missing is told as the order says, and only if the audit may repair", () =>
  Effect.gen(function* () {
    const order = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    const next = yield* confirmed(order)
    yield* move(next)
    const appended: Array<Event> = []
    const [auditor, outbox, orders] = [yield* Auditor, yield* Outbox, yield* OrderRepository]
    // No port lets a move go untold, and so the store says that it was.
    const missing = (kind: "OrderConfirmed" | "OrderCancelled") => new EventMissing({ orderId: order.id, kind })
    const untold = {
      ...auditor,
      stock: () => Effect.succeed([]),
      overdue: () => Effect.succeed([]),
      events: () => Effect.succeed([missing("OrderConfirmed"), missing("OrderCancelled")])
    }
    const run = (repair: boolean) =>
      Effect.flatMap(Audit.Audit, (audit) => audit.run({ repair })).pipe(
        Effect.provide(Layer.provide(Audit.layer, Layer.provideMerge(Checkout.layer, IdGenerator.layer))),
        Effect.provideService(Auditor, untold),
        Effect.provideService(Outbox, {
          ...outbox,
          append: (events) => Effect.sync(() => void appended.push(...events))
        })
      )
    expect((yield* run(false)).findings.map(({ repaired }) => repaired)).toEqual([false, false])
    expect(appended).toEqual([])
    // The order was not cancelled: of that there is nothing to tell.
    expect((yield* run(true)).findings.map(({ repaired }) => repaired)).toEqual([true, false])
    const { total, currency, customerId } = yield* orders.get(order.id, null)
    expect(appended).toMatchObject([
      { _tag: "OrderConfirmed", orderId: order.id, at: next.event.at, total, currency, customerId }
    ])
  }).pipe(Effect.provide(Layer.merge(Memory.layer, ScriptedGateway.layer)))
)
