/** What the hand-written shops share of fulfilment: the rules, over whatever rows the database gave. */
import { randomUUID } from "node:crypto"
import { now, uuid } from "./records.js"

/** An order with its row of fulfilment and the lease that runs on it, null where there is none. */
export interface BoxRow {
  readonly customer_id: string
  readonly status: string
  readonly state: string | null
  readonly stage: string | null
  readonly epoch: number | null
  readonly version: number | null
  readonly token: string | null
  readonly picked_at: string | Date | null
  readonly packed_at: string | Date | null
  readonly lease_holder: string | null
}

/** Columns as they are to be written, and the version that must be there before. */
export interface Written {
  readonly order_id: string
  readonly customer_id: string
  readonly state: string
  readonly stage: string | null
  readonly epoch: number
  readonly before: number
  readonly version: number
  readonly holder: string
  readonly token: string | null
  readonly taken_at: string | null
  readonly expires_at: string | null
  readonly picked_at: string | null
  readonly packed_at: string | null
  readonly entry_id: string
  readonly kind: string
  readonly entry_stage: string
  readonly at: string
}

export const selectBox = (order: string, time: string) => `SELECT o.customer_id, o.status, f.state, f.stage, f.epoch,
f.version, f.token, f.picked_at, f.packed_at, l.holder AS lease_holder
FROM octavo_orders o LEFT JOIN octavo_fulfilments f ON f.order_id = o.id
LEFT JOIN octavo_leases l ON l.key = 'fulfilment/' || o.id AND l.expires_at > ${time} WHERE o.id = ${order}`

export const boxColumns = [
  ...["order_id", "customer_id", "state", "stage", "epoch", "version", "holder", "token"],
  ...["taken_at", "expires_at", "picked_at", "packed_at"]
]

export const leaseKey = (order: string) => `fulfilment/${order}`

export const taken = (row: BoxRow | undefined, order: string, worker: string): Written => {
  if (row?.status !== "confirmed" || row.lease_holder !== null) throw new Error("cannot be taken")
  const at = now()
  const expires_at = new Date(Date.parse(at) + 3_600_000).toISOString()
  const stage = row.stage ?? "pick"
  const claim = { state: "in_progress", stage, token: randomUUID(), taken_at: at, expires_at }
  return { ...common(row, order, worker, "taken", at), epoch: (row.epoch ?? 0) + 1, ...claim }
}

export const given = (
  row: BoxRow | undefined,
  order: string,
  worker: string,
  kind: "paused" | "completed"
): Written => {
  if (row?.status !== "confirmed" || row.state !== "in_progress" || row.lease_holder !== worker)
    throw new Error("not in these hands")
  const at = now()
  const next = { ...common(row, order, worker, kind, at), token: null, taken_at: null, expires_at: null }
  if (kind === "paused") return { ...next, state: "paused" }
  if (row.stage === "pick") return { ...next, state: "ready", stage: "pack", picked_at: at }
  return { ...next, state: "ready", stage: "dispatch", packed_at: at }
}

// internal

const common = (row: BoxRow, order: string, worker: string, kind: string, at: string) => ({
  order_id: order,
  customer_id: row.customer_id,
  state: row.state ?? "ready",
  stage: row.stage ?? "pick",
  epoch: row.epoch ?? 0,
  before: row.version ?? 0,
  version: (row.version ?? 0) + 1,
  holder: worker,
  picked_at: text(row.picked_at),
  packed_at: text(row.packed_at),
  entry_id: uuid(),
  kind,
  entry_stage: row.stage ?? "pick",
  at
})

const text = (at: string | Date | null) => (at instanceof Date ? at.toISOString() : at)
