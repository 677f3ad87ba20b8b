/** The contract of the cart. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import { AsUser } from "./Identity.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

export const CartItem = Wire.answer(
  "CartItem",
  Schema.Struct({
    id: Schema.String,
    book_id: Schema.String,
    quantity: Schema.Int,
    book: Schema.Struct({
      id: Schema.String,
      title: Schema.String,
      author: Schema.String,
      price: Wire.Decimal,
      cover_image_url: Schema.NullOr(Schema.String),
      in_stock: Schema.Boolean
    })
  })
)

export const Cart = Wire.answer(
  "Cart",
  Schema.Struct({
    items: Schema.Array(CartItem),
    total_items: Schema.Int,
    total_price: Wire.Decimal,
    currency: Schema.String
  }),
  { items: [], total_items: 0, total_price: "0.00", currency: "USD" }
)

const Quantity = Schema.Int.pipe(Schema.between(1, 99))
const NewItem = Wire.body(
  { book_id: Schema.String, quantity: Schema.optional(Quantity) },
  { book_id: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d", quantity: 1 }
)
const NewQuantity = Wire.body({ quantity: Quantity }, { quantity: 2 })

const path = Schema.Struct({ item_id: Schema.String })
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

export class CartApi extends HttpApiGroup.make("cart")
  .add(HttpApiEndpoint.get("view", "/cart").addSuccess(Cart).annotate(OpenApi.Summary, "The cart, at today's prices"))
  .add(
    HttpApiEndpoint.post("add", "/cart/items")
      .setPayload(NewItem)
      .addSuccess(CartItem, { status: 201 })
      .addError(badBody)
      .addError(Problem.schema("BOOK_NOT_FOUND", "CART_BOOK_OUT_OF_STOCK", "CART_ITEM_DUPLICATE", "CART_FULL"))
      .annotate(OpenApi.Summary, "Put a book in the cart")
  )
  .add(
    HttpApiEndpoint.put("setQuantity", "/cart/items/:item_id")
      .setPath(path)
      .setPayload(NewQuantity)
      .addSuccess(CartItem)
      .addError(badBody)
      .addError(Problem.schema("CART_ITEM_NOT_FOUND"))
      .annotate(OpenApi.Summary, "Set how many copies")
  )
  .add(
    HttpApiEndpoint.del("remove", "/cart/items/:item_id")
      .setPath(path)
      .addError(Problem.schema("CART_ITEM_NOT_FOUND"))
      .annotate(OpenApi.Summary, "Take a book out of the cart")
  )
  .add(HttpApiEndpoint.del("clear", "/cart").annotate(OpenApi.Summary, "Empty the cart"))
  .middleware(AsUser)
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Cart") {}
