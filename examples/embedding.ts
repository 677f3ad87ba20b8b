import { Effect, Layer } from "effect"
import { Bookstore, Carts, Catalog, Checkout } from "octavo"
import * as DemoGateway from "octavo/demo"
import * as Sqlite from "octavo/sqlite"

export const shop = (filename: string) =>
  Bookstore.layer.pipe(Layer.provide([Sqlite.layer({ filename }), DemoGateway.layer]))

export const purchase = Effect.gen(function* () {
  const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
  const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "12.50" })
  yield* catalog.changeStock(book.id, { quantity: 3 })
  yield* carts.add("ada", { bookId: book.id, quantity: 2 })
  return yield* checkout.place("ada", { expectedTotal: "25.00", idempotencyKey: "order-1" })
})
