/** What octavo writes on Stripe's objects, so that they are found again. */
import { Option, Schema } from "effect"
import { OrderId } from "../../domain/OrderId.js"
import { PaymentKey } from "../../domain/Payment.js"

/** The key of the charge, on its intent and on its refunds. */
export const key = "octavo_key"
export const order = "octavo_order"
export const customer = "octavo_customer"
/** The key of a refund. */
export const refund = "octavo_refund"
/** On an intent that only stands for a key under which nothing was, and nothing will be, charged. */
export const closed = "octavo_closed"

/** Stripe's limit for a value. */
export const maximumLength = 500

/** The order and the key of an object of octavo's. */
export const decode = (metadata: unknown): Option.Option<{ readonly orderId: OrderId; readonly key: PaymentKey }> =>
  Option.map(read(metadata), (names) => ({ orderId: names[order], key: names[key] }))

/** A query for Stripe's search. */
export const query = (name: string, value: string): string =>
  `metadata['${name}']:'${value.replaceAll(/['\\]/g, "\\$&")}'`

// internal

const read = Schema.decodeUnknownOption(Schema.Struct({ [order]: OrderId, [key]: PaymentKey }))
