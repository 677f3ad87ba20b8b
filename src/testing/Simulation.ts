/**
 * A whole bookstore, simulated: processes that die and stand still, a database whose links are lost, a payment provider
 * that answers late or not at all, and customers who ask again. Everything in a run is drawn from its seed, so that what
 * was seen once can be seen again, and the invariants are checked at every committed instant.
 */

import { globalValue } from "effect/GlobalValue"
import * as Machine from "./simulation/Machine.js"
import type { Command, Invariant, Options, View, Who } from "./simulation/Options.js"
import type { Capture } from "./simulation/Provider.js"
import * as World from "./simulation/World.js"

export type { Parts, Shop } from "./simulation/Machine.js"
export type { Run, Violation } from "./simulation/World.js"
export type { Capture, Command, Invariant, Options, View, Who }

export interface Simulation {
  /** One run; it takes some milliseconds, and nothing of it is left afterwards. */
  readonly run: (seed: number) => World.Run
  /** The same run, with its trace. */
  readonly replay: (seed: number) => World.Run
  /** The first run with a violation among so many seeds, replayed; null when there is none. */
  readonly search: (seeds: { readonly from?: number; readonly count: number }) => World.Run | null
}

/** A simulation, of octavo alone unless the host brings something of its own. */
export const make = <R = never>(options: Options<R> = {}): Simulation => {
  let machines: Machines | null = null
  let dead = 0
  const run = (seed: number) => {
    machines ??= machinesFor(options, false)
    const place = machines
    const done = contained(() => World.run(seed, place, options, false))
    // What the dead were at work on is remembered by the services for ever.
    dead += done.crashes
    if (dead > mostDead) [machines, dead] = [null, 0]
    return done
  }
  let traced: Machines | null = null
  const replay = (seed: number) => {
    traced ??= machinesFor(options, true)
    const place = traced
    return contained(() => World.run(seed, place, options, true))
  }
  return {
    run,
    replay,
    search: ({ from = 1, count }) => {
      for (let seed = from; seed < from + count; seed++) {
        if (run(seed).violations.length > 0) return replay(seed)
      }
      return null
    }
  }
}

/** What a run has to say for itself: its trace, if it has one, and what was wrong, with the line that shows it again. */
export const describe = ({ seed, violations, trace, steps }: World.Run): string =>
  [
    ...trace,
    ...violations.map(({ message, at, step }) => `seed ${seed}, step ${step}, ${at} ms: ${message}`),
    violations.length === 0
      ? `seed ${seed}: no violation in ${steps} steps`
      : `Again: npm run simulate -- --seed ${seed}`
  ].join("\n")

// internal

type Machines = readonly [Machine.Machine, ...ReadonlyArray<Machine.Machine>]

const machinesFor = <R>({ parts = {} }: Options<R>, tracing: boolean): Machines => [
  Machine.make("p1", parts, tracing),
  Machine.make("p2", parts, tracing),
  Machine.make("p3", parts, tracing)
]

const mostDead = 2_000

/** Effect remembers every fiber that has not ended, and those of a dead process never do; stacks nobody reads cost time. */
const contained = <A>(run: () => A): A => {
  const { roots } = globalValue(Symbol.for("effect/FiberScope/Global"), () => ({ roots: new Set<unknown>() }))
  const before = new Set(roots)
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return run()
  } finally {
    Error.stackTraceLimit = limit
    for (const root of roots) if (!before.has(root)) roots.delete(root)
  }
}
