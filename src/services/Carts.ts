/** Each customer's cart. A customer is any string of the host's. */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import * as Book from "../domain/Book.js"
import * as Cart from "../domain/Cart.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import { CartRepository } from "../ports/CartRepository.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import { Transactor } from "../ports/Transactor.js"
import * as Customer from "./Customer.js"
import * as Serving from "./Serving.js"

const make = Effect.gen(function* () {
  const carts = yield* CartRepository
  const ids = yield* IdGenerator
  const { transact } = yield* Transactor
  const serving = yield* Serving.make
  const { currency } = yield* StoreSettings

  return {
    /** The cart with today's prices. */
    view: Effect.fn("Carts.view")(function* (customerId: string) {
      const customer = yield* Customer.decode(customerId)
      return Cart.show(yield* carts.items(customer), currency)
    }),

    /** Puts a book in the cart; more copies than there are is for the checkout to decide. */
    add: Effect.fn("Carts.add")(function* (customerId: string, input: Cart.NewLineInput) {
      const customer = yield* Customer.decode(customerId)
      const { bookId, quantity } = yield* decodeLine(input)
      const book = yield* Either.fromOption(Id.read(Book.BookId)(bookId), () => new Book.BookNotFound({ bookId }))
      const id = Cart.CartLineId.make(yield* ids.next)
      const put = Effect.flatMap(DateTime.now, (addedAt) =>
        carts.add(customer, new Cart.CartLine({ id, bookId: book, quantity, addedAt }))
      )
      return yield* Effect.catchTag(put, "BookOutOfStock", (refusal) => serving.orElse([book], put, refusal))
    }),

    /** Sets how many copies a line asks for, 1 to 99. */
    setQuantity: Effect.fn("Carts.setQuantity")(function* (customerId: string, lineId: string, quantity: number) {
      const customer = yield* Customer.decode(customerId)
      const decoded = yield* decodeQuantity({ quantity })
      return yield* carts.setQuantity(customer, yield* lineOf(lineId), decoded.quantity)
    }),

    /** Takes one line out. */
    remove: Effect.fn("Carts.remove")(function* (customerId: string, lineId: string) {
      const customer = yield* Customer.decode(customerId)
      yield* carts.remove(customer, yield* lineOf(lineId))
    }),

    /** Takes all lines out. */
    clear: Effect.fn("Carts.clear")(function* (customerId: string) {
      yield* carts.take(yield* Customer.decode(customerId))
    }),

    /** Moves everything in a guest's cart into a customer's: quantities add up, to the limit, and a second time moves nothing. */
    merge: Effect.fn("Carts.merge")(function* (guestId: string, customerId: string) {
      const guest = yield* Customer.decode(guestId)
      const customer = yield* Customer.decode(customerId)
      if (guest === customer) return
      yield* transact(
        Effect.gen(function* () {
          const taken = yield* carts.take(guest)
          yield* carts.put(
            customer,
            taken.map(({ line }) => line)
          )
        })
      )
    })
  }
})

/** The carts of all customers. */
export class Carts extends Context.Tag("octavo/Carts")<Carts, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(Carts, make)

// internal

const decodeLine = Input.decode(Cart.NewLine)
const decodeQuantity = Input.decode(Cart.NewQuantity)

const lineOf = (lineId: string) =>
  Either.fromOption(Id.read(Cart.CartLineId)(lineId), () => new Cart.CartLineNotFound({ lineId: Id.shown(lineId) }))
