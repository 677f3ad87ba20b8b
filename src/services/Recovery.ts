/** What a crash or a lost answer has left open is driven forward or back, by whoever comes first, once. */
import { DateTime, Duration, Effect, Either } from "effect"
import { Holder, LeaseKey } from "../domain/Lease.js"
import * as Order from "../domain/Order.js"
import * as OrderQuery from "../domain/OrderQuery.js"
import type { Position } from "../domain/Page.js"
import { Declined } from "../domain/Payment.js"
import * as Refund from "../domain/Refund.js"
import { Leases } from "../ports/Leases.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import type { GatewayError } from "../ports/PaymentGateway.js"
import { RefundRepository } from "../ports/RefundRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import * as Facts from "./Facts.js"
import * as Payments from "./Payments.js"
import * as Settling from "./Settling.js"

export interface Options {
  /** How long past its time limit an order is left to whoever is at work on it; 30 seconds unless said otherwise. */
  readonly grace?: Duration.DurationInput
  /** For how long after its time limit an order that was given up is asked about again; 15 minutes unless said otherwise. */
  readonly recheck?: Duration.DurationInput
  /** At most so many orders and refunds of each kind are looked at; 1000 unless said otherwise. */
  readonly limit?: number
}

/** Why something is still open. */
export type Why = "gateway" | "other_amount" | "at_work" | "store"

export interface Report {
  /** The money had been taken. */
  readonly confirmed: ReadonlyArray<Order.OrderId>
  /** The provider had declined, or knows of no charge: copies and lines are back. */
  readonly failed: ReadonlyArray<Order.OrderId>
  /** The money of a cancelled order, or of a capture that no order keeps, was given back. */
  readonly refunded: ReadonlyArray<{ readonly orderId: Order.OrderId; readonly paymentId: string }>
  /** Still open, with the reason: the gateway gave no answer, or the answer settles nothing, or the store did not. */
  readonly waiting: ReadonlyArray<{ readonly orderId: Order.OrderId; readonly why: Why }>
  /** There was more than the limit: run again, and it goes on where this run left off. */
  readonly more: boolean
}

export const make = Effect.gen(function* () {
  const orders = yield* OrderRepository
  const refunds = yield* RefundRepository
  const leases = yield* Leases
  const payments = yield* Payments.make
  const settling = yield* Settling.make
  const facts = yield* Facts.make
  const { chargeTimeout } = yield* StoreSettings

  /** One process at a time: the provider is asked once, and nobody is disturbed. The writes are guarded by themselves. */
  const alone = (orderId: Order.OrderId, work: Effect.Effect<Done, StoreError>, what: string = orderId) =>
    Effect.acquireUseRelease(
      leases.acquire(LeaseKey.make(`recover:${what}`), holder, Duration.times(chargeTimeout, 3)),
      () => work,
      ({ key, token }) => Effect.ignore(leases.release(key, token))
    ).pipe(
      Effect.catchTags({
        LeaseTaken: () => Effect.succeed(waits(orderId, "at_work")),
        StoreError: (error) =>
          Effect.as(
            Effect.annotateLogs(Effect.logWarning("An order could not be recovered", error), "orderId", orderId),
            waits(orderId, "store")
          )
      })
    )

  /** The order as it is once the lease is held: whoever held it before may have done the work. */
  const now = ({ id, customerId }: Order.Order) =>
    Effect.catchTag(orders.get(id, customerId), "OrderNotFound", Effect.die)

  const payBack = (due: Refund.DueRefund) =>
    Effect.map(settling.payBack(due), (paid) =>
      paid ? { refunded: { orderId: due.orderId, paymentId: due.paymentId } } : waits(due.orderId, "gateway")
    )

  const settled = (order: Order.Order, { order: next, due, otherAmount }: Settling.Settled) =>
    due !== null
      ? payBack(due)
      : Effect.succeed<Done>(
          otherAmount
            ? waits(order.id, "other_amount")
            : next.status === "confirmed"
              ? { confirmed: order.id }
              : next.status === "payment_failed"
                ? { failed: order.id }
                : {}
        )

  /** Asks the provider and goes by its answer; without one the order stays, its copies kept. */
  const settle = Effect.fnUntraced(function* (found: Order.Order) {
    const order = yield* now(found)
    if (order.status !== "pending_payment") return {}
    const answer = yield* looked(order)
    if (Either.isLeft(answer)) return waits(order.id, "gateway")
    const outcome = answer.right ?? new Declined({ reason: Order.neverCharged })
    return yield* settled(order, yield* settling.heard(order, outcome))
  })

  /** A charge may turn up after its order was given up. */
  const recheck = Effect.fnUntraced(function* (order: Order.Order) {
    const answer = yield* looked(order)
    if (Either.isLeft(answer)) return waits(order.id, "gateway")
    if (answer.right?._tag !== "Captured") return {}
    const { due } = yield* settling.heard(order, answer.right)
    return due === null ? {} : yield* payBack(due)
  })

  const giveBack = Effect.fnUntraced(function* (found: Order.Order) {
    const order = yield* now(found)
    if (order.status !== "cancelled") return {}
    const paid = yield* Effect.either(payments.refund(Payments.refundOf(order)))
    if (Either.isLeft(paid)) return yield* Effect.as(tell(order, paid.left), waits(order.id, "gateway"))
    yield* orders.move(Order.refund(order, yield* facts.ofMove))
    return { refunded: { orderId: order.id, paymentId: order.paymentId } }
  })

  const looked = (order: Order.Order) =>
    Effect.either(Effect.tapError(payments.lookup(order.paymentKey), (error) => tell(order, error)))

  /** Where a run that came to its limit left off: the next one goes on there, so that what cannot be settled holds up nothing. */
  const places = new Map<string, Position>()

  /** A list by its pages, up to the limit. */
  const each = <A>(
    list: string,
    limit: number,
    page: (position: Position | null, size: number) => Effect.Effect<ReadonlyArray<A>, StoreError>,
    position: (item: A) => Position,
    work: (item: A) => Effect.Effect<Done>
  ) =>
    Effect.gen(function* () {
      const done: Array<Done> = []
      let at = places.get(list) ?? null
      places.delete(list)
      while (done.length < limit) {
        const size = Math.min(batch, limit - done.length)
        const items: ReadonlyArray<A> = yield* page(at, size)
        done.push(...(yield* Effect.forEach(items, work, { concurrency })))
        const last = items.at(-1)
        if (last === undefined || items.length < size) return { done, more: false }
        at = position(last)
      }
      if (at !== null) places.set(list, at)
      return { done, more: true }
    })

  return {
    recover: Effect.fnUntraced(function* (options: Options = {}) {
      const { grace = "30 seconds", recheck: window = "15 minutes", limit = 1000 } = options
      const before = DateTime.subtractDuration(yield* DateTime.now, Duration.sum(chargeTimeout, grace))
      const unfinished = (
        waiting: OrderQuery.Unfinished["waiting"],
        since: DateTime.Utc | null,
        work: (order: Order.Order) => Effect.Effect<Done, StoreError>
      ) =>
        each(
          waiting,
          limit,
          (at, size) => orders.unfinished({ waiting, since, before }, at, size),
          OrderQuery.position,
          (order) => alone(order.id, work(order))
        )
      const all = [
        yield* unfinished("payment", null, settle),
        yield* unfinished("charge", DateTime.subtractDuration(before, window), recheck),
        yield* unfinished("refund", null, giveBack),
        yield* each(
          "refunds",
          limit,
          (at, size) => refunds.list("due", at, size),
          Refund.position,
          // An order may have several, which must not stand in each other's way.
          (refund) =>
            refund.status === "due" ? alone(refund.orderId, payBack(refund), refund.key) : Effect.succeed({})
        )
      ]
      return report(
        all.flatMap(({ done }) => done),
        all.some(({ more }) => more)
      )
    })
  }
})

// internal

interface Done {
  readonly confirmed?: Order.OrderId
  readonly failed?: Order.OrderId
  readonly refunded?: Report["refunded"][number]
  readonly waiting?: Report["waiting"][number]
}

const holder = Holder.make("recovery")
const batch = 100
const concurrency = 4

const waits = (orderId: Order.OrderId, why: Why): Done => ({ waiting: { orderId, why } })

const tell = (order: Order.Order, error: GatewayError) =>
  Effect.annotateLogs(Effect.logWarning("The payment gateway gave no answer", error), "orderId", order.id)

const report = (done: ReadonlyArray<Done>, more: boolean): Report => ({
  confirmed: done.flatMap(({ confirmed }) => confirmed ?? []),
  failed: done.flatMap(({ failed }) => failed ?? []),
  refunded: done.flatMap(({ refunded }) => refunded ?? []),
  waiting: done.flatMap(({ waiting }) => waiting ?? []),
  more
})
