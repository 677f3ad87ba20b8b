import { Schema } from "effect"

/**
 * Trouble with a store: down, busy past its retries, or refusing. `outcome` says what became of the transaction;
 * `unknown` when the link was lost at its commit. A bug in octavo is a defect, never this.
 */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  outcome: Schema.Literal("NotStarted", "RolledBack", "Unknown"),
  /** The same call may succeed later; whoever makes it again decides anew on what is then there. */
  retryable: Schema.Boolean,
  cause: Schema.Defect
}) {
  override get message(): string {
    return `${this.operation} (${this.outcome}): ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}
