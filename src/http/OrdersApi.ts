/** The contract of checkout and orders. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import * as Domain from "../domain/Order.js"
import { Body } from "./Body.js"
import { AsAdmin, AsUser } from "./Identity.js"
import * as Pages from "./Pages.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

const order = {
  id: Schema.String,
  status: Domain.Status,
  created_at: Schema.String.annotations({ examples: ["2025-01-31T12:00:00.000Z"] }),
  items: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      book_id: Schema.NullOr(Schema.String),
      quantity: Schema.Int,
      unit_price: Wire.Decimal,
      book: Schema.NullOr(
        Schema.Struct({
          id: Schema.String,
          title: Schema.String,
          author: Schema.String,
          cover_image_url: Schema.NullOr(Schema.String),
          price: Wire.Decimal
        })
      )
    })
  ),
  total_price: Wire.Decimal,
  currency: Schema.String
}

export const Order = Wire.answer("Order", Schema.Struct(order))
export interface Order extends Schema.Schema.Type<typeof Order> {}
export const AdminOrder = Wire.answer("AdminOrder", Schema.Struct({ ...order, customer_id: Schema.String }))

export const CheckoutRequest = Wire.body(
  {
    payment_method: Wire.optional(
      Schema.String.pipe(Schema.maxLength(1000)).annotations({ description: "Opaque, for the payment gateway." })
    ),
    expected_total: Wire.optional(Wire.DecimalInput),
    force_payment_failure: Wire.optional(
      Schema.Boolean.annotations({
        description: "Only with the demonstration gateway, for older tools: as payment_method decline."
      })
    )
  },
  { payment_method: "card" }
)

const headers = Schema.Struct({
  "idempotency-key": Schema.optional(
    Schema.String.annotations({
      description: "The same key and body answer with the same order. 1 to 255 visible ASCII characters."
    })
  )
})

const path = Schema.Struct({ id: Schema.String })
const OrdersQuery = Wire.query({ status: Wire.text(Domain.Status), ...Pages.parameters })
const invalid = Problem.schema("VALIDATION_ERROR")
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

export class OrdersApi extends HttpApiGroup.make("orders")
  .add(
    HttpApiEndpoint.post("checkout", "/orders/checkout")
      .setHeaders(headers)
      .setPayload(CheckoutRequest)
      .addSuccess(Order, { status: 201 })
      .addError(badBody)
      .addError(
        Problem.schema(
          "ORDER_CART_EMPTY",
          "ORDER_ITEMS_UNAVAILABLE",
          "ORDER_INSUFFICIENT_STOCK",
          "ORDER_PRICE_CHANGED",
          "ORDER_PAYMENT_FAILED",
          "ORDER_CHECKOUT_IN_PROGRESS",
          "IDEMPOTENCY_KEY_REUSED"
        )
      )
      .middleware(AsUser)
      .annotate(Body, "optional")
      .annotate(OpenApi.Summary, "Buy what is in the cart")
  )
  .add(
    HttpApiEndpoint.get("list", "/orders")
      .setUrlParams(OrdersQuery)
      .addSuccess(Schema.Union(Schema.Array(Order), Pages.Page(Order), Pages.Slice(Order)))
      .addError(invalid)
      .middleware(AsUser)
      .annotate(OpenApi.Summary, "Own orders, newest first")
  )
  .add(
    HttpApiEndpoint.get("get", "/orders/:id")
      .setPath(path)
      .addSuccess(Order)
      .addError(Problem.schema("ORDER_NOT_FOUND"))
      .middleware(AsUser)
      .annotate(OpenApi.Summary, "One of the own orders")
  )
  .add(
    HttpApiEndpoint.post("cancel", "/orders/:id/cancel")
      .setPath(path)
      .addSuccess(Order)
      .addError(Problem.schema("ORDER_NOT_FOUND", "ORDER_NOT_CANCELLABLE"))
      .middleware(AsUser)
      .annotate(OpenApi.Summary, "Cancel an order: stock returns, the payment is refunded once")
  )
  .add(
    HttpApiEndpoint.get("all", "/admin/orders")
      .setUrlParams(OrdersQuery)
      .addSuccess(Schema.Union(Schema.Array(AdminOrder), Pages.Page(AdminOrder), Pages.Slice(AdminOrder)))
      .addError(invalid)
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Everybody's orders, newest first")
  )
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Orders") {}
