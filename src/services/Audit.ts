/** Looks for what must never be, on a store that is in use, and puts right what it can when asked. */
import { Context, DateTime, Duration, Effect, Either, Equal, Layer } from "effect"
import * as Domain from "../domain/Audit.js"
import { InsideTransaction } from "../domain/Checkout.js"
import { Holder, type Lease, LeaseKey } from "../domain/Lease.js"
import * as Order from "../domain/Order.js"
import * as OrderQuery from "../domain/OrderQuery.js"
import type { Position } from "../domain/Page.js"
import { type Captured, fits } from "../domain/Payment.js"
import { Auditor } from "../ports/Auditor.js"
import { Leases } from "../ports/Leases.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import { Outbox } from "../ports/Outbox.js"
import { RefundRepository } from "../ports/RefundRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"
import { Checkout } from "./Checkout.js"
import * as Facts from "./Facts.js"
import * as Payments from "./Payments.js"
import { PreBookings, layer as preBookings } from "./PreBookings.js"
import * as Settling from "./Settling.js"

export interface Options {
  /** Puts right what can be put right by itself; nothing is changed unless said so. */
  readonly repair?: boolean
  /** What has waited for longer is a violation; one hour unless said otherwise. */
  readonly overdue?: Duration.DurationInput
  /** Asks the provider, too, about every settled order of so long ago and later: one call an order. Not asked unless said so. */
  readonly payments?: Duration.DurationInput
  /** At most so many violations of a kind are named; 100 unless said otherwise. */
  readonly limit?: number
}

export interface Finding {
  readonly violation: Domain.Violation
  /** What would put it right. */
  readonly repair: Domain.Repair
  /** Whether that was done. */
  readonly repaired: boolean
}

export interface Report {
  /** None on a sound store. */
  readonly findings: ReadonlyArray<Finding>
  /** Of how many orders the provider was asked, and of how many it gave no answer. */
  readonly asked: number
  readonly unanswered: number
}

const make = Effect.gen(function* () {
  const auditor = yield* Auditor
  const orders = yield* OrderRepository
  const refunds = yield* RefundRepository
  const outbox = yield* Outbox
  const leases = yield* Leases
  const transactor = yield* Transactor
  const checkout = yield* Checkout
  const waiting = yield* PreBookings
  const payments = yield* Payments.make
  const settling = yield* Settling.make
  const facts = yield* Facts.make

  const ofStore = (before: DateTime.Utc, limit: number) =>
    Effect.map(
      Effect.all([
        auditor.stock(limit),
        auditor.totals(limit),
        auditor.events(limit),
        auditor.payments(limit),
        auditor.overdue(before, limit)
      ]),
      (found): ReadonlyArray<Domain.Violation> => found.flat()
    )

  /** What the provider says of an order against what the store says of it. */
  const ofPayment = Effect.fnUntraced(function* (order: Order.Order) {
    const answer = yield* payments.lookup(order.paymentKey)
    const taken = answer?._tag === "Captured" ? answer : null
    if ("paymentId" in order) {
      return taken?.paymentId === order.paymentId && fits(taken, order)
        ? []
        : [new Domain.ChargeMissing({ orderId: order.id, key: order.paymentKey })]
    }
    if (taken === null || (yield* isListed(order, taken))) return []
    return [new Domain.ChargeUnlisted({ orderId: order.id, paymentId: taken.paymentId })]
  })

  const isListed = (order: Order.Order, { paymentId }: Captured) =>
    Effect.map(refunds.of(order.customerId, order.id), (known) =>
      known.some((refund) => refund.paymentId === paymentId)
    )

  /** By pages, newest first, so that it takes no more memory than its findings. */
  const ofPayments = Effect.fnUntraced(function* (since: DateTime.Utc) {
    const violations: Array<Domain.Violation> = []
    let [asked, unanswered] = [0, 0]
    for (const status of [null, "payment_failed"] as const) {
      let at: Position | null = null
      for (;;) {
        const page: ReadonlyArray<Order.Order> = yield* orders.after({ customerId: null, status }, at, batch)
        const recent = page.filter(({ createdAt }) => DateTime.greaterThanOrEqualTo(createdAt, since))
        // A lookup may end a charge that is under way: until an order is settled it is recovery that asks.
        const settled = recent.filter(({ status }) => status !== "pending_payment")
        for (const answer of yield* Effect.forEach(settled, (order) => Effect.either(ofPayment(order)), {
          concurrency
        })) {
          asked++
          if (Either.isRight(answer)) violations.push(...answer.right)
          else if (answer.left._tag === "StoreError") return yield* answer.left
          else unanswered++
        }
        const last = recent.at(-1)
        if (last === undefined || recent.length < batch) break
        at = OrderQuery.position(last)
      }
    }
    return { violations, asked, unanswered }
  })

  const order = (id: Order.OrderId) => Effect.catchTag(orders.get(id, null), "OrderNotFound", Effect.die)

  /** Whether it was put right; each repair looks again under its own guard, or is made by whoever is `alone` alone. */
  const put = (
    violation: Domain.Violation,
    alone: Effect.Effect<boolean, StoreError>
  ): Effect.Effect<boolean, StoreError> => {
    switch (violation._tag) {
      case "StockUnbalanced":
      case "LineMiscounted":
      case "StockWithheld":
        return auditor.recount(violation.bookId)
      case "EventMissing":
        return Effect.gen(function* () {
          const event = Order.eventOf(yield* order(violation.orderId), violation.kind, yield* facts.ofMove)
          if (event === null || !(yield* alone)) return false
          yield* outbox.append([event])
          return true
        })
      case "DeliveryParked":
        return Effect.flatMap(DateTime.now, (now) =>
          Effect.map(outbox.retry(violation.eventId, now), (count) => count > 0)
        )
      case "ChargeUnlisted":
        return Effect.gen(function* () {
          const found = yield* order(violation.orderId)
          const answer = yield* Effect.option(payments.lookup(found.paymentKey))
          if (answer._tag === "Some" && answer.value !== null) {
            const { due } = yield* settling.heard(found, answer.value)
            if (due !== null) yield* settling.payBack(due)
          }
          // Recovery may have been there first.
          const known = yield* refunds.of(found.customerId, found.id)
          return known.some(({ status, paymentId }) => status === "done" && paymentId === violation.paymentId)
        })
      case "PaymentStuck":
        return Effect.map(order(violation.orderId), ({ status }) => status !== "pending_payment")
      case "RefundStuck":
        return Effect.gen(function* () {
          const { orderId, paymentId } = violation
          const found = yield* order(orderId)
          const known = yield* refunds.of(found.customerId, orderId)
          const listed = known.find((refund) => refund.paymentId === paymentId)
          return listed === undefined ? found.status === "refunded" : listed.status === "done"
        })
      default:
        return Effect.succeed(false)
    }
  }

  /** What a sweep does, and what it finds after a recount; answers what is left of what it should have done. */
  const swept = (violations: ReadonlyArray<Domain.Violation>, before: DateTime.Utc, limit: number) =>
    Effect.gen(function* () {
      const wanted = violations.map(Domain.repair)
      if (wanted.includes("Sweep") || wanted.includes("Recount")) yield* waiting.sweep
      return wanted.includes("Sweep") ? yield* auditor.overdue(before, limit) : []
    })

  const repaired = (
    violations: ReadonlyArray<Domain.Violation>,
    { key, token }: Lease,
    { before, limit }: { readonly before: DateTime.Utc; readonly limit: number }
  ) =>
    Effect.gen(function* () {
      // A lease that was never let go: what was found under it, no other audit has put right meanwhile.
      const alone = leases.renew(key, token, term).pipe(
        Effect.as(true),
        Effect.catchTag("LeaseLost", () => Effect.succeed(false))
      )
      if (violations.some((violation) => Domain.repair(violation) === "Recover")) yield* checkout.recover()
      const done = yield* Effect.forEach(violations, (violation) => put(violation, alone))
      const left = yield* swept(violations, before, limit)
      return violations.map((violation, i) =>
        Domain.repair(violation) === "Sweep" ? !left.some((other) => Equal.equals(other, violation)) : done[i] === true
      )
    })

  return {
    /**
     * Proves the invariants of a live store: stock, orders, payments, events, who waits; with `payments`, against the provider's
     * books, too. It changes nothing unless `repair` is set; then one process at a time (`LeaseTaken`). Refused inside
     * a transaction.
     */
    run: Effect.fn("Audit.run")(function* (options: Options = {}) {
      if (yield* transactor.isOpen) return yield* new InsideTransaction()
      const { repair = false, overdue = "1 hour", payments: asked, limit = 100 } = options
      const now = yield* DateTime.now
      const before = DateTime.subtractDuration(now, overdue)
      const look = Effect.gen(function* () {
        const found = yield* ofStore(before, limit)
        const provider =
          asked === undefined
            ? { violations: [], asked: 0, unanswered: 0 }
            : yield* ofPayments(DateTime.subtractDuration(now, asked))
        const { violations, ...counts } = provider
        return { violations: [...found, ...violations], counts }
      })
      const audit = Effect.fnUntraced(function* (lease: Lease | null) {
        const { violations, counts } = yield* look
        const done = lease === null ? [] : yield* repaired(violations, lease, { before, limit })
        const findings = violations.map((violation, i) => ({
          violation,
          repair: Domain.repair(violation),
          repaired: done[i] ?? false
        }))
        return { findings, ...counts } satisfies Report
      })
      return yield* repair
        ? Effect.acquireUseRelease(
            leases.acquire(LeaseKey.make("audit"), Holder.make("audit"), term),
            audit,
            ({ key, token }) => Effect.ignore(leases.release(key, token))
          )
        : audit(null)
    })
  }
})

/** The proof that a store keeps its promises. */
export class Audit extends Context.Tag("octavo/Audit")<Audit, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.provide(Layer.effect(Audit, make), preBookings)

// internal

const batch = 100
const term = Duration.minutes(10)
const concurrency = 4
