import { Context, type Effect } from "effect"
import type { OrderEvent } from "../domain/Event.js"
import type { StoreError } from "./StoreError.js"

/** Events are rows, written in the same transaction as what they tell (`OrderRepository.move`). */
export class Outbox extends Context.Tag("octavo/Outbox")<
  Outbox,
  {
    /** The oldest events that nobody has been told of yet, by id. */
    readonly waiting: (limit: number) => Effect.Effect<ReadonlyArray<OrderEvent>, StoreError>
  }
>() {}
