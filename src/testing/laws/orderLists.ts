/** Orders listed. */
import { DateTime, Effect } from "effect"
import type { CustomerId } from "../../domain/Id.js"
import * as Order from "../../domain/Order.js"
import * as OrderQuery from "../../domain/OrderQuery.js"
import type { Position } from "../../domain/Page.js"
import { Captured } from "../../domain/Payment.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import * as Given from "../Given.js"
import { type Law, law, same } from "../Law.js"

/** What a list must show, by the domain's own functions. */
const listed = (query: OrderQuery.OrderQuery, orders: ReadonlyArray<Order.Order>) =>
  orders
    .filter((order) => OrderQuery.lists(query, order))
    .toSorted(
      (a, b) => DateTime.toEpochMillis(b.createdAt) - DateTime.toEpochMillis(a.createdAt) || (a.id < b.id ? 1 : -1)
    )

/** Orders of each state, several of one moment. */
const history = (customer: CustomerId, count: number, start: number) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const book = yield* Given.onSale()
    return yield* Effect.forEach(Array.from({ length: count }).keys(), (i) =>
      Effect.gen(function* () {
        const order = yield* Given.ordered(customer, [book], { createdAt: Given.at(start + (i % 7)) })
        if (i % 5 === 0) return order
        const paid = new Captured({ paymentId: `payment ${order.id}`, amount: order.total, currency: order.currency })
        const facts = yield* Given.facts
        const first = i % 5 === 1 ? Order.fail(order, "declined", facts) : Order.confirm(order, paid, facts)
        yield* orders.move(first)
        if (i % 5 < 3) return first.order
        const given = yield* Order.cancel(first.order, yield* Given.facts)
        yield* orders.move(given)
        if (i % 5 === 3 || given.order.status !== "cancelled") return given.order
        const last = Order.refund(given.order, yield* Given.facts)
        yield* orders.move(last)
        return last.order
      })
    )
  })

const statuses = [null, ...Order.Status.literals]

const filtered = law(
  "a customer's orders are listed newest first, ties by descending id, failed ones only when asked for",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, other] = [yield* Given.customer, yield* Given.customer]
    const mine = yield* history(customer, 30, 0)
    yield* history(other, 5, 0)
    for (const status of statuses) {
      const query = { customerId: customer, status }
      const expected = listed(query, mine)
      yield* same(`the orders, ${status}`, yield* orders.after(query, null, 100), expected)
      const page = yield* orders.page(query, { page: 1, size: 100 })
      yield* same(`the page, ${status}`, page, { items: expected, total: expected.length })
    }
  })
)

const walked = law(
  "pages and cursors walk through the same orders, each once, and a page past the end has the total",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const customer = yield* Given.customer
    const mine = yield* history(customer, 23, 0)
    for (const status of statuses) {
      const query = { customerId: customer, status }
      const expected = listed(query, mine)
      const paged: Array<Order.Order> = []
      for (let page = 1; page <= 6; page++) {
        const { items, total } = yield* orders.page(query, { page, size: 4 })
        yield* same("the total", total, expected.length)
        paged.push(...items)
      }
      yield* same(`by pages, ${status}`, paged, expected)
      const slices: Array<Order.Order> = []
      for (let position: Position | null = null; ; ) {
        const slice: ReadonlyArray<Order.Order> = yield* orders.after(query, position, 4)
        const last = slice.at(-1)
        if (last === undefined || slices.length > mine.length) break
        slices.push(...slice)
        position = OrderQuery.position(last)
      }
      yield* same(`by cursors, ${status}`, slices, expected)
      const past = { items: [], total: expected.length }
      yield* same("past the end", yield* orders.page(query, { page: 9, size: 100 }), past)
    }
  })
)

const everybody = law(
  "without a customer everybody's orders are listed",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const query = { customerId: null, status: null }
    const before = yield* orders.page(query, { page: 1, size: 1 })
    // Newer than any that is there already, so that they come first.
    const newest = before.items.map(({ createdAt }) => DateTime.toEpochMillis(createdAt) - Given.at(0).epochMillis)
    const start = Math.max(0, ...newest) + 1
    const mine = [
      ...(yield* history(yield* Given.customer, 6, start)),
      ...(yield* history(yield* Given.customer, 6, start))
    ]
    const expected = listed(query, mine)
    yield* same("the newest", yield* orders.after(query, null, expected.length), expected)
    const { items, total } = yield* orders.page(query, { page: 1, size: expected.length })
    yield* same("the first page", items, expected)
    yield* same("how many more there are", total - before.total, expected.length)
  })
)

export const orderLists: ReadonlyArray<Law> = [filtered, walked, everybody]
