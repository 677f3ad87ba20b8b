import { Effect } from "effect"
import { Book, type BookId } from "../../../src/domain/Book.js"
import type { Price } from "../../../src/domain/Money.js"
import { breaking, type Flaws } from "./Breaking.js"

const pricesOfThen = breaking(({ carts, books }) => {
  const seen = new Map<BookId, Price>()
  return {
    books: { ...books, add: (book) => Effect.tap(books.add(book), () => seen.set(book.id, book.price)) },
    carts: {
      ...carts,
      take: (customer) =>
        Effect.map(carts.take(customer), (taken) =>
          taken.map(({ line, book }) => ({
            line,
            book: book && new Book({ ...book, price: seen.get(book.id) ?? book.price })
          }))
        )
    }
  }
})

export const prices: Flaws = {
  "beside price changes an order has the total that was agreed to, which is that of its lines and of its charge": {
    "prices are those of when the book came": pricesOfThen
  }
}
