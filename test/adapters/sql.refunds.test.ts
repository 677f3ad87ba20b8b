import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import * as Order from "../../src/domain/Order.js"
import type { Captured } from "../../src/domain/Payment.js"
import * as Refund from "../../src/domain/Refund.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { RefundRepository } from "../../src/ports/RefundRepository.js"
import { aBook, newId, newLine, now, onBoth, placed, restockFacts } from "./sqlStores.js"

onBoth(({ run }) => {
  const failed = (customer: Order.Order["customerId"]) =>
    Effect.gen(function* () {
      const [carts, orders] = yield* Effect.all([CartRepository, OrderRepository])
      yield* carts.add(customer, yield* newLine(yield* aBook()))
      const move = Order.fail(yield* placed(customer), "declined", yield* restockFacts)
      yield* orders.move(move)
      return move.order
    })

  const due = (order: Order.Order, paymentId: string) =>
    Effect.map(newId, (key) => {
      const captured = { paymentId, amount: order.total, currency: order.currency } as Captured
      return Refund.due(order, captured, { key: key as Refund.Refund["key"], now })
    })

  it("lists payments whose names are as long as they may be, in any script", () =>
    run(
      Effect.gen(function* () {
        const refunds = yield* RefundRepository
        // Of many different characters, so that no index entry gets short by compression.
        const letters = (count: number, from: number) =>
          Array.from({ length: count }, (_, i) =>
            String.fromCodePoint(0x20000 + ((i * 7919 + from * 104729) % 40000))
          ).join("")
        const order = yield* failed(letters(512, 1) as Order.Order["customerId"])
        const [one, other] = [yield* due(order, letters(1000, 2)), yield* due(order, letters(1000, 3))]
        expect([yield* refunds.add(one), yield* refunds.add(other), yield* refunds.add(one)]).toEqual([
          true,
          true,
          false
        ])
        expect(yield* refunds.of(order.customerId, order.id)).toHaveLength(2)
      })
    ))

  it("refuses by constraint a refund of no order of the customer's, and one that is impossible", () =>
    run(
      Effect.gen(function* () {
        const refunds = yield* RefundRepository
        const sql = yield* SqlClient
        const order = yield* failed("somebody" as Order.Order["customerId"])
        const refund = yield* due(order, "payment")
        const another = new Refund.DueRefund({ ...refund, customerId: "another" as Order.Order["customerId"] })
        expect(yield* Effect.flip(refunds.add(another))).toMatchObject({ _tag: "StoreError", retryable: false })
        yield* refunds.add(refund)
        for (const assignment of ["amount = -1", "payment_id = ''", "key = ''", "due_at = NULL"]) {
          const refused = yield* Effect.either(sql`UPDATE octavo_refunds SET ${sql.literal(assignment)}`)
          expect(refused._tag, assignment).toBe("Left")
        }
      })
    ))
})
