import { Effect, Exit, Layer, Logger, LogLevel } from "effect"
import { expect, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import { OrderNotFound } from "../../src/domain/Order.js"
import { Captured } from "../../src/domain/Payment.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { GatewayError, PaymentGateway } from "../../src/ports/PaymentGateway.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Checkout } from "../../src/services/Checkout.js"
import * as Given from "../../src/testing/Given.js"

/** A provider that cannot be reached, but for the orders of one payment key. */
const gateway = (answered: () => string) =>
  Layer.succeed(PaymentGateway, {
    charge: () => Effect.dieMessage("nothing is charged here"),
    lookup: (key) =>
      key === answered() ? Effect.succeed(null) : new GatewayError({ moneyMoved: "Unknown", cause: new Error("away") }),
    refund: () => Effect.void
  })

const run = <A, E>(effect: Effect.Effect<A, E, Layer.Layer.Success<typeof shop>>, answered = () => "") =>
  Effect.runPromise(
    effect.pipe(
      Effect.provide(Bookstore.layer.pipe(Layer.provideMerge(Memory.layer), Layer.provide(gateway(answered)))),
      Logger.withMinimumLogLevel(LogLevel.None)
    )
  )

const shop = Layer.merge(Bookstore.layer.pipe(Layer.provide([Memory.layer, gateway(() => "")])), Memory.layer)

it("recovery goes on where it came to its limit, so that what cannot be settled holds up nothing", () => {
  let youngest = ""
  return run(
    Effect.gen(function* () {
      const [checkout, orders] = [yield* Checkout, yield* OrderRepository]
      const book = yield* Given.onSale()
      const made = yield* Effect.forEach([1, 2, 3, 4, 5], (n) =>
        Effect.flatMap(Given.customer, (customer) => Given.ordered(customer, [book], { createdAt: Given.at(n) }))
      )
      const last = made[4]
      if (last === undefined) return expect.unreachable()
      youngest = last.paymentKey
      const reports = [yield* checkout.recover({ limit: 2 }), yield* checkout.recover({ limit: 2 })]
      expect(reports.map(({ waiting, more }) => [waiting.length, more])).toEqual([
        [2, true],
        [2, true]
      ])
      const third = yield* checkout.recover({ limit: 2 })
      expect([third.failed, third.more]).toEqual([[last.id], false])
      expect((yield* orders.get(last.id, null)).status).toBe("payment_failed")
      expect((yield* checkout.recover({ limit: 2 })).waiting.map(({ orderId }) => orderId)).toEqual([
        made[0]?.id,
        made[1]?.id
      ])
    }),
    () => youngest
  )
})

it("an order whose transaction was rolled back is not found when it is settled", () =>
  run(
    Effect.gen(function* () {
      const [checkout, { transact }] = [yield* Checkout, yield* Transactor]
      const customer = yield* Given.customer
      yield* Given.inCart(customer, yield* Given.onSale())
      const order = yield* Effect.flip(transact(Effect.flatMap(checkout.prepare(customer), Effect.fail)))
      if (!("paymentKey" in order)) return expect.unreachable()
      const outcome = new Captured({ paymentId: "p_1", amount: order.total, currency: order.currency })
      expect(yield* Effect.exit(checkout.settle(order, outcome))).toEqual(
        Exit.fail(new OrderNotFound({ orderId: order.id }))
      )
    })
  ))
