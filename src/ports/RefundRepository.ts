import { Context, type Effect } from "effect"
import type { CustomerId } from "../domain/Id.js"
import type { OrderId } from "../domain/Order.js"
import type { Position } from "../domain/Page.js"
import type { DueRefund, Refund, Return, Status } from "../domain/Refund.js"
import type { StoreError } from "./StoreError.js"

/** Money that no order keeps, by customer. Cancelled orders list theirs themselves. */
export class RefundRepository extends Context.Tag("octavo/RefundRepository")<
  RefundRepository,
  {
    /** Lists a payment of an order once, by constraint: `false`, and nothing is written, when it is listed. */
    readonly add: (refund: DueRefund) => Effect.Effect<boolean, StoreError>
    /** Marks it done and writes the event, at once; `false`, and nothing is written, when it is not due. */
    readonly finish: (done: Return) => Effect.Effect<boolean, StoreError>
    /** Those of an order, oldest first. */
    readonly of: (customer: CustomerId, order: OrderId) => Effect.Effect<ReadonlyArray<Refund>, StoreError>
    /** Those in a state, or all, oldest first (ties by order id, then payment id), after a position (`Refund.position`). */
    readonly list: (
      status: Status | null,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Refund>, StoreError>
  }
>() {}
