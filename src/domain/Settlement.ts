/** What a provider's word means for an order, in whatever state the order is by then. */
import { Returned } from "./Notice.js"
import * as Order from "./Order.js"
import { type Captured, fits, type Outcome, PaymentKey } from "./Payment.js"
import * as Refund from "./Refund.js"

/** What is to be done about it. */
export type Step =
  | { readonly _tag: "Move"; readonly move: Order.Move }
  /** Money was taken that the order does not keep. */
  | { readonly _tag: "GiveBack"; readonly refund: Refund.DueRefund }
  /** The money came back of a payment that may be listed as due. */
  | { readonly _tag: "Returned"; readonly paymentId: string }
  /** Another amount or currency than the order's: nothing is settled by it. */
  | { readonly _tag: "OtherAmount" }
  | { readonly _tag: "Nothing" }

/** A decline never overwrites a success, and no capture is ever without an order that keeps it or a refund. */
export const decide = (order: Order.Order, said: Outcome | Returned, facts: Order.RestockFacts): Step =>
  said instanceof Returned
    ? order.status === "cancelled" && order.paymentId === said.paymentId
      ? { _tag: "Move", move: Order.refund(order, facts) }
      : { _tag: "Returned", paymentId: said.paymentId }
    : said._tag === "Declined"
      ? order.status === "pending_payment"
        ? { _tag: "Move", move: Order.fail(order, said.reason, facts) }
        : nothing
      : captured(order, said, facts)

// internal

const nothing: Step = { _tag: "Nothing" }

const captured = (order: Order.Order, said: Captured, facts: Order.RestockFacts): Step =>
  order.status === "pending_payment"
    ? fits(said, order)
      ? { _tag: "Move", move: Order.confirm(order, said, facts) }
      : { _tag: "OtherAmount" }
    : "paymentId" in order && order.paymentId === said.paymentId
      ? nothing
      : // Nothing is told yet, so the id that an event would have had is free to be the key.
        { _tag: "GiveBack", refund: Refund.due(order, said, { key: PaymentKey.make(facts.eventId), now: facts.now }) }
