import { it } from "@effect/vitest"
import { DateTime, Effect, TestClock } from "effect"
import { describe, expect } from "vitest"
import * as Carts from "../../src/services/Carts.js"
import * as Catalog from "../../src/services/Catalog.js"
import * as Wishlists from "../../src/services/Wishlists.js"
import { draft } from "../domain/fixtures.js"
import { bookstore } from "./bookstore.js"

const refusal = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const onSale = Effect.fnUntraced(function* (title: string, stock = 5) {
  const catalog = yield* Catalog.Catalog
  const { id } = yield* catalog.add({ ...draft, title })
  return stock === 0 ? yield* catalog.get(id) : yield* catalog.changeStock(id, { quantity: stock })
})

const titles = Effect.fnUntraced(function* (customer: string) {
  const wishlists = yield* Wishlists.Wishlists
  return (yield* wishlists.list(customer)).items.map(({ book }) => book.title)
})

describe("Wishlists", () => {
  it.effect("shows today's prices and stock, the newest wish first; books out of stock are wished for, too", () =>
    Effect.gen(function* () {
      const [wishlists, catalog] = [yield* Wishlists.Wishlists, yield* Catalog.Catalog]
      const [a, b] = [yield* onSale("A"), yield* onSale("B", 0)]
      const now = yield* DateTime.now
      const { wish } = yield* wishlists.add("ada", { bookId: a.id.toUpperCase() })
      expect(wish).toMatchObject({ customerId: "ada", bookId: a.id, addedAt: now })
      yield* TestClock.adjust("1 minute")
      yield* wishlists.add("ada", { bookId: b.id })
      yield* catalog.change(a.id, { price: "0.99" })
      yield* catalog.changeStock(a.id, { quantity: 0 })
      const { items, ...page } = yield* wishlists.list("ada")
      expect(items.map(({ book }) => [book.title, book.price, book.stockQuantity])).toEqual([
        ["B", b.price, 0],
        ["A", 99, 0]
      ])
      expect(page).toEqual({ total: 2, page: 1, size: 20 })
      expect(yield* titles("bob")).toEqual([])
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("is listed by page and by cursor, and a cursor of another customer's is refused", () =>
    Effect.gen(function* () {
      const wishlists = yield* Wishlists.Wishlists
      const names = ["A", "B", "C", "D", "E"]
      for (const name of names) {
        yield* wishlists.add("ada", { bookId: (yield* onSale(name)).id })
        yield* TestClock.adjust("1 second")
      }
      const expected = names.toReversed()
      const page = (n: number) => Effect.map(wishlists.list("ada", { page: n, size: 2 }), ({ items }) => items)
      const paged = [...(yield* page(1)), ...(yield* page(2)), ...(yield* page(3))]
      expect(paged.map(({ book }) => book.title)).toEqual(expected)
      expect(yield* wishlists.list("ada", { page: 9, size: 2 })).toEqual({ items: [], total: 5, page: 9, size: 2 })
      const walked: Array<string> = []
      for (let after: string | null = ""; after !== null; ) {
        const { items, next }: { items: typeof paged; next: string | null } = yield* Effect.map(
          wishlists.scroll("ada", { after, size: 2 }),
          (slice) => ({ items: [...slice.items], next: slice.next })
        )
        walked.push(...items.map(({ book }) => book.title))
        after = next
      }
      expect(walked).toEqual(expected)
      const { next } = yield* wishlists.scroll("ada", { size: 1 })
      expect(yield* refusal(wishlists.scroll("bob", { after: `${next}` }))).toBe("InvalidInput")
      expect(yield* refusal(wishlists.scroll("ada", { after: "nonsense" }))).toBe("InvalidInput")
      for (const size of [0, 101, 1.5]) {
        expect(yield* refusal(wishlists.list("ada", { size }))).toBe("InvalidInput")
        expect(yield* refusal(wishlists.scroll("ada", { size }))).toBe("InvalidInput")
      }
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("what is somebody else's, unknown or impossible does not exist", () =>
    Effect.gen(function* () {
      const wishlists = yield* Wishlists.Wishlists
      const { id } = yield* onSale("A")
      const { wish } = yield* wishlists.add("ada", { bookId: id })
      for (const [customer, bookId] of [
        ["bob", id],
        ["ada", wish.id],
        ["ada", ""],
        ["ada", "nonsense"],
        ["ada", null as unknown as string]
      ] as const) {
        expect(yield* refusal(wishlists.remove(customer, bookId))).toBe("WishNotFound")
        expect(yield* refusal(wishlists.moveToCart(customer, bookId))).toBe("WishNotFound")
      }
      expect(yield* refusal(wishlists.add("ada", { bookId: id }))).toBe("AlreadyWished")
      expect(yield* refusal(wishlists.add("ada", { bookId: "nonsense" }))).toBe("BookNotFound")
      expect(yield* refusal(wishlists.add("ada", { bookId: wish.id }))).toBe("BookNotFound")
      expect(yield* refusal(wishlists.add("ada", { bookId: 7 as unknown as string }))).toBe("InvalidInput")
      for (const customer of ["", "\0", "\ud800", "x".repeat(513)]) {
        expect(yield* refusal(wishlists.list(customer))).toBe("InvalidInput")
      }
      yield* wishlists.remove("ada", id)
      expect(yield* titles("ada")).toEqual([])
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("moves a wish to the cart, and keeps it where the cart refuses", () =>
    Effect.gen(function* () {
      const [wishlists, carts] = [yield* Wishlists.Wishlists, yield* Carts.Carts]
      const [a, b, empty] = [yield* onSale("A"), yield* onSale("B"), yield* onSale("C", 0)]
      for (const { id } of [a, b, empty]) yield* wishlists.add("ada", { bookId: id })
      for (const quantity of [0, 100, 1.5, Number.NaN, "2", true, null]) {
        const moved = wishlists.moveToCart("ada", a.id, { quantity: quantity as number })
        expect(yield* refusal(moved)).toBe("InvalidInput")
      }
      yield* carts.add("ada", { bookId: b.id })
      expect(yield* refusal(wishlists.moveToCart("ada", b.id))).toBe("AlreadyInCart")
      expect(yield* refusal(wishlists.moveToCart("ada", empty.id))).toBe("BookOutOfStock")
      expect(new Set(yield* titles("ada"))).toEqual(new Set(["A", "B", "C"]))
      yield* TestClock.adjust("1 second")
      const item = yield* wishlists.moveToCart("ada", a.id, { quantity: 99 })
      expect(item).toMatchObject({ line: { bookId: a.id, quantity: 99, addedAt: yield* DateTime.now }, book: a })
      expect(yield* refusal(wishlists.moveToCart("ada", a.id))).toBe("WishNotFound")
      expect(new Set(yield* titles("ada"))).toEqual(new Set(["B", "C"]))
      const lines = (yield* carts.view("ada")).items.map(({ line }) => [line.bookId, line.quantity])
      expect(lines).toEqual([
        [b.id, 1],
        [a.id, 99]
      ])
    }).pipe(Effect.provide(bookstore))
  )

  it.effect("a book that is taken off sale is on no wishlist any more", () =>
    Effect.gen(function* () {
      const [wishlists, catalog] = [yield* Wishlists.Wishlists, yield* Catalog.Catalog]
      const [a, b] = [yield* onSale("A"), yield* onSale("B")]
      for (const customer of ["ada", "bob"]) {
        for (const { id } of [a, b]) yield* wishlists.add(customer, { bookId: id })
      }
      yield* catalog.remove(a.id)
      expect([yield* titles("ada"), yield* titles("bob")]).toEqual([["B"], ["B"]])
      expect(yield* refusal(wishlists.moveToCart("ada", a.id))).toBe("WishNotFound")
    }).pipe(Effect.provide(bookstore))
  )
})
