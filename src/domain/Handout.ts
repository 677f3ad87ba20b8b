/** What becomes of copies that have come in while customers wait: a pure decision on a book, its line and its holds. */
import { DateTime, type Duration } from "effect"
import type { Book } from "./Book.js"
import { BookRestocked, type Event, type EventId, PreBookingExpired, PreBookingHeld } from "./Event.js"
import { checked } from "./Input.js"
import * as PreBooking from "./PreBooking.js"

/** A book with those who wait for it and what is kept for them, as one reading of it under its lock. */
export interface Line {
  /** With what is on the shelf: nothing, while anybody waits. */
  readonly book: Book
  /** Copies that came in while customers waited, and are not handed out yet. */
  readonly arrived: number
  /** How many customers wait. */
  readonly waiting: number
  /** The first of them, at most as many as were asked for. */
  readonly first: ReadonlyArray<PreBooking.Waiting>
  /** Holds whose time is over, at most as many as were asked for. */
  readonly lapsed: ReadonlyArray<PreBooking.Held>
}

/** What a store makes true at once, or not at all. */
export interface Handout {
  /** Their copies are free. */
  readonly expired: ReadonlyArray<PreBooking.Expired>
  /** Each has a copy of what is free. */
  readonly held: ReadonlyArray<PreBooking.Held>
  /** Everyone who waits is told that there are copies, from this instant on; null tells nobody. */
  readonly toAll: DateTime.Utc | null
  /** How many of the free copies go on sale. */
  readonly onSale: number
  readonly events: ReadonlyArray<Event>
}

/** Whether there is anything to be done. */
export const isDue = ({ arrived, lapsed }: Line): boolean => arrived > 0 || lapsed.length > 0

/** Whether it would change anything. */
export const isNothing = ({ expired, held, toAll, onSale }: Handout): boolean =>
  expired.length === 0 && held.length === 0 && toAll === null && onSale === 0

/** The copies that are free to be handed out. */
export const free = ({ arrived, lapsed }: Line): number => arrived + lapsed.length

/** How many events a decision may need. */
export const eventsNeeded = ({ first, lapsed }: Line): number => lapsed.length + first.length + 1

/**
 * `broadcast`: everyone who waits is told, and the copies go on sale. `queue`: each free copy is held for the next in
 * line, and what nobody waits for goes on sale; where the line is longer than what was read of it, the rest of the
 * copies waits for the next reading.
 */
export const decide = (
  line: Line,
  policy: PreBooking.Policy,
  {
    now,
    hold,
    eventIds
  }: { readonly now: DateTime.Utc; readonly hold: Duration.Duration; readonly eventIds: ReadonlyArray<EventId> }
): Handout => {
  const copies = free(line)
  const queued = policy === "queue" ? line.first.slice(0, copies) : []
  const held = queued.map((booking) => PreBooking.hold(booking, now, DateTime.addDuration(now, hold)))
  const toAll = policy === "broadcast" && copies > 0 && line.waiting > 0 ? now : null
  const onSale = toAll !== null || held.length === line.waiting ? copies - held.length : 0
  const isRestocked = onSale > 0 && !line.book.inStock
  const tellings = [
    ...line.lapsed.map(tellEnd(now)),
    ...held.map(tellHold(now)),
    ...(isRestocked ? [(id: EventId) => new BookRestocked({ id, at: now, bookId: line.book.id }, checked)] : [])
  ]
  return { expired: line.lapsed.map(PreBooking.expire), held, toAll, onSale, events: withIds(tellings, eventIds) }
}

/** The holds whose time is over end, and their copies are handed to nobody: those of a book that is about to go. */
export const expire = (
  { lapsed }: Line,
  { now, eventIds }: { readonly now: DateTime.Utc; readonly eventIds: ReadonlyArray<EventId> }
): Handout => ({
  expired: lapsed.map(PreBooking.expire),
  held: [],
  toAll: null,
  onSale: 0,
  events: withIds(lapsed.map(tellEnd(now)), eventIds)
})

// internal

const told = ({ id, customerId, bookId, title, author }: PreBooking.PreBooking) => ({
  preBookingId: id,
  customerId,
  bookId,
  title,
  author
})

const tellEnd = (at: DateTime.Utc) => (booking: PreBooking.Held) => (id: EventId) =>
  new PreBookingExpired({ ...told(booking), id, at }, checked)

const tellHold = (at: DateTime.Utc) => (booking: PreBooking.Held) => (id: EventId) =>
  new PreBookingHeld({ ...told(booking), id, at, expiresAt: booking.expiresAt }, checked)

const withIds = (tellings: ReadonlyArray<(id: EventId) => Event>, ids: ReadonlyArray<EventId>): ReadonlyArray<Event> =>
  tellings.map((tell, i) => {
    const id = ids[i]
    if (id === undefined) throw new Error("a decision has an id for each of its events")
    return tell(id)
  })
