/** What must hold of each change that workers make: one entry for it, by whoever may, one stage after the other. */
import { DateTime, HashMap, Option } from "effect"
import type { State } from "../../adapters/memory/State.js"
import * as Fulfilment from "../../domain/Fulfilment.js"
import type { Lease } from "../../domain/Lease.js"
import type { Order, OrderId } from "../../domain/Order.js"

/** What is wrong with a commit. */
export const problems = (before: State, after: State): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const [id, box] of HashMap.entries(after.boxes)) {
    const was = boxOf(before, id)
    if (was !== box)
      found.push(...changed(before, after, was ?? untouched(after, id), box).map((what) => `box of ${id} ${what}`))
  }
  for (const [id, entries] of HashMap.entries(after.entries)) {
    const others = entries.length - (boxOf(after, id)?.version ?? 0)
    if (others !== 0) found.push(`box of ${id} has entries that tell of no change`)
  }
  for (const { id, status } of HashMap.values(after.orders)) {
    if ((status === "fulfilled") !== (boxOf(after, id)?.state === "done"))
      found.push(`${id} is ${status}, and its box ${shown(boxOf(after, id))}`)
  }
  return found
}

/** Orders that somebody has begun, and that must be there for anybody to go on with. */
export const begun = ({ boxes, orders }: State): ReadonlyArray<OrderId> =>
  [...HashMap.keys(boxes)].filter((id) => orderOf(orders, id)?.status === "confirmed").sort()

export const boxOf = ({ boxes }: State, id: OrderId): Fulfilment.Fulfilment | null =>
  Option.getOrNull(HashMap.get(boxes, id))

/** Without the token, which no run draws from its seed. */
export const shown = (box: Fulfilment.Fulfilment | null): string => {
  if (box === null) return "untouched"
  const stage = box.state === "done" ? "" : ` at ${box.stage}`
  return `${box.state}${stage}, version ${box.version}, epoch ${box.epoch}, ${Fulfilment.lastHolder(box) ?? "nobody"}`
}

// internal

const changed = (before: State, after: State, was: Fulfilment.Fulfilment, box: Fulfilment.Fulfilment) => {
  const id = box.orderId
  const wrong: Array<string> = []
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) wrong.push(otherwise)
  }
  const status = orderOf(after.orders, id)?.status
  const [entry, ...others] = entriesOf(after, id).slice(entriesOf(before, id).length)
  must(
    status === "confirmed" || (status === "fulfilled" && box.state === "done"),
    `changed while its order is ${status}`
  )
  must(box.version === was.version + 1, `went from version ${was.version} to ${box.version}`)
  must(box.epoch >= was.epoch, `fell from epoch ${was.epoch} to ${box.epoch}`)
  if (entry === undefined || others.length > 0) return [...wrong, `changed with ${others.length} entries more or none`]
  const { kind } = entry
  must(entry.version === box.version && entry.epoch === box.epoch, "has an entry that tells of another change")
  must(
    box.epoch === was.epoch + (kind === "taken" || kind === "revoked" ? 1 : 0),
    `was ${kind} with epoch ${box.epoch}`
  )
  const [done, doneBefore] = [completed(box), completed(was)]
  must(
    done.length === doneBefore.length + (kind === "completed" ? 1 : 0),
    `was ${kind}, with ${done.length} stages complete`
  )
  must(
    doneBefore.every((at, stage) => DateTime.Equivalence(at, done[stage] ?? entry.at)),
    "has another instant for a stage that was complete"
  )
  must(entry.stage === stages[doneBefore.length], `was ${kind} at ${entry.stage}`)
  const lease = leaseOf(after, id)
  if (box.state === "in_progress") {
    must(kind === "taken" || kind === "renewed", `was ${kind}, and is in somebody's hands`)
    must(lease?.token === box.token && lease.holder === box.holder, "is in hands that have no lease on it")
  } else must(kind !== "taken" && kind !== "renewed", `was ${kind}, and is in nobody's hands`)
  if (kind === "taken") {
    const other = leaseOf(before, id)
    const isOver =
      other === null || (box.state === "in_progress" && DateTime.lessThanOrEqualTo(other.expiresAt, box.takenAt))
    must(isOver, "was taken while somebody has a lease on it")
  } else {
    must(was.state === "in_progress", `was ${kind}, and nobody had it`)
    if (was.state !== "in_progress") return wrong
    must(kind === "revoked" || entry.worker === was.holder, `was ${kind} by one who did not have it`)
    if (kind !== "renewed") must(lease?.token !== was.token, `was ${kind}, and its lease runs on`)
  }
  return wrong
}

const stages: ReadonlyArray<Fulfilment.Stage> = ["pick", "pack", "dispatch"]

/** When, by stage. */
const completed = (box: Fulfilment.Fulfilment): ReadonlyArray<DateTime.Utc> => {
  const at = [box.pickedAt, box.packedAt, box.state === "done" ? box.dispatchedAt : null]
  return at.flatMap((instant, stage) => (instant === null || at.slice(0, stage).includes(null) ? [] : [instant]))
}

const untouched = (state: State, id: OrderId): Fulfilment.Fulfilment =>
  Fulfilment.first(HashMap.unsafeGet(state.orders, id))

const orderOf = (orders: State["orders"], id: OrderId): Order | null => Option.getOrNull(HashMap.get(orders, id))

const entriesOf = ({ entries }: State, id: OrderId) => Option.getOrElse(HashMap.get(entries, id), () => [])

const leaseOf = ({ leases }: State, id: OrderId): Lease | null =>
  Option.getOrNull(HashMap.get(leases, Fulfilment.leaseKey(id)))
