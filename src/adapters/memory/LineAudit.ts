/** What an audit asks of those who wait and of what is held for them. */
import { Array, DateTime, HashMap, Option, RedBlackTree } from "effect"
import * as Audit from "../../domain/Audit.js"
import type { Book, BookId } from "../../domain/Book.js"
import type { Event, PreBookingEvent } from "../../domain/Event.js"
import * as PreBooking from "../../domain/PreBooking.js"
import * as Text from "../../domain/Text.js"
import * as Lines from "./Lines.js"
import type { State } from "./State.js"

/** Of each book with a line, as the book counts it: who waits, what is held, and what has arrived. */
export const counted = (state: State, id: BookId) => {
  const { waiting, held, arrived } = Lines.of(state, id)
  return { waiting: RedBlackTree.size(waiting), held: RedBlackTree.size(held), arrived }
}

/** Of each book, who waits and what is held by the pre-bookings themselves; nobody who was told with all others. */
export const rows = (state: State): ReadonlyMap<BookId, { readonly waits: number; readonly holds: number }> => {
  const all = new Map<BookId, { waits: number; holds: number }>()
  for (const booking of HashMap.values(state.preBookings)) {
    if (!isInLine(state, booking)) continue
    const of = all.get(booking.bookId) ?? { waits: 0, holds: 0 }
    if (booking.status === "waiting") of.waits++
    else of.holds++
    all.set(booking.bookId, of)
  }
  return all
}

export const lines = (
  state: State,
  { id, stockQuantity }: Book,
  { waits, holds }: { readonly waits: number; readonly holds: number }
): ReadonlyArray<Audit.LineMiscounted | Audit.StockWithheld> => {
  const { waiting, held } = counted(state, id)
  const isRight = waiting === waits && held === holds
  return [
    ...(isRight ? [] : [new Audit.LineMiscounted({ bookId: id, waiting, held, waits, holds })]),
    ...(waits > 0 && stockQuantity > 0 ? [new Audit.StockWithheld({ bookId: id, stock: stockQuantity, waits })] : [])
  ]
}

export const events = (
  state: State
): ReadonlyArray<Audit.PreBookingEventMissing | Audit.PreBookingEventRepeated | Audit.PreBookingEventUnfounded> => {
  const told = [...HashMap.values(state.told)].flatMap(({ delivery: { event } }) => (isOfLine(event) ? [event] : []))
  const of = Array.groupBy(told, ({ preBookingId }) => preBookingId)
  const may = oldestFirst(state).flatMap((booking) => tellingsOf(booking).map((telling) => ({ booking, ...telling })))
  const counts = may.map(({ booking: { id: preBookingId }, kind, isDue }) => ({
    facts: { preBookingId, kind },
    isDue,
    times: (of[preBookingId] ?? []).filter(({ _tag }) => _tag === kind).length
  }))
  return [
    ...counts.flatMap(({ facts, isDue, times }) =>
      isDue && times === 0 ? [new Audit.PreBookingEventMissing(facts)] : []
    ),
    ...counts.flatMap(({ facts, times }) =>
      times > 1 ? [new Audit.PreBookingEventRepeated({ ...facts, times })] : []
    ),
    ...told
      .filter(({ preBookingId, _tag }) => {
        const booking = Option.getOrNull(HashMap.get(state.preBookings, preBookingId))
        return booking === null || !tellingsOf(booking).some(({ kind }) => kind === _tag)
      })
      .sort((a, b) => Text.compare(a.id, b.id))
      .map(
        ({ id, preBookingId, _tag }) => new Audit.PreBookingEventUnfounded({ eventId: id, preBookingId, kind: _tag })
      )
  ]
}

/** What a sweep has left undone since before an instant, and who was forgotten. */
export const overdue = (
  state: State,
  before: DateTime.Utc
): ReadonlyArray<Audit.HoldLapsed | Audit.CopiesIdle | Audit.TellingLate | Audit.WaiterForgotten> => {
  const all = oldestFirst(state)
  const lately = new Set(
    all.flatMap((booking) => {
      const at = "notifiedAt" in booking ? booking.notifiedAt : null
      return at !== null && DateTime.greaterThanOrEqualTo(at, before) ? [booking.bookId] : []
    })
  )
  const open = all.filter((booking) => isInLine(state, booking))
  const isSold = ({ bookId }: PreBooking.PreBooking) => HashMap.has(state.books, bookId)
  return [
    ...open
      .filter((booking) => booking.status === "held")
      .filter((booking) => isSold(booking) && DateTime.lessThan(booking.expiresAt, before))
      .sort((a, b) => DateTime.toEpochMillis(a.expiresAt) - DateTime.toEpochMillis(b.expiresAt))
      .map(({ id, bookId, expiresAt }) => new Audit.HoldLapsed({ preBookingId: id, bookId, since: expiresAt })),
    ...[...HashMap.entries(state.lines)]
      .filter(([bookId, { arrived }]) => arrived > 0 && !lately.has(bookId))
      .sort(([a], [b]) => Text.compare(a, b))
      .map(([bookId, { arrived }]) => new Audit.CopiesIdle({ bookId, copies: arrived })),
    ...[...HashMap.entries(state.waves)]
      .flatMap(([bookId, waves]) => waves.map(({ at }) => ({ bookId, since: at })))
      .filter(({ since }) => DateTime.lessThan(since, before))
      .sort((a, b) => DateTime.toEpochMillis(a.since) - DateTime.toEpochMillis(b.since))
      .map((late) => new Audit.TellingLate(late)),
    ...open
      .filter((booking) => !isSold(booking))
      .map(({ id, bookId }) => new Audit.WaiterForgotten({ preBookingId: id, bookId }))
  ]
}

// internal

const oldestFirst = ({ preBookings }: State): ReadonlyArray<PreBooking.PreBooking> =>
  [...HashMap.values(preBookings)].sort(
    (a, b) => DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt) || Text.compare(a.id, b.id)
  )

const isInLine = (state: State, booking: PreBooking.PreBooking): booking is PreBooking.Waiting | PreBooking.Held =>
  PreBooking.isOpen(booking) && Lines.waveOf(state, booking) === null

const isOfLine = (event: Event): event is PreBookingEvent => "preBookingId" in event

const reached = (booking: PreBooking.PreBooking): Audit.Reached =>
  "expiresAt" in booking && booking.expiresAt !== null
    ? "hold"
    : "notifiedAt" in booking && booking.notifiedAt !== null
      ? "told"
      : "neither"

const tellingsOf = (booking: PreBooking.PreBooking) =>
  Audit.tellings.filter((telling) => telling.status === booking.status && telling.reached === reached(booking))
