import { Effect, Either } from "effect"
import { expect, it } from "vitest"
import * as Decision from "../../src/domain/Checkout.js"
import type * as Order from "../../src/domain/Order.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, aCustomer, newId, newLine, now, onBoth } from "./sqlStores.js"

onBoth(({ dialect, run }) => {
  it("an order whose lines cannot be written is not there, though its transaction goes on", () =>
    run(
      Effect.gen(function* () {
        const [orders, { transact }] = [yield* OrderRepository, yield* Transactor]
        const customer = yield* aCustomer
        const book = yield* aBook()
        const line = yield* newLine(book)
        const decided = Decision.place(
          [
            { line, book },
            { line, book }
          ],
          {
            id: (yield* newId) as Order.OrderId,
            customerId: customer,
            currency: "USD" as Order.Order["currency"],
            now,
            paymentKey: (yield* newId) as Order.Order["paymentKey"],
            attempt: null,
            expectedTotal: null
          }
        )
        const order = Either.getOrThrow(decided)
        const outcome = yield* Effect.either(transact(Effect.ignore(orders.add(order))))
        // PostgreSQL keeps nothing of a transaction in which a statement failed, and says so.
        expect(outcome._tag).toBe(dialect === "sqlite" ? "Right" : "Left")
        expect(yield* Effect.flip(orders.get(order.id, customer))).toMatchObject({ _tag: "OrderNotFound" })
      })
    ))
})
