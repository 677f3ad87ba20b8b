/** One store: its state, and who may touch it when. */
import { Context, DateTime, Effect, Either, Exit, Layer } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import * as State from "./State.js"
import * as Turns from "./Turns.js"

const make = () => {
  const committed: Scope = { inTurn: Turns.make(), outer: null, state: State.empty, open: true }

  /** The innermost transaction of this store that is still open around the caller, else the store itself. */
  const current = Effect.map(Transactions, (transactions) => {
    let scope = transactions.get(committed) ?? committed
    while (!scope.open && scope.outer !== null) scope = scope.outer
    return scope
  })

  const enter = <A, E, R>(use: (scope: Scope) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(current, (scope) =>
      // A transaction may end while one waits for a turn in it; then the turn is to be had further out.
      scope.inTurn(Effect.suspend(() => (scope.open ? use(scope) : enter(use))))
    )

  const change = <A, E>(scope: Scope, change: State.Change<A, E>): Either.Either<A, E> =>
    Either.map(change, ([answer, next]) => {
      scope.state = next
      return answer
    })

  return {
    /** Answers from the state as it is when its turn comes. */
    read: <A, E = never>(reading: (state: State.State) => Either.Either<A, E>): Effect.Effect<A, E> =>
      enter((scope) => reading(scope.state)),

    /** Makes a change whole, or not at all when it refuses or dies. */
    change: <A, E>(operation: (state: State.State) => State.Change<A, E>): Effect.Effect<A, E> =>
      enter((scope) => change(scope, operation(scope.state))),

    /** As `change`, told the time when its turn comes: it may have waited for that. */
    changeAt: <A, E>(operation: (state: State.State, now: DateTime.Utc) => State.Change<A, E>): Effect.Effect<A, E> =>
      enter((scope) => Effect.flatMap(DateTime.now, (now) => change(scope, operation(scope.state, now)))),

    /** Works on a state of its own, which the scope around it takes over only on success: there is nothing to undo. */
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
      enter((outer) =>
        Effect.uninterruptibleMask((restore) => {
          const scope: Scope = { inTurn: Turns.make(), outer, state: outer.state, open: true }
          return Transactions.pipe(
            Effect.flatMap((transactions) =>
              restore(Effect.provideService(effect, Transactions, new Map(transactions).set(committed, scope)))
            ),
            Effect.exit,
            Effect.flatMap((exit): Exit.Exit<A, E | StoreError> => {
              scope.open = false
              if (Exit.isFailure(exit)) return exit
              if (!outer.open) return Exit.fail(orphaned())
              outer.state = scope.state
              return exit
            })
          )
        })
      ),

    isOpen: Effect.map(current, (scope) => scope !== committed)
  }
}

export class Store extends Context.Tag("octavo/adapters/memory/Store")<Store, ReturnType<typeof make>>() {}

/** An empty store for each build. */
export const layer: Layer.Layer<Store> = Layer.sync(Store, make)

// internal

/** What is committed, or a transaction on it: whoever is in a nested one has the turn in the one around it. */
interface Scope {
  readonly inTurn: Turns.InTurn
  readonly outer: Scope | null
  state: State.State
  open: boolean
}

/** By store, so that a transaction of one store is none of another; in the context, so that forked children join. */
class Transactions extends Context.Reference<Transactions>()("octavo/adapters/memory/Transactions", {
  defaultValue: (): ReadonlyMap<Scope, Scope> => new Map()
}) {}

const orphaned = () =>
  new StoreError({
    operation: "Transactor.transact",
    outcome: "RolledBack",
    retryable: false,
    cause: new Error("the transaction around it has ended")
  })
