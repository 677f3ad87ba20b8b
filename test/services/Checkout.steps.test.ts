import { expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import * as Checkout from "../../src/services/Checkout.js"
import * as Given from "../../src/testing/Given.js"
import * as ScriptedGateway from "../../src/testing/ScriptedGateway.js"

it.effect("a charge that is asked for again after its time does not say that no money has moved", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Given.at(0).epochMillis)
    const gateway = yield* ScriptedGateway.ScriptedGateway
    yield* gateway.script(ScriptedGateway.hang({ charged: true }))
    const customer = yield* Given.customer
    yield* Given.inCart(customer, yield* Given.onSale())
    const { prepare, charge, recover } = yield* Checkout.Checkout
    const order = yield* prepare(customer)
    const first = yield* Effect.fork(Effect.flip(charge(order)))
    yield* TestClock.adjust("30 seconds")
    expect(yield* Fiber.join(first)).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
    expect(yield* Effect.flip(charge(order))).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
    yield* TestClock.adjust("31 seconds")
    expect(yield* recover()).toMatchObject({ confirmed: [order.id], failed: [] })
  }).pipe(
    Effect.provide(
      Layer.provideMerge(Checkout.layer, Layer.mergeAll(Memory.layer, IdGenerator.layer, ScriptedGateway.layer))
    )
  )
)
