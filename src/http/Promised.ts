/** For callers without Effect. */
import { Cause, type Effect, Exit, type ManagedRuntime } from "effect"

/** The value of an effect; what it failed with is thrown as it is. */
export const run = async <A, E, R, ER>(
  runtime: ManagedRuntime.ManagedRuntime<R, ER>,
  effect: Effect.Effect<A, E, R>
): Promise<A> => {
  const exit = await runtime.runPromiseExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}
