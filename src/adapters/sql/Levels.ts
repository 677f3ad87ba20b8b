/** Transactions within transactions on one connection: which one a caller is in, and what may be done there when. */
import { TransactionConnection as Open } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { Context, Effect, Option } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import { undoesAll } from "./Failure.js"

/** A transaction, the host's included, or a savepoint in one; each is an object of its own. */
export type Level = readonly [connection: Connection, depth: number]

export const isOpen: Effect.Effect<boolean> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(current(fiber.currentContext) !== undefined)
)

/** In the innermost transaction around the caller that has not ended, once no nested one is at work in it; else alone. */
export const joined = <A, E, R, B, F, S>(
  inside: (level: Level) => Effect.Effect<A, E, R>,
  alone: () => Effect.Effect<B, F, S>,
  opens = false
): Effect.Effect<A | B, E | F | StoreError, R | S> =>
  Effect.withFiberRuntime((fiber) => {
    const level = current(fiber.currentContext)
    if (level !== undefined && isUndone(level)) return Effect.fail(undoneByStore())
    // The client looks for a transaction too, and would find the one that has ended.
    if (level === undefined) {
      const { currentContext } = fiber
      return Option.isNone(Context.getOption(currentContext, Open))
        ? alone()
        : Effect.mapInputContext(alone(), withoutOpen<S>)
    }
    let turns = siblings.get(level)
    if (turns === undefined) {
      if (!opens) return inside(level)
      turns = Effect.unsafeMakeSemaphore(1)
      siblings.set(level, turns)
    }
    // The transaction may end while one waits for a turn in it.
    return turns.withPermits(1)(Effect.suspend(() => (ended.has(level) ? joined(inside, alone, opens) : inside(level))))
  })

/** Notes what has failed: of some troubles SQLite undoes the whole transaction, and would keep what is written after. */
export const failedIn = (level: Level, error: StoreError): void => {
  if (undoesAll(error.cause)) undone.add(root(level))
}

export const isUndone = (level: Level): boolean => undone.has(root(level))

export const nest = (level: Level, outer: Level): void => {
  around.set(level, outer)
}

/** A fiber may outlive the transaction that it was forked in, and must not write on a connection lent to another. */
export const end = (level: Level): void => {
  ended.add(level)
}

export const undoneByStore = (): StoreError =>
  new StoreError({
    operation: "transact",
    outcome: "RolledBack",
    retryable: false,
    cause: new Error("the store has undone this transaction after a failure in it")
  })

// internal

const withoutOpen = <R>(context: Context.Context<R>) => Context.omit(Open)(context as never) as Context.Context<R>

const current = (context: Context.Context<never>): Level | undefined => {
  let level = Option.getOrUndefined(Context.getOption(context, Open))
  while (level !== undefined && ended.has(level)) level = around.get(level)
  return level
}

const root = (level: Level): Level => {
  const outer = around.get(level)
  return outer === undefined ? level : root(outer)
}

/** Of these, by their roots, nothing is kept any more. */
const undone = new WeakSet<Level>()

const ended = new WeakSet<Level>()
const around = new WeakMap<Level, Level>()

/** Savepoints of one connection are a stack: what is done beside one that is open would be undone with it. */
const siblings = new WeakMap<Level, Effect.Semaphore>()
