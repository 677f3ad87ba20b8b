import { FastCheck, Schema } from "effect"
import { expect, it } from "vitest"
import { Author, Book, Title } from "../../src/domain/Book.js"
import { CartLine } from "../../src/domain/Cart.js"
import { Isbn } from "../../src/domain/Isbn.js"
import * as Arbitraries from "../../src/testing/Arbitraries.js"

it("every value fits its schema", () => {
  const fits = <A, I>(arbitrary: FastCheck.Arbitrary<A>, schema: Schema.Schema<A, I>) =>
    FastCheck.assert(FastCheck.property(arbitrary, (value) => Schema.is(schema)(value)))
  fits(Arbitraries.title, Title)
  fits(Arbitraries.author, Author)
  fits(Arbitraries.isbn, Isbn)
  fits(Arbitraries.book, Book)
  fits(Arbitraries.cart, Schema.Array(CartLine))
})

it("the nasty texts are titles as they stand", () => {
  expect(Arbitraries.nasty.filter((text) => !Schema.is(Title)(text))).toEqual([])
})
