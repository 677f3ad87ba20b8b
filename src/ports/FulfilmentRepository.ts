import { Context, type DateTime, type Effect } from "effect"
import type { Change, Entry, Fulfilment } from "../domain/Fulfilment.js"
import type { FulfilmentQuery } from "../domain/FulfilmentQuery.js"
import type { OrderId, OrderNotFound, Status } from "../domain/Order.js"
import type { PageRequest, Position } from "../domain/Page.js"
import type { StoreError } from "./StoreError.js"

/** What workers do with paid orders, and what they have done. An order that nobody has touched is ready to be picked. */
export class FulfilmentRepository extends Context.Tag("octavo/FulfilmentRepository")<
  FulfilmentRepository,
  {
    /** How far an order is, and whether it is still to be worked on. */
    readonly get: (
      id: OrderId
    ) => Effect.Effect<{ readonly box: Fulfilment; readonly status: Status }, OrderNotFound | StoreError>
    /**
     * Writes the next state and its entry at once: `true`. `false`, and nothing is written, when the version before is
     * no longer the one that is there, its epoch is newer, or the order is not `confirmed` (`fulfilled` for the
     * state that is done). The id of an entry is its own: another one of that id is a `StoreError`.
     */
    readonly save: (change: Change) => Effect.Effect<boolean, StoreError>
    /** What was done with an order, oldest first. */
    readonly history: (id: OrderId) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
    /** Orders that are confirmed or fulfilled, oldest first. A claim is lapsed from its end on, told by `now`. */
    readonly page: (
      query: FulfilmentQuery,
      now: DateTime.Utc,
      request: PageRequest
    ) => Effect.Effect<{ readonly items: ReadonlyArray<Fulfilment>; readonly total: number }, StoreError>
    /** At most `limit` of them after a position (`FulfilmentQuery.position`), or from the start. */
    readonly after: (
      query: FulfilmentQuery,
      now: DateTime.Utc,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Fulfilment>, StoreError>
  }
>() {}
