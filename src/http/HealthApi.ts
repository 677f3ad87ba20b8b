/** The contract of health and documentation. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import * as Problem from "./Problem.js"

export class HealthApi extends HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("alive", "/health")
      .addSuccess(Schema.Struct({ status: Schema.Literal("ok"), version: Schema.String }))
      .annotate(OpenApi.Summary, "Whether the server answers; asks nothing else")
  )
  .add(
    HttpApiEndpoint.get("ready", "/health/ready")
      .addSuccess(Schema.Struct({ status: Schema.Literal("ok") }))
      .addError(Problem.schema("STORE_UNAVAILABLE"))
      .annotate(OpenApi.Summary, "Whether the store answers")
  )
  .add(
    HttpApiEndpoint.get("openapi", "/openapi.json")
      .addSuccess(Schema.Unknown)
      .annotate(OpenApi.Summary, "This document, OpenAPI 3.1")
  )
  .add(
    HttpApiEndpoint.get("docs", "/docs")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/html; charset=utf-8" }))
      .annotate(OpenApi.Summary, "A page to read and try these routes")
  )
  .annotate(OpenApi.Title, "Health") {}
