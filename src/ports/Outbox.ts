import { type Array, Context, type DateTime, type Effect } from "effect"
import type { Delivery, State } from "../domain/Delivery.js"
import type { Event, EventId } from "../domain/Event.js"
import type { LeaseToken } from "../domain/Lease.js"
import type { Position } from "../domain/Page.js"
import type { StoreError } from "./StoreError.js"

/** A share of the deliveries, asked for by one relay. */
export interface Claim {
  /** Whoever claims has one that no other claim has. */
  readonly token: LeaseToken
  readonly now: DateTime.Utc
  /** From then on others may claim what is not delivered. */
  readonly until: DateTime.Utc
  readonly limit: number
}

/** What became of a delivery that did not succeed. */
export interface Failed {
  readonly error: string
  /** When to try again; null parks it. */
  readonly dueAt: DateTime.Utc | null
}

/**
 * Events are rows, written in the same transaction as what they tell (`append`, `OrderRepository.move`,
 * `RefundRepository.finish`), and delivered after it, at least once. Events about the same aggregate keep the order in
 * which they were committed: the next one is not claimed before the one before it is delivered.
 */
export class Outbox extends Context.Tag("octavo/Outbox")<
  Outbox,
  {
    /** Writes events; in the transaction of what they tell, whose row is locked by then. */
    readonly append: (events: Array.NonEmptyReadonlyArray<Event>) => Effect.Effect<void, StoreError>
    /** The first events of their aggregates that are due and in nobody's hands, oldest first, from now on in this claim's. */
    readonly claim: (claim: Claim) => Effect.Effect<ReadonlyArray<Delivery>, StoreError>
    /** Marks a claimed event as delivered; `false`, and nothing is written, when the claim has lapsed to another. */
    readonly delivered: (id: EventId, token: LeaseToken, now: DateTime.Utc) => Effect.Effect<boolean, StoreError>
    /** Puts a claimed event away for a reason, as delivered to nobody: those after it go on. `false` as with `delivered`. */
    readonly undeliverable: (
      id: EventId,
      token: LeaseToken,
      reason: string,
      now: DateTime.Utc
    ) => Effect.Effect<boolean, StoreError>
    /** Lets a claimed event go, one failure the richer; `false` as with `delivered`. */
    readonly failed: (id: EventId, token: LeaseToken, failed: Failed) => Effect.Effect<boolean, StoreError>
    /** Deliveries in a state, by the id of their event, after a position (`[id]`). */
    readonly list: (
      state: State,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Delivery>, StoreError>
    /**
     * Lets a parked or undeliverable event go on, or all that are parked: due at once, in its place before those of its
     * aggregate that came after it and were not delivered, its failures forgotten. How many there were.
     */
    readonly retry: (id: EventId | null, now: DateTime.Utc) => Effect.Effect<number, StoreError>
  }
>() {}
