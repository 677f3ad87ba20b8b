/** What decisions need that cannot be decided: the time, and ids. */
import { DateTime, Effect } from "effect"
import { EventId } from "../domain/Event.js"
import type { Facts, Order, RestockFacts } from "../domain/Order.js"
import { IdGenerator } from "../ports/IdGenerator.js"

export const make = Effect.map(IdGenerator, (ids) => {
  const eventId = Effect.map(ids.next, (id) => EventId.make(id))
  const ofMove: Effect.Effect<Facts> = Effect.zipWith(eventId, DateTime.now, (eventId, now) => ({ eventId, now }))
  const ofRestock = (order: Order): Effect.Effect<RestockFacts> =>
    Effect.zipWith(
      ofMove,
      Effect.forEach(order.lines, () => eventId),
      (facts, restockedIds) => ({ ...facts, restockedIds })
    )
  const withoutRestock: Effect.Effect<RestockFacts> = Effect.map(ofMove, (facts) => ({ ...facts, restockedIds: [] }))
  return {
    ofMove,
    ofRestock,
    ofSettlement: (order: Order, restock: boolean) => (restock ? ofRestock(order) : withoutRestock),
    ofStock: Effect.all({ changed: eventId, restocked: eventId, now: DateTime.now })
  }
})
