/** The shop that octavo is, on whatever store. */
import { Effect, Layer, ManagedRuntime } from "effect"
import { Captured } from "../src/domain/Payment.js"
import { PaymentGateway } from "../src/ports/PaymentGateway.js"
import type { Stores } from "../src/ports/Stores.js"
import * as Bookstore from "../src/services/Bookstore.js"
import { Carts } from "../src/services/Carts.js"
import { Catalog } from "../src/services/Catalog.js"
import { Checkout } from "../src/services/Checkout.js"
import { Imports } from "../src/services/Imports.js"
import type { Shop } from "./shop.js"

/** Takes no time and keeps nothing. */
export const gateway = Layer.succeed(PaymentGateway, {
  charge: ({ key, amount, currency }) => Effect.succeed(new Captured({ paymentId: `paid_${key}`, amount, currency })),
  lookup: () => Effect.succeed(null),
  refund: () => Effect.void
})

export const open = async <E>(stores: Layer.Layer<Stores, E>): Promise<Shop> => {
  const runtime = ManagedRuntime.make(Bookstore.layer.pipe(Layer.provide([stores, gateway])))
  const { run, catalog, carts, checkout, imports } = {
    run: <A, E>(effect: Effect.Effect<A, E, Bookstore.Bookstore>) => runtime.runPromise(effect),
    ...(await runtime.runPromise(Effect.all({ catalog: Catalog, carts: Carts, checkout: Checkout, imports: Imports })))
  }
  return {
    importBooks: (rows) => run(imports.merge(rows)),
    page: (page) => run(catalog.browse({}, { page })),
    search: (q) => run(catalog.browse({ q })),
    add: (customer, bookId) => run(carts.add(customer, { bookId })),
    view: (customer) => run(carts.view(customer)),
    checkout: (customer) => run(checkout.place(customer)),
    close: () => runtime.dispose()
  }
}
