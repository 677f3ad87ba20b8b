/** What workers do with orders, as it is written and read. */
import { DateTime } from "effect"
import type { EventId } from "../../domain/Event.js"
import * as Fulfilment from "../../domain/Fulfilment.js"
import { checked } from "../../domain/Input.js"
import type { Holder, LeaseToken } from "../../domain/Lease.js"
import type { OrderId, Status } from "../../domain/Order.js"
import type { ColumnType } from "./Database.js"
import { type Instant, instant } from "./Rows.js"

/** An order with its row, whose columns are all null when nobody has touched it. */
export type BoxRow = { readonly id: OrderId; readonly created_at: Instant; readonly status: Status } & Written

interface Written {
  readonly state: Fulfilment.Fulfilment["state"] | null
  readonly stage: Fulfilment.Stage | null
  readonly epoch: Fulfilment.Epoch
  readonly version: Fulfilment.Version
  readonly holder: Holder | null
  readonly token: LeaseToken | null
  readonly taken_at: Instant | null
  readonly expires_at: Instant | null
  readonly picked_at: Instant | null
  readonly packed_at: Instant | null
  readonly dispatched_at: Instant | null
}

export const columns = {
  state: "text",
  stage: "text",
  epoch: "integer",
  version: "integer",
  holder: "text",
  token: "text",
  taken_at: "instant",
  expires_at: "instant",
  picked_at: "instant",
  packed_at: "instant",
  dispatched_at: "instant"
} satisfies Record<keyof Written, ColumnType>

export const shown = Object.keys(columns)

export const row = (box: Fulfilment.Fulfilment) => ({
  state: box.state,
  stage: box.state === "done" ? null : box.stage,
  epoch: box.epoch,
  version: box.version,
  holder: Fulfilment.lastHolder(box),
  token: box.state === "in_progress" ? box.token : null,
  taken_at: box.state === "in_progress" ? DateTime.formatIso(box.takenAt) : null,
  expires_at: box.state === "in_progress" ? DateTime.formatIso(box.expiresAt) : null,
  picked_at: box.pickedAt === null ? null : DateTime.formatIso(box.pickedAt),
  packed_at: box.packedAt === null ? null : DateTime.formatIso(box.packedAt),
  dispatched_at: box.state === "done" ? DateTime.formatIso(box.dispatchedAt) : null
})

export const box = (row: BoxRow): Fulfilment.Fulfilment => {
  if (row.state === null) return Fulfilment.first({ id: row.id, createdAt: instant(row.created_at) })
  const common = {
    orderId: row.id,
    orderedAt: instant(row.created_at),
    epoch: row.epoch,
    version: row.version,
    pickedAt: row.picked_at === null ? null : instant(row.picked_at),
    packedAt: row.packed_at === null ? null : instant(row.packed_at)
  }
  switch (row.state) {
    case "ready":
      return new Fulfilment.Ready({ ...common, stage: present(row.stage), lastHolder: row.holder }, checked)
    case "paused":
      return new Fulfilment.Paused({ ...common, stage: present(row.stage), lastHolder: present(row.holder) }, checked)
    case "done":
      return new Fulfilment.Done(
        { ...common, lastHolder: present(row.holder), dispatchedAt: instant(present(row.dispatched_at)) },
        checked
      )
    case "in_progress":
      return new Fulfilment.InProgress(
        {
          ...common,
          stage: present(row.stage),
          holder: present(row.holder),
          token: present(row.token),
          takenAt: instant(present(row.taken_at)),
          expiresAt: instant(present(row.expires_at))
        },
        checked
      )
  }
}

export interface EntryRow {
  readonly order_id: OrderId
  readonly version: Fulfilment.Version
  readonly id: EventId
  readonly epoch: Fulfilment.Epoch
  readonly kind: Fulfilment.Kind
  readonly stage: Fulfilment.Stage
  readonly worker: Holder
  readonly at: Instant
}

export const entryColumns = {
  version: "integer",
  id: "uuid",
  epoch: "integer",
  kind: "text",
  stage: "text",
  worker: "text",
  at: "instant"
} satisfies Record<Exclude<keyof EntryRow, "order_id">, ColumnType>

export const entryRow = ({ version, id, epoch, kind, stage, worker, at }: Fulfilment.Entry) => ({
  version,
  id,
  epoch,
  kind,
  stage,
  worker,
  at: DateTime.formatIso(at)
})

export const entry = ({ order_id: orderId, at, ...row }: EntryRow): Fulfilment.Entry =>
  new Fulfilment.Entry({ ...row, orderId, at: instant(at) }, checked)

// internal

const present = <A>(value: A | null): A => {
  if (value === null) throw new Error("a column that the state demands is null")
  return value
}
