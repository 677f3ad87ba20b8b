/** Every adapter of the stores passes one suite of laws. */
import { Duration, Effect, Either, type Layer, ManagedRuntime } from "effect"
import type { Stores } from "../ports/Stores.js"
import { type Law, LawBroken, Rounds } from "./Law.js"
import { laws } from "./laws/index.js"

export interface CheckOptions {
  /** How often each race is run; the environment's `OCTAVO_ROUNDS`, or 5, unless said otherwise. */
  readonly rounds?: number
  /** How long one law may take before it counts as broken: 60 seconds, or 5 a round, unless said otherwise. */
  readonly timeLimit?: Duration.DurationInput
}

/** A test runner, such as vitest, or node:test with its `before` and `after`. */
export interface Runner {
  readonly describe: (name: string, register: () => void) => unknown
  readonly it: (name: string, run: () => Promise<void>, milliseconds: number) => unknown
  readonly afterAll: (run: () => Promise<void>) => unknown
}

export interface SuiteOptions extends CheckOptions {
  /** Vitest unless said otherwise. */
  readonly runner?: Runner
  /** Which laws are run; all unless said otherwise. */
  readonly laws?: ReadonlyArray<Law>
}

/** Runs one law on stores of its own. */
export const check = <E>(
  law: Law,
  stores: Layer.Layer<Stores, E>,
  options: CheckOptions = {}
): Effect.Effect<void, LawBroken | E> => Effect.provide(bounded(law, options), stores)

/**
 * Registers a test for each law; the stores are built once, and may hold books and orders already. Events that wait
 * there are held back for an hour, and parked ones are let go on. Await it at the top of a test file.
 */
export const suite = async <E>(
  name: string,
  stores: Layer.Layer<Stores, E>,
  options: SuiteOptions = {}
): Promise<void> => {
  const { describe, it, afterAll } = options.runner ?? (await import("vitest"))
  describe(name, () => {
    const runtime = ManagedRuntime.make(stores)
    afterAll(() => runtime.dispose())
    for (const law of options.laws ?? laws) {
      it(law.name, () => run(runtime, law, options), Duration.toMillis(timeLimit(options)) + 5000)
    }
  })
}

// internal

const run = async <E>(runtime: ManagedRuntime.ManagedRuntime<Stores, E>, law: Law, options: CheckOptions) => {
  const verdict = await runtime.runPromise(Effect.either(bounded(law, options)))
  if (Either.isLeft(verdict)) throw verdict.left
}

const timeLimit = ({ timeLimit, rounds = fromEnvironment() }: CheckOptions) =>
  timeLimit === undefined ? Duration.seconds(Math.max(60, 5 * rounds)) : Duration.decode(timeLimit)

const bounded = (law: Law, options: CheckOptions) =>
  law.check.pipe(
    Effect.timeoutFail({
      duration: timeLimit(options),
      onTimeout: () => new LawBroken({ message: "the check did not come to an end" })
    }),
    Effect.provideService(Rounds, options.rounds ?? fromEnvironment())
  )

/** How often a race is run where nobody says. */
export const fromEnvironment = (): number => {
  const rounds = Number(globalThis.process?.env.OCTAVO_ROUNDS)
  return Number.isInteger(rounds) && rounds > 0 ? rounds : 5
}
