import { Context, Effect } from "effect"
import type { Entry } from "../domain/Fulfilment.js"

/**
 * Where a host wants to hear of what workers do, beside the history that the store keeps. It is told after a command
 * has taken effect, at most once, and without making the worker wait: what it misses is counted, and stays in the history.
 * It misses what is done inside a transaction of the host's, of which nobody knows yet whether it will be kept.
 */
export class AuditSink extends Context.Reference<AuditSink>()("octavo/AuditSink", {
  defaultValue: (): { readonly forward: (entry: Entry) => Effect.Effect<unknown, unknown> } => ({
    forward: () => Effect.void
  })
}) {}
