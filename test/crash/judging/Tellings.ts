/** What the handler was told of orders. */
import type { Order } from "../../../src/domain/Order.js"
import type { Seen, Told } from "../Truth.js"
import { named, wrong } from "./Finding.js"
import type { Ledger } from "./Money.js"

const tellings: { readonly [S in Order["status"]]: ReadonlyArray<Told["_tag"]> } = {
  pending_payment: [],
  confirmed: ["OrderConfirmed"],
  payment_failed: ["OrderPaymentFailed"],
  cancelled: ["OrderConfirmed", "OrderCancelled"],
  refunded: ["OrderConfirmed", "OrderCancelled", "OrderRefunded"],
  fulfilled: ["OrderConfirmed", "OrderFulfilled"]
}

/** Each change of an order reached the handler, in their order, and nothing else did. */
export const told = ({ customer, orders }: Seen, events: ReadonlyArray<Told>, ledger: Ledger) => {
  const mine = events.filter((event) => "customerId" in event && event.customerId === customer)
  const known = new Set(orders.map(({ id }) => id as string))
  const unfounded = mine.filter((event) => "orderId" in event && !known.has(event.orderId))
  return [
    ...unfounded.map(({ id, _tag }) => wrong(`${_tag} ${id} tells of no order of ${customer}`)),
    ...orders.flatMap((order) => {
      const of = mine.filter((event) => "orderId" in event && event.orderId === order.id)
      const returned = new Set(of.flatMap(({ _tag, id }) => (_tag === "PaymentReturned" ? [id] : [])))
      const captures = ledger.payments.filter(({ orderId }) => orderId === order.id)
      const due = order.status === "payment_failed" ? captures.length : 0
      // Handed over twice an event is the same, and comes before the next one of its order.
      const inOrder = of
        .filter(({ _tag }) => _tag !== "PaymentReturned")
        .filter(({ id }, i, all) => id !== all[i - 1]?.id)
        .map(({ _tag }) => _tag)
      return [
        ...(inOrder.join() === tellings[order.status].join()
          ? []
          : [wrong(`the handler was told ${inOrder} of the ${named(order)}`)]),
        ...(returned.size === due ? [] : [wrong(`${returned.size} returns of ${due} were told of the ${named(order)}`)])
      ]
    })
  ]
}
