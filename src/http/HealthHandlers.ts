import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect } from "effect"
import { StoreHealth } from "../ports/StoreHealth.js"
import { Catalog } from "../services/Catalog.js"
import { Api } from "./Api.js"
import { telling } from "./Refusals.js"
import { HttpSettings } from "./Settings.js"
import { version } from "./version.js"

export const layer = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const health = yield* StoreHealth
    const { currency } = yield* Catalog
    const { prefix } = yield* HttpSettings
    const tell = telling(currency)
    const document = yield* Effect.cached(written(prefix))
    const page = yield* Effect.cached(docsPage(document))

    return handlers
      .handle("alive", () => Effect.succeed({ status: "ok" as const, version }))
      .handle("ready", () => tell(Effect.as(health.check, { status: "ok" as const })))
      .handleRaw("openapi", () =>
        Effect.map(document, (json) => HttpServerResponse.text(json, { contentType: "application/json" }))
      )
      .handle("docs", () => page)
  })
)

// internal

/** Made when first asked for, and kept: neither the document nor the page weighs on a host that never shows them. */
const written = (prefix: string) =>
  Effect.map(
    Effect.promise(() => import("./Document.js")),
    (Document) => JSON.stringify(Document.make(prefix))
  )

const docsPage = (document: Effect.Effect<string>) =>
  Effect.flatMap(
    Effect.promise(() => import("./DocsPage.js")),
    (DocsPage) => Effect.map(document, DocsPage.html)
  )
