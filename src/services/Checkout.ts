/** A cart becomes one order and one charge: prepare, charge outside any transaction, settle. */
import { Context, Data, DateTime, Duration, Effect, Fiber, FiberSet, identity, Layer, Schedule } from "effect"
import * as Decision from "../domain/Checkout.js"
import type { CustomerId } from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import type { Amount } from "../domain/Money.js"
import { Notice } from "../domain/Notice.js"
import * as Order from "../domain/Order.js"
import { Declined, fits, Outcome, PaymentKey } from "../domain/Payment.js"
import { BookRepository } from "../ports/BookRepository.js"
import { CartRepository } from "../ports/CartRepository.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { Inbox } from "../ports/Inbox.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import type { GatewayError } from "../ports/PaymentGateway.js"
import type { StoreError } from "../ports/StoreError.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import { Transactor } from "../ports/Transactor.js"
import * as Customer from "./Customer.js"
import { digest } from "./Digest.js"
import * as Payments from "./Payments.js"
import * as Recovery from "./Recovery.js"
import * as Serving from "./Serving.js"
import * as Settling from "./Settling.js"

export type { Options as RecoverOptions, Report as RecoverReport } from "./Recovery.js"

const make = Effect.gen(function* () {
  const books = yield* BookRepository
  const carts = yield* CartRepository
  const orders = yield* OrderRepository
  const payments = yield* Payments.make
  const inbox = yield* Inbox
  const settling = yield* Settling.make
  const serving = yield* Serving.make
  const { recover } = yield* Recovery.make
  const ids = yield* IdGenerator
  const transactor = yield* Transactor
  const { currency, chargeTimeout } = yield* StoreSettings
  /** Whoever closes the bookstore waits for the money that is moving. */
  const atWork = yield* FiberSet.make()
  yield* Effect.addFinalizer(() => Effect.ignore(FiberSet.awaitEmpty(atWork)))
  const decodeRequest = Input.decode(Decision.Request(currency))

  const read = Effect.fnUntraced(function* (customerId: string, input: Decision.RequestInput) {
    const customer = yield* Customer.decode(customerId)
    const { paymentMethod, expectedTotal, idempotencyKey } = yield* decodeRequest(input)
    const attempt =
      idempotencyKey == null
        ? null
        : { key: idempotencyKey, digest: yield* digest([paymentMethod ?? null, expectedTotal ?? null]) }
    return { customer, method: paymentMethod ?? null, expectedTotal: expectedTotal ?? null, attempt } satisfies Wish
  })

  /** Made once for an order, so that a transaction whose outcome was lost meets what it wrote when it is run again. */
  const freshKeys = Effect.gen(function* () {
    return {
      id: Order.OrderId.make(yield* ids.next),
      paymentKey: PaymentKey.make(yield* ids.next),
      now: yield* DateTime.now
    } satisfies Keys
  })

  /** Takes the cart and the copies and writes the order: the contended rows, the stock, last. */
  const takeOrder = Effect.fnUntraced(function* ({ customer, expectedTotal, attempt }: Wish, keys: Keys) {
    const taken = yield* carts.take(customer)
    const order = yield* Decision.place(taken, { ...keys, customerId: customer, currency, attempt, expectedTotal })
    if (!(yield* orders.add(order))) return yield* new KeyTaken({ orderId: order.id })
    // A hold may have ended since the order was begun.
    yield* books.reserve(Decision.copies(order), { customerId: customer, orderId: order.id, now: yield* DateTime.now })
    return order
  })

  /** What a refused customer is told: first of the order that this key made, then of one that is at the gateway. */
  const explain = <E extends { readonly _tag: string }>({ customer, attempt }: Wish, refusal: E | KeyTaken) =>
    Effect.gen(function* () {
      const first = attempt === null ? null : yield* orders.find(customer, attempt.key)
      if (first !== null) {
        return yield* first.attempt?.digest === attempt?.digest
          ? new Decision.AlreadyPlaced({ order: first })
          : new Decision.IdempotencyKeyReused()
      }
      if (refusal instanceof KeyTaken) return yield* new Decision.CheckoutInProgress({ orderId: refusal.orderId })
      const waiting = refusal._tag === "CartEmpty" ? yield* orders.find(customer, null) : null
      return yield* waiting === null ? Effect.fail(refusal) : new Decision.CheckoutInProgress({ orderId: waiting.id })
    })

  const prepareWish = Effect.fnUntraced(function* (
    wish: Wish,
    restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E> = identity
  ) {
    const keys = yield* freshKeys
    const once = transactor.transact(restore(takeOrder(wish, keys)))
    const take = Effect.catchTag(once, "InsufficientStock", (refusal) =>
      serving.orElse(Decision.books(refusal), once, refusal)
    )
    return yield* Effect.catchIf(take, isUnknown, () => takeAgain(wish, keys)).pipe(
      Effect.catchAll((refusal) => (refusal._tag === "StoreError" ? Effect.fail(refusal) : explain(wish, refusal)))
    )
  })

  /**
   * The order was committed or it was not, or is being committed still: then taking it again waits for that, and finds
   * the cart empty or its own id there.
   */
  const takeAgain = (wish: Wish, keys: Keys) => {
    const own = Effect.flatMap(orders.get(keys.id, wish.customer), (order) =>
      order.status === "pending_payment" ? Effect.succeed(order) : new Decision.AlreadyPlaced({ order })
    )
    const orElseOwn = <E>(refusal: E) => Effect.catchTag(own, "OrderNotFound", () => Effect.fail(refusal))
    return own.pipe(
      Effect.catchTag("OrderNotFound", () =>
        Effect.catchAll(transactor.transact(takeOrder(wish, keys)), (refusal) => orElseOwn(refusal))
      ),
      Effect.retry({ ...settleAgain, while: isRetryable })
    )
  }

  /** The outcome of the order that came first, waiting for it as long as a charge may take from its start. */
  const outcomeOf = Effect.fnUntraced(function* (customer: CustomerId, first: Order.Order) {
    const deadline = DateTime.addDuration(first.createdAt, Duration.sum(chargeTimeout, settleAllowance))
    let order = first
    let interval = firstPoll
    while (order.status === "pending_payment") {
      if (DateTime.greaterThan(yield* DateTime.now, deadline)) {
        return yield* new Decision.CheckoutInProgress({ orderId: order.id })
      }
      yield* Effect.sleep(interval)
      interval = Duration.min(Duration.times(interval, 1.5), lastPoll)
      order = yield* orders.get(order.id, customer).pipe(Effect.catchTag("OrderNotFound", Effect.die))
    }
    return yield* told(order)
  })

  /** Whoever called may have gone: what could not be written down is told here, with all that finds it again. */
  const settledAfter = (order: Order.PendingOrder, outcome: Outcome) =>
    settling.heard(order, outcome).pipe(
      Effect.retry(settleAgain),
      Effect.tapErrorCause((cause) =>
        Effect.annotateLogs(Effect.logError("The outcome of a charge could not be written", cause), {
          orderId: order.id,
          paymentKey: order.paymentKey,
          outcome: outcome._tag
        })
      )
    )

  /** Whether or not it works now: a refund that is due is listed, and recovery comes back to it. */
  const payBack = ({ due }: Settling.Settled) =>
    due === null ? Effect.void : FiberSet.run(atWork, Effect.ignoreLogged(settling.payBack(due)))

  const finish = (order: Order.PendingOrder, method: string | null) =>
    payments.charge(order, method).pipe(
      Effect.catchTag("GatewayError", (error) => withoutAnswer(order, error)),
      Effect.flatMap((outcome) => settledAfter(order, outcome)),
      Effect.tap(payBack),
      Effect.flatMap((settled) => told(settled.order))
    )

  return {
    /**
     * The whole way: the order once its money is taken. A cart makes one order; a refusal or a decline leaves cart and
     * stock as they were. Refused inside a transaction that the host holds open, where money would move before the
     * commit: such a host takes the three steps itself. Once the order is written, an interruption of the caller no
     * longer stops charge and settlement.
     */
    place: Effect.fn("Checkout.place")((customerId: string, input: Decision.RequestInput = {}) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          if (yield* transactor.isOpen) return yield* new Decision.InsideTransaction()
          const wish = yield* read(customerId, input)
          const order = yield* prepareWish(wish, restore)
          const finishing = yield* FiberSet.run(atWork, Effect.interruptible(finish(order, wish.method)))
          return yield* restore(Fiber.join(finishing))
        }).pipe(Effect.catchTag("AlreadyPlaced", ({ order }) => restore(outcomeOf(order.customerId, order))))
      )
    ),

    /**
     * First step: takes the cart and the copies and writes the order, in a transaction of its own or in the host's.
     * Nothing may be charged before that transaction is committed.
     */
    prepare: Effect.fn("Checkout.prepare")(function* (customerId: string, input: Decision.RequestInput = {}) {
      return yield* prepareWish(yield* read(customerId, input))
    }),

    /**
     * Second step: asks the gateway, with the order's own key, under the time limit. Once that is over, an earlier call
     * may have moved the money, which is then for `recover` to find out. Refused inside a transaction.
     */
    charge: Effect.fn("Checkout.charge")(function* (order: Order.PendingOrder, paymentMethod: string | null = null) {
      if (yield* transactor.isOpen) return yield* new Decision.InsideTransaction()
      const stored = yield* orders.get(order.id, order.customerId)
      if (stored.status !== "pending_payment") return yield* new Decision.AlreadyPlaced({ order: stored })
      return yield* payments.charge(stored, paymentMethod, "Unknown")
    }),

    /**
     * Last step: the order confirmed, or failed with copies and lines put back, as a value. An order that was settled
     * before is answered as it is; money that it does not keep is listed as a refund, and given back by `recover`.
     */
    settle: Effect.fn("Checkout.settle")(function* (order: Order.PendingOrder, outcome: Outcome) {
      const said = yield* decodeOutcome(outcome)
      if (!fits(said, order)) return yield* Input.invalid("amount", "must be the order's total, in its currency")
      const stored = yield* orders.get(order.id, order.customerId)
      return (yield* settling.heard(stored, said)).order
    }),

    /**
     * What the provider tells of its own accord, such as by webhook: its effect and the memory of having heard it in
     * one transaction, so that it may come twice, late and in any order. A notice of no order of this store is none.
     * Refused inside a transaction.
     */
    notified: Effect.fn("Checkout.notified")(function* (input: Notice) {
      if (yield* transactor.isOpen) return yield* new Decision.InsideTransaction()
      const notice = yield* decodeNotice(input)
      const { source, id, orderId, key, said } = notice
      const settled = yield* transactor
        .transact(
          Effect.gen(function* () {
            if (!(yield* inbox.accept(source, id, yield* DateTime.now))) return null
            const order = yield* Effect.catchTag(orders.get(orderId, null), "OrderNotFound", () => Effect.succeed(null))
            if (order === null || order.paymentKey !== key) {
              yield* Effect.annotateLogs(Effect.logWarning("A notice of no order of this store"), { source, id })
              return null
            }
            return yield* settling.heard(order, said)
          })
        )
        .pipe(Effect.retry({ ...settleAgain, while: isUnknown }))
      if (settled !== null) yield* payBack(settled)
    }),

    /**
     * Drives what a crash or a lost answer has left open forward or back: orders that wait for their payment past the
     * time limit, captures that no order keeps, refunds that are outstanding. Any number of processes may run it at any
     * time; run it at the start and every half a minute. Refused inside a transaction.
     */
    recover: Effect.fn("Checkout.recover")(function* (options: Recovery.Options = {}) {
      if (yield* transactor.isOpen) return yield* new Decision.InsideTransaction()
      return yield* recover(options)
    })
  }
})

/** The way from a cart to an order. */
export class Checkout extends Context.Tag("octavo/Checkout")<Checkout, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.scoped(Checkout, make)

// internal

interface Wish {
  readonly customer: CustomerId
  readonly method: string | null
  readonly expectedTotal: Amount | null
  readonly attempt: Order.Attempt | null
}

interface Keys {
  readonly id: Order.OrderId
  readonly paymentKey: PaymentKey
  readonly now: DateTime.Utc
}

class KeyTaken extends Data.TaggedError("KeyTaken")<{ readonly orderId: Order.OrderId }> {}

const decodeOutcome = Input.decode(Outcome)
const decodeNotice = Input.decode(Notice)

const firstPoll = Duration.millis(20)
const lastPoll = Duration.millis(500)
const settleAllowance = Duration.seconds(5)

/** The money may have moved: the outcome is written sooner or later, a second time does nothing. */
const settleAgain = {
  while: (error: StoreError) => error.retryable,
  schedule: Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(6)))
}

/** The link was lost at the commit: whether it was kept can only be seen. */
const isUnknown = (error: { readonly _tag: string }): error is StoreError =>
  error._tag === "StoreError" && (error as StoreError).outcome === "Unknown"

const isRetryable = (error: { readonly _tag: string }) => error._tag === "StoreError" && (error as StoreError).retryable

/** Surely not asked is a decline; otherwise the order waits, copies kept, for its outcome to be looked up. */
const withoutAnswer = (order: Order.PendingOrder, error: GatewayError) =>
  error.moneyMoved === "No"
    ? Effect.as(
        Effect.logWarning("The payment gateway could not be asked", error),
        new Declined({ reason: "gateway_unavailable" })
      )
    : Effect.zipRight(
        Effect.logWarning("The outcome of a charge is not known", error).pipe(Effect.annotateLogs("orderId", order.id)),
        new Decision.CheckoutInProgress({ orderId: order.id })
      )

const told = (order: Order.Order): Effect.Effect<Order.Order, Decision.PaymentFailed> =>
  order.status === "payment_failed"
    ? Effect.fail(new Decision.PaymentFailed({ orderId: order.id, reason: order.reason }))
    : Effect.succeed(order)
