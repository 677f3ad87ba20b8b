/** The shop that all processes open: on an SQLite file, or on PostgreSQL by its URL. */
import { Effect, Layer } from "effect"
import { Bookstore, Carts, Catalog, Checkout, FulfilmentSettings } from "octavo"
import * as DemoGateway from "octavo/demo"
import * as Postgres from "octavo/postgres"
import * as Sqlite from "octavo/sqlite"

/** So short that an order is not missed for long when its worker dies. */
const term = "2 seconds"

export const shop = (store: string) =>
  Bookstore.layer.pipe(
    Layer.provide([
      store.startsWith("postgres") ? Postgres.layer({ url: store }) : Sqlite.layer({ filename: store }),
      DemoGateway.layer,
      FulfilmentSettings.layer({ term })
    ])
  )

/** Sells as many orders, and answers their ids. */
export const sell = (count: number) =>
  Effect.gen(function* () {
    const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
    const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "12.50" })
    yield* catalog.changeStock(book.id, { quantity: count })
    return yield* Effect.forEach(Array.from({ length: count }).keys(), (n) =>
      Effect.gen(function* () {
        const customer = `customer ${n} of ${book.id}`
        yield* carts.add(customer, { bookId: book.id })
        return (yield* checkout.place(customer)).id
      })
    )
  })
