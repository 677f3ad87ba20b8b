/** The driver of SQLite waits for its lock with the event loop standing: others get a turn before it may wait again. */
import { Effect, Scope } from "effect"

/** Where it took long, the connection is not lent again before the event loop has gone round. */
export const after = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Scope.Scope> =>
  Effect.flatMap(Effect.scope, (scope) => {
    const started = performance.now()
    return Effect.ensuring(
      effect,
      Effect.suspend(() => (performance.now() - started < noticeable ? Effect.void : Scope.addFinalizer(scope, round)))
    )
  })

// internal

const noticeable = 5

/** Not a timer: those that are due run in one turn. */
const round = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
