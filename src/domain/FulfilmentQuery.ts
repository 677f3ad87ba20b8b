/** Which orders wait for hands, are in some, or have left the house: oldest order first, ties by id. */
import { DateTime, Schema } from "effect"
import { type Fulfilment, type Shown, Stage, stateOf } from "./Fulfilment.js"
import * as Id from "./Id.js"
import { oneOf } from "./Input.js"
import * as Page from "./Page.js"

export const State = oneOf("ready", "in_progress", "lapsed", "paused", "done")

export interface FulfilmentQuery {
  /** Null for all that are not done. */
  readonly state: typeof State.Type | null
  readonly stage: Stage | null
}

export const Filter = Schema.Struct({
  state: Schema.optional(Schema.NullOr(State)),
  stage: Schema.optional(Schema.NullOr(Stage))
})
export interface FilterInput extends Schema.Schema.Encoded<typeof Filter> {}

/** Whether the query lists an order whose money is kept; of others none is listed. */
export const lists = ({ state, stage }: FulfilmentQuery, box: Fulfilment, now: DateTime.Utc): boolean =>
  (state === null ? box.state !== "done" : stateOf(box, now) === state) &&
  (stage === null || (box.state !== "done" && box.stage === stage))

export const position = ({ orderedAt, orderId }: Shown): Page.Position => [DateTime.toEpochMillis(orderedAt), orderId]

/** Whether a value is a position in a list of orders to be fulfilled. */
export const isPosition: (value: unknown) => value is Page.Position = Schema.is(Schema.Tuple(Page.Instant, Id.Uuid))
