/** Orders against the provider's ledger. */
import type { Order } from "../../../src/domain/Order.js"
import type { PaymentProvider } from "../../../src/testing/provider/index.js"
import { named, wrong } from "./Finding.js"

export type Ledger = ReturnType<PaymentProvider.PaymentProvider["ledger"]>

/** One capture for an order that is kept, and every other one given back. */
export const money = (order: Order, ledger: Ledger) => {
  const captures = ledger.payments.filter(({ orderId }) => orderId === order.id)
  const findings = captures.flatMap(({ intent, amount }) => {
    const back = ledger.refunded(intent.id)
    const right = order.status === "confirmed" ? 0 : amount
    return back === right ? [] : [wrong(`${back} of ${amount} were given back of ${intent.id} of the ${named(order)}`)]
  })
  if (!("paymentId" in order)) return findings
  const [only, ...more] = captures
  return only?.intent.id === order.paymentId && only.amount === order.total && more.length === 0
    ? findings
    : [...findings, wrong(`the ${named(order)} has the payments ${captures.map(({ intent }) => intent.id)}`)]
}
