/** Asks the host who is there, before anything else of a request is looked at. */
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { Effect, Layer } from "effect"
import { Authentication, type Role } from "../ports/Authentication.js"
import { Catalog } from "../services/Catalog.js"
import { AsAdmin, AsStaff, AsUser } from "./Identity.js"
import { Problem } from "./Problem.js"
import { telling } from "./Refusals.js"

/** The headers as a whole are the host's to read, so the token that the framework cuts out is not used. */
const identified = Effect.gen(function* () {
  const { identify } = yield* Authentication
  const tell = telling((yield* Catalog).currency)
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ method, url, headers }) =>
    tell(identify({ method, url, headers }))
  )
})

/** An identity of one of these roles. */
const inRole = (...roles: ReadonlyArray<Role>) =>
  Effect.map(identified, (identity) => ({
    bearer: () =>
      Effect.filterOrFail(
        identity,
        ({ role }) => roles.includes(role),
        () => new Problem({ code: "AUTH_FORBIDDEN", members: {} })
      )
  }))

export const layer = Layer.mergeAll(
  Layer.effect(
    AsUser,
    Effect.map(identified, (identity) => ({ bearer: () => identity }))
  ),
  Layer.effect(AsStaff, inRole("staff", "admin")),
  Layer.effect(AsAdmin, inRole("admin"))
)
