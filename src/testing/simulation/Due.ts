/** Whether the host's schedule would find something to do: what finds nothing reads, and is over. */
import { DateTime, HashMap, Option } from "effect"
import type { State } from "../../adapters/memory/State.js"
import * as Ending from "./Ending.js"
import type { Capture } from "./Provider.js"
import * as Waiting from "./Waiting.js"
import { orderOf } from "./Watch.js"

/** An order or a refund is open for longer than whoever is at work on it may take, or money was taken that no order keeps. */
export const recovery = (state: State, captures: ReadonlyMap<string, Capture>, now: number): boolean => {
  for (const order of HashMap.values(state.orders)) {
    const open = order.status === "pending_payment" || order.status === "cancelled"
    if (open && DateTime.toEpochMillis(order.createdAt) <= now - patience) return true
  }
  for (const refunds of HashMap.values(state.refunds)) {
    if (refunds.some(({ status }) => status === "due")) return true
  }
  for (const { orderId, amount, refunds } of captures.values()) {
    if (orderOf(state, orderId)?.status === "payment_failed" && Ending.sum(refunds) !== amount) return true
  }
  return false
}

/** The first event of some aggregate may be claimed. */
export const relay = ({ queues, told }: State, now: number): boolean => {
  for (const [first] of HashMap.values(queues)) {
    if (first === undefined) continue
    const found = HashMap.get(told, first)
    if (Option.isNone(found)) continue
    const { delivery, claim } = found.value
    const from = DateTime.toEpochMillis(claim?.until ?? delivery.dueAt)
    if (delivery.state === "waiting" && from <= now + skew) return true
  }
  return false
}

/** Copies have come in, holds have lapsed, or customers are to be told of what was done at once. */
export const sweep = (state: State, now: number): boolean =>
  !HashMap.isEmpty(state.preBookings) && Waiting.undone(state, now + skew).length > 0

// internal

/** No clock is further ahead of another. */
const skew = 3_000

/** By then some process may find the order, whatever its clock says. */
const patience = 60_000 - skew
