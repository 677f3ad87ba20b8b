import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import * as Book from "../../../src/domain/Book.js"
import * as Cart from "../../../src/domain/Cart.js"
import * as Order from "../../../src/domain/Order.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import {
  ada,
  add,
  allBooks,
  attempt,
  book,
  eve,
  facts,
  furnish,
  isbn1,
  isbn2,
  law,
  line,
  numbers,
  order,
  orderLine,
  price,
  uuid
} from "./fixtures.js"

describe("books", () => {
  law(
    "are reserved all or none, every short one named once in the order asked, those that are gone first",
    function* () {
      const books = yield* BookRepository
      yield* Effect.forEach([1, 2, 3], (n) => add(book(n, { stock: 5 })))
      const ask = (...copies: ReadonlyArray<readonly [n: number, quantity: number]>) => {
        const [first, ...rest] = copies.map(([n, quantity]) => ({
          bookId: book(n).id,
          quantity: Cart.Quantity.make(quantity)
        }))
        return first === undefined ? Effect.die("nothing asked") : books.reserve([first, ...rest])
      }
      expect(yield* Effect.flip(ask([3, 9], [8, 1], [1, 1], [7, 1], [8, 2]))).toMatchObject({
        _tag: "ItemsUnavailable",
        bookIds: [book(8).id, book(7).id]
      })
      expect(yield* Effect.flip(ask([3, 6], [1, 3], [2, 5], [1, 3]))).toMatchObject({
        _tag: "InsufficientStock",
        items: [
          { bookId: book(3).id, title: "Book 3", requested: 6, available: 5 },
          { bookId: book(1).id, title: "Book 1", requested: 6, available: 5 }
        ]
      })
      yield* ask([3, 5], [1, 2], [1, 2])
      expect((yield* allBooks).map(({ stockQuantity }) => stockQuantity)).toEqual([1, 5, 0])
    }
  )

  law("are merged with what they already are, by ISBN or by title, author and date", function* () {
    const books = yield* BookRepository
    const plain = book(2, { title: "Émile, or Education", author: "J. J. Rousseau", date: "1762-05-01" })
    yield* books.add(book(1, { isbn: isbn1 }))
    yield* books.add(plain)
    const seen: Array<string | null> = []
    const answers = yield* books.merge(
      [
        book(11, { isbn: isbn1, title: "Another title" }),
        book(12, { title: "EMILE or education", author: "J.J. Rousseau", date: "1762-05-01" }),
        book(13, { title: "Emile or education", author: "J.J. Rousseau" }),
        book(14, { title: "Emile or education", author: "J.J. Rousseau", date: "1762-05-01", isbn: isbn2 }),
        book(15)
      ],
      (incoming, existing) => {
        seen.push(existing?.id ?? null)
        if (incoming.id === uuid(15)) return null
        return existing === null
          ? incoming
          : new Book.Book({ ...existing, price: incoming.isbn ? price(7) : existing.price })
      }
    )
    expect(seen).toEqual([uuid(1), uuid(2), null, null, null])
    expect(answers).toEqual(["updated", "kept", "added", "added", "kept"])
    expect(yield* numbers).toEqual([1, 2, 13, 14])
    expect((yield* books.get(book(1).id)).price).toBe(7)
  })

  law("that are gone are out of every cart, and no line is left of them", function* () {
    yield* furnish
    const books = yield* BookRepository
    const carts = yield* CartRepository
    yield* books.remove(book(1).id)
    expect((yield* carts.items(ada)).map(({ line }) => line.bookId)).toEqual([book(2).id])
    yield* carts.put(ada, [line(20, 1), line(21, 3)])
    expect((yield* carts.take(ada)).map(({ line }) => line.id)).toEqual([uuid(2), uuid(21)])
    yield* books.add(book(1, { isbn: isbn1 }))
  })
})

describe("a cart", () => {
  law("gives back what was put in, oldest first, and takes 100 lines by add only", function* () {
    const carts = yield* CartRepository
    const count = Cart.maximumLines + 1
    const all = Array.from({ length: count }, (_, i) => line(500 - i, i + 1))
    yield* Effect.forEach(all, (_, i) => add(book(i + 1)))
    yield* Effect.forEach(all.slice(0, -1), (one) => carts.add(ada, one))
    const last = all[count - 1] ?? line(0, 0)
    expect((yield* Effect.flip(carts.add(ada, last)))._tag).toBe("CartFull")
    yield* carts.put(ada, [last, line(900, 1, 98), line(901, 1, 98)])
    const taken = yield* carts.take(ada)
    expect(taken.map(({ line: { id } }) => id)).toEqual(all.map(({ id }) => id).reverse())
    expect(taken.at(-1)?.line).toMatchObject({ id: uuid(500), quantity: 99 })
    expect(yield* carts.take(ada)).toEqual([])
  })
})

describe("an order", () => {
  law("moves once, with its copies, lines and event", function* () {
    yield* furnish
    const orders = yield* OrderRepository
    const carts = yield* CartRepository
    const outbox = yield* Outbox
    const two = order(2, eve, [orderLine(70, book(1), 2), orderLine(71, book(2), 3)])
    yield* orders.add(two)
    const failed = Order.fail(two, "declined", facts(0))
    expect(yield* orders.move(failed)).toBe(true)
    expect(yield* orders.move(failed)).toBe(false)
    expect((yield* allBooks).slice(0, 2).map(({ stockQuantity }) => stockQuantity)).toEqual([12, 13])
    expect((yield* carts.items(eve)).map(({ line }) => [line.id, line.quantity])).toEqual([
      [uuid(70), 2],
      [uuid(71), 3]
    ])
    expect((yield* outbox.list("waiting", null, 10)).map(({ event }) => event.id)).toEqual([uuid(0), uuid(1)])
    expect((yield* outbox.list("waiting", null, 1)).map(({ event }) => event.id)).toEqual([uuid(0)])
  })

  law("is listed newest first, and the newest that waits is found", function* () {
    const orders = yield* OrderRepository
    for (const n of [3, 1, 2]) yield* orders.add(order(n, ada, [orderLine(n, book(1), 1)], n === 3 ? 0 : 5))
    yield* orders.add(order(4, eve))
    const query = { customerId: ada, status: null }
    const ids = (found: ReadonlyArray<Order.Order>) => found.map(({ id }) => id)
    expect(ids(yield* orders.after(query, null, 10))).toEqual([uuid(2), uuid(1), uuid(3)])
    expect(ids(yield* orders.after(query, [5, uuid(2)], 1))).toEqual([uuid(1)])
    expect(ids((yield* orders.page(query, { page: 2, size: 2 })).items)).toEqual([uuid(3)])
    expect((yield* orders.page({ ...query, customerId: null }, { page: 9, size: 2 })).total).toBe(4)
    expect((yield* orders.find(ada, null))?.id).toBe(uuid(2))
    expect((yield* orders.find(ada, attempt(3).key))?.id).toBe(uuid(3))
    expect(yield* orders.find(ada, attempt(4).key)).toBeNull()
  })
})
