import { Effect, Either } from "effect"
import { Book, Stock } from "../../../src/domain/Book.js"
import { FailedOrder, type Move, OrderLine, PendingOrder } from "../../../src/domain/Order.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (orders: Ports["orders"], real: Ports) => Partial<Ports["orders"]>) =>
  breaking((real) => ({ orders: { ...real.orders, ...flaw(real.orders, real) } }))

const reasonLost = changing(({ get }) => ({
  get: (id, customer) =>
    Effect.map(get(id, customer), (order) =>
      order.status === "payment_failed" ? new FailedOrder({ ...order, reason: "failed" }) : order
    )
}))

const titlesOfToday = changing(({ get }, { books }) => ({
  get: (id, customer) =>
    Effect.gen(function* () {
      const order = yield* get(id, customer)
      if (order.status !== "pending_payment") return order
      const [first, ...more] = order.lines
      const book = yield* Effect.orElseSucceed(books.get(first.bookId), () => first)
      return new PendingOrder({ ...order, lines: [new OrderLine({ ...first, title: book.title }), ...more] })
    })
}))

export const anybodysOrder = changing(({ get }) => ({ get: (id) => get(id, null) }))

const keyCheckedFirst = changing(({ add, find }) => ({
  add: (order) =>
    Effect.gen(function* () {
      if (order.attempt !== null && (yield* find(order.customerId, order.attempt.key)) !== null) return false
      yield* Effect.yieldNow()
      return yield* add(new PendingOrder({ ...order, attempt: null }))
    })
}))

const keyOfAll = changing(({ add }) => {
  const used = new Set<string>()
  return {
    add: (order) =>
      Effect.suspend(() => {
        const key = order.attempt?.key
        if (key === undefined) return add(order)
        if (used.has(key)) return Effect.succeed(false)
        used.add(key)
        return add(order)
      })
  }
})

const newestOfAny = changing(({ find, after }) => ({
  find: (customer, key) =>
    key !== null
      ? find(customer, key)
      : Effect.map(after({ customerId: customer, status: null }, null, 1), ([newest]) => newest ?? null)
}))

/** The copies of a move go back on the shelf once more. */
const restockAgain = ({ books }: Ports, { order, restock }: Move) =>
  Effect.forEach(restock ? order.lines : [], ({ bookId, quantity }) =>
    Effect.ignore(
      books.modify(bookId, (book) =>
        Either.right(new Book({ ...book, stockQuantity: Stock.make(book.stockQuantity + quantity) }))
      )
    )
  )

/** Whoever reads at the same time makes the move as if nobody else did. */
export const withoutGuard = (real: Ports): Ports["orders"] => ({
  ...real.orders,
  get: (id, customer) => Effect.zipLeft(real.orders.get(id, customer), Effect.yieldNow()),
  move: (next) =>
    Effect.flatMap(real.orders.move(next), (moved) =>
      moved ? Effect.succeed(true) : Effect.as(restockAgain(real, next), true)
    )
})

export const unguarded = breaking((real) => ({ orders: withoutGuard(real) }))

const refusedButDone = changing(({ move }, real) => ({
  move: (next) => Effect.tap(move(next), (moved) => (moved ? Effect.void : restockAgain(real, next)))
}))

export const noRefill = changing(({ move }) => ({ move: (next) => move({ ...next, refill: false }) }))

export const noRestock = changing(({ move }) => ({ move: (next) => move({ ...next, restock: false }) }))

export const keyUnknown = changing(({ find }) => ({
  find: (customer, key) => (key === null ? find(customer, null) : Effect.succeed(null))
}))

export const waitingUnknown = changing(({ find }) => ({
  find: (customer, key) => (key === null ? Effect.succeed(null) : find(customer, key))
}))

export const addsNothing = changing(() => ({ add: () => Effect.succeed(true) }))

export const refundForgotten = changing(({ move }) => ({
  move: (next) => (next.order.status === "refunded" ? Effect.succeed(true) : move(next))
}))

export const orders: Flaws = {
  "an order is found as it was added, and as each move made it, in every field": { "the reason is lost": reasonLost },
  "an order keeps what it says when its book changes or goes": { "titles are those of today": titlesOfToday },
  "another customer's order is not found, nor one that nobody made; without a customer any is": {
    "an order is anybody's": anybodysOrder
  },
  "of ten orders with a customer's key that come at once one is added, and the others write nothing": {
    "the key is checked first": keyCheckedFirst
  },
  "a key is its customer's own, in its own case, and no key is no conflict": { "a key is everybody's": keyOfAll },
  "without a key the newest order that waits for its payment is found, of this customer alone": {
    "the newest of any state": newestOfAny
  },
  "of ten that make the same move at once one does, and copies, lines and event come once": {
    "no guard": unguarded
  },
  "of a confirmation and a failure at once one happens, whole": { "no guard": unguarded },
  "a move of an order that is no longer where it moves from, or was never made, writes nothing": {
    "copies go back all the same": refusedButDone
  },
  "a failed order gives copies and lines back as they were, to what is in the cart by then, without books that are gone":
    { "no lines": noRefill, "no copies": noRestock },
  "a cancelled order gives its copies back and leaves the cart alone; a confirmed or refunded one gives nothing back": {
    "no copies": noRestock
  }
}

const oldestFirst = changing(({ after }) => ({
  after: (query, position, limit) => Effect.map(after(query, position, limit), (found) => found.toReversed())
}))

const skipsOne = changing(({ after }) => ({
  after: (query, position, limit) =>
    position === null
      ? after(query, null, limit)
      : Effect.map(after(query, position, limit + 1), (found) => found.slice(1))
}))

const nobodys = changing(({ after }) => ({
  after: (query, position, limit) => (query.customerId === null ? Effect.succeed([]) : after(query, position, limit))
}))

export const orderLists: Flaws = {
  "a customer's orders are listed newest first, ties by descending id, failed ones only when asked for": {
    "oldest first": oldestFirst
  },
  "pages and cursors walk through the same orders, each once, and a page past the end has the total": {
    "one order is skipped": skipsOne
  },
  "without a customer everybody's orders are listed": { "nobody's are": nobodys }
}
