/** Who gets in whose way: what is counted of commands that others have overtaken, and what is to be read from it. */
import type { OrderId } from "./Order.js"

/** What a command on an order has met. */
export interface Episode {
  readonly orderId: OrderId
  /** Writes that came too late for the version that they had read. */
  readonly conflicts: number
  /** It wanted what somebody else had just taken. */
  readonly lostTake: boolean
  /** Whether it took effect in the end. */
  readonly succeeded: boolean
}

export interface Count {
  readonly orderId: OrderId
  readonly conflicts: number
  readonly lostTakes: number
  readonly episodes: number
  readonly succeeded: number
  readonly failed: number
  /** Writes that were tried in all episodes. */
  readonly attempts: number
}

/** By order, the one that was met last at the end. */
export type Counts = ReadonlyMap<OrderId, Count>

export interface Report {
  /** Version conflicts of all orders that are remembered. */
  readonly conflicts: number
  readonly lostTakes: number
  readonly episodes: number
  /** Commands that met a version conflict, and took effect or were given up after it. */
  readonly succeeded: number
  readonly failed: number
  /** Writes an episode, on average; 0 without any. */
  readonly meanAttempts: number
  /** Of the episodes that met a version conflict; 1 without any. */
  readonly successRate: number
  readonly hotSpots: ReadonlyArray<Count>
  /** Null while there is nothing to say. */
  readonly recommendation: Recommendation | null
}

/** What would help: fewer workers that reach for the same orders, or a share of the queue for each. */
export type Recommendation = "SpreadWorkers"

/** So many orders are remembered; the one that nobody got in the way of for the longest time is forgotten first. */
export const remembered = 1000

/** The counts with one more episode. They are the caller's own, and are changed in place. */
export const count = (counts: Map<OrderId, Count>, { orderId, conflicts, lostTake, succeeded }: Episode): void => {
  const before = counts.get(orderId) ?? none(orderId)
  const retried = conflicts > 0
  counts.delete(orderId)
  counts.set(orderId, {
    orderId,
    conflicts: before.conflicts + conflicts,
    lostTakes: before.lostTakes + (lostTake ? 1 : 0),
    episodes: before.episodes + 1,
    succeeded: before.succeeded + (retried && succeeded ? 1 : 0),
    failed: before.failed + (retried && !succeeded ? 1 : 0),
    attempts: before.attempts + conflicts + (succeeded ? 1 : 0)
  })
  for (const oldest of counts.keys()) {
    if (counts.size <= remembered) break
    counts.delete(oldest)
  }
}

/** Of all orders, those with more than 5 episodes are hot spots; of a given list, those with more than 1 conflict. */
export const report = (counts: Counts, orderIds: ReadonlyArray<OrderId> | null): Report => {
  const all = orderIds === null ? [...counts.values()] : orderIds.flatMap((id) => counts.get(id) ?? [])
  const sum = (of: (count: Count) => number) => all.reduce((total, count) => total + of(count), 0)
  const [conflicts, lostTakes] = [sum((one) => one.conflicts), sum((one) => one.lostTakes)]
  const [episodes, succeeded, failed] = [
    sum((one) => one.episodes),
    sum((one) => one.succeeded),
    sum((one) => one.failed)
  ]
  const total = conflicts + lostTakes
  return {
    conflicts,
    lostTakes,
    episodes,
    succeeded,
    failed,
    meanAttempts: episodes === 0 ? 0 : sum((one) => one.attempts) / episodes,
    successRate: succeeded + failed === 0 ? 1 : succeeded / (succeeded + failed),
    hotSpots: all
      .filter((one) => (orderIds === null ? one.episodes > 5 : one.conflicts + one.lostTakes > 1))
      .sort((a, b) => b.conflicts + b.lostTakes - a.conflicts - a.lostTakes),
    recommendation: total > 10 && total / all.length > 2 ? "SpreadWorkers" : null
  }
}

// internal

const none = (orderId: OrderId): Count => ({
  orderId,
  conflicts: 0,
  lostTakes: 0,
  episodes: 0,
  succeeded: 0,
  failed: 0,
  attempts: 0
})
