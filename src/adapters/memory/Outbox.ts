import { DateTime, Effect, Either, HashMap, Layer, Option, Schema } from "effect"
import { Delivery } from "../../domain/Delivery.js"
import * as Event from "../../domain/Event.js"
import type { LeaseToken } from "../../domain/Lease.js"
import * as Text from "../../domain/Text.js"
import { type Claim, type Failed, Outbox } from "../../ports/Outbox.js"
import { type Change, leave, type State, type Told, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Outbox, never, Store> = Layer.effect(
  Outbox,
  Effect.map(Store, (store) => ({
    append: (events) => store.change((state) => tell(state, "Outbox.append", events)),

    claim: (claim) => store.change((state) => claimed(state, claim)),

    delivered: (id, token) => store.change((state) => mark(state, id, token, (delivery) => delivered(state, delivery))),

    undeliverable: (id, token, reason) =>
      store.change((state) =>
        Text.isStorable(reason)
          ? mark(state, id, token, (delivery) =>
              put(state, new Delivery({ ...delivery, state: "undeliverable", error: reason }, true))
            )
          : violation("Outbox.undeliverable", "a reason is text that every store can hold")
      ),

    failed: (id, token, failed) =>
      store.change((state) =>
        Text.isStorable(failed.error)
          ? mark(state, id, token, (delivery) => put(state, failure(delivery, failed)))
          : violation("Outbox.failed", "an error is text that every store can hold")
      ),

    list: (wanted, position, limit) =>
      store.read(({ told }) =>
        Either.right(
          [...HashMap.values(told)]
            .map(({ delivery }) => delivery)
            .filter(
              ({ state, event }) =>
                state === wanted && (position === null || Text.compare(event.id, String(position[0])) > 0)
            )
            .sort(byId)
            .slice(0, limit)
        )
      ),

    retry: (id, now) => store.change((state) => retried(state, id, now))
  }))
)

/** Events go out with the change that they tell. */
export const tell = (state: State, operation: string, events: ReadonlyArray<Event.Event>): Change<void> =>
  Either.gen(function* () {
    let next = state
    for (const event of events) {
      if (!isSound(event)) yield* violation(operation, "an event is as its schema says")
      if (HashMap.has(next.told, event.id)) yield* violation(operation, "an event has an id of its own")
      const delivery = new Delivery({ event, state: "waiting", attempts: 0, dueAt: event.at, error: null }, true)
      const queue = Option.getOrElse(HashMap.get(next.queues, Event.aggregate(event)), () => [])
      next = {
        ...put(next, delivery),
        queues: HashMap.set(next.queues, Event.aggregate(event), [...queue, event.id])
      }
    }
    return [undefined, next] as const
  })

// internal

const isSound = Schema.is(
  Schema.Union(
    Schema.Struct(Event.OrderConfirmed.fields),
    Schema.Struct(Event.OrderPaymentFailed.fields),
    Schema.Struct(Event.OrderCancelled.fields),
    Schema.Struct(Event.OrderRefunded.fields),
    Schema.Struct(Event.OrderFulfilled.fields),
    Schema.Struct(Event.PreBookingNotified.fields),
    Schema.Struct(Event.PreBookingHeld.fields),
    Schema.Struct(Event.PreBookingExpired.fields),
    Schema.Struct(Event.PreBookingWithdrawn.fields),
    Schema.Struct(Event.PaymentReturned.fields),
    Schema.Struct(Event.StockChanged.fields),
    Schema.Struct(Event.BookRestocked.fields)
  )
)

const byId = (a: Delivery, b: Delivery): number => Text.compare(a.event.id, b.event.id)

const put = (state: State, delivery: Delivery, claim: Told["claim"] = null): State => ({
  ...state,
  told: HashMap.set(state.told, delivery.event.id, { delivery, claim })
})

/**
 * Only the first of an aggregate is ever claimed: whatever holds it up holds up those after it. What is undeliverable
 * keeps its place, and is passed over.
 */
const claimed = (state: State, { token, now, until, limit }: Claim): Change<ReadonlyArray<Delivery>> => {
  const due: Array<Delivery> = []
  for (const queue of HashMap.values(state.queues)) {
    const told = firstOf(state, queue)
    if (told !== undefined && isDue(told, now)) due.push(told.delivery)
  }
  const mine = due.sort(byId).slice(0, limit)
  return leave(
    mine,
    mine.reduce((next, delivery) => put(next, delivery, { token, until }), state)
  )
}

const firstOf = (state: State, queue: ReadonlyArray<Event.EventId>): Told | undefined => {
  for (const id of queue) {
    const told = Option.getOrUndefined(HashMap.get(state.told, id))
    if (told?.delivery.state !== "undeliverable") return told
  }
  return undefined
}

const isDue = ({ delivery, claim }: Told, now: DateTime.Utc): boolean =>
  delivery.state === "waiting" &&
  DateTime.lessThanOrEqualTo(delivery.dueAt, now) &&
  (claim === null || DateTime.lessThanOrEqualTo(claim.until, now))

const mark = (
  state: State,
  id: Event.EventId,
  token: LeaseToken,
  next: (delivery: Delivery) => State
): Change<boolean> => {
  const told = Option.getOrUndefined(HashMap.get(state.told, id))
  return told?.claim?.token === token ? leave(true, next(told.delivery)) : leave(false, state)
}

const delivered = (state: State, delivery: Delivery): State => {
  const aggregate = Event.aggregate(delivery.event)
  const rest = Option.getOrElse(HashMap.get(state.queues, aggregate), () => []).filter((id) => id !== delivery.event.id)
  return {
    ...put(state, new Delivery({ ...delivery, state: "delivered" }, true)),
    queues: rest.length === 0 ? HashMap.remove(state.queues, aggregate) : HashMap.set(state.queues, aggregate, rest)
  }
}

const failure = (delivery: Delivery, { error, dueAt }: Failed): Delivery =>
  new Delivery(
    {
      ...delivery,
      state: dueAt === null ? "parked" : "waiting",
      attempts: delivery.attempts + 1,
      dueAt: dueAt ?? delivery.dueAt,
      error
    },
    true
  )

const retried = (state: State, id: Event.EventId | null, now: DateTime.Utc): Change<number> => {
  const given = [...HashMap.values(state.told)].filter(({ delivery }) =>
    id === null
      ? delivery.state === "parked"
      : delivery.event.id === id && (delivery.state === "parked" || delivery.state === "undeliverable")
  )
  return leave(
    given.length,
    given.reduce(
      (next, { delivery }) => put(next, new Delivery({ ...delivery, state: "waiting", attempts: 0, dueAt: now }, true)),
      state
    )
  )
}
