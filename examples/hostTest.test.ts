/** A host's own test: a whole bookstore in memory, no mock of it. */
import { Effect, Layer } from "effect"
import { Bookstore, Carts, Catalog, Checkout, Orders } from "octavo"
import * as DemoGateway from "octavo/demo"
import * as Memory from "octavo/memory"
import { expect, it } from "vitest"

const bookstore = Bookstore.layer.pipe(Layer.provide([Memory.layer, DemoGateway.layer]))

/** What the host built on octavo: a gift to each of its customers. */
const giveToAll = (bookId: string, customers: ReadonlyArray<string>) =>
  Effect.forEach(customers, (customer) =>
    Effect.gen(function* () {
      const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
      yield* carts.add(customer, { bookId })
      return yield* checkout.place(customer)
    }).pipe(Effect.either)
  )

it("a gift goes to as many customers as there are copies", () =>
  Effect.gen(function* () {
    const [catalog, orders] = [yield* Catalog.Catalog, yield* Orders.Orders]
    const book = yield* catalog.add({ title: "Persuasion", author: "Jane Austen", price: "9.90" })
    yield* catalog.changeStock(book.id, { quantity: 2 })
    const given = yield* giveToAll(book.id, ["ada", "bob", "cy"])
    expect(given.map(({ _tag }) => _tag)).toEqual(["Right", "Right", "Left"])
    expect((yield* orders.all()).total).toBe(2)
    expect((yield* catalog.get(book.id)).stockQuantity).toBe(0)
  }).pipe(Effect.provide(bookstore), Effect.runPromise))
