/** The contract of fulfilment: who works on which paid order. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import * as Domain from "../domain/Fulfilment.js"
import * as FulfilmentQuery from "../domain/FulfilmentQuery.js"
import { oneOf } from "../domain/Input.js"
import { Status } from "../domain/Order.js"
import { Body } from "./Body.js"
import { AsAdmin, AsStaff } from "./Identity.js"
import * as Pages from "./Pages.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

const Instant = Schema.String.annotations({ examples: ["2025-01-31T12:00:00.000Z"] })
const someInstant = Schema.NullOr(Instant)

export const Claim = Wire.answer(
  "Claim",
  Schema.Struct({
    order_id: Schema.String,
    stage: Domain.Stage,
    holder: Schema.String,
    epoch: Schema.Int.annotations({ description: "To be sent with what the holder does with the order." }),
    taken_at: Instant,
    expires_at: Instant,
    previous_holder: Schema.NullOr(Schema.String)
  })
)
export interface Claim extends Schema.Schema.Type<typeof Claim> {}

const State = oneOf(...FulfilmentQuery.State.literals, "closed").annotations({
  description: "As it is now: lapsed when the holder's time is over, closed when the order is not to be worked on."
})

const fulfilment = {
  order_id: Schema.String,
  order_status: Status,
  state: State,
  stage: Schema.NullOr(Domain.Stage).annotations({ description: "The one to be done next; null when all are." }),
  holder: Schema.NullOr(Schema.String).annotations({ description: "Null once the claim has lapsed." }),
  last_holder: Schema.NullOr(Schema.String),
  epoch: Schema.Int,
  taken_at: someInstant,
  expires_at: someInstant,
  picked_at: someInstant,
  packed_at: someInstant,
  dispatched_at: someInstant
}

export const Fulfilment = Wire.answer("Fulfilment", Schema.Struct(fulfilment))
export interface Fulfilment extends Schema.Schema.Type<typeof Fulfilment> {}

export const FulfilmentWithHistory = Wire.answer(
  "FulfilmentWithHistory",
  Schema.Struct({
    ...fulfilment,
    history: Schema.Array(
      Schema.Struct({
        kind: Domain.Kind,
        stage: Domain.Stage,
        worker: Schema.String,
        epoch: Schema.Int,
        at: Instant
      })
    )
  })
)

export const BatchResult = Wire.answer(
  "BatchResult",
  Schema.Struct({
    total: Schema.Int,
    succeeded: Schema.Int,
    failed: Schema.Int,
    details: Schema.Array(
      Schema.Union(
        Schema.Struct({ order_id: Schema.String, success: Schema.Literal(true), claim: Claim }),
        Schema.Struct({ order_id: Schema.String, success: Schema.Literal(false), code: Schema.String })
      )
    ).annotations({ description: "In the order asked; the code is that of the problem which a take answers." })
  })
)
export type Detail = (typeof BatchResult.Type)["details"][number]

export const Conflicts = Wire.answer(
  "Conflicts",
  Schema.Struct({
    conflicts: Schema.Int.annotations({ description: "Writes that came too late for what they had read." }),
    lost_takes: Schema.Int.annotations({ description: "Takes of what somebody else had." }),
    episodes: Schema.Int.annotations({ description: "Commands that met either." }),
    succeeded: Schema.Int,
    failed: Schema.Int,
    mean_attempts: Schema.Number,
    success_rate: Schema.Number.annotations({ description: "Of commands that met a conflict: 0 to 1." }),
    hot_spots: Schema.Array(
      Schema.Struct({
        order_id: Schema.String,
        conflicts: Schema.Int,
        lost_takes: Schema.Int,
        episodes: Schema.Int,
        succeeded: Schema.Int,
        failed: Schema.Int,
        attempts: Schema.Int
      })
    ),
    recommendation: Schema.NullOr(Schema.Literal("spread_workers")).annotations({
      description: "spread_workers: fewer workers, or a share of the queue for each; null: nothing to say."
    })
  })
)

const TakeRequest = Wire.body({ stage: Wire.optional(Domain.Stage) }, { stage: "pick" })
const HoldRequest = Wire.body(
  { epoch: Wire.optional(Domain.Epoch.annotations({ description: "That of the claim, as the worker knows it." })) },
  { epoch: 1 }
)
const BatchRequest = Wire.body(
  { order_ids: Schema.Array(Schema.String).pipe(Schema.minItems(1), Schema.maxItems(50)) },
  { order_ids: ["01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"] }
)

const ListQuery = Wire.query({
  state: Wire.text(FulfilmentQuery.State.annotations({ description: "All that are not done unless said otherwise." })),
  stage: Wire.text(Domain.Stage),
  ...Pages.parameters
})
const ConflictsQuery = Wire.query({
  order_ids: Wire.text(
    Schema.String.annotations({ description: "1 to 50 orders, separated by commas; all unless said otherwise." })
  )
})

const path = Schema.Struct({ order_id: Schema.String })
const invalid = Problem.schema("VALIDATION_ERROR")
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

/** What the one who has an order does with it. */
const held = <const Name extends "pause" | "complete" | "renew">(name: Name, summary: string) =>
  HttpApiEndpoint.post(name, `/fulfilment/:order_id/${name}`)
    .setPath(path)
    .setPayload(HoldRequest)
    .addSuccess(Fulfilment)
    .addError(badBody)
    .addError(Problem.schema("ORDER_NOT_FOUND", "FULFILMENT_NOT_HOLDER", "FULFILMENT_CLAIM_LAPSED", "VERSION_CONFLICT"))
    .middleware(AsStaff)
    .annotate(Body, "optional")
    .annotate(OpenApi.Summary, summary)

export class FulfilmentApi extends HttpApiGroup.make("fulfilment")
  .add(
    HttpApiEndpoint.get("list", "/fulfilment")
      .setUrlParams(ListQuery)
      .addSuccess(Schema.Union(Schema.Array(Fulfilment), Pages.Page(Fulfilment), Pages.Slice(Fulfilment)))
      .addError(invalid)
      .middleware(AsStaff)
      .annotate(OpenApi.Summary, "Orders to be worked on, oldest first")
  )
  .add(
    HttpApiEndpoint.post("takeBatch", "/fulfilment/take-batch")
      .setPayload(BatchRequest)
      .addSuccess(BatchResult)
      .addError(badBody)
      .middleware(AsStaff)
      .annotate(OpenApi.Summary, "Take several orders, each on its own")
  )
  .add(
    HttpApiEndpoint.get("conflicts", "/fulfilment/conflicts")
      .setUrlParams(ConflictsQuery)
      .addSuccess(Conflicts)
      .addError(invalid)
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "Where workers of this process got in each other's way")
  )
  .add(
    HttpApiEndpoint.get("get", "/fulfilment/:order_id")
      .setPath(path)
      .addSuccess(FulfilmentWithHistory)
      .addError(Problem.schema("ORDER_NOT_FOUND"))
      .middleware(AsStaff)
      .annotate(OpenApi.Summary, "How far an order is, and what was done with it")
  )
  .add(
    HttpApiEndpoint.post("take", "/fulfilment/:order_id/take")
      .setPath(path)
      .setPayload(TakeRequest)
      .addSuccess(Claim)
      .addError(badBody)
      .addError(
        Problem.schema("ORDER_NOT_FOUND", "ORDER_NOT_PAID", "STAGE_NOT_READY", "FULFILMENT_TAKEN", "VERSION_CONFLICT")
      )
      .middleware(AsStaff)
      .annotate(Body, "optional")
      .annotate(OpenApi.Summary, "Take an order at its next stage")
  )
  .add(held("pause", "Lay an order aside: anybody may take it"))
  .add(held("complete", "Complete the stage; the last one fulfils the order"))
  .add(held("renew", "Still at work: the time of the claim begins anew"))
  .add(
    HttpApiEndpoint.post("revoke", "/fulfilment/:order_id/revoke")
      .setPath(path)
      .addSuccess(Fulfilment)
      .addError(invalid)
      .addError(Problem.schema("ORDER_NOT_FOUND", "FULFILMENT_NOT_CLAIMED", "VERSION_CONFLICT"))
      .middleware(AsAdmin)
      .annotate(OpenApi.Summary, "End a claim, whoever has it")
  )
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Fulfilment") {}
