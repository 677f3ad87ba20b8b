/** The contract of the routes. It imports no server: clients are derived from it. */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { CartApi } from "./CartApi.js"
import { CatalogApi } from "./CatalogApi.js"
import { FulfilmentApi } from "./FulfilmentApi.js"
import { HealthApi } from "./HealthApi.js"
import { OrdersApi } from "./OrdersApi.js"
import { PaymentsApi } from "./PaymentsApi.js"
import { PreBookingsApi } from "./PreBookingsApi.js"
import * as Problem from "./Problem.js"
import { version } from "./version.js"
import { WishlistApi } from "./WishlistApi.js"

export class Api extends HttpApi.make("octavo")
  .add(CatalogApi)
  .add(CartApi)
  .add(WishlistApi)
  .add(OrdersApi)
  .add(PreBookingsApi)
  .add(FulfilmentApi)
  .add(PaymentsApi)
  .add(HealthApi)
  .addError(Problem.schema("INTERNAL_ERROR"))
  .annotate(OpenApi.Title, "Octavo")
  .annotate(OpenApi.Version, version)
  .annotate(OpenApi.Description, "A bookstore: catalog, cart, checkout, orders, pre-booking and fulfilment.")
  .annotate(OpenApi.License, { name: "MIT" }) {}
