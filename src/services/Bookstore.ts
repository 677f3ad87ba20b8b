/** All services at once, over a store and a payment gateway. */
import { Layer } from "effect"
import * as IdGenerator from "../ports/IdGenerator.js"
import type { PaymentGateway } from "../ports/PaymentGateway.js"
import type { Stores } from "../ports/Stores.js"
import * as Audit from "./Audit.js"
import * as Carts from "./Carts.js"
import * as Catalog from "./Catalog.js"
import * as Checkout from "./Checkout.js"
import * as ConflictMonitor from "./ConflictMonitor.js"
import * as Fulfilments from "./Fulfilments.js"
import * as Imports from "./Imports.js"
import * as Orders from "./Orders.js"
import * as PreBookings from "./PreBookings.js"
import * as Relay from "./Relay.js"
import * as Wishlists from "./Wishlists.js"

export type Bookstore =
  | Audit.Audit
  | Carts.Carts
  | Catalog.Catalog
  | Checkout.Checkout
  | Fulfilments.Fulfilments
  | Imports.Imports
  | Orders.Orders
  | PreBookings.PreBookings
  | Relay.Relay
  | Wishlists.Wishlists

/** The bookstore. Currency and time limits are those of `StoreSettings`, US dollars unless the host says otherwise. */
export const layer: Layer.Layer<Bookstore, never, Stores | PaymentGateway> = Layer.mergeAll(
  Carts.layer,
  Catalog.layer,
  Checkout.layer,
  Layer.provide(Fulfilments.layer, ConflictMonitor.layer),
  Imports.layer,
  Orders.layer,
  PreBookings.layer,
  Relay.layer,
  Wishlists.layer,
  Audit.layer
).pipe(Layer.provide(Checkout.layer), Layer.provide(IdGenerator.layer))
