/** What a failure of the client means: whether Redis has done what it was asked, and whether it may be asked again. */
import { ClientClosedError, ClientOfflineError, ErrorReply, MaxCommandRedirectionsError } from "redis"
import { StoreError } from "../../ports/StoreError.js"

/** `lost` is what became of what was asked if the answer was lost. */
export const storeError = (operation: string, error: unknown, lost: StoreError["outcome"]): StoreError => {
  const cause = readable(error)
  const told = (outcome: StoreError["outcome"], retryable: boolean) =>
    new StoreError({ operation, outcome, retryable, cause })
  if (error instanceof ErrorReply) return told("RolledBack", passing.test(error.message))
  if (error instanceof MaxCommandRedirectionsError) return told("RolledBack", true)
  // Nobody but the host can open it again.
  if (error instanceof ClientClosedError) return told("NotStarted", false)
  if (error instanceof ClientOfflineError || cause.message === queueIsFull) return told("NotStarted", true)
  return told(lost, true)
}

/** What is there was not written by octavo, or not by this one. */
export const unreadable = (operation: string, why: unknown): StoreError =>
  new StoreError({
    operation,
    outcome: "RolledBack",
    retryable: false,
    cause: new Error("the key holds something that is no lease", { cause: why })
  })

// internal

/** Refusals that pass: a server that starts or changes its role, a cluster on the move, a script that runs, full memory. */
const passing = /^(ASK|BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|MOVED|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNBLOCKED)\b/

const queueIsFull = "The queue is full"

/** Node gives several failed addresses of one host as an AggregateError without a message. */
const readable = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(String(error))
  if (!(error instanceof AggregateError) || error.message !== "") return error
  return new Error(error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; "), {
    cause: error
  })
}
