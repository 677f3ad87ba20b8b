/** Orders moved from state to state, with copies, lines and event. */
import { Effect } from "effect"
import { type CartLine, CartLine as Line, merge } from "../../domain/Cart.js"
import * as Order from "../../domain/Order.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { cancelled, confirmed, failed, move } from "./done.js"
import { eventsOf, linesOf, stockOf } from "./seen.js"

const once = race(
  "of ten that make the same move at once one does, and copies, lines and event come once",
  Effect.gen(function* () {
    const [customer, book] = [yield* Given.customer, yield* Given.shelved(5)]
    const order = yield* Given.ordered(customer, [book], { quantity: 4 })
    const { successes, failures } = yield* atOnce(10, () => Effect.flatMap(failed(order), move))
    yield* onlyRefusals(failures, [])
    yield* same("how many moved it", successes.filter((moved) => moved).length, 1)
    yield* same("the copies", yield* stockOf(book), 9)
    yield* same("the cart", yield* linesOf(customer), Order.cartLines(order))
    yield* same("how many events", (yield* eventsOf(order.id)).length, 1)
  })
)

const rivals = race(
  "of a confirmation and a failure at once one happens, whole",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, book] = [yield* Given.customer, yield* Given.shelved(5)]
    const order = yield* Given.ordered(customer, [book])
    const moves = [yield* confirmed(order), yield* failed(order)]
    const { successes, failures } = yield* atOnce(10, (i) =>
      Effect.map(move(moves[i % 2] as Order.Move), (moved) => (moved ? moves.slice(i % 2, (i % 2) + 1) : []))
    )
    yield* onlyRefusals(failures, [])
    const [made, more] = successes.flat()
    yield* holds("one move was made", made !== undefined && more === undefined)
    if (made === undefined) return
    yield* same("the order", yield* orders.get(order.id, customer), made.order)
    yield* same("the copies", yield* stockOf(book), made.restock ? 6 : 5)
    yield* same("the cart", yield* linesOf(customer), made.refill ? Order.cartLines(order) : [])
    yield* same("the events", yield* eventsOf(order.id), [made.event])
  })
)

const refusedMove = law(
  "a move of an order that is no longer where it moves from, or was never made, writes nothing",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const [customer, book] = [yield* Given.customer, yield* Given.shelved(5)]
    const order = yield* Given.ordered(customer, [book])
    const first = yield* confirmed(order)
    yield* orders.move(first)
    yield* same("a move from where it was", yield* orders.move(yield* failed(order)), false)
    const never = yield* Given.pending(customer, [book])
    yield* same("a move of an order never made", yield* orders.move(yield* failed(never)), false)
    yield* same("the order", yield* orders.get(order.id, customer), first.order)
    yield* same("the copies", yield* stockOf(book), 5)
    yield* same("the cart", yield* linesOf(customer), [])
    yield* same("the events", yield* eventsOf(order.id), [first.event])
    yield* same("the events of the other", yield* eventsOf(never.id), [])
  })
)

const putBack = law(
  "a failed order gives copies and lines back as they were, to what is in the cart by then, without books that are gone",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const customer = yield* Given.customer
    const [a, b, gone, later] = [
      yield* Given.shelved(5),
      yield* Given.shelved(5),
      yield* Given.shelved(5),
      yield* Given.shelved(5)
    ]
    const order = yield* Given.ordered(customer, [a, b, gone], { quantity: 60 })
    const meanwhile = [
      yield* Given.inCart(customer, later, 1, Given.at(0)),
      yield* Given.inCart(customer, b, 50, Given.at(9))
    ]
    yield* books.remove(gone.id)
    yield* same("whether it moved", yield* move(yield* failed(order)), true)
    const back = Order.cartLines(order).filter(({ bookId }) => bookId !== gone.id)
    yield* same("the cart", yield* linesOf(customer), oldestFirst(merge(meanwhile, back)))
    yield* same("the copies", [yield* stockOf(a), yield* stockOf(b), yield* stockOf(later)], [65, 65, 5])
    yield* carts.take(customer)
  })
)

const oldestFirst = (lines: ReadonlyArray<CartLine>) =>
  lines
    .map((line) => new Line(line))
    .toSorted((x, y) => x.addedAt.epochMillis - y.addedAt.epochMillis || (x.id < y.id ? -1 : 1))

const cancelledMove = law(
  "a cancelled order gives its copies back and leaves the cart alone; a confirmed or refunded one gives nothing back",
  Effect.gen(function* () {
    const [customer, book] = [yield* Given.customer, yield* Given.shelved(1)]
    const order = yield* Given.ordered(customer, [book], { quantity: 7 })
    const paid = yield* confirmed(order)
    yield* move(paid)
    yield* same("the copies when confirmed", yield* stockOf(book), 1)
    const given = yield* cancelled(paid.order)
    yield* move(given)
    yield* same("the copies when cancelled", yield* stockOf(book), 8)
    if (given.order.status === "cancelled") yield* move(Order.refund(given.order, yield* Given.facts))
    yield* same("the copies when refunded", yield* stockOf(book), 8)
    yield* same("the cart", yield* linesOf(customer), [])
    const told = (yield* eventsOf(order.id)).map(({ _tag }) => _tag).toSorted()
    yield* same("the events", told, ["OrderCancelled", "OrderConfirmed", "OrderRefunded"])
  })
)

export const moves: ReadonlyArray<Law> = [once, rivals, refusedMove, putBack, cancelledMove]
