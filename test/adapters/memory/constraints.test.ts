import { expect } from "@effect/vitest"
import { Effect, Either } from "effect"
import { describe } from "vitest"
import * as Book from "../../../src/domain/Book.js"
import * as Cart from "../../../src/domain/Cart.js"
import { Genre, GenreId } from "../../../src/domain/Genre.js"
import type { Amount, Price } from "../../../src/domain/Money.js"
import * as Order from "../../../src/domain/Order.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { GenreRepository } from "../../../src/ports/GenreRepository.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { StoreError } from "../../../src/ports/StoreError.js"
import {
  ada,
  add,
  book,
  captured,
  eve,
  everything,
  facts,
  fantasy,
  furnish,
  isbn1,
  law,
  line,
  order,
  orderLine,
  transact,
  uuid,
  withStock
} from "./fixtures.js"

describe("the constraints of a database hold", () => {
  law("and an operation that meets one leaves nothing, caught inside a transaction too", function* () {
    yield* furnish
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const genres = yield* GenreRepository
    const orders = yield* OrderRepository
    const full = book(50, { stock: Book.maximumStock })
    yield* add(full)
    const ofFull = order(60, ada, [orderLine(60, book(1), 1), orderLine(61, full, 1)])
    yield* orders.add(ofFull)
    const ofBook = (copies: number) => order(62, eve, [orderLine(62, book(1), copies)])
    yield* orders.add(ofBook(1))
    const before = yield* everything

    const violations: ReadonlyArray<Effect.Effect<unknown, unknown, BookRepository>> = [
      add(book(1)),
      add(new Book.Book({ ...book(9), price: 0 as Price }, true)),
      books.modify(book(1).id, (there) => Either.right(withStock(there, -1))),
      books.modify(book(1).id, (there) => Either.right(withStock(there, Book.maximumStock + 1))),
      books.merge([book(9), full], (incoming, existing) => existing && withStock(incoming, -1)),
      books.merge([book(9), book(8)], () => book(9)),
      books.merge([book(9), new Book.Book({ ...book(8), title: book(9).title })], (incoming) => incoming),
      books.merge([book(9), book(8)], (incoming) => new Book.Book({ ...incoming, isbn: isbn1 })),
      genres.add(new Genre({ id: fantasy.id, name: "Other" })),
      genres.ensure([
        new Genre({ id: GenreId.make(uuid(99)), name: "New" }),
        new Genre({ id: fantasy.id, name: "Other" })
      ]),
      carts.put(ada, [line(10, 3), line(10, 5)]),
      carts.setQuantity(ada, line(1, 1).id, 0 as Cart.Quantity),
      orders.add(order(60, eve, [orderLine(70, book(1), 1)])),
      orders.add(order(61, eve, [orderLine(70, book(1), 1), orderLine(70, book(2), 1)])),
      orders.add(new Order.PendingOrder({ ...order(61, eve), total: -1 as Amount }, true)),
      orders.move(Order.fail(ofFull, "declined", facts(80))),
      orders.move({ ...Order.confirm(ofFull, captured, facts(1)), restock: false }),
      orders.move(Order.fail(ofBook(90), "declined", facts(80))),
      orders.move(Order.fail(ofBook(1), "", facts(80))),
      orders.move(Order.confirm(ofBook(1), { ...captured, paymentId: "" }, facts(80)))
    ]
    for (const [i, violation] of violations.entries()) {
      const caught = yield* transact(Effect.flip(violation))
      expect(caught, `violation ${i}`).toMatchObject({ _tag: "StoreError", retryable: false, outcome: "RolledBack" })
      expect(caught).toBeInstanceOf(StoreError)
      expect(yield* everything, `violation ${i}`).toStrictEqual(before)
    }
  })

  law("with the refusals that the ports name", function* () {
    yield* furnish
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const genres = yield* GenreRepository
    const orders = yield* OrderRepository
    yield* carts.add(eve, line(5, 5))
    const before = yield* everything

    const taken = new Book.Book({ ...book(9), isbn: isbn1 })
    const refusals: ReadonlyArray<readonly [string, Effect.Effect<unknown, { readonly _tag: string }>]> = [
      ["IsbnConflict", books.add(taken)],
      ["IsbnConflict", books.add(book(1, { isbn: isbn1 }))],
      ["IsbnConflict", books.modify(book(2).id, (there) => Either.right(new Book.Book({ ...there, isbn: isbn1 })))],
      ["BookNotFound", books.get(book(9).id)],
      ["BookNotFound", books.remove(book(9).id)],
      ["GenreConflict", genres.add(new Genre({ id: GenreId.make(uuid(98)), name: "FANTASY" }))],
      ["BookNotFound", carts.add(ada, line(9, 9))],
      ["AlreadyInCart", carts.add(ada, line(9, 1))],
      ["BookOutOfStock", carts.add(ada, line(9, 4))],
      ["CartLineNotFound", carts.setQuantity(eve, line(1, 1).id, Cart.Quantity.make(2))],
      ["CartLineNotFound", carts.remove(eve, line(1, 1).id)],
      ["OrderNotFound", orders.get(order(1).id, eve)]
    ]
    for (const [tag, refusal] of refusals) {
      expect((yield* transact(Effect.flip(refusal)))._tag).toBe(tag)
      expect(yield* everything, tag).toStrictEqual(before)
    }
    expect(yield* orders.add(order(9))).toBe(false)
    expect(yield* orders.move(Order.confirm(order(1), captured, facts(9)))).toBe(false)
    expect(yield* orders.move(Order.confirm(order(9), captured, facts(9)))).toBe(false)
    expect(yield* everything).toStrictEqual(before)
  })
})
