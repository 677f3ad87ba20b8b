import { Effect, Layer, Logger, LogLevel } from "effect"
import { Bookstore, Carts, Catalog, Checkout, Orders, Relay } from "octavo"
import * as DemoGateway from "octavo/demo"
import * as Memory from "octavo/memory"
import { expect, it } from "vitest"
import { Mailer, mails } from "./relay.js"

/** The host's mailer: out of order at first, and never sends an id twice. */
const sent = new Map<string, string>()
let isBroken = true
const mailer = Layer.succeed(Mailer, {
  send: ({ id, to, text }) =>
    Effect.suspend(() => {
      if (isBroken) {
        isBroken = false
        return Effect.fail(new Error("the mail server is down"))
      }
      sent.set(id, `${to}: ${text}`)
      return Effect.void
    })
})
const bookstore = Bookstore.layer.pipe(Layer.provide([Memory.layer, DemoGateway.layer]))
const application = mails.pipe(Layer.provide(mailer), Layer.provideMerge(bookstore))

it("customers are told what happened to their orders, each thing once and in its order", () =>
  Effect.gen(function* () {
    const [catalog, carts, checkout, orders, relay] = [
      yield* Catalog.Catalog,
      yield* Carts.Carts,
      yield* Checkout.Checkout,
      yield* Orders.Orders,
      yield* Relay.Relay
    ]
    const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "12.50" })
    yield* catalog.changeStock(book.id, { quantity: 3 })
    yield* carts.add("ada", { bookId: book.id })
    const { id } = yield* checkout.place("ada")
    yield* orders.cancel("ada", id)
    yield* Effect.repeat(Effect.delay(relay.list("waiting"), "50 millis"), { until: ({ items }) => items.length === 0 })
    expect([...sent.values()]).toEqual([`ada: Thank you for order ${id}`, `ada: Your money for order ${id} is back`])
    expect(isBroken).toBe(false)
  }).pipe(Effect.provide(application), Logger.withMinimumLogLevel(LogLevel.None), Effect.runPromise))
