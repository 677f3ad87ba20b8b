/** SIGINT and SIGTERM: the first asks for an end, the second has it at once. */
import { Deferred, Effect, type Scope } from "effect"

export type Signal = "SIGINT" | "SIGTERM"

/** Done with the first signal that comes within the scope. */
export const first: Effect.Effect<Deferred.Deferred<Signal>, never, Scope.Scope> = Effect.gen(function* () {
  const deferred = yield* Deferred.make<Signal>()
  let count = 0
  const on = (signal: Signal) => {
    count++
    if (count > 1) process.exit(exitCode(signal))
    Deferred.unsafeDone(deferred, Effect.succeed(signal))
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      for (const signal of signals) process.on(signal, on)
    }),
    () =>
      Effect.sync(() => {
        for (const signal of signals) process.off(signal, on)
      })
  )
  return deferred
})

/** Does the work, unless a signal ends it; the exit code says which. */
export const unless = <E, R>(work: Effect.Effect<number, E, R>): Effect.Effect<number, E, R> =>
  Effect.scoped(Effect.flatMap(first, (signal) => Effect.raceFirst(work, Effect.map(Deferred.await(signal), exitCode))))

/** What a shell reports of a program that the signal ended. */
export const exitCode = (signal: Signal): number => (signal === "SIGINT" ? 130 : 143)

// internal

const signals = ["SIGINT", "SIGTERM"] as const
