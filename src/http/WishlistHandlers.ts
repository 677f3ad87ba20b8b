import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { DateTime, Effect } from "effect"
import { type Currency, format } from "../domain/Money.js"
import type * as Domain from "../domain/Wish.js"
import { Catalog } from "../services/Catalog.js"
import { Wishlists } from "../services/Wishlists.js"
import { Api } from "./Api.js"
import { itemIn } from "./CartHandlers.js"
import { asCustomer, sure } from "./Customer.js"
import * as Pages from "./Pages.js"
import { telling } from "./Refusals.js"
import { camel } from "./Wire.js"

export const layer = HttpApiBuilder.group(
  Api,
  "wishlist",
  Effect.fnUntraced(function* (handlers) {
    const wishlists = yield* Wishlists
    const { currency } = yield* Catalog
    const tell = telling(currency)
    const json = wishIn(currency)

    return handlers
      .handle("list", ({ urlParams }) =>
        tell(
          asCustomer((id) =>
            Pages.itemed(
              urlParams,
              json,
              (request) => wishlists.list(id, request),
              (request) => wishlists.scroll(id, request)
            )
          )
        )
      )
      .handle("add", ({ payload }) => tell(asCustomer((id) => Effect.map(wishlists.add(id, camel(payload)), json))))
      .handle("remove", ({ path }) => tell(sure(asCustomer((id) => wishlists.remove(id, path.book_id)))))
      .handle("moveToCart", ({ path, payload }) =>
        tell(asCustomer((id) => Effect.map(wishlists.moveToCart(id, path.book_id, payload), itemIn(currency))))
      )
  })
)

// internal

const wishIn =
  (currency: Currency) =>
  ({ wish, book }: Domain.WishedBook) => ({
    id: wish.id,
    book_id: wish.bookId,
    added_at: DateTime.formatIso(wish.addedAt),
    book: {
      id: book.id,
      title: book.title,
      author: book.author,
      price: format(currency, book.price),
      stock_quantity: book.stockQuantity,
      cover_image_url: book.coverImageUrl
    }
  })
