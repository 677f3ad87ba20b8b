/** The routes as one function from request to response, which fails never and answers every error as a problem. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Cause, Context, Effect, Layer } from "effect"
import type { Authentication } from "../ports/Authentication.js"
import type { StoreHealth } from "../ports/StoreHealth.js"
import type { Carts } from "../services/Carts.js"
import type { Catalog } from "../services/Catalog.js"
import type { Checkout } from "../services/Checkout.js"
import type { Fulfilments } from "../services/Fulfilments.js"
import type { Orders } from "../services/Orders.js"
import type { PreBookings } from "../services/PreBookings.js"
import type { Wishlists } from "../services/Wishlists.js"
import * as Absent from "./Absent.js"
import { Api } from "./Api.js"
import * as Authorization from "./Authorization.js"
import * as CartHandlers from "./CartHandlers.js"
import * as CatalogHandlers from "./CatalogHandlers.js"
import * as FulfilmentHandlers from "./FulfilmentHandlers.js"
import * as Guard from "./Guard.js"
import * as HealthHandlers from "./HealthHandlers.js"
import * as Incoming from "./Incoming.js"
import * as OrdersHandlers from "./OrdersHandlers.js"
import * as PaymentsHandlers from "./PaymentsHandlers.js"
import * as PreBookingsHandlers from "./PreBookingsHandlers.js"
import { body, mediaType, Problem } from "./Problem.js"
import { invalid } from "./Refusals.js"
import * as Routes from "./Routes.js"
import * as Settings from "./Settings.js"
import * as Trouble from "./Trouble.js"
import * as WishlistHandlers from "./WishlistHandlers.js"

/**
 * What the routes stand on: the services of a bookstore, its store's health, and who is asking. Where `PaymentNotices`
 * is provided beside them, the payment provider's notices have a route, too.
 */
export type Services =
  | Authentication
  | Carts
  | Catalog
  | Checkout
  | Fulfilments
  | Orders
  | PreBookings
  | StoreHealth
  | Wishlists

export class Routing extends Context.Tag("octavo/http/Routing")<
  Routing,
  { readonly answer: (incoming: Incoming.Incoming) => Effect.Effect<HttpServerResponse.HttpServerResponse> }
>() {}

/** The routes over a bookstore. */
export const layer = (options: Settings.Options = {}): Layer.Layer<Routing, never, Services> => {
  const settings = Settings.make(options)
  const groups = Layer.mergeAll(
    CatalogHandlers.layer,
    CartHandlers.layer,
    WishlistHandlers.layer,
    OrdersHandlers.layer,
    PreBookingsHandlers.layer,
    FulfilmentHandlers.layer,
    PaymentsHandlers.layer,
    HealthHandlers.layer
  ).pipe(Layer.provide(Authorization.layer), Layer.provide(Layer.succeed(Settings.HttpSettings, settings)))
  return Layer.effect(Routing, make(settings)).pipe(
    Layer.provide(
      Layer.mergeAll(
        HttpApiBuilder.api(Api).pipe(Layer.provide(groups)),
        HttpApiBuilder.middleware(Effect.catchAllCause(told)),
        HttpApiBuilder.Router.Live,
        HttpApiBuilder.Middleware.layer,
        HttpServer.layerContext
      )
    )
  )
}

/** The routes as an application that a host's own router mounts, with `HttpRouter.mountApp`. */
export const httpApp: HttpApp.Default<never, Routing> = Effect.gen(function* () {
  const { answer } = yield* Routing
  return yield* answer(Incoming.fromEffect(yield* HttpServerRequest.HttpServerRequest))
})

// internal

/** An id is as long as its sender likes: what is no id is not found by the handlers, with their own words. */
const routerConfig = { maxParamLength: 1_000_000 }

const make = (settings: Settings.Settings) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<
      Effect.Effect.Context<typeof HttpApiBuilder.httpApp> | HttpRouter.HttpRouter.DefaultServices
    >()
    const find = Routes.finder(yield* Absent.found)
    const app = yield* HttpRouter.withRouterConfig(HttpApiBuilder.httpApp, routerConfig)
    return {
      answer: (incoming: Incoming.Incoming) => {
        const requestId = requestIdOf(incoming)
        return Guard.admit(incoming, settings, find).pipe(
          Effect.flatMap((request) =>
            Effect.scoped(Effect.provideService(app, HttpServerRequest.HttpServerRequest, request))
          ),
          Effect.provide(context),
          Effect.catchAllCause(told),
          Effect.annotateLogs({ requestId }),
          Effect.map(HttpServerResponse.setHeader("x-request-id", requestId))
        )
      }
    }
  })

/** A request id that came along is kept when it looks like one. */
const requestIdOf = ({ headers }: Incoming.Incoming) => {
  const given = headers["x-request-id"]
  return given !== undefined && /^[\w.:+/=-]{1,128}$/.test(given) ? given : globalThis.crypto.randomUUID()
}

/** Within the framework too, or it would write the problems that the contract declares in its own way. */
const told = (cause: Cause.Cause<unknown>): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const problem = problemOf(cause)
  const response = HttpServerResponse.text(body(problem), {
    status: problem.status,
    contentType: mediaType,
    ...(problem.headers === undefined ? {} : { headers: problem.headers })
  })
  return Effect.as(Trouble.log(problem, cause), response)
}

const problemOf = (cause: Cause.Cause<unknown>): Problem => {
  const error = Cause.squash(cause)
  if (error instanceof Problem) return error
  if (error instanceof HttpApiDecodeError) {
    return invalid(error.issues.map(({ path, message }) => ({ path: path.join("."), message })))
  }
  return new Problem({ code: "INTERNAL_ERROR", members: {}, cause })
}
