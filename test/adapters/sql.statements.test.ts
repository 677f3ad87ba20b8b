import { Duration, Effect } from "effect"
import { expect, it } from "vitest"
import type { EventId } from "../../src/domain/Event.js"
import { Holder, LeaseKey, type LeaseToken } from "../../src/domain/Lease.js"
import * as Order from "../../src/domain/Order.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { Inbox } from "../../src/ports/Inbox.js"
import { Leases } from "../../src/ports/Leases.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { aBook, aCustomer, newId, newLine, now, onBoth, placed, restockFacts, statementsOf } from "./sqlStores.js"

const counts = {
  sqlite: { prepare: 4, confirm: 2, fail: 5 },
  postgres: { prepare: 3, confirm: 1, fail: 1 }
}

const isControl = (text: string) => /^(BEGIN|COMMIT|SAVEPOINT|RELEASE)/.test(text)

onBoth(({ dialect, run }) => {
  it("makes as many statements as a checkout may cost, whatever the number of lines", () =>
    run(
      Effect.gen(function* () {
        const carts = yield* CartRepository
        const orders = yield* OrderRepository
        const customer = yield* aCustomer
        const fill = Effect.forEach([1, 2, 3, 4, 5], () =>
          Effect.flatMap(aBook(), (book) => Effect.flatMap(newLine(book), (line) => carts.add(customer, line)))
        )
        yield* fill
        const prepared = yield* statementsOf(placed(customer))
        expect(prepared[0]).toMatch(/^BEGIN/)
        expect(prepared.at(-1)).toBe("COMMIT")
        expect(prepared.filter((text) => !isControl(text))).toHaveLength(counts[dialect].prepare)

        const [order] = (yield* orders.page({ customerId: customer, status: null }, { page: 1, size: 1 })).items
        if (order?.status !== "pending_payment") throw new Error("the order was not kept")
        const confirmed = Order.confirm(order, { paymentId: "p" } as never, yield* restockFacts)
        const confirming = yield* statementsOf(orders.move(confirmed))
        expect(confirming.filter((text) => !isControl(text))).toHaveLength(counts[dialect].confirm)

        yield* fill
        const other = yield* placed(customer)
        const failing = yield* statementsOf(orders.move(Order.fail(other, "declined", yield* restockFacts)))
        expect(failing.filter((text) => !isControl(text))).toHaveLength(counts[dialect].fail)
        if (dialect === "postgres") expect(failing).toHaveLength(1)
      })
    ))

  it("adds to a cart and shows it with one statement each", () =>
    run(
      Effect.gen(function* () {
        const carts = yield* CartRepository
        const customer = yield* aCustomer
        const line = yield* newLine(yield* aBook())
        expect(yield* statementsOf(carts.add(customer, line))).toHaveLength(1)
        expect(yield* statementsOf(carts.items(customer))).toHaveLength(1)
      })
    ))

  it("claims and marks deliveries, takes and releases leases, and hears notices with one statement each", () =>
    run(
      Effect.gen(function* () {
        const [outbox, leases, inbox] = yield* Effect.all([Outbox, Leases, Inbox])
        const [id, token] = [(yield* newId) as EventId, (yield* newId) as LeaseToken]
        const key = LeaseKey.make(yield* newId)
        const once = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          Effect.map(statementsOf(effect), (made) => expect(made).toHaveLength(1))
        yield* once(outbox.claim({ token, now, until: now, limit: 10 }))
        yield* once(outbox.delivered(id, token, now))
        yield* once(outbox.failed(id, token, { error: "no", dueAt: null }))
        yield* once(outbox.retry(null, now))
        yield* once(outbox.list("parked", null, 10))
        yield* once(leases.acquire(key, Holder.make("holder"), Duration.minutes(1)))
        yield* once(leases.release(key, token))
        yield* once(inbox.accept("provider", key, now))
      })
    ))
})
