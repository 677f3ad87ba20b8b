/** Orders, and the moves from state to state with all that goes with them. */
import { Effect, Either } from "effect"
import { Book } from "../../domain/Book.js"
import { CustomerId } from "../../domain/Id.js"
import { Price } from "../../domain/Money.js"
import * as Order from "../../domain/Order.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { cancelled, confirmed, failed } from "./done.js"

const found = law(
  "an order is found as it was added, and as each move made it, in every field",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const sees = (order: Order.Order) =>
      Effect.gen(function* () {
        const there = yield* orders.get(order.id, order.customerId)
        yield* same("the order", there, order)
        yield* same("its class", there.constructor.name, order.constructor.name)
      })
    for (const [i, text] of Arbitraries.nasty.entries()) {
      const facts = { title: `x ${text}`, author: `x ${text}`, price: Price.make(99_999_999_000) }
      const books = [
        yield* Given.onSale({ ...facts, coverImageUrl: "https://example.org/é?a=%20" }),
        yield* Given.onSale()
      ]
      const customer = CustomerId.make(`${text} ${yield* Given.id}`)
      const attempt = i % 2 === 0 ? null : yield* Given.attempt
      const order = yield* Given.pending(customer, books, { attempt, createdAt: Given.at(i), quantity: 99 })
      yield* same("whether it was added", yield* orders.add(order), true)
      yield* sees(order)
      const next = i % 3 === 0 ? yield* failed(order) : yield* confirmed(order)
      yield* same("whether it moved", yield* orders.move(next), true)
      yield* sees(next.order)
      if (next.order.status !== "confirmed") continue
      const given = yield* cancelled(next.order)
      yield* orders.move(given)
      yield* sees(given.order)
      if (given.order.status !== "cancelled") continue
      const refunded = Order.refund(given.order, yield* Given.facts)
      yield* orders.move(refunded)
      yield* sees(refunded.order)
    }
  })
)

const snapshot = law(
  "an order keeps what it says when its book changes or goes",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const books = yield* BookRepository
    const [changed, gone] = [yield* Given.onSale(), yield* Given.onSale()]
    const customer = yield* Given.customer
    const order = yield* Given.ordered(customer, [changed, gone])
    const other = { title: "Other", author: "Other", price: Price.make(1), coverImageUrl: "https://example.org" }
    yield* books.modify(changed.id, (book) => Either.right(new Book({ ...book, ...other })))
    yield* books.remove(gone.id)
    yield* same("the order", yield* orders.get(order.id, customer), order)
    const query = { customerId: customer, status: null }
    yield* same("the order as listed", yield* orders.after(query, null, 9), [order])
    yield* same("the order as found", yield* orders.find(customer, null), order)
  })
)

const strangers = law(
  "another customer's order is not found, nor one that nobody made; without a customer any is",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [owner, other, book] = [yield* Given.customer, yield* Given.customer, yield* Given.onSale()]
    const order = yield* Given.ordered(owner, [book])
    yield* refuses("get by another", orders.get(order.id, other), new Order.OrderNotFound({ orderId: order.id }))
    yield* same("get by anybody", yield* orders.get(order.id, null), order)
    const never = yield* Given.pending(owner, [book])
    for (const customer of [owner, null]) {
      const refusal = new Order.OrderNotFound({ orderId: never.id })
      yield* refuses("get of one never made", orders.get(never.id, customer), refusal)
    }
    yield* same("what the other finds", yield* orders.find(other, null), null)
  })
)

const oneKey = race(
  "of ten orders with a customer's key that come at once one is added, and the others write nothing",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, book, attempt] = [yield* Given.customer, yield* Given.onSale(), yield* Given.attempt]
    const { successes, failures } = yield* atOnce(10, () =>
      Effect.flatMap(Given.pending(customer, [book], { attempt }), (order) =>
        Effect.map(orders.add(order), (added) => ({ added, order }))
      )
    )
    yield* onlyRefusals(failures, [])
    const added = successes.filter(({ added }) => added).map(({ order }) => order)
    yield* same("how many were added", added.length, 1)
    yield* same("the orders there are", yield* orders.after({ customerId: customer, status: null }, null, 99), added)
    for (const order of added) yield* same("the order of the key", yield* orders.find(customer, attempt.key), order)
  })
)

const freeKey = law(
  "a key is its customer's own, in its own case, and no key is no conflict",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, other, book] = [yield* Given.customer, yield* Given.customer, yield* Given.onSale()]
    const attempt = { key: Order.IdempotencyKey.make(`a'"%\\${"~".repeat(200)}`), digest: "digest" }
    const upper = { ...attempt, key: Order.IdempotencyKey.make(attempt.key.replace("a", "A")) }
    const first = yield* Given.ordered(customer, [book], { attempt })
    for (const [who, its] of [
      [other, attempt],
      [customer, upper],
      [customer, null],
      [customer, null]
    ] as const) {
      const order = yield* Given.pending(who, [book], { attempt: its })
      yield* same("whether it was added", yield* orders.add(order), true)
    }
    yield* same("the order of the key", yield* orders.find(customer, attempt.key), first)
    yield* orders.move(yield* failed(first))
    yield* same(
      "of a second order with it",
      yield* orders.add(yield* Given.pending(customer, [book], { attempt })),
      false
    )
    yield* same("of a key never used", yield* orders.find(customer, yield* Given.key), null)
  })
)

const waiting = law(
  "without a key the newest order that waits for its payment is found, of this customer alone",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, other, book] = [yield* Given.customer, yield* Given.customer, yield* Given.onSale()]
    const made = yield* Effect.forEach([3, 1, 4, 2], (n) => Given.ordered(customer, [book], { createdAt: Given.at(n) }))
    yield* Given.ordered(other, [book], { createdAt: Given.at(9) })
    for (const order of made.toSorted((a, b) => b.createdAt.epochMillis - a.createdAt.epochMillis)) {
      yield* same("the newest", yield* orders.find(customer, null), order)
      yield* orders.move(yield* order === made[1] ? failed(order) : confirmed(order))
    }
    yield* same("when none waits", yield* orders.find(customer, null), null)
  })
)

export const orders: ReadonlyArray<Law> = [found, snapshot, strangers, oneKey, freeKey, waiting]
