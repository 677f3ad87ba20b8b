/** The contract of the wishlist. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import { Body } from "./Body.js"
import { CartItem } from "./CartApi.js"
import { AsUser } from "./Identity.js"
import * as Pages from "./Pages.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

export const Wish = Wire.answer(
  "Wish",
  Schema.Struct({
    id: Schema.String,
    book_id: Schema.String,
    added_at: Schema.String.annotations({ examples: ["2025-01-31T12:00:00.000Z"] }),
    book: Schema.Struct({
      id: Schema.String,
      title: Schema.String,
      author: Schema.String,
      price: Wire.Decimal,
      stock_quantity: Schema.Int,
      cover_image_url: Schema.NullOr(Schema.String)
    })
  })
)

const NewWish = Wire.body({ book_id: Schema.String }, { book_id: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d" })
const ToCart = Wire.body({ quantity: Schema.optional(Schema.Int.pipe(Schema.between(1, 99))) }, { quantity: 1 })

const path = Schema.Struct({ book_id: Schema.String })
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

export class WishlistApi extends HttpApiGroup.make("wishlist")
  .add(
    HttpApiEndpoint.get("list", "/wishlist")
      .setUrlParams(Wire.query(Pages.parameters))
      // The widest last: a page and a slice have items, too.
      .addSuccess(Schema.Union(Pages.Page(Wish), Pages.Slice(Wish), Pages.Items(Wish)))
      .addError(Problem.schema("VALIDATION_ERROR"))
      .annotate(OpenApi.Summary, "The wishlist, newest first, at today's prices; 100 wishes unless pages are asked for")
  )
  .add(
    HttpApiEndpoint.post("add", "/wishlist")
      .setPayload(NewWish)
      .addSuccess(Wire.created(Wish))
      .addError(badBody)
      .addError(Problem.schema("BOOK_NOT_FOUND", "WISHLIST_ITEM_DUPLICATE"))
      .annotate(OpenApi.Summary, "Put a book on the wishlist")
  )
  .add(
    HttpApiEndpoint.del("remove", "/wishlist/:book_id")
      .setPath(path)
      .addError(Problem.schema("WISHLIST_ITEM_NOT_FOUND"))
      .annotate(OpenApi.Summary, "Take a book off the wishlist")
  )
  .add(
    HttpApiEndpoint.post("moveToCart", "/wishlist/:book_id/cart")
      .setPath(path)
      .setPayload(ToCart)
      .addSuccess(CartItem, { status: 201 })
      .addError(badBody)
      .addError(Problem.schema("WISHLIST_ITEM_NOT_FOUND", "CART_BOOK_OUT_OF_STOCK", "CART_ITEM_DUPLICATE", "CART_FULL"))
      .annotate(Body, "optional")
      .annotate(OpenApi.Summary, "Move a book from the wishlist to the cart; it stays where the cart refuses it")
  )
  .middleware(AsUser)
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Wishlist") {}
