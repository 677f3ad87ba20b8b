/** What laws do over and over. */
import { Effect, Either } from "effect"
import { Book } from "../../domain/Book.js"
import * as Order from "../../domain/Order.js"
import { Captured } from "../../domain/Payment.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"

export const transacted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Transactor, ({ transact }) => transact(effect))

/** One copy more. */
export const restocked = ({ id }: Book) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(book.stockQuantity + 1) })))
  )

export const confirmed = (order: Order.PendingOrder) =>
  Effect.map(Given.facts, (facts) => {
    const paid = new Captured({ paymentId: `payment ✓ ${order.id}`, amount: order.total, currency: order.currency })
    return Order.confirm(order, paid, facts)
  })

export const failed = (order: Order.PendingOrder) =>
  Effect.map(Given.facts, (facts) => Order.fail(order, "declined — é", facts))

export const cancelled = (order: Order.Order) =>
  Effect.flatMap(Given.facts, (facts) => Order.cancel(order, facts)).pipe(Effect.orDie)

export const move = (next: Order.Move) => Effect.flatMap(OrderRepository, (orders) => orders.move(next))
