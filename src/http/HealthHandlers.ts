import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect } from "effect"
import { StoreError } from "../ports/StoreError.js"
import { StoreHealth } from "../ports/StoreHealth.js"
import { Catalog } from "../services/Catalog.js"
import * as Absent from "./Absent.js"
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
    const document = yield* Effect.cached(written(prefix, yield* Absent.found))
    const page = yield* Effect.cached(docsPage(document))

    return handlers
      .handle("alive", () => Effect.succeed({ status: "ok" as const, version }))
      .handle("ready", () => tell(Effect.as(inTime(health.check), { status: "ok" as const })))
      .handleRaw("openapi", () =>
        Effect.map(document, (json) => HttpServerResponse.text(json, { contentType: "application/json" }))
      )
      .handle("docs", () => page)
  })
)

// internal

const patience = "3 seconds"

/** Who asks whether a store is ready waits for no store that hangs. */
const inTime = (check: Effect.Effect<void, StoreError>) =>
  Effect.timeoutFail(Effect.disconnect(check), {
    duration: patience,
    onTimeout: () =>
      new StoreError({
        operation: "check",
        outcome: "NotStarted",
        retryable: true,
        cause: new Error(`no answer in ${patience}`)
      })
  })

/** Made when first asked for, and kept: neither the document nor the page weighs on a host that never shows them. */
const written = (prefix: string, absent: Absent.Absent) =>
  Effect.map(
    Effect.promise(() => import("./Document.js")),
    (Document) => JSON.stringify(Document.make(prefix, absent))
  )

const docsPage = (document: Effect.Effect<string>) =>
  Effect.flatMap(
    Effect.promise(() => import("./DocsPage.js")),
    (DocsPage) => Effect.map(document, DocsPage.html)
  )
