import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Cart from "../../src/domain/Cart.js"
import { Currency } from "../../src/domain/Money.js"
import { aBook, aLine, uuid } from "./fixtures.js"

const lines = fc
  .uniqueArray(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 99 })), { selector: ([n]) => n, maxLength: 120 })
  .map((all) => all.map(([n, quantity]) => aLine({ id: uuid(1000 + n), bookId: uuid(n), quantity })))
const copiesOf = (cart: ReadonlyArray<Cart.CartLine>, bookId: string) =>
  cart.find((line) => line.bookId === bookId)?.quantity ?? 0

describe("Cart.add", () => {
  const tag = (result: Either.Either<unknown, { readonly _tag: string }>) =>
    Either.isLeft(result) ? result.left._tag : "added"

  it("takes a book once, only from the shelf, up to a hundred lines", () => {
    const hundred = Array.from({ length: 100 }, (_, n) => aLine({ bookId: uuid(n + 2) }))
    expect(tag(Cart.add([], aLine(), aBook()))).toBe("added")
    expect(tag(Cart.add([aLine()], aLine({ id: uuid(11) }), aBook()))).toBe("AlreadyInCart")
    expect(tag(Cart.add([], aLine(), aBook({ stockQuantity: 0 })))).toBe("BookOutOfStock")
    expect(tag(Cart.add(hundred.slice(1), aLine(), aBook()))).toBe("added")
    expect(tag(Cart.add(hundred, aLine(), aBook()))).toBe("CartFull")
  })

  it("more copies than there are may be put in the cart", () =>
    expect(tag(Cart.add([], aLine({ quantity: 99 }), aBook({ stockQuantity: 1 })))).toBe("added"))
})

describe("Cart.merge", () => {
  it("adds quantities up to the limit, and drops no line", () =>
    fc.assert(
      fc.property(lines, lines, (ours, theirs) => {
        const merged = Cart.merge(ours, theirs)
        const books = new Set([...ours, ...theirs].map(({ bookId }) => bookId))
        expect(new Set(merged.map(({ bookId }) => bookId))).toEqual(books)
        for (const bookId of books) {
          expect(copiesOf(merged, bookId)).toBe(Math.min(99, copiesOf(ours, bookId) + copiesOf(theirs, bookId)))
        }
      })
    ))

  it("nothing merged changes nothing", () =>
    fc.assert(
      fc.property(lines, (ours) => {
        expect(Cart.merge(ours, [])).toEqual(ours)
        expect(Cart.merge([], ours)).toEqual(ours)
      })
    ))
})

it("a cart shows copies and today's prices", () => {
  const items = [
    new Cart.CartItem({ line: aLine({ quantity: 2 }), book: aBook({ price: 100 }) }),
    new Cart.CartItem({ line: aLine({ quantity: 3 }), book: aBook({ price: 1 }) })
  ]
  expect(Cart.show(items, Currency.make("USD"))).toMatchObject({ totalItems: 5, totalPrice: 203 })
})
