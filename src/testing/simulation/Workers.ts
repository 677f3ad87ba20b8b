/** What those who work on paid orders ask for, and what they may believe of the answers. */
import { Cause, Effect, Exit, HashMap, Option } from "effect"
import type { State } from "../../adapters/memory/State.js"
import type * as Fulfilment from "../../domain/Fulfilment.js"
import type { OrderId } from "../../domain/Order.js"
import { type Claim, Fulfilments } from "../../services/Fulfilments.js"
import { type Command, type Leaning, leant, leavesOpen } from "./Commands.js"
import type { Dice } from "./Dice.js"
import { boxOf } from "./Hands.js"

export interface Worker {
  readonly name: string
  /** By order, what each of his tabs believes to have. */
  readonly claims: Map<OrderId, Array<Fulfilment.Epoch>>
}

export const make = (name: string): Worker => ({ name, claims: new Map() })

/** What he does next; null where there is nothing to do. */
export const command = (worker: Worker, state: State, dice: Dice, leaning: Leaning): Command | null => {
  const all = [...HashMap.values(state.orders)].filter(({ status }) => status === "confirmed" || dice.chance(0.05))
  const ids = all.map(({ id }) => id).sort()
  const claimed = [...worker.claims.keys()]
  const id =
    claimed.length > 0 && dice.chance(0.85)
      ? dice.pick([claimed[0] as OrderId, ...claimed.slice(1)])
      : ids[dice.below(ids.length)]
  if (id === undefined) return null
  const isFree = boxOf(state, id)?.state !== "in_progress"
  const epochs = worker.claims.get(id)
  const wishes = isFree ? (epochs === undefined ? wanting : returning) : epochs === undefined ? waiting : having
  const wish = dice.weighted<Wish>(leant(wishes, leaning))
  switch (wish) {
    case "take":
      return take(worker, id)
    case "forget":
      worker.claims.delete(id)
      return null
    case "revoke":
      return held(worker, id, "revoke", null)
    default: {
      const epoch = epochs === undefined || dice.chance(0.2) ? null : (epochs[dice.below(epochs.length)] ?? null)
      return held(worker, id, wish, epoch)
    }
  }
}

/** Whatever was not cancelled can be taken by anybody, once the time of whoever had it is over. */
export const takesOver = (ids: ReadonlyArray<OrderId>): Command => ({
  ...plain,
  label: "somebody takes over what others have begun",
  effect: Effect.flatMap(Fulfilments, (fulfilments) => Effect.forEach(ids, (id) => fulfilments.take("the next", id))),
  judge: (exit) => (Exit.isFailure(exit) ? `an order is stuck: ${Cause.pretty(exit.cause)}` : null)
})

// internal

type Wish = "take" | "complete" | "pause" | "renew" | "revoke" | "forget"

const having = { complete: 6, pause: 2, renew: 2, take: 1.5, forget: 0.5, revoke: 0.2 }
const wanting = { take: 8, complete: 0.3, pause: 0.2, renew: 0, revoke: 0.2, forget: 0 }
/** What one tab has laid aside another one believes to have. */
const returning = { ...wanting, take: 5, complete: 1, renew: 0.3 }
/** Somebody has it: who reaches for it anyhow is refused, unless that one's time is over. */
const waiting = { take: 4, complete: 0.5, pause: 0.3, renew: 0.3, revoke: 0.7, forget: 0 }

const plain = { shrinks: null, again: false }

const take = ({ name, claims }: Worker, id: OrderId): Command => ({
  ...plain,
  label: `${name} takes ${id}`,
  effect: Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take(name, id)),
  again: true,
  judge: (exit, state) => {
    if (Exit.isFailure(exit)) return null
    const { epoch, stage } = exit.value as Claim
    claims.set(id, [...(claims.get(id) ?? []), epoch])
    const isWritten = entriesOf(state, id).some(
      (entry) => entry.kind === "taken" && entry.epoch === epoch && entry.worker === name && entry.stage === stage
    )
    return isWritten ? null : `the claim with epoch ${epoch} that was answered is nowhere`
  }
})

const held = (
  { name, claims }: Worker,
  id: OrderId,
  wish: "complete" | "pause" | "renew" | "revoke",
  epoch: Fulfilment.Epoch | null
): Command => ({
  ...plain,
  label: `${name} wants to ${wish} ${id}${epoch === null ? "" : `, with epoch ${epoch}`}`,
  effect: Effect.flatMap(
    Fulfilments,
    (fulfilments): Effect.Effect<unknown, unknown> =>
      wish === "revoke" ? fulfilments.revoke(name, id) : fulfilments[wish](name, id, { epoch })
  ),
  again: true,
  judge: (exit, state) => {
    if (Exit.isFailure(exit)) {
      if (!leavesOpen(exit)) forget(claims, id, epoch)
      return null
    }
    const { version } = exit.value as Fulfilment.Fulfilment
    if (wish === "complete") claims.delete(id)
    const entry = entriesOf(state, id).find((each) => each.version === version)
    if (entry?.kind !== kinds[wish] || entry.worker !== name) return `what was answered to ${wish} is nowhere`
    return epoch === null || entry.epoch === epoch ? null : `epoch ${epoch} was as good as epoch ${entry.epoch}`
  }
})

/** Whoever is refused believes no more what he believed. */
const forget = (claims: Worker["claims"], id: OrderId, epoch: Fulfilment.Epoch | null) => {
  const others = (claims.get(id) ?? []).filter((each) => each !== epoch)
  if (epoch === null || others.length === 0) claims.delete(id)
  else claims.set(id, others)
}

const kinds = { complete: "completed", pause: "paused", renew: "renewed", revoke: "revoked" } as const

const entriesOf = ({ entries }: State, id: OrderId) => Option.getOrElse(HashMap.get(entries, id), () => [])
