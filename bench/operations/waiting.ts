/** Customers who wait for books that are sold out, what becomes of them when copies come in, and wishlists. */
import { uuid } from "../baseline/records.js"
import type { Operation } from "../measure.js"
import type { Policy } from "../shop.js"

export const prebook = (count: number): Operation => ({
  name: "ask to wait for a book",
  count,
  prepare: async (side) => {
    const books = await side.keeper.fillWaiting(Math.min(count, 200), 0)
    return (i) => side.shop.prebook(uuid(), books[i % books.length] ?? "")
  }
})

/** One copy for one customer, each of another book. */
export const restockOne = (policy: Policy, count: number): Operation => ({
  name: `restock, 1 waiting, ${policy}`,
  count,
  prepare: async (side) => {
    const books = await side.keeper.fillWaiting(count, 1)
    return (i) => side.shop.restock(books[i] ?? "", 1, policy)
  }
})

/** As many copies as customers, of one book; octavo by batches, so that the book is never locked for long. */
export const restockAll = (policy: Policy, waiting: number): Operation => ({
  name: `restock, ${waiting.toLocaleString("en")} waiting, ${policy}`,
  count: 1,
  items: waiting,
  clients: 1,
  rounds: 1,
  prepare: async (side) => {
    const [book = ""] = await side.keeper.fillWaiting(1, waiting)
    return async () => {
      await side.shop.restock(book, waiting, policy)
      const served = await side.keeper.served(book)
      if (served !== waiting) throw new Error(`${side.name}: ${served} of ${waiting} were served`)
    }
  }
})

export const wish = (count: number): Operation => ({
  name: "add to wishlist",
  count,
  prepare: async (side) => {
    const ids = await side.keeper.bookIds()
    const customers = Array.from({ length: Math.ceil(count / 10) }, uuid)
    return (i) => side.shop.wish(customers[i % customers.length] ?? "", ids[i % ids.length] ?? "")
  }
})

export const wishes = (count: number): Operation => ({
  name: "view a wishlist of ten",
  count,
  prepare: async (side) => {
    const ids = await side.keeper.bookIds()
    const customers = Array.from({ length: 20 }, uuid)
    for (const customer of customers) for (const id of ids.slice(0, 10)) await side.shop.wish(customer, id)
    return (i) => side.shop.wishes(customers[i % customers.length] ?? "")
  }
})
