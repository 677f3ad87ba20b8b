import { Effect, Either, HashMap, Layer } from "effect"
import type { OrderEvent } from "../../domain/Event.js"
import * as Text from "../../domain/Text.js"
import { Outbox } from "../../ports/Outbox.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Outbox, never, Store> = Layer.effect(
  Outbox,
  Effect.map(Store, (store) => ({
    waiting: (limit) =>
      store.read(({ events }) =>
        Either.right([...HashMap.values(events)].sort((a, b) => Text.compare(a.id, b.id)).slice(0, limit))
      )
  }))
)

/** The event goes out with the change that it tells. */
export const tell = (state: State, operation: string, event: OrderEvent): Change<void> =>
  HashMap.has(state.events, event.id)
    ? violation(operation, "an event has an id of its own")
    : leave(undefined, { ...state, events: HashMap.set(state.events, event.id, event) })
