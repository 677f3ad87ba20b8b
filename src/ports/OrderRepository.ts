import { Context, type Effect } from "effect"
import type { CustomerId } from "../domain/Id.js"
import type { IdempotencyKey, Move, Order, OrderId, OrderNotFound, PendingOrder } from "../domain/Order.js"
import type { OrderQuery, Unfinished } from "../domain/OrderQuery.js"
import type { PageRequest, Position } from "../domain/Page.js"
import type { StoreError } from "./StoreError.js"

/** Orders with their lines, by customer. */
export class OrderRepository extends Context.Tag("octavo/OrderRepository")<
  OrderRepository,
  {
    /** Refuses a second order with the same customer and idempotency key, by constraint: `false`, and nothing is written. */
    readonly add: (order: PendingOrder) => Effect.Effect<boolean, StoreError>
    /** An order, of this customer alone where one is named. */
    readonly get: (id: OrderId, customer: CustomerId | null) => Effect.Effect<Order, OrderNotFound | StoreError>
    /** The order that this customer's key made, or, without a key, the newest that waits for its payment; null when there is none. */
    readonly find: (customer: CustomerId, key: IdempotencyKey | null) => Effect.Effect<Order | null, StoreError>
    /**
     * Makes the move and all that goes with it, copies, lines and event, at once: `true`. `false`, and nothing is
     * written, when the order is no longer in the state that it moves from. Copies of a book that customers wait for have
     * arrived (`PreBookingRepository`); where the lines go back in the cart, a copy that had been held is held again.
     */
    readonly move: (move: Move) => Effect.Effect<boolean, StoreError>
    /** At most `limit` orders that something has yet to be done for, oldest first, after a position (`OrderQuery.position`). */
    readonly unfinished: (
      query: Unfinished,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Order>, StoreError>
    /** Newest first. */
    readonly page: (
      query: OrderQuery,
      request: PageRequest
    ) => Effect.Effect<{ readonly items: ReadonlyArray<Order>; readonly total: number }, StoreError>
    /** At most `limit` orders after a position (`OrderQuery.position`), or from the start, newest first. */
    readonly after: (
      query: OrderQuery,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Order>, StoreError>
  }
>() {}
