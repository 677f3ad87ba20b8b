/** Copies: on the shelf, in carts, sold. */
import type { Seen, Told } from "../Truth.js"
import type { World } from "../World.js"
import { lost, wrong } from "./Finding.js"

/** What was put in the cart is there, or in an order that was not given up for want of money. */
export const cart = (world: World, { customer, orders, cart }: Seen) => {
  const missing = new Map<string, number>()
  const count = (book: string, copies: number) => missing.set(book, (missing.get(book) ?? 0) + copies)
  const lines = world.of("add_line").filter(({ request }) => request.customer === customer)
  for (const { request, answer } of lines) if (answer?.tag === "Done") count(request.book, request.quantity)
  for (const [book, quantity] of cart) count(book, -quantity)
  for (const order of orders.filter(({ status }) => status !== "payment_failed")) {
    for (const { bookId, quantity } of order.lines) count(bookId, -quantity)
  }
  const unanswered = lines.find(({ answer }) => answer === null)?.request
  return [...missing].flatMap(([book, copies]) =>
    copies === 0 || (book === unanswered?.book && copies === -unanswered.quantity)
      ? []
      : [(copies > 0 ? lost : wrong)(`the lines of ${customer} with ${book} are ${-copies} off`)]
  )
}

export const booksOf = (world: World): ReadonlyArray<string> => [
  ...new Set(world.of("change_stock").map(({ request }) => request.book))
]

const changesOf = (world: World, book: string) => {
  const changes = world.of("change_stock").filter(({ request }) => request.book === book)
  return {
    done: changes.filter(({ answer }) => answer?.tag === "Done").map(({ request }) => request.delta),
    unknown: changes.filter(({ answer }) => answer === null).map(({ request }) => request.delta)
  }
}

/** Stock and copies sold are what the shop has put in. */
export const stock = (world: World, seen: ReadonlyArray<Seen>, stocks: ReadonlyMap<string, number>) => {
  const sold = new Map<string, number>()
  for (const { orders } of seen) {
    for (const { status, lines } of orders) {
      if (status !== "confirmed") continue
      for (const { bookId, quantity } of lines) sold.set(bookId, (sold.get(bookId) ?? 0) + quantity)
    }
  }
  return booksOf(world).flatMap((book) => {
    const { done, unknown } = changesOf(world, book)
    const here = (stocks.get(book) ?? 0) + (sold.get(book) ?? 0)
    const right = unknown.reduce(
      (sums, delta) => sums.flatMap((sum) => [sum, sum + delta]),
      [done.reduce((sum, delta) => sum + delta, 0)]
    )
    return right.includes(here) ? [] : [lost(`${here} copies of ${book} are there or sold, put in were ${right}`)]
  })
}

/** Each change of a stock by the shop reached the handler. */
export const stockEvents = (world: World, events: ReadonlyArray<Told>) =>
  booksOf(world).flatMap((book) => {
    const { done, unknown } = changesOf(world, book)
    const told = new Set(
      events.flatMap((event) => (event._tag === "StockChanged" && event.bookId === book ? [event.id] : []))
    )
    return told.size >= done.length && told.size <= done.length + unknown.length
      ? []
      : [wrong(`${told.size} changes of the stock of ${book} were told, ${done.length} acknowledged`)]
  })
