/** What decisions need that cannot be decided: the time, and ids. */
import { DateTime, Effect } from "effect"
import { EventId } from "../domain/Event.js"
import type { Order, RestockFacts } from "../domain/Order.js"
import { PaymentKey } from "../domain/Payment.js"
import type { Facts } from "../domain/Settlement.js"
import { IdGenerator } from "../ports/IdGenerator.js"

export const make = Effect.map(IdGenerator, (ids) => {
  const eventId = Effect.map(ids.next, (id) => EventId.make(id))
  const ofMove = Effect.all({ eventId, now: DateTime.now })
  const ofRestock = (order: Order): Effect.Effect<RestockFacts> =>
    Effect.all({ eventId, now: DateTime.now, restockedIds: Effect.forEach(order.lines, () => eventId) })
  return {
    ofMove,
    ofRestock,
    ofSettlement: (order: Order, restock: boolean): Effect.Effect<Facts> =>
      Effect.all({
        eventId,
        now: DateTime.now,
        restockedIds: restock ? Effect.forEach(order.lines, () => eventId) : Effect.succeed([]),
        refundKey: Effect.map(ids.next, (id) => PaymentKey.make(id))
      }),
    ofStock: Effect.all({ changed: eventId, restocked: eventId, now: DateTime.now })
  }
})
