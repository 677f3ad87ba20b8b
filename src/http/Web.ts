/** The routes for hosts that speak web requests and responses: one function. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as Incoming from "./Incoming.js"
import * as Promised from "./Promised.js"
import * as Routing from "./Routing.js"
import type * as Settings from "./Settings.js"

export interface WebHandler {
  /** Answers every request, and rejects only when the bookstore could not be opened. What was begun is finished, also for a client that has gone. */
  readonly handler: (request: Request) => Promise<Response>
  /** Opens the bookstore, and rejects with the reason when that fails; otherwise the first request opens it. */
  readonly ready: () => Promise<void>
  /** Closes the bookstore. */
  readonly dispose: () => Promise<void>
}

/** The routes over the services that `layer` provides. */
export const toWebHandler = <E>(
  options: Settings.Options & { readonly layer: Layer.Layer<Routing.Services, E> }
): WebHandler => {
  const runtime = ManagedRuntime.make(Layer.provide(Routing.layer(options), options.layer))
  return {
    handler: async (request) => {
      const answered = Effect.flatMap(Routing.Routing, ({ answer }) => answer(Incoming.fromWeb(request)))
      const response = await Promised.run(runtime, answered)
      return HttpServerResponse.toWeb(response, { withoutBody: request.method === "HEAD" })
    },
    ready: () => Promised.run(runtime, Effect.void),
    dispose: () => runtime.dispose()
  }
}
