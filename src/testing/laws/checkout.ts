/** A cart becomes one order and one charge, whoever comes at once. */
import { Effect, Either, Fiber } from "effect"
import { Book } from "../../domain/Book.js"
import { CheckoutInProgress, InsufficientStock, PaymentFailed, PriceChanged } from "../../domain/Checkout.js"
import { format, Price } from "../../domain/Money.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { linesOf, ordersOf, stockOf } from "./seen.js"
import { gated, ledger, place, script, shopper, trading } from "./trade.js"

const oneOrder = race(
  "a cart that is checked out ten times at once makes one order and one charge",
  trading(
    Effect.gen(function* () {
      const book = yield* Given.shelved(50)
      const { customer } = yield* shopper([book], 2)
      const { successes, failures } = yield* atOnce(10, () => place(customer))
      yield* same("how many orders were placed", successes.length, 1)
      yield* onlyRefusals(failures, ["CheckoutInProgress", "CartEmpty"])
      yield* same("the orders there are", yield* ordersOf(customer), successes)
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 1)
      yield* same("the copies left", yield* stockOf(book), 48)
      yield* same("the cart", yield* linesOf(customer), [])
    })
  )
)

const inProgress = law(
  "a second checkout while the first is at the gateway is told that it is in progress",
  trading(
    Effect.gen(function* () {
      const { customer } = yield* shopper([yield* Given.onSale()])
      const gate = yield* gated()
      yield* script(gate.step)
      const first = yield* Effect.fork(place(customer))
      yield* Effect.raceFirst(gate.reached, Fiber.join(first))
      const [pending] = yield* ordersOf(customer)
      yield* holds("the order is written before the gateway is asked", pending?.status === "pending_payment")
      if (pending === undefined) return
      yield* refuses("the second", place(customer), new CheckoutInProgress({ orderId: pending.id }))
      yield* gate.open
      const order = yield* Fiber.join(first)
      yield* same("the first", [order.id, order.status], [pending.id, "confirmed"])
    })
  )
)

const oneCopy = race(
  "one copy in fifty carts is sold once and charged once, and the other carts stay as they were",
  trading(
    Effect.gen(function* () {
      const [book, other] = [yield* Given.shelved(1), yield* Given.shelved(99)]
      const shoppers = yield* Effect.forEach(Array.from({ length: 50 }), () => shopper([book, other]))
      const outcomes = yield* Effect.forEach(shoppers, ({ customer }) => Effect.either(place(customer)), {
        concurrency: "unbounded"
      })
      yield* same("how many bought it", outcomes.filter(Either.isRight).length, 1)
      const { id, title } = book
      const short = { bookId: id, title, requested: Given.quantity(1), available: Given.stock(0) }
      for (const [i, outcome] of outcomes.entries()) {
        const { customer, lines } = shoppers[i] ?? (yield* shopper([]))
        const left = Either.isLeft(outcome)
        if (left) yield* same("the refusal", outcome.left, new InsufficientStock({ items: [short] }))
        yield* same("the cart", yield* linesOf(customer), left ? lines : [])
      }
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 1)
      yield* same("the copies left", [yield* stockOf(book), yield* stockOf(other)], [0, 98])
    })
  )
)

const declined = law(
  "a decline puts everything back as it was, to what was added meanwhile",
  trading(
    Effect.gen(function* () {
      const [a, b, later] = [yield* Given.shelved(5), yield* Given.shelved(5), yield* Given.shelved(5)]
      const { customer, lines } = yield* shopper([a, b], 3)
      const gate = yield* gated(Scripted.decline("no funds"))
      yield* script(gate.step)
      const placing = yield* Effect.fork(Effect.either(place(customer)))
      yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
      yield* same("the copies left meanwhile", [yield* stockOf(a), yield* stockOf(b)], [2, 2])
      yield* same("the cart meanwhile", yield* linesOf(customer), [])
      const added = yield* Given.inCart(customer, later, 1, Given.at(9))
      yield* gate.open
      const outcome = yield* Fiber.join(placing)
      const [order] = yield* ordersOf(customer)
      if (order === undefined) return yield* holds("the order is there", false)
      const refusal = new PaymentFailed({ orderId: order.id, reason: "no funds" })
      yield* same("the outcome", outcome, Either.left(refusal))
      yield* same("the cart", yield* linesOf(customer), [...lines, added])
      yield* same("the copies left", [yield* stockOf(a), yield* stockOf(b), yield* stockOf(later)], [5, 5, 5])
      yield* same("a second try", (yield* place(customer)).lines.length, 3)
    })
  )
)

const priced = law(
  "an order has the prices of its checkout, and another total than the one expected is refused without effect",
  trading(
    Effect.gen(function* () {
      const books = yield* BookRepository
      const book = yield* Given.onSale()
      const { customer, lines } = yield* shopper([book], 3)
      yield* books.modify(book.id, (is) => Either.right(new Book({ ...is, price: Price.make(1234), title: "Today" })))
      const stale = place(customer, { expectedTotal: "30.00" })
      yield* refuses("the total of yesterday", stale, new PriceChanged({ total: Given.amount(3702) }))
      yield* same("the cart", yield* linesOf(customer), lines)
      yield* same("the orders", yield* ordersOf(customer), [])
      yield* same("the copies left", yield* stockOf(book), 3)
      const order = yield* place(customer, { expectedTotal: format(Given.usd, 3702) })
      yield* same("the order", [order.total, order.lines[0].unitPrice, order.lines[0].title], [3702, 1234, "Today"])
      const { charges } = yield* ledger
      yield* same(
        "what was charged",
        charges.map(({ request }) => request.amount),
        [3702]
      )
    })
  )
)

const refusedWhole = law(
  "a checkout that is refused for its stock leaves cart, stock and orders as they were",
  trading(
    Effect.gen(function* () {
      const carts = yield* CartRepository
      const [plenty, short] = [yield* Given.shelved(9), yield* Given.shelved(2)]
      const { customer, lines } = yield* shopper([plenty, short], 3)
      const idempotencyKey = yield* Given.key
      yield* same("the refusal", (yield* refused(place(customer, { idempotencyKey })))._tag, "InsufficientStock")
      yield* same("the cart", yield* linesOf(customer), lines)
      yield* same("the copies", [yield* stockOf(plenty), yield* stockOf(short)], [9, 2])
      yield* same("the orders", yield* ordersOf(customer), [])
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 0)
      for (const { id } of lines.slice(1)) yield* carts.setQuantity(customer, id, Given.quantity(2))
      yield* same(
        "with fewer copies and the same key",
        (yield* place(customer, { idempotencyKey })).status,
        "confirmed"
      )
    })
  )
)

export const checkout: ReadonlyArray<Law> = [oneOrder, inProgress, oneCopy, declined, priced, refusedWhole]
