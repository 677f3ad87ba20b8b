/** An order's next step; copies that come back with it go to those who wait for them. */
import { Effect } from "effect"
import type { Move } from "../domain/Order.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"
import * as Serving from "./Serving.js"

export const make = Effect.gen(function* () {
  const orders = yield* OrderRepository
  const serving = yield* Serving.make
  const { transact } = yield* Transactor

  /** Whether it was made: not where the order is no longer in the state that it moves from. */
  return (move: Move): Effect.Effect<boolean, StoreError> =>
    move.restock
      ? transact(
          Effect.tap(orders.move(move), (moved) =>
            moved ? serving.serve(move.order.lines.map(({ bookId }) => bookId)) : Effect.void
          )
        )
      : orders.move(move)
})
