/**
 * How large a run is, drawn from its seed. What can go wrong mostly goes wrong between two requests and one trouble, and
 * a run that holds no more is over ten times as soon. Some runs are large, for what only many can do to each other.
 */
import type { PolicyOf } from "../../ports/PreBookingSettings.js"
import type { Dice } from "./Dice.js"

export interface Size {
  readonly large: boolean
  readonly processes: number
  /** How many books there are, and how many copies of each. */
  readonly titles: number
  readonly copies: number
  /** Whether customers stand in line for the books from the start. */
  readonly waiting: boolean
  readonly customers: number
  /** What each customer does, and what the shop does. */
  readonly commands: () => number
  readonly wishes: number
  /** How many workers there are, and what each of them does. */
  readonly workers: number
  readonly steps: () => number
  /** What is done when copies come in for which customers wait. */
  readonly policy: PolicyOf
  /** How much more often than usual each kind of these is chosen: a short run has no room for all of them. */
  readonly leaning: (kind: string) => number
  /** How often a process dies or stands still, at most. */
  readonly troubles: number
  /** Whether the host tells of events. */
  readonly telling: boolean
  /** Whether it ends with an audit, after the simulation's own look at everything. */
  readonly audited: boolean
  /** A notice of the provider's is sent so many times. */
  readonly notices: () => number
  /** How long somebody waits for an answer who is not impatient, in milliseconds. */
  readonly patience: () => number
}

export const make = (dice: Dice): Size => {
  if (dice.chance(1 / 50)) {
    return {
      large: true,
      processes: dice.between(1, 3),
      titles: dice.between(1, 3),
      copies: dice.between(1, 10),
      waiting: false,
      customers: dice.between(1, 3),
      commands: () => dice.between(3, 10),
      wishes: dice.between(0, 4),
      workers: dice.between(0, 3),
      steps: () => dice.between(3, 10),
      policy: policyOf(dice),
      leaning: () => 1,
      troubles: Infinity,
      telling: true,
      audited: true,
      notices: () => Number(dice.weighted({ 1: 6, 2: 3, 3: 1 })),
      patience: () => dice.between(60_000, 100_000)
    }
  }
  const telling = dice.chance(0.3)
  // What workers do to each other needs little else to go on.
  const working = dice.chance(0.07)
  // Who waits needs a book that is sold out, others who want it, and a shop that puts copies in.
  const waiting = !working && dice.chance(0.17)
  return {
    large: false,
    processes: dice.between(1, 2),
    titles: waiting ? 1 : dice.pick([1, 1, 2]),
    copies: waiting ? 0 : dice.between(1, 4),
    waiting,
    customers: waiting ? dice.between(2, 3) : dice.pick([1, 1, 1, 2]),
    commands: () => dice.between(waiting ? 2 : 1, working ? 2 : 4),
    wishes: working ? 0 : waiting ? dice.between(2, 4) : dice.pick([0, 1, 1, 3]),
    workers: working ? dice.between(1, 2) : 0,
    steps: () => dice.between(3, 6),
    policy: policyOf(dice),
    leaning: leaningOf(dice, waiting ? ofLines : {}),
    troubles: 1,
    telling,
    audited: telling && dice.chance(0.3),
    notices: () => dice.pick([1, 1, 2]),
    patience: () => dice.between(20_000, 100_000)
  }
}

// internal

/** Mostly one policy for all; in some runs it hangs on how many copies come in. */
const policyOf = (dice: Dice): PolicyOf => {
  const policy = dice.pick<"broadcast" | "queue" | "either">(["broadcast", "queue", "queue", "either"])
  return policy === "either" ? (_, copies) => (copies % 2 === 0 ? "broadcast" : "queue") : () => policy
}

/** What is done more or less often where customers wait. */
const ofLines: Readonly<Record<string, number>> = {
  stock: 3,
  price: 0.2,
  import: 0.3,
  wait: 3,
  repeat: 0.3,
  merge: 0.3
}

/** Drawn when it is first asked for, and kept for the run. */
const leaningOf = (dice: Dice, usual: Readonly<Record<string, number>>) => {
  const drawn = new Map<string, number>()
  return (kind: string) => {
    const known = drawn.get(kind)
    if (known !== undefined) return known
    const times = dice.pick([0.2, 1, 1, 5]) * (usual[kind] ?? 1)
    drawn.set(kind, times)
    return times
  }
}
