import { Context, Effect, Layer, Schedule } from "effect"
import { Carts, Checkout, Orders, PaymentGateway } from "octavo"
import type { Simulation } from "octavo/testing"

/** A service of the host's: a book bought in one go, for which the customer's cart is used. */
class Gifts extends Context.Tag("host/Gifts")<
  Gifts,
  { readonly give: (customer: string, bookId: string) => Effect.Effect<unknown, unknown> }
>() {}

const layer = Layer.effect(
  Gifts,
  Effect.gen(function* () {
    const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
    return {
      give: (customer, bookId) =>
        Effect.zipRight(carts.add(customer, { bookId }), checkout.place(customer, { paymentMethod: "gift card" }))
    }
  })
)

/** What customers do with it, and a rule of the host's that must hold at every commit. */
export const gifts: Simulation.Options<Gifts> = {
  services: layer,
  commands: [
    {
      name: "gives a gift",
      weight: 3,
      run: ({ customer, books, below }) =>
        Effect.flatMap(Gifts, ({ give }) => give(customer, books[below(books.length)] ?? ""))
    },
    {
      name: "looks at the orders",
      run: ({ customer }) => Effect.flatMap(Orders.Orders, (orders) => orders.list(customer))
    }
  ],
  invariants: [
    {
      name: "nobody keeps an order for nothing",
      check: ({ orders }) => orders.find(({ status, total }) => status === "confirmed" && total === 0)?.id
    }
  ]
}

/** The host's gateway: it asks once more, with the same key, when the line to the provider was lost. */
export const careful: Pick<Simulation.Options, "gateway"> = {
  gateway: (provider) =>
    Layer.succeed(PaymentGateway.PaymentGateway, {
      ...provider,
      lookup: (key) => Effect.retry(provider.lookup(key), { times: 1, schedule: Schedule.spaced("1 second") })
    })
}
