import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect, Option } from "effect"
import { PaymentNotices } from "../ports/PaymentNotices.js"
import { Catalog } from "../services/Catalog.js"
import { Checkout } from "../services/Checkout.js"
import { Api } from "./Api.js"
import { sure } from "./Customer.js"
import { telling } from "./Refusals.js"

export const layer = HttpApiBuilder.group(
  Api,
  "payments",
  Effect.fnUntraced(function* (handlers) {
    const { notified } = yield* Checkout
    const { currency } = yield* Catalog
    const { read } = Option.getOrElse(yield* Effect.serviceOption(PaymentNotices), () => unasked)
    const tell = telling(currency)

    return handlers.handleRaw("notice", ({ request }) =>
      bytesOf(request).pipe(
        Effect.flatMap((body) => tell(read({ body, headers: request.headers }))),
        Effect.flatMap((notice) => (notice === null ? Effect.void : tell(sure(notified(notice))))),
        Effect.as(HttpServerResponse.empty())
      )
    )
  })
)

// internal

/** The route is absent then. */
const unasked: typeof PaymentNotices.Service = { read: () => Effect.dieMessage("there is no such route") }

/** They are there already: the guard has read them. */
const bytesOf = ({ arrayBuffer }: HttpServerRequest.HttpServerRequest) =>
  Effect.map(Effect.orDie(arrayBuffer), (buffer) => new Uint8Array(buffer))
