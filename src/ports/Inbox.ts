import { Context, type DateTime, type Effect } from "effect"
import type { StoreError } from "./StoreError.js"

/** Remembers what has been told from outside, in the transaction of its effect. */
export class Inbox extends Context.Tag("octavo/Inbox")<
  Inbox,
  {
    /** Whether this is the first time that `source` tells `id`, by constraint: of concurrent callers one is told so. */
    readonly accept: (source: string, id: string, now: DateTime.Utc) => Effect.Effect<boolean, StoreError>
  }
>() {}
