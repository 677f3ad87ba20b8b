/** How bad things are in a run, drawn from its seed: most runs know only some of the troubles, so that each is met alone, too. */
import type { Dice } from "./Dice.js"
import type { Size } from "./Size.js"

export interface Weather {
  /** The share of steps of a fiber after which another one has its turn: at most 2 %, else nobody comes to an end. */
  readonly preempted: number
  /** Whether a statement or a commit meets trouble. */
  readonly storeFails: () => boolean
  /** What happens to a process before one of its steps. */
  readonly process: () => "goes on" | "dies" | "stops"
  /** How one call of the payment gateway goes. */
  readonly call: () => Fate
  /** Whether the gateway goes down with this call. */
  readonly gatewayFalls: () => boolean
  readonly handlerFails: () => boolean
  /** Whether a customer does not wait for the answer. */
  readonly impatient: () => boolean
  /** From now on things are as the seed says; before, and once it is calm, nothing bad happens. */
  readonly begin: () => void
  readonly calm: () => void
}

/**
 * `fine`: it answers. `lost`: it does what was asked, and its answer is lost. `unasked`: the question is lost.
 * `refused`: surely not asked. `slow`: it does so at once and answers too late. `late`: it fails, and does what was
 * asked when the caller has given up. `silent`: it never answers, and does not do it.
 */
export type Fate = "fine" | "lost" | "unasked" | "refused" | "slow" | "late" | "silent"

export const make = (dice: Dice, { large, troubles }: Size): Weather => {
  let calm = true
  let left = troubles
  const preempted = dice.pick([0, 0.001, 0.005, 0.02])
  const store = dice.pick(large ? [0, 0, 0.005, 0.02, 0.06] : [0, 0, 0.03, 0.1])
  // What is to happen in a short run at all must be likelier at each of its steps.
  const death = dice.pick(large ? [0, 0.002, 0.006, 0.015] : [0, 0, 0.02, 0.05])
  const standstill = dice.pick(large ? [0, 0, 0.001, 0.003] : [0, 0, 0, 0.02])
  const gateway = dice.pick(large ? [0, 0.1, 0.3, 0.7] : [0, 0.2, 0.5, 0.8])
  const falls = dice.pick([0, 0, 0.03])
  const handler = dice.pick([0, 0.1, 0.4])
  const impatience = dice.pick([0, 0.1])
  const fates = { lost: 3, unasked: 3, refused: 2, slow: 2, late: 3, silent: 1 }
  return {
    preempted,
    storeFails: () => !calm && store > 0 && dice.chance(store),
    process: () => {
      if (calm || left === 0 || (death === 0 && standstill === 0)) return "goes on"
      const drawn = dice.next()
      if (drawn >= death + standstill) return "goes on"
      left--
      return drawn < death ? "dies" : "stops"
    },
    call: () => (!calm && dice.chance(gateway) ? dice.weighted(fates) : "fine"),
    gatewayFalls: () => !calm && falls > 0 && dice.chance(falls),
    handlerFails: () => !calm && dice.chance(handler),
    impatient: () => !calm && dice.chance(impatience),
    begin: () => {
      calm = false
    },
    calm: () => {
      calm = true
    }
  }
}
