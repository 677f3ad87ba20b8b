import { Context, type Effect } from "effect"
import type { BookNotFound } from "../domain/Book.js"
import type {
  AlreadyInCart,
  BookOutOfStock,
  CartFull,
  CartItem,
  CartLine,
  CartLineId,
  CartLineNotFound,
  Quantity
} from "../domain/Cart.js"
import type { TakenLine } from "../domain/Checkout.js"
import type { CustomerId } from "../domain/Id.js"
import type { StoreError } from "./StoreError.js"

/** Cart lines, by customer. */
export class CartRepository extends Context.Tag("octavo/CartRepository")<
  CartRepository,
  {
    /** The lines with today's books, oldest first (ties by ascending id). */
    readonly items: (customer: CustomerId) => Effect.Effect<ReadonlyArray<CartItem>, StoreError>
    /**
     * Decides as `Cart.add`, with constraints behind it: of concurrent adds of one book one succeeds, and 100 lines are
     * the limit. A copy that is held for the customer at the instant of the line is as good as one on the shelf.
     */
    readonly add: (
      customer: CustomerId,
      line: CartLine
    ) => Effect.Effect<CartItem, BookNotFound | BookOutOfStock | AlreadyInCart | CartFull | StoreError>
    readonly setQuantity: (
      customer: CustomerId,
      line: CartLineId,
      quantity: Quantity
    ) => Effect.Effect<CartItem, CartLineNotFound | StoreError>
    readonly remove: (customer: CustomerId, line: CartLineId) => Effect.Effect<void, CartLineNotFound | StoreError>
    /** Empties the cart and answers what was in it, with today's books, oldest first: whoever comes second finds nothing. */
    readonly take: (customer: CustomerId) => Effect.Effect<ReadonlyArray<TakenLine>, StoreError>
    /** Puts lines in as `Cart.merge` does, in one stroke; lines of books that are gone are left out. */
    readonly put: (customer: CustomerId, lines: ReadonlyArray<CartLine>) => Effect.Effect<void, StoreError>
  }
>() {}
