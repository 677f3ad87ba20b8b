/** What is there from the start where a run does not begin with an import: books, carts with something in them, and lines. */
import { DateTime, Either, HashMap } from "effect"
import * as Lines from "../../adapters/memory/Lines.js"
import * as Shelf from "../../adapters/memory/Shelf.js"
import * as State from "../../adapters/memory/State.js"
import * as Book from "../../domain/Book.js"
import { CartLine, CartLineId, Quantity } from "../../domain/Cart.js"
import type { CustomerId } from "../../domain/Id.js"
import { Price } from "../../domain/Money.js"
import * as PreBooking from "../../domain/PreBooking.js"
import type { Dice } from "./Dice.js"
import { nextId } from "./Machine.js"
import type { Size } from "./Size.js"
import { epoch } from "./Timeline.js"

export const author = "Anonymous"

export const make = (
  titles: ReadonlyArray<string>,
  { copies, waiting }: Pick<Size, "copies" | "waiting">,
  customers: ReadonlyArray<string>,
  dice: Dice
): State.State => {
  let ids = 0
  const id = () => nextId(epoch, dice, ids++)
  let state = State.empty
  for (const title of titles) {
    const facts = { id: Book.BookId.make(id()), genreId: null, createdAt: opened, stock: Book.Stock.make(copies) }
    ;[, state] = Either.getOrThrow(Shelf.insert(state, "open", Book.make({ title, author, price }, facts)))
  }
  const books = [...HashMap.keys(state.books)].sort()
  const carts = HashMap.fromIterable(
    customers.map((customer) => {
      const bookId = books[dice.below(books.length)] ?? Book.BookId.make(id())
      const line = {
        id: CartLineId.make(id()),
        bookId,
        quantity: Quantity.make(dice.between(1, Math.min(copies, 2) || 1)),
        addedAt: opened
      }
      return [customer as CustomerId, [new CartLine(line)]] as const
    })
  )
  for (const customer of waiting ? customers : []) {
    if (dice.chance(0.2)) continue
    const [book] = HashMap.values(state.books)
    if (book === undefined) continue
    const facts = { id: PreBooking.PreBookingId.make(id()), customerId: customer as CustomerId, now: opened }
    ;[, state] = Either.getOrThrow(Lines.write(state, "open", PreBooking.request(book, facts)))
  }
  return { ...state, carts }
}

// internal

const opened = DateTime.unsafeMake(epoch)
const price = Price.make(1000)
