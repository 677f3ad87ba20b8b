/** A process of the host's: it runs what it is asked to, and may stand still for long, or be gone between two steps. */
import { type Effect, Exit, FiberId, Runtime, type Scheduler } from "effect"
import type { Dice } from "./Dice.js"
import type { Owner, Step, Timeline } from "./Timeline.js"

/** What somebody outside asked a process to do. */
export interface Call {
  /** Whoever asked has gone, as when a client closes its connection. */
  readonly giveUp: () => void
}

export interface Process extends Owner {
  readonly name: string
  /** Runs an effect; `done` hears how it ended, or null when the process was gone before it did. */
  readonly run: <A, E, R>(
    runtime: Runtime.Runtime<R>,
    effect: Effect.Effect<A, E, R>,
    done: (exit: Exit.Exit<A, E> | null) => void
  ) => Call
  /** How many calls it has not answered yet. */
  readonly busy: () => number
  /** From now on nothing of it ever runs: no fiber, no finalizer. */
  readonly die: () => void
  readonly stop: () => void
  readonly goOn: () => void
}

/** `preempted` is the share of all steps of a fiber after which another one has its turn. */
export const make = (name: string, timeline: Timeline, dice: Dice, preempted: number): Process => {
  const waiting = new Set<(exit: null) => void>()
  /** What is to be done about one fiber keeps its order, or a fiber could be stopped before it is started. */
  const turns = new Map<object, Array<Scheduler.Task>>()
  let alive = true
  let held: Array<Step> | null = null
  const stretch = () => (preempted === 0 ? longest : 1 + dice.below(2 / preempted))
  let left = stretch()

  const scheduler: Scheduler.Scheduler = {
    // Fibers that never wait have to let others go on, too; few times, or nobody would ever come to an end.
    shouldYield: () => {
      if (--left > 0) return false
      left = stretch()
      return 0
    },
    scheduleTask: (task, _, fiber) => {
      if (!alive) return
      if (fiber === undefined) return timeline.soon(process, task)
      const behind = turns.get(fiber)
      if (behind !== undefined) behind.push(task)
      else {
        turns.set(fiber, [])
        timeline.soon(process, () => turn(fiber, task))
      }
    }
  }

  const turn = (fiber: object, task: Scheduler.Task) => {
    task()
    const behind = turns.get(fiber)
    const next = behind?.shift()
    if (next === undefined) turns.delete(fiber)
    else timeline.soon(process, () => turn(fiber, next))
  }

  const process: Process = {
    name,
    get alive() {
      return alive
    },
    get held() {
      return held
    },
    run: (runtime, effect, done) => {
      const told = (exit: Exit.Exit<unknown, unknown> | null) => {
        if (waiting.delete(told)) done(exit as Parameters<typeof done>[0])
      }
      waiting.add(told)
      if (!alive) {
        timeline.soon(null, () => told(null))
        return { giveUp: () => {} }
      }
      const fiber = Runtime.runFork(runtime)(effect, { scheduler, immediate: false })
      // The answer leaves the process in one step, and a process may be gone before it does.
      fiber.addObserver((exit) => timeline.soon(process, () => told(exit)))
      return {
        giveUp: () => {
          if (alive) timeline.soon(process, () => fiber.unsafeInterruptAsFork(FiberId.none))
        }
      }
    },
    busy: () => waiting.size,
    die: () => {
      alive = false
      held = null
      for (const told of [...waiting]) timeline.soon(null, () => told(null))
    },
    stop: () => {
      if (alive) held ??= []
    },
    goOn: () => {
      const steps = held ?? []
      held = null
      for (const { run } of steps) timeline.soon(process, run)
    }
  }
  return process
}

/** Whether an exit is the end of a call that was given up. */
export const wasGivenUp = (exit: Exit.Exit<unknown, unknown> | null): boolean =>
  exit !== null && Exit.isInterrupted(exit)

// internal

/** After so many steps a fiber lets others go on in any case. */
const longest = 2048
