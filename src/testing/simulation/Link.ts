/** The memory stores' own `Store`, as a process has it that reaches its database over a link. */
import { Context, DateTime, Effect, Either, Exit } from "effect"
import type { State } from "../../adapters/memory/State.js"
import type { Store } from "../../adapters/memory/Store.js"
import type { StoreError } from "../../ports/StoreError.js"
import { type Answer, type Database, isConflict, type Transaction } from "./Database.js"
import type { Process } from "./Process.js"
import type { Timeline } from "./Timeline.js"

/** Where the link leads to now: a process has another one in each run. */
export interface Ends {
  readonly timeline: Timeline
  readonly database: Database
  readonly process: Process
}

export const make = (ends: () => Ends): Context.Tag.Service<Store> => {
  /** What is asked of the database takes two steps: the question on its way there, the answer on its way back. */
  const ask = <A, E>(serve: (ends: Ends, answer: (answer: Answer<A, E>) => void) => void): Effect.Effect<A, E> =>
    Effect.uninterruptible(
      Effect.async<A, E>((resume) => {
        const there = ends()
        // A trouble of the store is told to services as what it is: their signatures have it, those of `Store` do not.
        there.timeline.soon(there.process, () => serve(there, (answer) => resume(answer as Either.Either<A, E>)))
      })
    )

  const open = Effect.map(Current, (transaction) => (transaction?.open === true ? transaction : null))

  const change: Context.Tag.Service<Store>["change"] = (operation) =>
    Effect.flatMap(open, (transaction) =>
      ask(({ database, process }, answer) =>
        transaction === null
          ? database.write(process, operation, answer)
          : answer(database.within(transaction, operation))
      )
    )

  const begin = ask<Transaction, StoreError>(({ database, process }, answer) => database.begin(process, answer))

  const commit = (transaction: Transaction): Effect.Effect<void, StoreError> => {
    transaction.committing = true
    return ask(({ database }, answer) => answer(database.commit(transaction)))
  }

  const rollback = (transaction: Transaction) =>
    ask<void, never>(({ database }, answer) => {
      database.rollback(transaction)
      answer(Either.void)
    })

  const once = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(begin, (transaction) =>
        Effect.flatMap(
          Effect.exit(restore(Effect.provideService(effect, Current, transaction))),
          (exit): Effect.Effect<A, E | StoreError> =>
            Exit.isSuccess(exit)
              ? Effect.zipRight(commit(transaction), exit)
              : Effect.zipRight(rollback(transaction), exit)
        )
      )
    )

  /** A part that fails is undone alone. */
  const nested = <A, E, R>(effect: Effect.Effect<A, E, R>, around: Transaction): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const before: State = around.state
      return Effect.onExit(effect, (exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit) && around.open) around.state = before
        })
      )
    })

  return {
    read: (reading) =>
      Effect.flatMap(open, (transaction) =>
        ask(({ database }, answer) =>
          answer(
            transaction === null
              ? database.read(reading)
              : database.within(transaction, (state) => Either.map(reading(state), (found) => [found, state] as const))
          )
        )
      ),
    change,
    changeAt: (operation) => Effect.flatMap(DateTime.now, (now) => change((state) => operation(state, now))),
    transact: (effect) =>
      Effect.flatMap(open, (around) =>
        around === null
          ? Effect.retry(once(effect), { while: (error) => isConflict(error), times: 5 })
          : nested(effect, around)
      ),
    isOpen: Effect.map(open, (transaction) => transaction !== null)
  }
}

// internal

/** In the context, so that forked children join. */
class Current extends Context.Reference<Current>()("octavo/testing/simulation/Transaction", {
  defaultValue: (): Transaction | null => null
}) {}
