/** The contract of what a payment provider sends of its own accord. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { Body } from "./Body.js"
import * as Problem from "./Problem.js"

export class PaymentsApi extends HttpApiGroup.make("payments")
  .add(
    HttpApiEndpoint.post("notice", "/payments/webhook")
      .setPayload(HttpApiSchema.Uint8Array({ contentType: "*/*" }))
      .addError(Problem.schema("NOTICE_REFUSED", "PAYLOAD_TOO_LARGE"))
      .annotate(Body, "raw")
      .annotate(OpenApi.Summary, "A notice of the payment provider, signed by it")
      .annotate(
        OpenApi.Description,
        "For the payment provider alone. Answered after the commit, also what came before and what is of no concern; what is answered otherwise is to be sent again."
      )
  )
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Payments") {}
