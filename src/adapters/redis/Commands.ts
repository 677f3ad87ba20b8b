/** How Redis is asked: by script, and for a time that has an end. */
import { Duration, Effect } from "effect"
import { AbortError, ErrorReply } from "redis"
import { StoreError } from "../../ports/StoreError.js"
import { storeError } from "./Failure.js"
import type { Script } from "./Scripts.js"

/** A client of the `redis` package, connected by whoever made it: one connection, a pool, a cluster or a sentinel. */
export interface Client {
  readonly withCommandOptions: (options: {
    readonly abortSignal: AbortSignal
    readonly typeMapping: Record<never, never>
  }) => Scripted
}

interface Scripted {
  readonly eval: (script: string, options: Given) => Promise<unknown>
  readonly evalSha: (sha1: string, options: Given) => Promise<unknown>
}

interface Given {
  keys: Array<string>
  arguments: Array<string>
}

/** Runs a script on a key. `lost` is what became of it when it may have been sent and no answer came. */
export type Run = (
  operation: string,
  lost: StoreError["outcome"],
  script: Script,
  key: string,
  values: ReadonlyArray<string>
) => Effect.Effect<unknown, StoreError>

/**
 * The limit is of real time, whatever the clock of the program: it is the network that is waited for. What was not
 * sent by then, or before an interruption, never will be.
 */
export const make =
  (client: Client, limit: Duration.Duration): Run =>
  (operation, lost, script, key, values) =>
    Effect.async((resume) => {
      const stop = new AbortController()
      const late = (outcome: StoreError["outcome"]) => {
        const cause = new Error(`no answer from Redis within ${Duration.format(limit)}`)
        resume(Effect.fail(new StoreError({ operation, outcome, retryable: true, cause })))
      }
      const timer = setTimeout(() => {
        stop.abort()
        // A client that has not sent it says so before the event loop goes on.
        setTimeout(() => late(lost))
      }, Duration.toMillis(limit))
      ask(client, script, { keys: [key], arguments: [...values] }, stop.signal)
        .then(
          (answer) => resume(Effect.succeed(answer)),
          (error: unknown) =>
            error instanceof AbortError ? late("NotStarted") : resume(Effect.fail(storeError(operation, error, lost)))
        )
        .finally(() => clearTimeout(timer))
      return Effect.sync(() => {
        clearTimeout(timer)
        stop.abort()
      })
    })

// internal

/** By its hash, and in full when the server does not know it, or no longer. */
const ask = async (client: Client, { sha1, text }: Script, given: Given, abortSignal: AbortSignal) => {
  // Whatever the host's client makes of answers, here they are texts and numbers.
  const scripted = client.withCommandOptions({ abortSignal, typeMapping: {} })
  try {
    return await scripted.evalSha(sha1, given)
  } catch (error) {
    if (error instanceof ErrorReply && error.message.startsWith("NOSCRIPT")) return await scripted.eval(text, given)
    throw error
  }
}
