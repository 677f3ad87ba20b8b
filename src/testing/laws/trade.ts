/** The services over the store, with a gateway that follows a script. */
import { DateTime, Duration, Effect, Layer, Logger, LogLevel, type Scope } from "effect"
import type { Book } from "../../domain/Book.js"
import type * as Order from "../../domain/Order.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { StoreSettings } from "../../ports/StoreSettings.js"
import type { Stores } from "../../ports/Stores.js"
import * as Bookstore from "../../services/Bookstore.js"
import * as Checkout from "../../services/Checkout.js"
import * as Given from "../Given.js"
import * as ScriptedGateway from "../ScriptedGateway.js"

/** What a law of the services works with. */
export type Trade = Stores | Bookstore.Bookstore | ScriptedGateway.ScriptedGateway

/** Runs a check with services and a gateway of its own; what they would log of scripted troubles is left out. */
export const trading = <A, E>(
  check: Effect.Effect<A, E, Trade | Scope.Scope>,
  chargeTimeout: Duration.DurationInput = "30 seconds"
): Effect.Effect<A, E, Stores> =>
  check.pipe(
    Effect.scoped,
    Effect.provide(
      Bookstore.layer.pipe(
        Layer.provideMerge(ScriptedGateway.layer),
        Layer.provide(
          Layer.succeed(StoreSettings, { currency: Given.usd, chargeTimeout: Duration.decode(chargeTimeout) })
        )
      )
    ),
    Logger.withMinimumLogLevel(LogLevel.None)
  )

export const place = (...request: Parameters<Checkout.Checkout["Type"]["place"]>) =>
  Effect.flatMap(Checkout.Checkout, (checkout) => checkout.place(...request))

export const script = (...steps: ReadonlyArray<ScriptedGateway.Step>) =>
  Effect.flatMap(ScriptedGateway.ScriptedGateway, (gateway) => gateway.script(...steps))

export const ledger = Effect.flatMap(ScriptedGateway.ScriptedGateway, (gateway) => gateway.ledger)

/** A customer with a cart of these books, one line each, the oldest first. */
export const shopper = (books: ReadonlyArray<Book>, quantity = 1) =>
  Effect.gen(function* () {
    const customer = yield* Given.customer
    const lines = yield* Effect.forEach(books, (book, i) => Given.inCart(customer, book, quantity, Given.at(i)))
    return { customer, lines }
  })

/** A gate that opens by itself at the end of the check, so that closing the bookstore has nothing to wait for. */
export const gated = (step?: ScriptedGateway.Step) =>
  Effect.acquireRelease(ScriptedGateway.gate(step), ({ open }) => open)

/** The order once it no longer waits for its payment. */
export const settled = (order: Order.Order) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const patience = DateTime.addDuration(yield* DateTime.now, "10 seconds")
    let now = yield* orders.get(order.id, null)
    while (now.status === "pending_payment" && DateTime.lessThan(yield* DateTime.now, patience)) {
      yield* Effect.sleep("2 millis")
      now = yield* orders.get(order.id, null)
    }
    return now
  })
