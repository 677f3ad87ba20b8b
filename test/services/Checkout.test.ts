import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Logger, LogLevel, Scope } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import { Currency } from "../../src/domain/Money.js"
import { Captured, Declined, type Outcome } from "../../src/domain/Payment.js"
import { type ChargeRequest, PaymentGateway } from "../../src/ports/PaymentGateway.js"
import { StoreSettings } from "../../src/ports/StoreSettings.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Carts } from "../../src/services/Carts.js"
import { Catalog } from "../../src/services/Catalog.js"
import { Checkout } from "../../src/services/Checkout.js"
import { Orders } from "../../src/services/Orders.js"

type Charge = (request: ChargeRequest) => Effect.Effect<Outcome>

/** A host's gateway, which its types do not keep from anything. */
const gateway = (charge: (request: ChargeRequest) => unknown) =>
  Layer.succeed(PaymentGateway, {
    charge: charge as Charge,
    lookup: () => Effect.succeed(null),
    refund: () => Effect.void
  })

const captured = ({ key, amount, currency }: ChargeRequest) => new Captured({ paymentId: `p_${key}`, amount, currency })

const directory = mkdtempSync(join(tmpdir(), "octavo-"))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const stores = {
  memory: () => Memory.layer,
  sqlite: () => Sqlite.layer({ filename: join(directory, `${files++}.db`) })
}

const settings = Layer.succeed(StoreSettings, { currency: Currency.make("USD"), chargeTimeout: Duration.seconds(1) })

/** A customer "ada" with two copies of a book of five in the cart. */
const shopping = Effect.gen(function* () {
  const [catalog, carts] = [yield* Catalog, yield* Carts]
  const { id } = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "10.00" })
  yield* catalog.changeStock(id, { quantity: 5 })
  yield* carts.add("ada", { bookId: id, quantity: 2 })
  return id
})

const garbage: Record<string, (request: ChargeRequest) => unknown> = {
  "throws at once": () => {
    throw new Error("boom")
  },
  "answers no effect": () => undefined,
  "answers null": () => Effect.succeed(null),
  "answers an empty object": () => Effect.succeed({}),
  "declines without a reason": () => Effect.succeed({ _tag: "Declined", reason: "" }),
  "declines with NUL": () => Effect.succeed({ _tag: "Declined", reason: "a\0b" }),
  "captures without a name": ({ amount, currency }) =>
    Effect.succeed({ _tag: "Captured", paymentId: "", amount, currency }),
  "captures another amount": (request) => Effect.succeed({ ...captured(request), amount: 1 }),
  dies: () => Effect.die(new Error("boom")),
  "interrupts itself": () => Effect.interrupt,
  "never answers, and cannot be interrupted": () => Effect.uninterruptible(Effect.never)
}

describe.each(Object.entries(stores))("Checkout on %s", (_, store) => {
  const run = <A, E>(
    effect: Effect.Effect<A, E, Bookstore.Bookstore | Transactor>,
    charge: (request: ChargeRequest) => unknown = (request) => Effect.succeed(captured(request))
  ) => {
    const shop = Layer.provideMerge(Bookstore.layer, Layer.merge(store(), gateway(charge)))
    return effect.pipe(
      Effect.provide(Layer.provide(shop, settings)),
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.runPromise
    )
  }

  it.each(Object.entries(garbage))("a gateway that %s leaves the order waiting, its copies kept", (_, charge) =>
    run(
      Effect.gen(function* () {
        const [catalog, checkout, orders] = [yield* Catalog, yield* Checkout, yield* Orders]
        const id = yield* shopping
        expect(yield* Effect.flip(checkout.place("ada"))).toMatchObject({ _tag: "CheckoutInProgress" })
        expect((yield* orders.all()).items).toMatchObject([{ status: "pending_payment" }])
        expect((yield* catalog.get(id)).stockQuantity).toBe(3)
      }),
      charge
    )
  )

  it("only an order that is stored and waits is charged", () => {
    const charged: Array<string> = []
    return run(
      Effect.gen(function* () {
        const [checkout, { transact }] = [yield* Checkout, yield* Transactor]
        yield* shopping
        const undone = yield* Effect.flip(transact(Effect.flatMap(checkout.prepare("ada"), Effect.fail)))
        if (!("status" in undone)) throw undone
        expect(yield* Effect.flip(checkout.charge(undone))).toMatchObject({ _tag: "OrderNotFound" })
        const order = yield* checkout.prepare("ada")
        yield* checkout.settle(order, new Declined({ reason: "no" }))
        expect(yield* Effect.flip(checkout.charge(order))).toMatchObject({ _tag: "AlreadyPlaced" })
        expect(charged).toEqual([])
      }),
      (request) => {
        charged.push(request.key)
        return Effect.succeed(captured(request))
      }
    )
  })

  it("settle takes an outcome of this order only", () =>
    run(
      Effect.gen(function* () {
        const checkout = yield* Checkout
        yield* shopping
        const order = yield* checkout.prepare("ada")
        const cheap = { _tag: "Captured", paymentId: "p", amount: 1, currency: order.currency }
        for (const outcome of [undefined, null, {}, "paid", cheap]) {
          expect(yield* Effect.flip(checkout.settle(order, outcome as never))).toMatchObject({ _tag: "InvalidInput" })
        }
        const { total: amount, currency } = order
        const paid = new Captured({ paymentId: "p", amount, currency })
        expect(yield* checkout.settle(order, paid)).toMatchObject({ status: "confirmed", paymentId: "p" })
      })
    ))

  it("closing the bookstore waits for the money that is moving, though the customer has gone", async () => {
    const atGateway = Effect.runSync(Deferred.make<void>())
    const goOn = Effect.runSync(Deferred.make<void>())
    const charge = (request: ChargeRequest) =>
      Deferred.succeed(atGateway, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.as(captured(request)))
    await Effect.gen(function* () {
      const kept = yield* Layer.build(store())
      const scope = yield* Scope.make()
      const shop = Layer.provide(Bookstore.layer, [Layer.succeedContext(kept), gateway(charge), settings])
      const services = yield* Layer.buildWithScope(shop, scope)
      const placing = yield* Effect.fork(
        Effect.provide(
          Effect.zipRight(
            shopping,
            Effect.flatMap(Checkout, ({ place }) => place("ada"))
          ),
          services
        )
      )
      yield* Deferred.await(atGateway)
      yield* Fiber.interrupt(placing)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(closing)
      const later = Layer.provide(Bookstore.layer, [Layer.succeedContext(kept), gateway(charge), settings])
      const { items } = yield* Effect.provide(
        Effect.flatMap(Orders, (orders) => orders.all()),
        later
      )
      expect(items).toMatchObject([{ status: "confirmed" }])
    }).pipe(Effect.scoped, Logger.withMinimumLogLevel(LogLevel.None), Effect.runPromise)
  })
})
