/**
 * A whole bookstore in memory: serializable, rolled back like a database, and with every constraint that the databases
 * have. The state is one immutable value with structural sharing, because then a transaction is a reference to it and
 * a rollback is to forget one, at any size.
 */
import { Layer } from "effect"
import type { Stores } from "../../ports/Stores.js"
import * as Auditor from "./Auditor.js"
import * as BookIndex from "./BookIndex.js"
import * as Books from "./Books.js"
import * as Carts from "./Carts.js"
import * as Fulfilments from "./Fulfilments.js"
import * as Genres from "./Genres.js"
import * as Inbox from "./Inbox.js"
import * as Leases from "./Leases.js"
import * as Orders from "./Orders.js"
import * as Outbox from "./Outbox.js"
import * as PreBookings from "./PreBookings.js"
import * as Refunds from "./Refunds.js"
import * as Store from "./Store.js"
import * as StoreHealth from "./StoreHealth.js"
import * as Transactor from "./Transactor.js"
import * as Wishes from "./Wishes.js"

/** All stores, empty at each build. */
export const layer: Layer.Layer<Stores> = Layer.mergeAll(
  Auditor.layer,
  BookIndex.layer,
  Books.layer,
  Carts.layer,
  Fulfilments.layer,
  Genres.layer,
  Inbox.layer,
  Leases.layer,
  Orders.layer,
  Outbox.layer,
  PreBookings.layer,
  Refunds.layer,
  StoreHealth.layer,
  Transactor.layer,
  Wishes.layer
).pipe(Layer.provide(Store.layer))
