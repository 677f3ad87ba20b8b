/** Pre-bookings as they are read: what was done at once to all who waited is read of each of them, written or not. */
import type { BookId } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import { checked } from "../../domain/Input.js"
import type { OrderId } from "../../domain/OrderId.js"
import * as PreBooking from "../../domain/PreBooking.js"
import { type Instant, instant } from "./Rows.js"

const columns = [
  ...["book_id", "id", "customer_id", "status", "title", "author", "created_at"],
  ...["notified_at", "expires_at", "fulfilled_at", "cancelled_at", "order_id"]
]

/** What is read of the pre-booking `p`. */
export const written = columns.map((name) => `p.${name}`).join(", ")

/** The same with what `w` did to all of them. */
export const shown = `${written}, w.at AS told_at, w.gone`

/** Pre-bookings `p`, each with the wave `w` that it is in where that is not written yet. A removed book has one wave. */
export const from = `octavo_prebooks p LEFT JOIN octavo_waves w ON w.book_id = p.book_id
AND ((p.status = 'waiting' AND w.wave = p.wave) OR (p.status = 'held' AND w.gone))`

export interface PreBookingRow {
  readonly book_id: BookId
  readonly id: PreBooking.PreBookingId
  readonly customer_id: CustomerId
  readonly status: PreBooking.Status
  readonly title: string
  readonly author: string
  readonly created_at: Instant
  readonly notified_at: Instant | null
  readonly expires_at: Instant | null
  readonly fulfilled_at: Instant | null
  readonly cancelled_at: Instant | null
  readonly order_id: OrderId | null
}

export interface ShownRow extends PreBookingRow {
  /** When all were told, or the book was removed. */
  readonly told_at: Instant | null
  /** SQLite gives a number. */
  readonly gone: boolean | number | null
}

export const waiting = (row: PreBookingRow): PreBooking.Waiting => new PreBooking.Waiting(asked(row), checked)

export const held = (row: PreBookingRow): PreBooking.Held =>
  new PreBooking.Held({ ...asked(row), ...kept(row) }, checked)

/** One that a wave has changed. */
export const told = (row: ShownRow): PreBooking.Notified | PreBooking.Cancelled =>
  row.gone
    ? new PreBooking.Cancelled(
        { ...asked(row), ...times(row), cancelledAt: instant(present(row, row.told_at)) },
        checked
      )
    : new PreBooking.Notified({ ...asked(row), notifiedAt: instant(present(row, row.told_at)) }, checked)

export const preBooking = (row: ShownRow): PreBooking.PreBooking => {
  if (row.told_at !== null) return told(row)
  switch (row.status) {
    case "waiting":
      return waiting(row)
    case "notified":
      return new PreBooking.Notified({ ...asked(row), notifiedAt: instant(present(row, row.notified_at)) }, checked)
    case "held":
      return held(row)
    case "fulfilled":
      return new PreBooking.Fulfilled(
        {
          ...asked(row),
          ...kept(row),
          fulfilledAt: instant(present(row, row.fulfilled_at)),
          orderId: present(row, row.order_id)
        },
        checked
      )
    case "cancelled":
      return new PreBooking.Cancelled(
        { ...asked(row), ...times(row), cancelledAt: instant(present(row, row.cancelled_at)) },
        checked
      )
    case "expired":
      return new PreBooking.Expired({ ...asked(row), ...kept(row) }, checked)
  }
}

// internal

const asked = (row: PreBookingRow) => ({
  id: row.id,
  customerId: row.customer_id,
  bookId: row.book_id,
  title: row.title,
  author: row.author,
  createdAt: instant(row.created_at)
})

const kept = (row: PreBookingRow) => ({
  notifiedAt: instant(present(row, row.notified_at)),
  expiresAt: instant(present(row, row.expires_at))
})

const times = ({ notified_at, expires_at }: PreBookingRow) => ({
  notifiedAt: notified_at === null ? null : instant(notified_at),
  expiresAt: expires_at === null ? null : instant(expires_at)
})

const present = <A>({ id, status }: PreBookingRow, value: A | null): A => {
  if (value === null) throw new Error(`a column of pre-booking ${id} that ${status} demands is null`)
  return value
}
