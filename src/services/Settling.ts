/** A provider's word about an order, written down: whoever brings it, however often, and however late. */
import { Effect } from "effect"
import type { Returned } from "../domain/Notice.js"
import type * as Order from "../domain/Order.js"
import type { Outcome } from "../domain/Payment.js"
import * as Refund from "../domain/Refund.js"
import * as Settlement from "../domain/Settlement.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import { RefundRepository } from "../ports/RefundRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import * as Facts from "./Facts.js"
import * as Moving from "./Moving.js"
import * as Payments from "./Payments.js"

/** The order as it is then, and the refund that is due if it does not keep the money. */
export interface Settled {
  readonly order: Order.Order
  readonly due: Refund.DueRefund | null
  /** Another amount or currency was captured than the order's: nothing was settled. */
  readonly otherAmount: boolean
}

export const make = Effect.gen(function* () {
  const orders = yield* OrderRepository
  const refunds = yield* RefundRepository
  const payments = yield* Payments.make
  const facts = yield* Facts.make
  const move = yield* Moving.make

  const reread = ({ id, customerId }: Order.Order) =>
    // Orders are never removed.
    Effect.catchTag(orders.get(id, customerId), "OrderNotFound", Effect.die)

  /** Decides on the order as it was read, and again when somebody was faster: orders only go forward. */
  const heard = (order: Order.Order, said: Outcome | Returned): Effect.Effect<Settled, StoreError> =>
    Effect.gen(function* () {
      const step = Settlement.decide(order, said, yield* facts.ofSettlement(order, said._tag === "Declined"))
      switch (step._tag) {
        case "Move":
          return (yield* move(step.move)) ? as(step.move.order) : yield* heard(yield* reread(order), said)
        case "GiveBack": {
          if (!(yield* refunds.add(step.refund))) return as(order)
          yield* Effect.annotateLogs(Effect.logWarning("A capture that its order does not keep is given back"), {
            orderId: order.id,
            paymentId: step.refund.paymentId
          })
          return { ...as(order), due: step.refund }
        }
        case "Returned": {
          const known = yield* refunds.of(order.customerId, order.id)
          const due = known.find(({ status, paymentId }) => status === "due" && paymentId === step.paymentId)
          if (due?.status === "due") yield* refunds.finish(Refund.done(due, yield* facts.ofMove))
          else if (order.status === "confirmed" || order.status === "fulfilled")
            yield* Effect.annotateLogs(Effect.logWarning("The provider gave back what an order that stands had paid"), {
              orderId: order.id,
              paymentId: step.paymentId
            })
          return as(order)
        }
        case "OtherAmount":
          yield* Effect.annotateLogs(Effect.logError("Another amount was captured than the order's"), {
            orderId: order.id,
            paymentKey: order.paymentKey
          })
          return { ...as(order), otherAmount: true }
        case "Nothing":
          return as(order)
      }
    })

  return {
    heard,

    /** Asks the provider to give the money back, and writes down that it did. Whether it did. */
    payBack: Effect.fnUntraced(function* (refund: Refund.DueRefund) {
      const paid = yield* Effect.either(payments.refund(refund))
      if (paid._tag === "Left") {
        yield* Effect.annotateLogs(Effect.logWarning("A refund is outstanding", paid.left), "orderId", refund.orderId)
        return false
      }
      yield* refunds.finish(Refund.done(refund, yield* facts.ofMove))
      return true
    })
  }
})

// internal

const as = (order: Order.Order): Settled => ({ order, due: null, otherAmount: false })
