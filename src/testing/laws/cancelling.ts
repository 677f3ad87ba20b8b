/** Orders given up: copies back once, money back once. */
import { Effect } from "effect"
import { InsideTransaction } from "../../domain/Checkout.js"
import { OrderNotFound } from "../../domain/Order.js"
import { Transactor } from "../../ports/Transactor.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { eventsOf, linesOf, ordersOf, stockOf } from "./seen.js"
import { ledger, place, shopper, trading } from "./trade.js"

const bought = Effect.gen(function* () {
  const book = yield* Given.shelved(5)
  const { customer } = yield* shopper([book], 2)
  return { book, customer, order: yield* place(customer) }
})

const once = race(
  "an order that is cancelled ten times at once gives its copies back once, and its money once",
  trading(
    Effect.gen(function* () {
      const orders = yield* Orders
      const { book, customer, order } = yield* bought
      const { successes, failures } = yield* atOnce(10, () => orders.cancel(customer, order.id))
      // Whoever comes after the refund has nothing to cancel.
      yield* onlyRefusals(failures, ["OrderNotCancellable"])
      yield* same("how many were answered at all", successes.length > 0, true)
      const { refunds } = yield* ledger
      const asked = refunds.map(({ amount, paymentId }) => [amount, paymentId])
      yield* same("the refunds", asked, [[order.total, "paymentId" in order ? order.paymentId : null]])
      yield* same("the order", (yield* orders.get(customer, order.id)).status, "refunded")
      yield* same("the copies left", yield* stockOf(book), 5)
      yield* same("the cart", yield* linesOf(customer), [])
      const events = (yield* eventsOf(order.id)).map(({ _tag }) => _tag).toSorted()
      yield* same("the events", events, ["OrderCancelled", "OrderConfirmed", "OrderRefunded"])
    })
  )
)

const outstanding = law(
  "a refund that the gateway did not make leaves the order cancelled, and cancelling again makes it",
  trading(
    Effect.gen(function* () {
      const orders = yield* Orders
      const gateway = yield* Scripted.ScriptedGateway
      const { book, customer, order } = yield* bought
      yield* gateway.scriptRefunds(Scripted.failRefund)
      yield* same("the first answer", (yield* orders.cancel(customer, order.id)).status, "cancelled")
      yield* same("the copies left", yield* stockOf(book), 5)
      yield* same("the refunds", (yield* ledger).refunds.length, 0)
      yield* same("the second answer", (yield* orders.cancel(customer, order.id)).status, "refunded")
      yield* same("the refunds then", (yield* ledger).refunds.length, 1)
      yield* same("the copies left then", yield* stockOf(book), 5)
      yield* same("the order", (yield* orders.get(customer, order.id)).status, "refunded")
    })
  )
)

const uncancellable = law(
  "a stranger's, a waiting or a failed order is not cancelled, nor any inside a transaction",
  trading(
    Effect.gen(function* () {
      const orders = yield* Orders
      const { transact } = yield* Transactor
      const gateway = yield* Scripted.ScriptedGateway
      const { book, customer, order } = yield* bought
      const stranger = yield* Given.customer
      yield* refuses("by a stranger", orders.cancel(stranger, order.id), new OrderNotFound({ orderId: order.id }))
      yield* refuses("inside", transact(orders.cancel(customer, order.id)), new InsideTransaction())
      yield* gateway.script(Scripted.fail("Unknown"), Scripted.decline())
      for (let i = 0; i < 2; i++) {
        const other = yield* shopper([book])
        yield* refused(place(other.customer))
        for (const { id } of yield* ordersOf(other.customer)) {
          const refusal = yield* refused(orders.cancel(other.customer, id))
          yield* same("the refusal", refusal._tag, "OrderNotCancellable")
        }
      }
      yield* same("the copies left", yield* stockOf(book), 2)
      yield* same("the refunds", (yield* ledger).refunds.length, 0)
    })
  )
)

export const cancelling: ReadonlyArray<Law> = [once, outstanding, uncancellable]
