/** A gateway that fails, dies, hangs or is not to be asked: no order is lost, and no money. */
import { Array, Effect, Either, Exit, Fiber } from "effect"
import { CheckoutInProgress, InsideTransaction, PaymentFailed } from "../../domain/Checkout.js"
import { OrderNotFound } from "../../domain/Order.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Transactor } from "../../ports/Transactor.js"
import { Checkout } from "../../services/Checkout.js"
import * as Given from "../Given.js"
import { holds, type Law, law, race, refused, refuses, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { eventsOf, linesOf, ordersOf, stockOf } from "./seen.js"
import { gated, ledger, place, script, settled, shopper, trading } from "./trade.js"

/** The order waits with its copies, and so is told whoever asks, until the outcome is known. */
const waits = (step: Scripted.Step) =>
  Effect.gen(function* () {
    const book = yield* Given.shelved(5)
    const { customer } = yield* shopper([book], 2)
    yield* script(step)
    const first = yield* refused(place(customer))
    const [order, more] = yield* ordersOf(customer)
    if (order === undefined) return yield* holds("the order is there", false)
    yield* same("the answer", first, new CheckoutInProgress({ orderId: order.id }))
    yield* same("the order", [order.status, more], ["pending_payment", undefined])
    yield* refuses("a second checkout", place(customer), new CheckoutInProgress({ orderId: order.id }))
    yield* same("the copies left", yield* stockOf(book), 3)
    yield* same("the cart", yield* linesOf(customer), [])
    yield* same("the events", yield* eventsOf(order.id), [])
    yield* same("how often the gateway was asked", (yield* ledger).asked.length, 1)
  })

const unknown = law(
  "an outcome that is not known leaves the order waiting, its copies kept",
  Effect.zipRight(trading(waits(Scripted.fail("Unknown"))), trading(waits(Scripted.fail("Unknown", { charged: true }))))
)

const died = law(
  "a gateway that dies leaves the order waiting, its copies kept",
  Effect.zipRight(trading(waits(Scripted.die())), trading(waits(Scripted.die({ charged: true }))))
)

const hung = law(
  "a gateway that does not answer in time leaves the order waiting, its copies kept",
  trading(waits(Scripted.hang({ charged: true })), "500 millis")
)

const notAsked = law(
  "a gateway that surely was not asked is a decline: everything is put back",
  trading(
    Effect.gen(function* () {
      const book = yield* Given.shelved(5)
      const { customer, lines } = yield* shopper([book], 2)
      yield* script(Scripted.fail("No"))
      const refusal = yield* refused(place(customer))
      yield* holds("the refusal is PaymentFailed", refusal instanceof PaymentFailed)
      yield* same("the cart", yield* linesOf(customer), lines)
      yield* same("the copies left", yield* stockOf(book), 5)
      yield* same("a second try", (yield* place(customer)).status, "confirmed")
    })
  )
)

const interrupted = law(
  "a caller that is interrupted while its order is at the gateway does not stop charge and settlement",
  trading(
    Effect.gen(function* () {
      const book = yield* Given.shelved(5)
      const { customer } = yield* shopper([book], 2)
      const gate = yield* gated()
      yield* script(gate.step)
      const placing = yield* Effect.fork(place(customer))
      yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
      yield* holds("the caller is interrupted", Exit.isInterrupted(yield* Fiber.interrupt(placing)))
      const [order] = yield* ordersOf(customer)
      if (order === undefined) return yield* holds("the order is there", false)
      yield* gate.open
      yield* same("the order", (yield* settled(order)).status, "confirmed")
      yield* same("how often its money was taken", (yield* ledger).captures(order.id), 1)
      yield* same("the copies left", yield* stockOf(book), 3)
      yield* same("how many events", (yield* eventsOf(order.id)).length, 1)
    })
  )
)

const interruptedAnywhere = race(
  "a caller that is interrupted anywhere leaves its cart as it was, or an order that is settled",
  trading(
    Effect.gen(function* () {
      const book = yield* Given.shelved(99)
      const shoppers = yield* Effect.forEach(Array.range(1, 20), () => shopper([book], 2))
      yield* Effect.forEach(
        shoppers,
        ({ customer }, i) =>
          Effect.fork(place(customer)).pipe(
            Effect.tap(Effect.repeatN(Effect.yieldNow(), i * i)),
            Effect.flatMap(Fiber.interrupt)
          ),
        { concurrency: "unbounded" }
      )
      let sold = 0
      for (const { customer, lines } of shoppers) {
        const [order, more] = yield* ordersOf(customer)
        yield* same("a second order", more, undefined)
        yield* same("the cart", yield* linesOf(customer), order === undefined ? lines : [])
        if (order === undefined) continue
        yield* same("the order", (yield* settled(order)).status, "confirmed")
        sold += 2
      }
      yield* same("the copies left", yield* stockOf(book), 99 - sold)
    })
  )
)

const insideTransaction = law(
  "a checkout inside the host's transaction is refused, and the gateway is not asked",
  trading(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const checkout = yield* Checkout
      const { customer, lines } = yield* shopper([yield* Given.onSale()])
      yield* refuses("place", transact(place(customer)), new InsideTransaction())
      yield* same("the cart", yield* linesOf(customer), lines)
      const order = yield* checkout.prepare(customer)
      yield* refuses("charge", transact(checkout.charge(order)), new InsideTransaction())
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 0)
    })
  )
)

const rolledBack = law(
  "an order that was prepared in a host's transaction is gone when the host rolls back",
  trading(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const checkout = yield* Checkout
      const orders = yield* OrderRepository
      const book = yield* Given.shelved(5)
      const { customer, lines } = yield* shopper([book], 2)
      const undone = yield* Effect.flip(transact(Effect.flatMap(checkout.prepare(customer), Effect.fail)))
      if (!("paymentKey" in undone)) return yield* Effect.fail(undone)
      const refusal = new OrderNotFound({ orderId: undone.id })
      yield* refuses("the order", orders.get(undone.id, customer), refusal)
      yield* same("the cart", yield* linesOf(customer), lines)
      yield* same("the copies left", yield* stockOf(book), 5)
      yield* same("a second try", (yield* place(customer)).status, "confirmed")
    })
  )
)

const byHand = law(
  "prepare, charge and settle by hand make the order that place makes, and settling twice is settling once",
  trading(
    Effect.gen(function* () {
      const { transact } = yield* Transactor
      const checkout = yield* Checkout
      const book = yield* Given.shelved(5)
      for (const step of [Scripted.capture, Scripted.decline()]) {
        const { customer, lines } = yield* shopper([book], 2)
        const before = yield* stockOf(book)
        yield* script(step)
        const order = yield* transact(checkout.prepare(customer))
        yield* same("the copies kept", yield* stockOf(book), before - 2)
        const outcome = yield* checkout.charge(order)
        const done = yield* transact(checkout.settle(order, outcome))
        yield* same("settled again", yield* Effect.either(checkout.settle(order, outcome)), Either.right(done))
        const failed = outcome._tag === "Declined"
        yield* same("the order", done.status, failed ? "payment_failed" : "confirmed")
        yield* same("the cart", yield* linesOf(customer), failed ? lines : [])
        yield* same("the copies left", yield* stockOf(book), failed ? before : before - 2)
        yield* same("how many events", (yield* eventsOf(order.id)).length, 1)
      }
    })
  )
)

export const gateway: ReadonlyArray<Law> = [
  unknown,
  died,
  hung,
  notAsked,
  interrupted,
  interruptedAnywhere,
  insideTransaction,
  rolledBack,
  byHand
]
