/** The shop that octavo is, on whatever store. */
import { Context, Effect, Either, Layer, ManagedRuntime } from "effect"
import { Captured } from "../src/domain/Payment.js"
import { serve } from "../src/http/node.js"
import * as Authentication from "../src/ports/Authentication.js"
import { PaymentGateway } from "../src/ports/PaymentGateway.js"
import * as PreBookingSettings from "../src/ports/PreBookingSettings.js"
import type { Stores } from "../src/ports/Stores.js"
import * as Bookstore from "../src/services/Bookstore.js"
import { Carts } from "../src/services/Carts.js"
import { Catalog } from "../src/services/Catalog.js"
import { Checkout } from "../src/services/Checkout.js"
import { Fulfilments } from "../src/services/Fulfilments.js"
import { Imports } from "../src/services/Imports.js"
import { PreBookings } from "../src/services/PreBookings.js"
import { Wishlists } from "../src/services/Wishlists.js"
import type { Policy, Shop, Side } from "./shop.js"

/** Takes no time and keeps nothing. */
export const gateway = Layer.succeed(PaymentGateway, {
  charge: ({ key, amount, currency }) => Effect.succeed(new Captured({ paymentId: `paid_${key}`, amount, currency })),
  lookup: () => Effect.succeed(null),
  refund: () => Effect.void
})

export const open = async <E>(stores: Layer.Layer<Stores, E>): Promise<Pick<Side, "name" | "shop" | "serve">> => {
  let policy: Policy = "broadcast"
  const settings = Layer.orDie(PreBookingSettings.layer({ policy: () => policy }))
  const host = Layer.mergeAll(stores, gateway, settings)
  const runtime = ManagedRuntime.make(Bookstore.layer.pipe(Layer.provideMerge(host)))
  const context = await runtime.runPromise(Effect.context<Bookstore.Bookstore | Stores>())
  const [catalog, carts] = [Context.get(context, Catalog), Context.get(context, Carts)]
  const [checkout, imports] = [Context.get(context, Checkout), Context.get(context, Imports)]
  const fulfilments = Context.get(context, Fulfilments)
  const [preBookings, wishlists] = [Context.get(context, PreBookings), Context.get(context, Wishlists)]
  const run = <A, E>(effect: Effect.Effect<A, E>) => runtime.runPromise(effect)
  const shop: Shop = {
    importBooks: (rows) => run(imports.merge(rows)),
    page: (page) => run(catalog.browse({}, { page })),
    search: (q) => run(catalog.browse({ q })),
    add: (customer, bookId) => run(carts.add(customer, { bookId })),
    view: (customer) => run(carts.view(customer)),
    checkout: (customer) => run(checkout.place(customer)),
    take: (worker, orderId) => run(fulfilments.take(worker, orderId)),
    pause: (worker, orderId) => run(fulfilments.pause(worker, orderId)),
    complete: (worker, orderId) => run(fulfilments.complete(worker, orderId)),
    prebook: (customer, bookId) => run(preBookings.request(customer, { bookId })),
    restock: (bookId, quantity, chosen) => {
      policy = chosen
      return run(
        Effect.zipRight(catalog.changeStock(bookId, { quantity }), quantity === 1 ? Effect.void : preBookings.sweep)
      )
    },
    wish: (customer, bookId) => run(wishlists.add(customer, { bookId })),
    wishes: (customer) => run(Effect.map(wishlists.list(customer), ({ items }) => items)),
    close: () => runtime.dispose()
  }
  const services = Layer.merge(Layer.succeedContext(context), identity)
  return { name: "octavo", shop, serve: () => serve({ port: 0, host: "127.0.0.1", layer: services }) }
}

// internal

const identity = Authentication.layer((asking) =>
  Either.match(Authentication.bearer(asking), {
    onLeft: () => null,
    onRight: (customerId) => ({ customerId, role: "user" as const })
  })
)
