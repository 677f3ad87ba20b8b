import { Effect, Exit, Layer, Logger, LogLevel } from "effect"
import { describe, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Memory from "../../src/adapters/memory/index.js"
import { Notice } from "../../src/domain/Notice.js"
import { Captured } from "../../src/domain/Payment.js"
import { Inbox } from "../../src/ports/Inbox.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { StoreError } from "../../src/ports/StoreError.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Carts } from "../../src/services/Carts.js"
import { Catalog } from "../../src/services/Catalog.js"
import { Checkout } from "../../src/services/Checkout.js"
import { Orders } from "../../src/services/Orders.js"

const trouble = new StoreError({
  operation: "broken",
  outcome: "RolledBack",
  retryable: false,
  cause: new Error("no event can be written")
})

/** Stores whose outbox takes nothing more. */
const untold = Layer.merge(
  Memory.layer,
  Layer.effect(
    Outbox,
    Effect.map(Outbox, (outbox) => ({ ...outbox, append: () => Effect.fail(trouble) }))
  ).pipe(Layer.provide(Memory.layer))
)

const run = <A, E>(effect: Effect.Effect<A, E, Layer.Layer.Success<typeof shop>>, stores = Memory.layer) =>
  Effect.runPromise(
    effect.pipe(
      Effect.provide(Bookstore.layer.pipe(Layer.provideMerge(stores), Layer.provide(DemoGateway.layer))),
      Logger.withMinimumLogLevel(LogLevel.None)
    )
  )

const shop = Layer.merge(Bookstore.layer.pipe(Layer.provide([Memory.layer, DemoGateway.layer])), Memory.layer)

const emma = { title: "Emma", author: "Jane Austen", price: "10.00" }

describe("a notice", () => {
  it("is remembered with its effect", () =>
    run(
      Effect.gen(function* () {
        const [catalog, carts, checkout, orders, inbox] = yield* Effect.all([Catalog, Carts, Checkout, Orders, Inbox])
        const { id: bookId } = yield* catalog.add(emma)
        yield* catalog.changeStock(bookId, { quantity: 5 })
        yield* carts.add("ada", { bookId })
        const order = yield* checkout.prepare("ada")
        const { paymentKey: key, total: amount, currency } = order
        const said = new Captured({ paymentId: "p_1", amount, currency })
        yield* checkout.notified(new Notice({ source: "provider", id: "n_1", orderId: order.id, key, said }))
        expect((yield* orders.get("ada", order.id)).status).toBe("confirmed")
        expect(yield* inbox.accept("provider", "n_1", order.createdAt)).toBe(false)
        expect(yield* inbox.accept("provider", "n_2", order.createdAt)).toBe(true)
      })
    ))
})

describe("stock", () => {
  it("is not changed when it cannot be told", () =>
    run(
      Effect.gen(function* () {
        const catalog = yield* Catalog
        const { id } = yield* catalog.add(emma)
        expect(yield* Effect.exit(catalog.changeStock(id, { quantity: 5 }))).toEqual(Exit.fail(trouble))
        expect((yield* catalog.get(id)).stockQuantity).toBe(0)
      }),
      untold
    ))
})
