/** What a host brings to the simulation. */
import type { Effect, Exit, Layer } from "effect"
import type { Book } from "../../domain/Book.js"
import type { CartLine } from "../../domain/Cart.js"
import type { Delivery } from "../../domain/Delivery.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Order } from "../../domain/Order.js"
import type { PreBooking } from "../../domain/PreBooking.js"
import type { Refund } from "../../domain/Refund.js"
import type { PaymentGateway } from "../../ports/PaymentGateway.js"
import type { Handle } from "../../services/Relay.js"
import type { Parts, Shop } from "./Machine.js"
import type { Capture } from "./Provider.js"

/** Something that customers of the host's do, beside what they do with octavo's own services. */
export interface Command<R = never> {
  /** As it is told in a trace. */
  readonly name: string
  /** How often it is chosen, where each customer's next step weighs about ten in all; one unless said otherwise. */
  readonly weight?: number
  /** Takes lines out of the customer's cart by other ways than a checkout. */
  readonly takesFromCart?: boolean
  /** It may wait by Effect's clock, and for octavo's services, but for nothing outside of the simulation. */
  readonly run: (who: Who) => Effect.Effect<unknown, unknown, Shop | R>
  /** What is wrong with the answer that the customer was given, if anything; `view` is what is committed by then. */
  readonly judge?: (exit: Exit.Exit<unknown, unknown>, view: View, who: Who) => string | undefined
}

/** Who does it, with chance of the run's own. */
export interface Who {
  readonly customer: string
  /** The books that the shop opened with; some may be gone. */
  readonly books: ReadonlyArray<string>
  /** A whole number from 0 up to, but not including, `limit`. */
  readonly below: (limit: number) => number
  readonly chance: (probability: number) => boolean
}

/** What is committed at an instant, and what the provider's books say then. */
export interface View {
  readonly books: ReadonlyArray<Book>
  readonly orders: ReadonlyArray<Order>
  readonly refunds: ReadonlyArray<Refund>
  readonly deliveries: ReadonlyArray<Delivery>
  readonly preBookings: ReadonlyArray<PreBooking>
  readonly carts: ReadonlyMap<CustomerId, ReadonlyArray<CartLine>>
  readonly captures: ReadonlyArray<Capture>
}

/** A rule of the host's. */
export interface Invariant {
  readonly name: string
  /** At every commit, unless it is to hold only in the end, when all has come to rest. */
  readonly when?: "always" | "in the end"
  /** What is wrong, if anything. */
  readonly check: (view: View) => string | undefined
}

export interface Options<R = never> {
  /**
   * The host's own gateway, over the simulated provider, which has the shape of a `PaymentGateway` and does to its
   * callers all that a provider may do. Built anew for each process.
   */
  readonly gateway?: (provider: PaymentGateway["Type"]) => Layer.Layer<PaymentGateway>
  /** The host's own services, over octavo's. Built anew for each process; there is nothing to wait for in building. */
  readonly services?: Layer.Layer<R, never, Shop>
  readonly commands?: ReadonlyArray<Command<R>>
  readonly invariants?: ReadonlyArray<Invariant>
  /** What the host does about events. When nothing bad happens any more it must succeed. */
  readonly handle?: Handle<Shop | R>
  /** For a test of the simulation itself: other parts than octavo's own. */
  readonly parts?: Partial<Parts>
}
