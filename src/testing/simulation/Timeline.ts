/** The order in which things happen: one step at a time, drawn from the seed; time passes when there is nothing to do. */
import type { Dice } from "./Dice.js"

/** Whoever does a step: a process, which may die or stand still, or the world outside of all of them. */
export interface Owner {
  readonly alive: boolean
  /** What waits for a process that stands still; null while it goes on. */
  readonly held: Array<Step> | null
}

export interface Step {
  readonly owner: Owner | null
  readonly run: () => void
}

export interface Timer extends Step {
  readonly at: number
  readonly order: number
  cancelled: boolean
}

export interface Timeline {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** So much time passes in the middle of things. */
  readonly pass: (millis: number) => void
  readonly steps: () => number
  /** To be done in one of the next steps. */
  readonly soon: (owner: Owner | null, run: () => void) => void
  /** To be done in so many milliseconds. */
  readonly after: (millis: number, owner: Owner | null, run: () => void) => Timer
  /** Does one step; false when nothing is left that could ever happen. */
  readonly step: () => boolean
  /** A number that two runs share only if they did the same steps. */
  readonly trail: () => number
}

export const epoch = Date.UTC(2020, 0, 1)

/** `before` is asked before each step of a process, and may let it die or stand still. */
export const make = (dice: Dice, before: (owner: Owner) => void): Timeline => {
  const ready: Array<Step> = []
  const timers: Array<Timer> = []
  let now = epoch
  let steps = 0
  let order = 0
  let trail = 0

  const ring = () => {
    for (let first = timers[0]; first !== undefined && (first.cancelled || first.at <= now); first = timers[0]) {
      removeFirst(timers)
      if (!first.cancelled) ready.push(first)
    }
  }

  const timeline: Timeline = {
    now: () => now,
    pass: (millis) => {
      now += millis
    },
    steps: () => steps,
    soon: (owner, run) => {
      ready.push({ owner, run })
    },
    after: (millis, owner, run) => {
      const timer = { at: now + Math.max(0, Math.ceil(millis)), order: order++, owner, run, cancelled: false }
      insert(timers, timer)
      return timer
    },
    step: () => {
      ring()
      if (ready.length === 0) {
        const first = timers[0]
        if (first === undefined) return false
        now = first.at
        ring()
      }
      const at = ready.length === 1 ? 0 : dice.below(ready.length)
      const chosen = ready[at]
      const last = ready.pop()
      if (chosen === undefined || last === undefined) return true
      if (at < ready.length) ready[at] = last
      steps++
      trail = (Math.imul(trail ^ at ^ (ready.length << 8), 0x01000193) + now) | 0
      const { owner, run } = chosen
      if (owner !== null) {
        if (owner.alive && owner.held === null) before(owner)
        if (!owner.alive) return true
        if (owner.held !== null) {
          owner.held.push(chosen)
          return true
        }
      }
      run()
      return true
    },
    trail: () => trail >>> 0
  }
  return timeline
}

// internal

/** A binary heap: the first to ring is at 0. */
const insert = (heap: Array<Timer>, timer: Timer) => {
  let at = heap.length
  heap.push(timer)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || isBefore(parent, timer)) break
    heap[at] = parent
    at = above
  }
  heap[at] = timer
}

const removeFirst = (heap: Array<Timer>) => {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    if (left === undefined) break
    const right = heap[2 * at + 2]
    const [child, below] = right !== undefined && isBefore(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1]
    if (isBefore(last, child)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
}

const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)
