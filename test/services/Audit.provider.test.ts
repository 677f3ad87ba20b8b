import { expect, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import * as Memory from "../../src/adapters/memory/index.js"
import type { OrderId } from "../../src/domain/OrderId.js"
import { Captured, type PaymentKey } from "../../src/domain/Payment.js"
import * as IdGenerator from "../../src/ports/IdGenerator.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { GatewayError, PaymentGateway } from "../../src/ports/PaymentGateway.js"
import * as Audit from "../../src/services/Audit.js"
import * as Checkout from "../../src/services/Checkout.js"
import * as Given from "../../src/testing/Given.js"
import { failed, move } from "../../src/testing/laws/done.js"

/** Says of every key that it was captured, gives nothing back, and remembers what it was asked about. */
const gateway = (looked: Array<PaymentKey>) => {
  const stays = Effect.fail(new GatewayError({ moneyMoved: "No", cause: new Error("not now") }))
  return Layer.succeed(PaymentGateway, {
    charge: () => stays,
    lookup: (key) => {
      looked.push(key)
      return Effect.succeed(new Captured({ paymentId: `late ${key}`, amount: Given.amount(1000), currency: Given.usd }))
    },
    refund: () => stays
  })
}

const bookstore = (looked: Array<PaymentKey>) =>
  Audit.layer.pipe(
    Layer.provideMerge(Checkout.layer),
    Layer.provideMerge(Layer.mergeAll(Memory.layer, IdGenerator.layer, gateway(looked)))
  )

const statusOf = (id: OrderId) =>
  Effect.flatMap(OrderRepository, (orders) => Effect.map(orders.get(id, null), ({ status }) => status))

const of = (findings: ReadonlyArray<Audit.Finding>, kind: string) =>
  findings.filter(({ violation }) => violation._tag === kind)

it.effect("an order that may be at the provider at this very moment is not asked about by an audit", () => {
  const looked: Array<PaymentKey> = []
  return Effect.gen(function* () {
    const pending = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    const settled = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    yield* move(yield* failed(settled))
    yield* TestClock.setTime(Given.at(1000).epochMillis)
    const { run } = yield* Audit.Audit
    const { findings, asked } = yield* run({ payments: "1 hour" })
    expect(looked).toEqual([settled.paymentKey])
    expect(asked).toBe(1)
    expect(of(findings, "ChargeUnlisted")).toMatchObject([
      { violation: { _tag: "ChargeUnlisted", orderId: settled.id } }
    ])
    expect(yield* statusOf(pending.id)).toBe("pending_payment")
  }).pipe(Effect.provide(bookstore(looked)))
})

it.effect("money that is still owed after a repair is not said to have been put right", () =>
  Effect.gen(function* () {
    const order = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
    yield* TestClock.setTime(Given.at(1000).epochMillis)
    yield* move(yield* failed(order))
    const { settle } = yield* Checkout.Checkout
    const { total: amount, currency } = order
    yield* settle(order, new Captured({ paymentId: "late", amount, currency }))
    yield* TestClock.adjust("2 hours")
    const { run } = yield* Audit.Audit
    const { findings } = yield* run({ repair: true })
    expect(of(findings, "RefundStuck")).toMatchObject([
      { violation: { _tag: "RefundStuck", orderId: order.id, paymentId: "late" }, repaired: false }
    ])
  }).pipe(Effect.provide(bookstore([])))
)
