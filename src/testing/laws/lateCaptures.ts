/** A capture that comes after its order was given up, and what the provider tells of its own accord. */
import { Effect } from "effect"
import { Notice, Returned } from "../../domain/Notice.js"
import type { Order } from "../../domain/Order.js"
import { OrderId } from "../../domain/OrderId.js"
import { Captured, Declined, type Outcome, PaymentKey } from "../../domain/Payment.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import { Checkout } from "../../services/Checkout.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { Provider } from "./provider.js"
import { recover, unheard } from "./recovery.js"
import { eventsOf, linesOf, ordersOf, stockOf } from "./seen.js"
import { ledger, place, recovering, shopper, spread } from "./trade.js"

/** What the provider tells of an order's charge; another notice each time unless its id is given. */
const notify = (order: Pick<Order, "id" | "paymentKey">, said: Outcome | Returned, given?: string) =>
  Effect.gen(function* () {
    const checkout = yield* Checkout
    const id = given ?? (yield* Given.id)
    yield* checkout.notified(new Notice({ source: "provider", id, orderId: order.id, key: order.paymentKey, said }))
  })

const kindsOf = (order: Order) => Effect.map(eventsOf(order.id), (events) => events.map(({ _tag }) => _tag).toSorted())

/** The refunds that were made of a payment. */
const madeOf = (paymentId: string) =>
  Effect.map(ledger, ({ refunds }) => refunds.filter((refund) => refund.paymentId === paymentId).length)

type Unheard = Effect.Effect.Success<ReturnType<typeof unheard>>

/** The order stays given up; its money went back once, and is listed. */
const givenBack = ({ book, customer, lines, order }: Unheard, who: string) =>
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const paymentId = `late_${order.paymentKey}`
    yield* same(`the refunds made, ${who}`, yield* madeOf(paymentId), 1)
    const listed = (yield* refunds.of(customer, order.id)).map(({ status, paymentId }) => [status, paymentId])
    yield* same(`the refunds listed, ${who}`, listed, [["done", paymentId]])
    const [status, ...more] = (yield* ordersOf(customer)).map(({ status }) => status)
    yield* same(`the order, ${who}`, [status, ...more], ["payment_failed"])
    yield* same("the copies left", yield* stockOf(book), 5)
    yield* same("the cart", yield* linesOf(customer), lines)
    yield* same("the events", yield* kindsOf(order), ["OrderPaymentFailed", "PaymentReturned"])
  })

const whoever = law(
  "a capture that comes after its order was given up is given back once and listed, whoever brings it",
  recovering((pass) =>
    Effect.gen(function* () {
      const [checkout, provider] = [yield* Checkout, yield* Provider]
      for (const who of ["by recovery", "by hand", "by notice"] as const) {
        const there = yield* unheard(Scripted.fail("Unknown"))
        yield* pass("61 seconds")
        yield* recover({ recheck: 0 })
        const captured = yield* provider.late(there.order)
        if (who === "by hand") yield* checkout.settle(there.order, captured)
        if (who === "by notice") yield* notify(there.order, captured)
        for (let i = 0; i < 3; i++) yield* recover()
        yield* givenBack(there, who)
      }
    })
  )
)

const allAtOnce = race(
  "a late capture that recoveries, notices and settlements bring at once is given back once and listed once",
  recovering((pass) =>
    Effect.gen(function* () {
      const [checkout, provider] = [yield* Checkout, yield* Provider]
      const there = yield* unheard(Scripted.fail("Unknown"))
      yield* pass("61 seconds")
      yield* recover({ recheck: 0 })
      const captured = yield* provider.late(there.order)
      const settled = Effect.asVoid(
        Effect.catchTag(checkout.settle(there.order, captured), "OrderNotFound", Effect.die)
      )
      const bring = [settled, notify(there.order, captured), Effect.asVoid(recover())]
      const { failures } = yield* atOnce(9, (i) => spread(8 - i, bring[i % 3] ?? Effect.void))
      yield* onlyRefusals(failures, [])
      yield* recover()
      yield* givenBack(there, "at once")
    })
  )
)

const stillDue = law(
  "a late capture whose refund the gateway did not make stays listed as due until recovery has made it",
  recovering((pass) =>
    Effect.gen(function* () {
      const [provider, refunds] = [yield* Provider, yield* RefundRepository]
      const there = yield* unheard(Scripted.fail("Unknown"))
      yield* pass("61 seconds")
      yield* recover({ recheck: 0 })
      const captured = yield* provider.late(there.order)
      yield* provider.reachable(false)
      yield* notify(there.order, captured)
      yield* same("why it waits", (yield* recover({ recheck: 0 })).waiting, [
        { orderId: there.order.id, why: "gateway" }
      ])
      const listed = (yield* refunds.of(there.customer, there.order.id)).map(({ status }) => status)
      yield* same("the refunds listed", listed, ["due"])
      yield* provider.reachable(true)
      yield* same("what recovery gave back", (yield* recover({ recheck: 0 })).refunded, [
        { orderId: there.order.id, paymentId: captured.paymentId }
      ])
      yield* givenBack(there, "in the end")
    })
  )
)

const duplicates = race(
  "a notice that is told ten times at once has its effect once",
  recovering(() =>
    Effect.gen(function* () {
      const provider = yield* Provider
      for (const said of ["captured", "declined"] as const) {
        const { book, customer, order } = yield* unheard(Scripted.fail("Unknown"))
        const outcome = said === "captured" ? yield* provider.late(order) : new Declined({ reason: "no funds" })
        const id = yield* Given.id
        const { failures } = yield* atOnce(10, (i) => spread(i, notify(order, outcome, id)))
        yield* onlyRefusals(failures, [])
        const [now] = yield* ordersOf(customer)
        yield* same("the order", now?.status, said === "captured" ? "confirmed" : "payment_failed")
        yield* same("the copies left", yield* stockOf(book), said === "captured" ? 3 : 5)
        yield* same("how many events", (yield* kindsOf(order)).length, 1)
        yield* same("the refunds made", (yield* ledger).refunds.length, 0)
      }
    })
  )
)

const anyOrder = law(
  "notices come in any order: a decline never overwrites a success, and a capture that nobody keeps goes back once",
  recovering(() =>
    Effect.gen(function* () {
      const provider = yield* Provider
      const orders = [
        ["captured", "declined"],
        ["declined", "captured"],
        ["captured", "captured", "declined"],
        ["declined", "captured", "captured", "declined"],
        ["returned", "captured"]
      ] as const
      for (const notices of orders) {
        const there = yield* unheard(Scripted.fail("Unknown"))
        const captured = yield* provider.late(there.order)
        const { paymentId } = captured
        const said = { captured, declined: new Declined({ reason: "no funds" }), returned: new Returned({ paymentId }) }
        for (const notice of notices) yield* notify(there.order, said[notice])
        if (notices[0] === "declined") {
          yield* recover()
          yield* givenBack(there, notices.join(", "))
          continue
        }
        const [now] = yield* ordersOf(there.customer)
        yield* same(`the order, ${notices.join(", ")}`, now?.status, "confirmed")
        yield* same("the refunds made", yield* madeOf(paymentId), 0)
        yield* same("the events", yield* kindsOf(there.order), ["OrderConfirmed"])
      }
    })
  )
)

const nobodys = law(
  "a notice of an order that nobody made, or with another key than the order's, changes nothing",
  recovering(() =>
    Effect.gen(function* () {
      const { customer, order } = yield* unheard(Scripted.fail("Unknown"))
      const captured = new Captured({ paymentId: "payment", amount: order.total, currency: order.currency })
      yield* notify({ id: OrderId.make(yield* Given.id), paymentKey: order.paymentKey }, captured)
      yield* notify({ id: order.id, paymentKey: PaymentKey.make(yield* Given.id) }, captured)
      yield* notify(order, new Captured({ ...captured, amount: Given.amount(1) }))
      yield* same("the order", yield* ordersOf(customer), [order])
      yield* same("the events", yield* kindsOf(order), [])
      yield* same("the refunds made", (yield* ledger).refunds.length, 0)
    })
  )
)

const returned = law(
  "a provider that tells of money that is back ends the refund of a cancelled order, or a listed one, unasked and once",
  recovering((pass) =>
    Effect.gen(function* () {
      const [provider, orders, refunds] = [yield* Provider, yield* Orders, yield* RefundRepository]
      const { customer } = yield* shopper([yield* Given.onSale()])
      const order = yield* place(customer)
      yield* provider.reachable(false)
      yield* orders.cancel(customer, order.id)
      const paymentId = order.status === "confirmed" ? order.paymentId : ""
      for (let i = 0; i < 2; i++) yield* notify(order, new Returned({ paymentId }))
      yield* same("the order", (yield* orders.get(customer, order.id)).status, "refunded")
      yield* same("its events", yield* kindsOf(order), ["OrderCancelled", "OrderConfirmed", "OrderRefunded"])
      const there = yield* unheard(Scripted.fail("Unknown"))
      yield* notify(there.order, new Declined({ reason: "no funds" }))
      const captured = yield* provider.late(there.order)
      yield* notify(there.order, captured)
      // Asked for beside the answer to the notice: only after that it is the provider's word alone that ends it.
      while ((yield* provider.missed) < 2) yield* Effect.sleep("1 millis")
      for (let i = 0; i < 2; i++) yield* notify(there.order, new Returned({ paymentId: captured.paymentId }))
      const listed = (yield* refunds.of(there.customer, there.order.id)).map(({ status }) => status)
      yield* same("what is listed", listed, ["done"])
      yield* same("the events", yield* kindsOf(there.order), ["OrderPaymentFailed", "PaymentReturned"])
      yield* provider.reachable(true)
      yield* pass("61 seconds")
      yield* recover()
      yield* same("the refunds made", (yield* ledger).refunds.length, 0)
    })
  )
)

export const lateCaptures: ReadonlyArray<Law> = [whoever, allAtOnce, stillDue]
export const notices: ReadonlyArray<Law> = [duplicates, anyOrder, nobodys, returned]
