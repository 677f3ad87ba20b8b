import { Context, type Effect } from "effect"
import type { StoreError } from "./StoreError.js"

/** Whether the store answers. */
export class StoreHealth extends Context.Tag("octavo/StoreHealth")<
  StoreHealth,
  {
    /** Asks the store something cheap. */
    readonly check: Effect.Effect<void, StoreError>
  }
>() {}
