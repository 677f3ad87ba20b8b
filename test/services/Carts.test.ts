import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import * as Carts from "../../src/services/Carts.js"
import * as Catalog from "../../src/services/Catalog.js"
import { draft } from "../domain/fixtures.js"
import { bookstore } from "./bookstore.js"

const refusal = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const onSale = Effect.fnUntraced(function* (title: string, price = "10.00") {
  const catalog = yield* Catalog.Catalog
  const { id } = yield* catalog.add({ ...draft, title, price })
  return yield* catalog.changeStock(id, { quantity: 5 })
})

describe("Carts", () => {
  it.effect("shows today's prices, the oldest line first", () =>
    Effect.gen(function* () {
      const [carts, catalog] = [yield* Carts.Carts, yield* Catalog.Catalog]
      const [b, a] = [yield* onSale("B"), yield* onSale("A")]
      yield* carts.add("ada", { bookId: b.id, quantity: 2 })
      yield* carts.add("ada", { bookId: a.id })
      yield* catalog.change(b.id, { price: "0.99" })
      const cart = yield* carts.view("ada")
      expect(cart.items.map(({ book }) => book.title)).toEqual(["B", "A"])
      expect(cart).toMatchObject({ totalItems: 3, totalPrice: 1198, currency: "USD" })
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("quantities are whole numbers from 1 to 99", () =>
    Effect.gen(function* () {
      const carts = yield* Carts.Carts
      const { id } = yield* onSale("A")
      for (const quantity of [0, 100, -1, 1.5, Number.NaN, "2", true, null]) {
        expect(yield* refusal(carts.add("ada", { bookId: id, quantity: quantity as number }))).toBe("InvalidInput")
      }
      const { line } = yield* carts.add("ada", { bookId: id, quantity: 99 })
      expect(yield* refusal(carts.setQuantity("ada", line.id, 100))).toBe("InvalidInput")
      expect((yield* carts.setQuantity("ada", line.id, 1)).line.quantity).toBe(1)
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("what is somebody else's, unknown or impossible does not exist", () =>
    Effect.gen(function* () {
      const carts = yield* Carts.Carts
      const { id } = yield* onSale("A")
      const { line } = yield* carts.add("ada", { bookId: id })
      for (const [customer, lineId] of [
        ["bob", line.id],
        ["ada", id],
        ["ada", ""],
        ["ada", "nonsense"]
      ] as const) {
        expect(yield* refusal(carts.setQuantity(customer, lineId, 2))).toBe("CartLineNotFound")
        expect(yield* refusal(carts.remove(customer, lineId))).toBe("CartLineNotFound")
      }
      expect(yield* refusal(carts.add("ada", { bookId: "nonsense" }))).toBe("BookNotFound")
      for (const customer of ["", "\0", "\ud800", "x".repeat(513)]) {
        expect(yield* refusal(carts.view(customer))).toBe("InvalidInput")
      }
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("a guest's cart moves into a customer's, and a second time moves nothing", () =>
    Effect.gen(function* () {
      const carts = yield* Carts.Carts
      const [a, b] = [yield* onSale("A"), yield* onSale("B")]
      yield* carts.add("guest", { bookId: a.id, quantity: 60 })
      yield* carts.add("guest", { bookId: b.id, quantity: 1 })
      yield* carts.add("ada", { bookId: a.id, quantity: 60 })
      yield* carts.merge("guest", "ada")
      yield* carts.merge("guest", "ada")
      yield* carts.merge("ada", "ada")
      const lines = (yield* carts.view("ada")).items.map(({ line, book }) => [book.title, line.quantity])
      expect(lines).toEqual([
        ["B", 1],
        ["A", 99]
      ])
      expect((yield* carts.view("guest")).items).toEqual([])
    }).pipe(Effect.provide(bookstore))
  )
})
