import { Effect } from "effect"
import type { Book, BookId } from "../../../src/domain/Book.js"
import { breaking, type Flaws } from "./Breaking.js"
import { takeKeeps } from "./carts.js"
import { noRestock } from "./orders.js"
import { keepsFailed } from "./transactor.js"

/** What the cart shows is not what the order is made of. */
const priceReadTwice = breaking(({ carts }) => {
  const seen = new Map<BookId, Book>()
  return {
    carts: {
      ...carts,
      take: (customer) =>
        Effect.map(carts.take(customer), (taken) =>
          taken.map(({ line, book }) => {
            if (book !== null && !seen.has(book.id)) seen.set(book.id, book)
            return { line, book: seen.get(line.bookId) ?? book }
          })
        )
    }
  }
})

const cursorOffByOne = breaking(({ index }) => ({
  index: {
    ...index,
    after: (query, position, limit) =>
      position === null
        ? index.after(query, position, limit)
        : Effect.map(index.after(query, position, limit + 1), (books) => books.slice(1))
  }
}))

const eventMissing = breaking(({ outbox }) => ({ outbox: { ...outbox, append: () => Effect.void } }))

const refundListedTwice = breaking(({ refunds }) => ({
  refunds: { ...refunds, add: (refund) => Effect.as(refunds.add(refund), true) }
}))

const refundForgotten = breaking(({ refunds }) => ({
  refunds: {
    ...refunds,
    list: (status, position, limit) => (status === "due" ? Effect.succeed([]) : refunds.list(status, position, limit))
  }
}))

const heardTwice = breaking(({ inbox }) => ({
  inbox: { accept: (source, id, now) => Effect.as(inbox.accept(source, id, now), true) }
}))

const parkedAtOnce = breaking(({ outbox }) => ({
  outbox: { ...outbox, failed: (id, token, { error }) => outbox.failed(id, token, { error, dueAt: null }) }
}))

export const model: Flaws = {
  "any history of calls, good and bad, kept and undone, is answered as the model of the bookstore answers it": {
    "the price is read twice": priceReadTwice,
    "a cursor is off by one": cursorOffByOne,
    "the cart is not taken": takeKeeps,
    "an event is missing": eventMissing,
    "copies do not come back": noRestock,
    "a refund is due twice": refundListedTwice,
    "a refund that is due is forgotten": refundForgotten,
    "what failed is kept": keepsFailed,
    "a notice is heard twice": heardTwice,
    "an event is parked at once": parkedAtOnce
  }
}
