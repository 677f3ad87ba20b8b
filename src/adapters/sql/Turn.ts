/** The driver of SQLite waits for its lock with the event loop standing: others get a turn before it may wait again. */
import { Effect, Scope } from "effect"

/** Where it took long, the connection of this scope is not lent again before the event loop has gone round. */
export const after = <A, E, R>(effect: Effect.Effect<A, E, R>, scope: Scope.Scope): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const started = performance.now()
    const late = Effect.suspend(() =>
      performance.now() - started < noticeable ? Effect.void : Scope.addFinalizer(scope, round)
    )
    // The driver answers at once: there is no moment at which it could be interrupted.
    return Effect.matchCauseEffect(effect, {
      onSuccess: (answer) => Effect.as(late, answer),
      onFailure: (cause) => Effect.zipRight(late, Effect.failCause(cause))
    })
  })

// internal

const noticeable = 5

/** Not a timer: those that are due run in one turn. */
const round = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
