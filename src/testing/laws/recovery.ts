/** What a crash or a lost answer has left open is driven forward or back, once, whoever does it. */
import { Array, Effect, Fiber, Random } from "effect"
import type { Book } from "../../domain/Book.js"
import * as Order from "../../domain/Order.js"
import { Captured } from "../../domain/Payment.js"
import { GatewayError } from "../../ports/PaymentGateway.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import { Checkout, type RecoverOptions, type RecoverReport } from "../../services/Checkout.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refused, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { Provider } from "./provider.js"
import { eventsOf, linesOf, ordersOf, stockOf } from "./seen.js"
import { gated, ledger, place, recovering, script, settled, shopper, spread } from "./trade.js"

export const recover = (options?: RecoverOptions) => Effect.flatMap(Checkout, (checkout) => checkout.recover(options))

const nothing: RecoverReport = { confirmed: [], failed: [], refunded: [], waiting: [], more: false }

/** The provider said no, and its answer was lost. */
const declinedUnheard: Scripted.Step = (desk) =>
  Effect.zipRight(
    desk.decline("no funds"),
    new GatewayError({ moneyMoved: "Unknown", cause: new Error("the answer was lost") })
  )

/** An order of two copies out of five whose outcome nobody heard. */
export const unheard = (step: Scripted.Step, shelf?: Book) =>
  Effect.gen(function* () {
    const book = shelf ?? (yield* Given.shelved(5))
    const { customer, lines } = yield* shopper([book], 2)
    yield* script(step)
    yield* refused(place(customer))
    const [order] = yield* ordersOf(customer)
    if (order?.status !== "pending_payment") return yield* Effect.dieMessage("the order does not wait")
    return { book, customer, lines, order }
  })

type Unheard = Effect.Effect.Success<ReturnType<typeof unheard>>

const taken = law(
  "recovery confirms an order whose money was taken, once",
  recovering((pass) =>
    Effect.gen(function* () {
      const { book, customer, order } = yield* unheard(Scripted.fail("Unknown", { charged: true }))
      yield* pass("61 seconds")
      yield* same("the report", yield* recover(), { ...nothing, confirmed: [order.id] })
      yield* same(
        "the order",
        (yield* ordersOf(customer)).map(({ status }) => status),
        ["confirmed"]
      )
      yield* same("the copies left", yield* stockOf(book), 3)
      yield* same("the cart", yield* linesOf(customer), [])
      yield* same("the report of a second time", yield* recover(), nothing)
      yield* same(
        "the events",
        (yield* eventsOf(order.id)).map(({ _tag }) => _tag),
        ["OrderConfirmed"]
      )
      const { asked, refunds } = yield* ledger
      yield* same("charges asked for and refunds made", [asked.length, refunds.length], [1, 0])
    })
  )
)

const notTaken = law(
  "recovery gives up an order that was declined or never charged: copies and lines are back",
  recovering((pass) =>
    Effect.gen(function* () {
      for (const step of [Scripted.fail("Unknown"), declinedUnheard]) {
        const { book, customer, lines, order } = yield* unheard(step)
        yield* pass("61 seconds")
        yield* same("the report", yield* recover(), { ...nothing, failed: [order.id] })
        const [failed] = yield* ordersOf(customer)
        const reason = step === declinedUnheard ? "no funds" : Order.neverCharged
        yield* same("the order", failed?.status === "payment_failed" && failed.reason, reason)
        yield* same("the copies left", yield* stockOf(book), 5)
        yield* same("the cart", yield* linesOf(customer), lines)
        yield* same("the report of a second time", yield* recover(), nothing)
        yield* same(
          "the events",
          (yield* eventsOf(order.id)).map(({ _tag }) => _tag),
          ["OrderPaymentFailed"]
        )
        yield* same("a second try", (yield* place(customer)).status, "confirmed")
      }
    })
  )
)

const away = law(
  "while the gateway cannot be reached an order waits, its copies kept, and is in the report",
  recovering((pass) =>
    Effect.gen(function* () {
      const provider = yield* Provider
      const { book, customer, order } = yield* unheard(Scripted.fail("Unknown", { charged: true }))
      yield* pass("61 seconds")
      yield* provider.reachable(false)
      const waiting = [{ orderId: order.id, why: "gateway" }]
      for (let i = 0; i < 2; i++) yield* same("the report", yield* recover(), { ...nothing, waiting })
      yield* same("the order", (yield* ordersOf(customer))[0], order)
      yield* same("the copies left", yield* stockOf(book), 3)
      yield* same("the cart", yield* linesOf(customer), [])
      yield* provider.reachable(true)
      yield* same("the report then", yield* recover(), { ...nothing, confirmed: [order.id] })
    })
  )
)

const young = law(
  "an order whose time is not over is left to whoever is at work on it",
  recovering((pass) =>
    Effect.gen(function* () {
      const { customer, order } = yield* unheard(Scripted.fail("Unknown"))
      for (const step of ["0 seconds", "30 seconds", "20 seconds"] as const) {
        yield* pass(step)
        yield* same("the report", yield* recover(), nothing)
      }
      yield* same("the order", yield* ordersOf(customer), [order])
      yield* same("how often it was asked about", (yield* (yield* Provider).lookups).length, 0)
      yield* same("the report with less grace", yield* recover({ grace: 0 }), { ...nothing, failed: [order.id] })
    })
  )
)

const otherAmount = law(
  "a capture of another amount settles nothing: the order waits and is in the report",
  recovering((pass) =>
    Effect.gen(function* () {
      const provider = yield* Provider
      const { book, customer, order } = yield* unheard(Scripted.fail("Unknown"))
      yield* provider.late(order, Given.amount(order.total - 1))
      yield* pass("61 seconds")
      const waiting = [{ orderId: order.id, why: "other_amount" }]
      yield* same("the report", yield* recover(), { ...nothing, waiting })
      yield* same("the order", yield* ordersOf(customer), [order])
      yield* same("the copies left", yield* stockOf(book), 3)
      yield* same("the refunds", (yield* ledger).refunds.length, 0)
    })
  )
)

const tenAtOnce = race(
  "of ten processes that recover at once each order is settled by one, and asked about once",
  recovering((pass) =>
    Effect.gen(function* () {
      const provider = yield* Provider
      const shelf = yield* Given.shelved(20)
      const all = yield* Effect.forEach(Array.range(0, 7), (i) =>
        unheard(Scripted.fail("Unknown", { charged: i % 2 === 0 }), shelf)
      )
      yield* pass("61 seconds")
      const { successes, failures } = yield* atOnce(10, (i) => spread(i, recover({ recheck: 0 })))
      yield* onlyRefusals(failures, [])
      const ids = (of: (report: RecoverReport) => ReadonlyArray<string>) => successes.flatMap(of).toSorted()
      const expected = (charged: boolean) =>
        all.flatMap(({ order }, i) => ((i % 2 === 0) === charged ? [order.id] : [])).toSorted()
      yield* same(
        "those confirmed",
        ids(({ confirmed }) => confirmed),
        expected(true)
      )
      yield* same(
        "those that failed",
        ids(({ failed }) => failed),
        expected(false)
      )
      yield* same(
        "what was asked about",
        [...(yield* provider.lookups)].toSorted(),
        all.map(({ order }) => order.paymentKey).toSorted()
      )
      yield* same("the copies left", yield* stockOf(shelf), 12)
      for (const { customer, lines } of all.filter((_, i) => i % 2 === 1)) {
        yield* same("the cart", yield* linesOf(customer), lines)
      }
      yield* same("what is left", yield* recover({ recheck: 0 }), nothing)
    })
  )
)

const refundOutstanding = race(
  "the refund of a cancelled order that is outstanding is made by recovery, once, and is in the report until then",
  recovering((pass) =>
    Effect.gen(function* () {
      const [provider, orders] = [yield* Provider, yield* Orders]
      const book = yield* Given.shelved(5)
      const { customer } = yield* shopper([book], 2)
      const order = yield* place(customer)
      yield* provider.reachable(false)
      yield* same("the order", (yield* orders.cancel(customer, order.id)).status, "cancelled")
      yield* pass("61 seconds")
      const waiting = [{ orderId: order.id, why: "gateway" }]
      yield* same("the report meanwhile", yield* recover(), { ...nothing, waiting })
      yield* provider.reachable(true)
      const { successes, failures } = yield* atOnce(5, (i) => spread(i, recover()))
      yield* onlyRefusals(failures, [])
      const paymentId = order.status === "confirmed" ? order.paymentId : ""
      yield* same(
        "what was refunded",
        successes.flatMap(({ refunded }) => refunded),
        [{ orderId: order.id, paymentId }]
      )
      yield* same("the refunds made", (yield* ledger).refunds.length, 1)
      yield* same("the order then", (yield* orders.get(customer, order.id)).status, "refunded")
      const told = (yield* eventsOf(order.id)).map(({ _tag }) => _tag).toSorted()
      yield* same("the events", told, ["OrderCancelled", "OrderConfirmed", "OrderRefunded"])
      yield* same("the copies left", yield* stockOf(book), 5)
    })
  )
)

/** Every capture is kept by its order or given back, once; copies are with the order or on the shelf. */
const addsUp = ({ book, customer, order: { id, paymentKey } }: Omit<Unheard, "lines">) =>
  Effect.gen(function* () {
    const refunds = yield* RefundRepository
    const { captures, refunds: all } = yield* ledger
    const made = all.filter(({ paymentId }) => paymentId === `scripted_${paymentKey}`)
    const [order, more] = yield* ordersOf(customer)
    if (order === undefined) return yield* holds("the order is there", false)
    yield* same("a second order", more, undefined)
    const listed = yield* refunds.of(customer, id)
    const taken = captures(id)
    yield* holds("its money was taken at most once", taken <= 1)
    yield* holds(
      `it was settled, and was ${order.status}`,
      ["confirmed", "payment_failed", "refunded"].includes(order.status)
    )
    yield* same("whether it is paid for", taken === 1 || order.status === "payment_failed", true)
    const back = taken === 1 && order.status !== "confirmed" ? 1 : 0
    yield* same(`how often the money went back, ${order.status}`, made.length, back)
    const due = order.status === "payment_failed" ? listed.map(({ status }) => status) : []
    yield* same("what is listed", due, order.status === "payment_failed" && taken === 1 ? ["done"] : [])
    yield* same("the copies left", yield* stockOf(book), order.status === "confirmed" ? 3 : 5)
    const told = (yield* eventsOf(order.id)).map(({ _tag }) => _tag)
    yield* same("how many events are told twice", told.length - new Set(told).size, 0)
  })

/** Whoever does something begins a while after the others. */
const sometime = Effect.flatMap(Random.nextIntBetween(0, 60), (times) => Effect.repeatN(Effect.yieldNow(), times))

const besideOthers = race(
  "recovery beside place, settle and cancel: the order ends in one state, and all that was taken is kept or given back",
  recovering((pass) =>
    Effect.gen(function* () {
      const [checkout, orders] = [yield* Checkout, yield* Orders]
      for (const isGivenUp of [false, true]) {
        const book = yield* Given.shelved(5)
        const { customer } = yield* shopper([book], 2)
        const gate = yield* gated()
        yield* script(gate.step)
        const placing = yield* Effect.fork(Effect.either(place(customer)))
        yield* gate.reached
        const [order] = yield* ordersOf(customer)
        if (order?.status !== "pending_payment") return yield* holds("the order waits", false)
        yield* pass("61 seconds")
        if (isGivenUp) yield* recover()
        const { paymentKey, total, currency } = order
        const captured = new Captured({ paymentId: `scripted_${paymentKey}`, amount: total, currency })
        const deeds = [
          gate.open,
          Effect.asVoid(Effect.zipRight(gate.open, checkout.settle(order, captured))),
          Effect.asVoid(orders.cancel(customer, order.id))
        ]
        const { failures } = yield* atOnce(6, (i) =>
          Effect.zipRight(sometime, spread(5 - i, deeds[i] ?? Effect.asVoid(recover())))
        )
        yield* onlyRefusals(failures, ["OrderNotCancellable"])
        yield* Fiber.join(placing)
        yield* settled(order)
        yield* recover()
        yield* addsUp({ book, customer, order })
      }
    })
  )
)

export const recovery: ReadonlyArray<Law> = [
  taken,
  notTaken,
  away,
  young,
  otherAmount,
  tenAtOnce,
  refundOutstanding,
  besideOthers
]
