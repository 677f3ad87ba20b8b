import { Effect } from "effect"
import type { Book } from "../../../src/domain/Book.js"
import {
  AlreadyInCart,
  CartFull,
  CartItem,
  CartLine,
  CartLineNotFound,
  maximumLines,
  merge,
  Quantity
} from "../../../src/domain/Cart.js"
import type { CustomerId } from "../../../src/domain/Id.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (carts: Ports["carts"], real: Ports) => Partial<Ports["carts"]>) =>
  breaking((real) => ({ carts: { ...real.carts, ...flaw(real.carts, real) } }))

/** Books as they were when their line was added. */
export const booksOfThen = changing(({ add, items, take }) => {
  const then = new Map<string, Book>()
  return {
    add: (customer, line) => Effect.tap(add(customer, line), ({ book }) => void then.set(line.id, book)),
    items: (customer) =>
      Effect.map(items(customer), (there) =>
        there.map(({ line, book }) => new CartItem({ line, book: then.get(line.id) ?? book }))
      ),
    take: (customer) =>
      Effect.map(take(customer), (taken) => taken.map(({ line, book }) => ({ line, book: then.get(line.id) ?? book })))
  }
})

const newestFirst = changing(({ items }) => ({
  items: (customer) => Effect.map(items(customer), (there) => there.toReversed())
}))

const refusedButAdded = changing(({ add, items, setQuantity }) => ({
  add: (customer, line) =>
    Effect.tapErrorTag(add(customer, line), "AlreadyInCart", ({ bookId }) =>
      Effect.flatMap(items(customer), (there) =>
        Effect.forEach(
          there.filter((item) => item.book.id === bookId),
          (item) => Effect.ignore(setQuantity(customer, item.line.id, Quantity.make(99)))
        )
      )
    )
}))

const checkedFirst = changing(({ items, put }, { books }) => ({
  add: (customer, line) =>
    Effect.gen(function* () {
      const book = yield* books.get(line.bookId)
      const there = yield* items(customer)
      if (there.some((item) => item.book.id === book.id)) return yield* new AlreadyInCart({ bookId: book.id })
      if (there.length >= maximumLines) return yield* new CartFull({ maximum: maximumLines })
      yield* Effect.yieldNow()
      yield* put(customer, [line])
      return new CartItem({ line, book })
    })
}))

const anybodysLine = changing(({ add, setQuantity, remove }) => {
  const owners = new Map<string, CustomerId>()
  return {
    add: (customer, line) => Effect.tap(add(customer, line), () => void owners.set(line.id, customer)),
    setQuantity: (customer, id, quantity) => setQuantity(owners.get(id) ?? customer, id, quantity),
    remove: (customer, id) => remove(owners.get(id) ?? customer, id)
  }
})

const quantityNotKept = changing(({ items }) => ({
  setQuantity: (customer, id, quantity) =>
    Effect.flatMap(items(customer), (there) => {
      const item = there.find(({ line }) => line.id === id)
      return item === undefined
        ? new CartLineNotFound({ lineId: id })
        : Effect.succeed(new CartItem({ ...item, line: new CartLine({ ...item.line, quantity }) }))
    })
}))

const readThenTake = changing(({ items, take }) => ({
  take: (customer) =>
    Effect.gen(function* () {
      const there = yield* items(customer)
      yield* Effect.yieldNow()
      yield* take(customer)
      return there
    })
}))

export const takeKeeps = changing(({ items }) => ({ take: (customer) => items(customer) }))

export const putReplaces = changing(({ items, remove, put }) => ({
  put: (customer, lines) =>
    Effect.gen(function* () {
      for (const { line, book } of yield* items(customer)) {
        if (lines.some(({ bookId }) => bookId === book.id)) yield* Effect.ignore(remove(customer, line.id))
      }
      yield* put(customer, lines)
    })
}))

const putDrops = changing(({ items, put }) => ({
  put: (customer, lines) =>
    Effect.flatMap(items(customer), (there) => put(customer, lines.slice(0, maximumLines - there.length)))
}))

const putReadsFirst = changing(({ items, take, put }) => ({
  put: (customer, lines) =>
    Effect.gen(function* () {
      const there = yield* items(customer)
      yield* Effect.yieldNow()
      yield* take(customer)
      yield* put(
        customer,
        merge(
          there.map(({ line }) => line),
          lines
        )
      )
    })
}))

export const carts: Flaws = {
  "a line that was added is answered and found as it was, with its book of today, whatever the customer is called": {
    "books are those of then": booksOfThen
  },
  "lines come oldest first, ties by ascending id, when read and when taken": { "newest first": newestFirst },
  "a refused line leaves the cart as it was, and the refusal is that of Cart.add": {
    "a second line raises the quantity": refusedButAdded
  },
  "of twenty that add one book to a cart at once, one succeeds": { "the cart is checked first": checkedFirst },
  "a cart of 99 lines takes one more, of ten that come at once": { "the cart is checked first": checkedFirst },
  "somebody else's line does not exist, nor does one that was never there": { "a line is anybody's": anybodysLine },
  "a line's quantity is set and a line is removed, and no other line is touched": {
    "the quantity is not kept": quantityNotKept
  },
  "of ten that take a cart at once, one gets all of it and the others nothing": {
    "the cart is read, then emptied": readThenTake,
    "the cart is not emptied": takeKeeps
  },
  "lines are put in as Cart.merge says: quantities add up to 99, no line is dropped, those of books that are gone stay out":
    { "quantities are replaced": putReplaces },
  "putting lines in drops none, so that a cart may come to hold more than 100; then none is added": {
    "lines beyond 100 are dropped": putDrops
  },
  "lines that are put in at once all add up": { "the cart is read, then written": putReadsFirst }
}
