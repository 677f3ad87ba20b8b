import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { Effect } from "effect"
import type * as Domain from "../domain/Cart.js"
import { type Currency, format } from "../domain/Money.js"
import { Carts } from "../services/Carts.js"
import { Catalog } from "../services/Catalog.js"
import { Api } from "./Api.js"
import { asCustomer, sure } from "./Customer.js"
import { telling } from "./Refusals.js"
import { camel } from "./Wire.js"

export const layer = HttpApiBuilder.group(
  Api,
  "cart",
  Effect.fnUntraced(function* (handlers) {
    const carts = yield* Carts
    const { currency } = yield* Catalog
    const tell = telling(currency)
    const json = itemIn(currency)

    return handlers
      .handle("view", () => tell(sure(asCustomer((id) => Effect.map(carts.view(id), cartJson)))))
      .handle("add", ({ payload }) => tell(asCustomer((id) => Effect.map(carts.add(id, camel(payload)), json))))
      .handle("setQuantity", ({ path, payload }) =>
        tell(asCustomer((id) => Effect.map(carts.setQuantity(id, path.item_id, payload.quantity), json)))
      )
      .handle("remove", ({ path }) => tell(sure(asCustomer((id) => carts.remove(id, path.item_id)))))
      .handle("clear", () => tell(sure(asCustomer(carts.clear))))
  })
)

/** A line of the cart as it is answered. */
export const itemIn =
  (currency: Currency) =>
  ({ line, book }: Domain.CartItem) => ({
    id: line.id,
    book_id: line.bookId,
    quantity: line.quantity,
    book: {
      id: book.id,
      title: book.title,
      author: book.author,
      price: format(currency, book.price),
      cover_image_url: book.coverImageUrl,
      in_stock: book.inStock
    }
  })

// internal

const cartJson = (cart: Domain.Cart) => ({
  items: cart.items.map(itemIn(cart.currency)),
  total_items: cart.totalItems,
  total_price: format(cart.currency, cart.totalPrice),
  currency: cart.currency
})
