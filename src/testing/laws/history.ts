/** After any history of purchases at once, the sums hold. */
import { Array, Effect, FastCheck } from "effect"
import type { Book } from "../../domain/Book.js"
import { aggregate } from "../../domain/Event.js"
import type { CustomerId } from "../../domain/Id.js"
import { total } from "../../domain/Money.js"
import type { Order } from "../../domain/Order.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { Carts } from "../../services/Carts.js"
import { Catalog } from "../../services/Catalog.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { holds, type Law, onlyRefusals, race, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { events, ordersOf, stockOf } from "./seen.js"
import { ledger, place, script, type Trade, trading } from "./trade.js"

const outcomes = FastCheck.constantFrom(
  Scripted.capture,
  Scripted.capture,
  Scripted.decline(),
  Scripted.fail("No"),
  Scripted.fail("Unknown"),
  Scripted.fail("Unknown", { charged: true }),
  Scripted.die({ charged: true })
)

const deed = FastCheck.record({
  deed: FastCheck.constantFrom("fill" as const, "fill", "buy", "buy", "cancel", "deliver", "merge"),
  book: FastCheck.nat(3),
  quantity: FastCheck.integer({ min: 1, max: 3 }),
  other: FastCheck.nat(7)
})

interface Shop {
  readonly shelf: ReadonlyArray<Book>
  readonly customers: ReadonlyArray<CustomerId>
}

const refusals = [
  "AlreadyInCart",
  "BookOutOfStock",
  "CartEmpty",
  "CheckoutInProgress",
  "InsufficientStock",
  "OrderNotCancellable",
  "PaymentFailed"
]

/** One deed of a customer's. */
const act = (
  { shelf, customers }: Shop,
  customer: CustomerId,
  { deed, book, quantity, other }: Deed
): Effect.Effect<unknown, { readonly _tag: string }, Trade> =>
  Effect.gen(function* () {
    const [carts, catalog, orders] = [yield* Carts, yield* Catalog, yield* Orders]
    const bookId = shelf[book]?.id ?? ""
    switch (deed) {
      case "fill":
        return yield* carts.add(customer, { bookId, quantity })
      case "buy":
        return yield* place(customer)
      case "cancel": {
        const [newest] = yield* ordersOf(customer)
        return newest === undefined ? null : yield* orders.cancel(customer, newest.id)
      }
      case "deliver":
        return yield* catalog.changeStock(bookId, { delta: quantity })
      case "merge":
        return yield* carts.merge(customer, customers[other] ?? customer)
    }
  })

/** A customer's way through the shop; answers what was refused. */
const way = (shop: Shop, customer: CustomerId, deeds: ReadonlyArray<Deed>) =>
  Effect.map(
    Effect.forEach(deeds, (deed) => Effect.either(act(shop, customer, deed))),
    Array.getLefts
  )

type Deed = typeof deed extends FastCheck.Arbitrary<infer D> ? D : never

const keeps = (order: Order) => order.status === "pending_payment" || order.status === "confirmed"

const eventsBy = { pending_payment: 0, confirmed: 1, payment_failed: 1, cancelled: 2, refunded: 3, fulfilled: 2 }

const sums = race(
  "after any history of carts, purchases, cancellations and deliveries at once, copies, charges, totals and events add up",
  trading(
    Effect.gen(function* () {
      const carts = yield* CartRepository
      const shelf = yield* Given.shelf(4, 3)
      const customers = yield* Effect.forEach(Array.range(1, 8), () => Given.customer)
      yield* script(...FastCheck.sample(outcomes, 100))
      const ways = customers.map((customer) => ({ customer, deeds: FastCheck.sample(deed, 10) }))
      const refused = yield* Effect.forEach(ways, ({ customer, deeds }) => way({ shelf, customers }, customer, deeds), {
        concurrency: "unbounded"
      })
      yield* onlyRefusals(refused.flat(), refusals)
      const delivered = ways.flatMap(({ deeds }) => deeds.filter(({ deed }) => deed === "deliver"))
      const orders = (yield* Effect.forEach(customers, ordersOf)).flat()
      for (const [i, book] of shelf.entries()) {
        const putIn = delivered.reduce((sum, { book, quantity }) => sum + (book === i ? quantity : 0), 3)
        const sold = orders.filter(keeps).flatMap(({ lines }) => lines.filter(({ bookId }) => bookId === book.id))
        const copies = sold.reduce<number>((sum, { quantity }) => sum + quantity, yield* stockOf(book))
        yield* same("the copies on the shelf and in orders", copies, putIn)
      }
      const { captures, charges, refunds } = yield* ledger
      const told = yield* events
      for (const order of orders) {
        const prices = order.lines.map(({ quantity, unitPrice }) => ({ quantity, price: unitPrice }))
        yield* same("the total of an order", order.total, total(prices))
        const of = told.filter((event) => aggregate(event) === order.id)
        yield* same(`the events of an order, ${order.status}`, of.length, eventsBy[order.status])
        const taken = captures(order.id)
        yield* holds("an order's money is taken at most once", taken <= 1)
        yield* holds("a kept order is paid for", order.status !== "confirmed" || taken === 1)
        yield* holds("a failed one is not", order.status !== "payment_failed" || taken === 0)
        const back = refunds.filter(({ key }) => key.startsWith(order.paymentKey)).length
        yield* same("how often its money went back", back, order.status === "refunded" ? 1 : 0)
      }
      const known = new Set<string>(orders.map(({ id }) => id))
      yield* holds(
        "every charge is of an order",
        charges.every(({ request }) => known.has(request.orderId))
      )
      yield* Effect.forEach(customers, carts.take)
    })
  )
)

export const history: ReadonlyArray<Law> = [sums]
