/** Which routes ask who is there. Part of the contract; `Authorization.ts` does the asking. */
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as OpenApi from "@effect/platform/OpenApi"
import { Context } from "effect"
import type { Identity } from "../ports/Authentication.js"
import * as Problem from "./Problem.js"

/** Who asks, in the routes that need to know. */
export class CurrentIdentity extends Context.Tag("octavo/http/CurrentIdentity")<CurrentIdentity, Identity>() {}

const bearer = HttpApiSecurity.bearer.pipe(
  HttpApiSecurity.annotate(OpenApi.Format, "JWT"),
  HttpApiSecurity.annotate(OpenApi.Description, "A token of the host's; its role is user, staff or admin.")
)

/** A route for anybody with an identity. */
export class AsUser extends HttpApiMiddleware.Tag<AsUser>()("octavo/http/AsUser", {
  security: { bearer },
  provides: CurrentIdentity,
  failure: Problem.schema("HTTP_401", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXPIRED")
}) {}

/** A route for those who work on orders: the staff role, or admin. */
export class AsStaff extends HttpApiMiddleware.Tag<AsStaff>()("octavo/http/AsStaff", {
  security: { bearer },
  provides: CurrentIdentity,
  failure: Problem.schema("HTTP_401", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXPIRED", "AUTH_FORBIDDEN")
}) {}

/** A route for the admin role alone. */
export class AsAdmin extends HttpApiMiddleware.Tag<AsAdmin>()("octavo/http/AsAdmin", {
  security: { bearer },
  provides: CurrentIdentity,
  failure: Problem.schema("HTTP_401", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_EXPIRED", "AUTH_FORBIDDEN")
}) {}
