import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { DateTime, Effect } from "effect"
import type { RequestInput } from "../domain/Checkout.js"
import { type InvalidInput, invalid } from "../domain/Input.js"
import { format } from "../domain/Money.js"
import type * as Domain from "../domain/Order.js"
import { Catalog } from "../services/Catalog.js"
import { Checkout } from "../services/Checkout.js"
import { Orders } from "../services/Orders.js"
import { Api } from "./Api.js"
import { asCustomer, sure } from "./Customer.js"
import type { CheckoutRequest } from "./OrdersApi.js"
import * as Pages from "./Pages.js"
import { telling } from "./Refusals.js"
import { HttpSettings } from "./Settings.js"

export const layer = HttpApiBuilder.group(
  Api,
  "orders",
  Effect.fnUntraced(function* (handlers) {
    const checkout = yield* Checkout
    const orders = yield* Orders
    const { currency } = yield* Catalog
    const { demoPayments } = yield* HttpSettings
    const tell = telling(currency)

    return handlers
      .handle("checkout", ({ headers, payload }) =>
        tell(
          asCustomer((id) =>
            requestOf(payload, headers["idempotency-key"], demoPayments).pipe(
              Effect.flatMap((request) => checkout.place(id, request)),
              Effect.map(orderJson)
            )
          )
        )
      )
      .handle("list", ({ urlParams }) => {
        const filter = statusOf(urlParams)
        return tell(
          asCustomer((id) =>
            Pages.listed(
              urlParams,
              orderJson,
              (request) => orders.list(id, filter, request),
              (request) => orders.scroll(id, filter, request)
            )
          )
        )
      })
      .handle("get", ({ path }) => tell(sure(asCustomer((id) => Effect.map(orders.get(id, path.id), orderJson)))))
      .handle("cancel", ({ path }) => tell(sure(asCustomer((id) => Effect.map(orders.cancel(id, path.id), orderJson)))))
      .handle("all", ({ urlParams }) => {
        const filter = statusOf(urlParams)
        return tell(
          Pages.listed(
            urlParams,
            adminOrderJson,
            (request) => orders.all(filter, request),
            (request) => orders.scrollAll(filter, request)
          )
        )
      })
  })
)

// internal

type Filter = { readonly status?: Domain.Status }

const statusOf = ({ status }: Filter): Filter => (status === undefined ? {} : { status })

/** The demonstration gateway declines one method by its name; older tools say the same by a flag. */
const requestOf = (
  { payment_method, expected_total, force_payment_failure }: typeof CheckoutRequest.Type,
  idempotencyKey: string | undefined,
  demoPayments: boolean
): Effect.Effect<RequestInput, InvalidInput> => {
  const forced: unknown = demoPayments ? (force_payment_failure ?? false) : false
  return typeof forced !== "boolean"
    ? Effect.fail(invalid("force_payment_failure", "must be true or false"))
    : Effect.succeed({
        paymentMethod: forced ? "decline" : payment_method,
        expectedTotal: expected_total,
        idempotencyKey
      })
}

const orderJson = (order: Domain.Order) => ({
  id: order.id,
  status: order.status,
  created_at: DateTime.formatIso(order.createdAt),
  items: order.lines.map(({ id, bookId, quantity, unitPrice, title, author, coverImageUrl }) => {
    const price = format(order.currency, unitPrice)
    return {
      id,
      book_id: bookId,
      quantity,
      unit_price: price,
      book: { id: bookId, title, author, cover_image_url: coverImageUrl, price }
    }
  }),
  total_price: format(order.currency, order.total),
  currency: order.currency
})

const adminOrderJson = (order: Domain.Order) => ({ ...orderJson(order), customer_id: order.customerId })
