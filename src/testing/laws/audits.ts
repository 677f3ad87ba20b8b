/** The audit of a bookstore: silent while all is well, and with leave to repair it puts right what can be. */
import { Effect } from "effect"
import { aggregate } from "../../domain/Event.js"
import { Audit, type Options } from "../../services/Audit.js"
import { Orders } from "../../services/Orders.js"
import { PreBookings } from "../../services/PreBookings.js"
import { Relay } from "../../services/Relay.js"
import * as Given from "../Given.js"
import { type Law, law, refused, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { restocked, transacted } from "./done.js"
import { Provider } from "./provider.js"
import { recover, unheard } from "./recovery.js"
import { linesOf, ordersOf, stockOf } from "./seen.js"
import { ledger, place, recovering, script, shopper } from "./trade.js"

const audit = (options?: Options) => Effect.flatMap(Audit, (audit) => audit.run(options))

const overdue = "40 minutes"

/** What was found: each with whether it was put right. */
const findings = (options?: Options) =>
  Effect.map(audit(options), ({ findings }) =>
    findings
      .map(({ violation, repair, repaired }) => [violation._tag, repair, repaired] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )

const silent = law(
  "an audit finds nothing where customers bought, were declined and cancelled, nor in the provider's books",
  recovering((pass) =>
    Effect.gen(function* () {
      const orders = yield* Orders
      const book = yield* Given.shelved(9)
      const shoppers = yield* Effect.forEach([0, 1, 2, 3], () => shopper([book]))
      yield* script(Scripted.capture, Scripted.capture, Scripted.decline(), Scripted.fail("No"))
      for (const { customer } of shoppers) yield* Effect.either(place(customer))
      const [first] = shoppers
      for (const order of first === undefined ? [] : yield* ordersOf(first.customer)) {
        yield* orders.cancel(order.customerId, order.id)
      }
      yield* pass("30 minutes")
      yield* same("the findings", yield* findings(), [])
      yield* recover()
      // Other checks' orders are asked about, too, and are none of this provider's.
      yield* same("what was refunded", (yield* ledger).refunds.length, 1)
      yield* refused(transacted(audit()))
    })
  )
)

const repairs = law(
  "an audit changes nothing unless it may repair; then stock, payments, refunds and deliveries are put right",
  recovering((pass) =>
    Effect.gen(function* () {
      const [provider, orders, relay] = [yield* Provider, yield* Orders, yield* Relay]
      const waiting = yield* unheard(Scripted.fail("Unknown", { charged: true }))
      const book = yield* Given.shelved(9)
      const { customer } = yield* shopper([book])
      const order = yield* place(customer)
      yield* provider.reachable(false)
      yield* orders.cancel(customer, order.id)
      yield* provider.reachable(true)
      const unbalanced = yield* Given.shelved(5)
      const planted = yield* Given.ordered(yield* Given.customer, [unbalanced], { quantity: 2, createdAt: Given.at(0) })
      yield* provider.late(planted)
      // The audit names an event by its own id; by its error it is known here.
      yield* relay.deliver((event) => Effect.fail(aggregate(event)), { attempts: 1 })
      yield* pass("50 minutes")
      const expected = (repaired: boolean) => [
        ["DeliveryParked", "Deliver", repaired],
        ["PaymentStuck", "Recover", repaired],
        ["PaymentStuck", "Recover", repaired],
        ["RefundStuck", "Recover", repaired],
        ["StockUnbalanced", "Recount", repaired]
      ]
      for (let i = 0; i < 2; i++) yield* same("the findings", yield* findings({ overdue }), expected(false))
      yield* same("the copies", [yield* stockOf(unbalanced), yield* stockOf(waiting.book)], [5, 3])
      yield* same(
        "the orders",
        (yield* ordersOf(waiting.customer)).map(({ status }) => status),
        ["pending_payment"]
      )
      yield* same("the findings put right", yield* findings({ overdue, repair: true }), expected(true))
      yield* same("the copies then", [yield* stockOf(unbalanced), yield* stockOf(waiting.book)], [3, 3])
      yield* same(
        "the orders then",
        (yield* ordersOf(waiting.customer)).map(({ status }) => status),
        ["confirmed"]
      )
      yield* same("the refund", (yield* orders.get(customer, order.id)).status, "refunded")
      yield* relay.deliver(() => Effect.void)
      yield* same("the findings then", yield* findings({ overdue }), [])
    })
  )
)

const provider = law(
  "an audit against the provider's books names captures that nobody keeps, and repairs them; and payments it has none of",
  recovering((pass) =>
    Effect.gen(function* () {
      const given = yield* Provider
      const { customer, lines, order } = yield* unheard(Scripted.fail("Unknown"))
      yield* pass("61 seconds")
      yield* recover({ recheck: 0 })
      const { paymentId } = yield* given.late(order)
      const named = (options: Options) =>
        Effect.map(audit({ payments: "10 minutes", ...options }), ({ findings }) =>
          findings.filter(({ violation }) => "orderId" in violation && violation.orderId === order.id)
        )
      const [found, ...more] = yield* named({})
      yield* same(
        "what is found",
        [found?.violation, found?.repaired],
        [{ _tag: "ChargeUnlisted", orderId: order.id, paymentId }, false]
      )
      yield* same("what else", more, [])
      yield* same("the refunds made", (yield* ledger).refunds.length, 0)
      yield* same(
        "what is repaired",
        (yield* named({ repair: true })).map(({ repaired }) => repaired),
        [true]
      )
      yield* same(
        "the refunds made then",
        (yield* ledger).refunds.map(({ paymentId }) => paymentId),
        [paymentId]
      )
      yield* same("what is found then", yield* named({}), [])
      yield* same("the cart", yield* linesOf(customer), lines)
    })
  )
)

const handsOut = law(
  "an audit changes nothing of a line unless it may repair; then copies are handed out, and those who waited are told",
  recovering((pass) =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookings
      const [idle, recounted] = [yield* Given.shelved(0), yield* Given.shelved(0)]
      const waiters = yield* Effect.forEach([idle, recounted, recounted], (book) =>
        Effect.gen(function* () {
          const customer = yield* Given.customer
          const { id } = yield* preBookings.request(customer, { bookId: book.id })
          return { customer, id }
        })
      )
      const statuses = Effect.forEach(waiters, ({ customer, id }) =>
        Effect.map(preBookings.get(customer, id), ({ booking }) => booking.status)
      )
      // By the repositories alone: no service has handed anything out.
      for (const book of [idle, recounted, recounted]) yield* restocked(book)
      yield* Given.ordered(yield* Given.customer, [recounted])
      yield* pass("50 minutes")
      const expected = (repaired: boolean) => [
        ["CopiesIdle", "Sweep", repaired],
        ["CopiesIdle", "Sweep", repaired],
        ["PaymentStuck", "Recover", repaired],
        ["StockUnbalanced", "Recount", repaired]
      ]
      for (let i = 0; i < 2; i++) yield* same("the findings", yield* findings({ overdue }), expected(false))
      yield* same("those who wait", yield* statuses, ["waiting", "waiting", "waiting"])
      yield* same("the findings put right", yield* findings({ overdue, repair: true }), expected(true))
      yield* same("those who waited", yield* statuses, ["notified", "notified", "notified"])
      yield* same("the copies", [yield* stockOf(idle), yield* stockOf(recounted)], [1, 2])
      yield* same("the findings then", yield* findings({ overdue }), [])
    })
  )
)

export const audits: ReadonlyArray<Law> = [silent, repairs, handsOut, provider]
