/** Carts, as the model keeps them. */
import { isNonsense, read } from "./Catalogue.js"
import {
  type Answer,
  answer,
  bookOf,
  by,
  type CartLine,
  currency,
  invalid,
  named,
  refuse,
  type Said,
  shown,
  type World,
  wrong
} from "./World.js"

export const linesOf = ({ store }: World, customer: string): ReadonlyArray<CartLine> => store.carts[customer] ?? []

export const setLines = ({ store }: World, customer: string, lines: ReadonlyArray<CartLine>): void => {
  store.carts = { ...store.carts, [customer]: [...lines].sort(by(({ addedAt, id }) => [addedAt, id])) }
}

/** With today's books and prices. */
export const view = (world: World, customer: Said<string>): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  const items = linesOf(world, customer.means).map((line) => ({ line, book: bookOf(world, line.bookId) }))
  return answer({
    items: shown(items),
    totalItems: items.reduce((copies, { line }) => copies + line.quantity, 0),
    totalPrice: items.reduce((sum, { line, book }) => sum + line.quantity * (book?.price ?? 0), 0),
    currency
  })
}

export const add = (world: World, customer: Said<string>, id: string, quantity: Said<number>): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  const bad = wrong({ quantity })
  if (bad.length > 0) return invalid(...bad)
  const book = bookOf(world, read(id))
  if (book === undefined) return refuse("BookNotFound", { bookId: isNonsense(id) ? id : read(id) })
  const lines = linesOf(world, customer.means)
  if (lines.some(({ bookId }) => bookId === book.id)) return refuse("AlreadyInCart", { bookId: book.id })
  if (book.stockQuantity === 0) return refuse("BookOutOfStock", { bookId: book.id })
  const line = { id: named(world, "line"), bookId: book.id, quantity: quantity.means ?? 1, addedAt: world.now }
  setLines(world, customer.means, [...lines, line])
  return answer(shown({ line, book }))
}

export const setQuantity = (world: World, customer: Said<string>, id: string, quantity: Said<number>): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  if (quantity.means === undefined) return invalid("quantity")
  const lines = linesOf(world, customer.means)
  const line = lines.find((line) => line.id === read(id))
  if (line === undefined) return noLine(id)
  const changed = { ...line, quantity: quantity.means }
  setLines(
    world,
    customer.means,
    lines.map((other) => (other === line ? changed : other))
  )
  return answer(shown({ line: changed, book: bookOf(world, line.bookId) }))
}

export const remove = (world: World, customer: Said<string>, id: string): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  const lines = linesOf(world, customer.means)
  if (!lines.some((line) => line.id === read(id))) return noLine(id)
  setLines(
    world,
    customer.means,
    lines.filter((line) => line.id !== read(id))
  )
  return answer()
}

export const clear = (world: World, customer: Said<string>): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  setLines(world, customer.means, [])
  return answer()
}

/** Everything in the guest's cart moves into the customer's. */
export const merge = (world: World, guest: Said<string>, customer: Said<string>): Answer => {
  if (guest.means === undefined || customer.means === undefined) return invalid("customerId")
  if (guest.means === customer.means) return answer()
  const lines = linesOf(world, guest.means)
  setLines(world, guest.means, [])
  putBack(world, customer.means, lines)
  return answer()
}

/** Quantities of one book add up, to 99; lines of books that are gone are left out. */
export const putBack = (world: World, customer: string, lines: ReadonlyArray<CartLine>): void => {
  const merged = [...linesOf(world, customer)]
  for (const { id, bookId, quantity, addedAt } of lines) {
    if (bookOf(world, bookId) === undefined) continue
    const at = merged.findIndex((line) => line.bookId === bookId)
    const there = merged[at]
    if (there === undefined) merged.push({ id, bookId, quantity, addedAt })
    else merged[at] = { ...there, quantity: Math.min(99, there.quantity + quantity) }
  }
  setLines(world, customer, merged)
}

// internal

const noLine = (id: string) => refuse("CartLineNotFound", { lineId: isNonsense(id) ? id : read(id) })
