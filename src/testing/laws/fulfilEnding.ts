/** Orders that leave the house, and orders that are given up while somebody has them. */
import { Effect } from "effect"
import { ClaimLapsed, NotClaimed, NotHolder, OrderNotPaid, StageNotReady } from "../../domain/Fulfilment.js"
import { OrderNotCancellable } from "../../domain/Order.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Fulfilments } from "../../services/Fulfilments.js"
import { Orders } from "../../services/Orders.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { bought, complete, pause, renew, revoke, take, view, written } from "./fulfilGiven.js"
import { eventsOf, stockOf } from "./seen.js"
import { ledger, trading } from "./trade.js"

/** An order that somebody has, and that is complete but for its last stage. */
const atTheDoor = Effect.gen(function* () {
  const all = yield* bought
  for (let stage = 0; stage < 2; stage++) {
    yield* take("ada", all.order.id)
    yield* complete("ada", all.order.id)
  }
  yield* take("ada", all.order.id)
  return all
})

const left = law(
  "an order whose last stage is complete is fulfilled, told once, and can be neither cancelled nor taken again",
  trading(
    Effect.gen(function* () {
      const [orders, fulfilments] = [yield* Orders, yield* Fulfilments]
      const { book, customer, order } = yield* atTheDoor
      const box = yield* complete("ada", order.id)
      yield* same("its state", box.state, "done")
      yield* same("the order", (yield* orders.get(customer, order.id)).status, "fulfilled")
      const instants = (yield* written(order.id)).history.flatMap(({ kind, at }) => (kind === "completed" ? [at] : []))
      yield* same(
        "when each stage was",
        box.state === "done" && [box.pickedAt, box.packedAt, box.dispatchedAt],
        instants
      )
      const refusal = new OrderNotCancellable({ orderId: order.id, status: "fulfilled" })
      yield* refuses("a cancellation", orders.cancel(customer, order.id), refusal)
      const end = new StageNotReady({ orderId: order.id, next: null })
      yield* refuses("a take", take("bob", order.id), end)
      for (const done of [pause, complete, renew]) {
        yield* refuses("by the last who had it", done("ada", order.id), new ClaimLapsed({ orderId: order.id }))
        yield* refuses("by another", done("bob", order.id), new NotHolder({ orderId: order.id }))
      }
      yield* refuses("a revocation", revoke("admin", order.id), new NotClaimed({ orderId: order.id }))
      yield* same("how many entries", (yield* written(order.id)).history.length, 6)
      yield* same("the copies left", yield* stockOf(book), 3)
      yield* same("the refunds", (yield* ledger).refunds.length, 0)
      const told = (yield* eventsOf(order.id)).map(({ _tag }) => _tag).toSorted()
      yield* same("the events", told, ["OrderConfirmed", "OrderFulfilled"])
      yield* same("as it is seen", (yield* fulfilments.get(order.id)).state, "done")
    })
  )
)

const givenUp = law(
  "an order that is cancelled while somebody has it is his no more, and nobody can take it",
  trading(
    Effect.gen(function* () {
      const orders = yield* Orders
      const { customer, order } = yield* bought
      const { epoch } = yield* take("ada", order.id)
      yield* same("the order", (yield* orders.cancel(customer, order.id)).status, "refunded")
      const before = yield* written(order.id)
      for (const done of [pause, complete, renew]) {
        yield* refuses("by its holder", done("ada", order.id), new ClaimLapsed({ orderId: order.id }))
        yield* refuses("by its claim", done("ada", order.id, { epoch }), new ClaimLapsed({ orderId: order.id }))
        yield* refuses("by another", done("bob", order.id), new NotHolder({ orderId: order.id }))
      }
      const unpaid = new OrderNotPaid({ orderId: order.id, status: "refunded" })
      for (const worker of ["ada", "bob"]) yield* refuses("a take", take(worker, order.id), unpaid)
      yield* refuses("a revocation", revoke("admin", order.id), new NotClaimed({ orderId: order.id }))
      yield* same("what is there", yield* written(order.id), before)
      const { state, status } = yield* view(order.id)
      yield* same("as it is seen", [state, status], [null, "refunded"])
    })
  )
)

const either = race(
  "of a last completion and a cancellation at once one happens: the order has left with its copies and money, or both are back",
  // Three times a round: what may go wrong wants both to be at the same place.
  Effect.repeatN(
    trading(
      Effect.gen(function* () {
        const [orders, stored] = [yield* Orders, yield* OrderRepository]
        const { book, customer, order } = yield* atTheDoor
        const late = Math.floor(2 * Math.random())
        const outcome = yield* atOnce(2, (i) =>
          Effect.gen(function* () {
            if (i === late) yield* Effect.repeatN(Effect.yieldNow(), Math.floor(40 * Math.random()))
            if (i === 1) return String((yield* orders.cancel(customer, order.id)).status)
            return String((yield* complete("ada", order.id)).state)
          })
        )
        const { status } = yield* stored.get(order.id, null)
        const isLeft = status === "fulfilled"
        yield* same("what was answered", outcome.successes, [isLeft ? "done" : "refunded"])
        yield* onlyRefusals(outcome.failures, [isLeft ? "OrderNotCancellable" : "ClaimLapsed"])
        yield* same("the order", status, isLeft ? "fulfilled" : "refunded")
        const { box, history } = yield* written(order.id)
        yield* same("how far it is", [box.state, history.length], isLeft ? ["done", 6] : ["in_progress", 5])
        yield* same("the copies left", yield* stockOf(book), isLeft ? 3 : 5)
        yield* same("the refunds", (yield* ledger).refunds.length, isLeft ? 0 : 1)
        const told = (yield* eventsOf(order.id)).map(({ _tag }) => _tag).toSorted()
        const expected = isLeft
          ? ["OrderConfirmed", "OrderFulfilled"]
          : ["OrderCancelled", "OrderConfirmed", "OrderRefunded"]
        yield* same("the events", told, expected)
      })
    ),
    2
  )
)

/** Once it was told to, it does something when an order has been read, before whoever read it goes on. */
const reading = <A, E, R>(check: (then: (something: Effect.Effect<unknown>) => void) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(OrderRepository, (real) => {
    let next: Effect.Effect<unknown> = Effect.void
    const once = Effect.suspend(() => {
      const something = next
      next = Effect.void
      return something
    })
    return Effect.provideService(
      check((something) => {
        next = something
      }),
      OrderRepository,
      { ...real, get: (id, customer) => Effect.zipLeft(real.get(id, customer), once) }
    )
  })

const outrun = law(
  "a cancellation that has read the order before its last stage was complete is refused, and nothing comes back",
  reading((then) =>
    trading(
      Effect.gen(function* () {
        const [orders, fulfilments] = [yield* Orders, yield* Fulfilments]
        const { book, customer, order } = yield* atTheDoor
        then(Effect.orDie(fulfilments.complete("ada", order.id)))
        const refusal = new OrderNotCancellable({ orderId: order.id, status: "fulfilled" })
        yield* refuses("the cancellation", orders.cancel(customer, order.id), refusal)
        yield* same("how far it is", (yield* written(order.id)).box.state, "done")
        yield* same("the copies left", yield* stockOf(book), 3)
        yield* same("the refunds", (yield* ledger).refunds.length, 0)
      })
    )
  )
)

export const fulfilEnding: ReadonlyArray<Law> = [left, givenUp, either, outrun]
