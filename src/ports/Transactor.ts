import { Context, type Effect } from "effect"
import type { StoreError } from "./StoreError.js"

/** Makes several repository calls one unit. */
export class Transactor extends Context.Tag("octavo/Transactor")<
  Transactor,
  {
    /**
     * Keeps everything that `effect` writes, or nothing: on failure, defect and interruption too. Serialization failures,
     * deadlocks and busy stores are retried from the start, with a bound. Inside a transaction, the host's included, it
     * joins: its own failure undoes its own part, and what the outer one undoes is gone.
     */
    readonly transact: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
    /** Whether the caller already is inside a transaction, of octavo or of the host. */
    readonly isOpen: Effect.Effect<boolean>
  }
>() {}
