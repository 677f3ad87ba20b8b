/** What goes on beside the requests for as long as the server is there. */
import { Deferred, type Duration, Effect, Fiber, Option, Ref, type Scope } from "effect"

export interface Work<E, R> {
  /** Said when it fails, and when it does so no more. */
  readonly name: string
  readonly every: Duration.DurationInput
  /** How long the end waits for what is in flight. */
  readonly patience: Duration.DurationInput
  readonly pass: Effect.Effect<unknown, E, R>
}

/** Does it now and again and again until the scope closes. Trouble is told once, and passes. */
export const start = <E, R>({ name, every, patience, pass }: Work<E, R>): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const stop = yield* Deferred.make<void>()
    const inTrouble = yield* Ref.make(false)
    const works = Effect.whenEffect(Effect.logInfo(`${name} works again`), Ref.getAndSet(inTrouble, false))
    const turn = pass.pipe(
      Effect.zipRight(works),
      Effect.catchAllCause((cause) =>
        Effect.unlessEffect(
          Effect.logWarning(`${name} does not work; it is tried again`, cause),
          Ref.getAndSet(inTrouble, true)
        )
      ),
      Effect.zipRight(Effect.timeoutOption(Deferred.await(stop), every))
    )
    yield* Effect.acquireRelease(
      Effect.forkDaemon(Effect.interruptible(Effect.repeat(turn, { until: Option.isSome }))),
      (fiber) =>
        Deferred.succeed(stop, undefined).pipe(
          Effect.zipRight(Effect.interruptible(Effect.timeoutOption(Fiber.await(fiber), patience))),
          Effect.zipRight(Fiber.interrupt(fiber))
        )
    )
  })
