/** What laws look at. */
import { Effect } from "effect"
import type { Book } from "../../domain/Book.js"
import { aggregate } from "../../domain/Event.js"
import type { CustomerId } from "../../domain/Id.js"
import type { OrderId } from "../../domain/OrderId.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Outbox } from "../../ports/Outbox.js"

export const stockOf = ({ id }: Book) =>
  Effect.flatMap(BookRepository, (books) => Effect.map(books.get(id), (book) => book.stockQuantity))

export const linesOf = (customer: CustomerId) =>
  Effect.flatMap(CartRepository, (carts) => Effect.map(carts.items(customer), (items) => items.map(({ line }) => line)))

/** All orders of a customer, the failed ones too. */
export const ordersOf = (customer: CustomerId) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const listed = yield* orders.after({ customerId: customer, status: null }, null, 1000)
    return [...listed, ...(yield* orders.after({ customerId: customer, status: "payment_failed" }, null, 1000))]
  })

/** The events that nobody has been told of yet, by id. */
export const events = Effect.flatMap(Outbox, (outbox) =>
  Effect.map(outbox.list("waiting", null, 1_000_000), (deliveries) => deliveries.map(({ event }) => event))
)

/** Those of one order. */
export const eventsOf = (orderId: OrderId) =>
  Effect.map(events, (all) => all.filter((event) => aggregate(event) === orderId))
