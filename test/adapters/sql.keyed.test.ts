import { Effect, Either, Exit, Layer, Logger, LogLevel, Scope } from "effect"
import * as Pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { Bookstore, Carts, Catalog, Checkout, Orders } from "../../src/index.js"
import { PaymentGateway } from "../../src/ports/PaymentGateway.js"
import { StoreError } from "../../src/ports/StoreError.js"
import * as CutProxy from "../support/cutProxy.js"
import { onServer, type Place } from "./sqlStores.js"

let place: Place
let way: CutProxy.CutProxy
let scope: Scope.CloseableScope
let shop: Layer.Layer<Bookstore.Bookstore>
let direct: Pg.Client

/** What the gateway was asked for, by order and key. */
const charges = new Set<string>()
const refunds = new Set<string>()

const gateway = Layer.effect(
  PaymentGateway,
  Effect.map(PaymentGateway, (demo) =>
    PaymentGateway.of({
      ...demo,
      charge: (request) => Effect.tap(demo.charge(request), () => charges.add(`${request.orderId} ${request.key}`)),
      refund: (request) => Effect.tap(demo.refund(request), () => refunds.add(`${request.paymentId} ${request.key}`))
    })
  )
).pipe(Layer.provide(DemoGateway.layer))

beforeAll(async () => {
  place = await onServer()
  way = await CutProxy.start(place.at)
  direct = new Pg.Client(place.at)
  await direct.connect()
  scope = Effect.runSync(Scope.make())
  const all = Bookstore.layer.pipe(Layer.provide([PostgresStore.layer({ url: way.url }), gateway]))
  shop = Layer.succeedContext(await Effect.runPromise(Scope.extend(Layer.build(all), scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  way.close()
  await direct.end()
  await place.drop()
})

const run = <A, E>(effect: Effect.Effect<A, E, Bookstore.Bookstore>) =>
  Effect.runPromise(Effect.provide(effect, Layer.merge(shop, Logger.minimumLogLevel(LogLevel.None))))

let customers = 0

const aShopper = Effect.gen(function* () {
  const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
  const customer = `shopper ${++customers}`
  const book = yield* catalog.add({ title: customer, author: "Jane Austen", price: "2.00" })
  yield* catalog.changeStock(book.id, { quantity: 5 })
  yield* carts.add(customer, { bookId: book.id, quantity: 2 })
  return { customer, book, buy: checkout.place(customer, { idempotencyKey: "once" }) }
})

const seen = async (customer: string) => {
  const { rows } = await direct.query(
    `SELECT (SELECT json_agg(status) FROM octavo_orders WHERE customer_id = $1) AS orders,
(SELECT count(*)::int FROM octavo_cart_lines WHERE customer_id = $1) AS cart,
(SELECT stock FROM octavo_books WHERE title = $1) AS stock`,
    [customer]
  )
  return rows[0]
}

/** Does it once with the link whole, to know its statements, and then once for each way to lose the link at each of them. */
const atEveryStatement = async (
  trial: () => Promise<{
    readonly act: () => Promise<Either.Either<unknown, unknown>>
    readonly check: () => Promise<void>
  }>
) => {
  const whole = await trial()
  way.plan(null)
  expect(Either.isRight(await whole.act())).toBe(true)
  const statements = [...way.requests()]
  await whole.check()
  for (const at of statements.keys()) {
    for (const when of ["before", "amid", "reply"] as const) {
      const { act, check } = await trial()
      way.plan({ at: (_, count) => count === at, when })
      const told = await act()
      way.plan(null)
      if (Either.isLeft(told)) expect(told.left).toBeInstanceOf(StoreError)
      await check()
    }
  }
}

it("makes one order and one charge of a key, at whichever statement the link was lost the first time", () =>
  atEveryStatement(async () => {
    const { customer, buy } = await run(aShopper)
    return {
      act: () => run(Effect.either(buy)),
      check: async () => {
        const order = await run(buy)
        expect(await seen(customer)).toEqual({ orders: ["confirmed"], cart: 0, stock: 3 })
        expect([...charges].filter((charge) => charge.startsWith(order.id))).toHaveLength(1)
      }
    }
  }))

it("cancels once and refunds once, at whichever statement the link was lost the first time", () =>
  atEveryStatement(async () => {
    const { customer, buy } = await run(aShopper)
    const order = await run(buy)
    const cancel = Effect.flatMap(Orders.Orders, (orders) => orders.cancel(customer, order.id))
    return {
      act: () => run(Effect.either(cancel)),
      check: async () => {
        const again = await run(Effect.either(cancel))
        if (Either.isLeft(again)) expect(again.left).toMatchObject({ _tag: "OrderNotCancellable", status: "refunded" })
        expect(await seen(customer)).toEqual({ orders: ["refunded"], cart: 0, stock: 5 })
        const paid = "paymentId" in order ? order.paymentId : ""
        expect([...refunds].filter((refund) => refund.startsWith(paid))).toHaveLength(1)
      }
    }
  }))
