/** The services over the store, with a gateway that follows a script. */
import { DateTime, Duration, Effect, Layer, Logger, LogLevel, type Scope } from "effect"
import type { Book } from "../../domain/Book.js"
import type * as Order from "../../domain/Order.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import type { PaymentGateway } from "../../ports/PaymentGateway.js"
import type { StoreError } from "../../ports/StoreError.js"
import { StoreSettings } from "../../ports/StoreSettings.js"
import type { Stores } from "../../ports/Stores.js"
import * as Bookstore from "../../services/Bookstore.js"
import * as Checkout from "../../services/Checkout.js"
import * as Given from "../Given.js"
import * as ScriptedGateway from "../ScriptedGateway.js"
import { alone } from "./alone.js"
import * as Provider from "./provider.js"
import { type Pass, timed } from "./time.js"

/** What a law of the services works with. */
export type Trade = Stores | Bookstore.Bookstore | ScriptedGateway.ScriptedGateway | Provider.Provider | PaymentGateway

/** Runs a check with services and a gateway of its own; what they would log of scripted troubles is left out. */
export const trading = <A, E>(
  check: Effect.Effect<A, E, Trade | Scope.Scope>,
  chargeTimeout: Duration.DurationInput = "30 seconds"
): Effect.Effect<A, E, Stores> =>
  check.pipe(
    Effect.scoped,
    Effect.provide(Layer.provideMerge(Bookstore.layer, Provider.layer)),
    Effect.provideService(StoreSettings, { currency: Given.usd, chargeTimeout: Duration.decode(chargeTimeout) }),
    Logger.withMinimumLogLevel(LogLevel.None)
  )

/** As `trading`, for what looks at the whole store: of that it sees its own things alone, on a clock that it puts forward. */
export const recovering = <A, E>(
  check: (pass: Pass) => Effect.Effect<A, E, Trade | Scope.Scope>
): Effect.Effect<A, E | StoreError, Stores> => timed((pass) => alone(trading(check(pass))))

/** In another process: services of their own, over the same store and the same gateway. */
export const elsewhere = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Bookstore.Bookstore> | Stores | PaymentGateway> =>
  Effect.provide(effect, Layer.fresh(Bookstore.layer))

/** Of several at once the first two are in processes of their own. */
export const spread = <A, E, R>(
  index: number,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Stores | PaymentGateway> => (index < 2 ? elsewhere(effect) : effect)

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
