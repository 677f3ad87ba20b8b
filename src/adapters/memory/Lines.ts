/** Who waits for the books of a state, and what is held for whom: every change of a pre-booking goes through here. */
import { DateTime, Either, HashMap, Option, RedBlackTree, Schema } from "effect"
import { type BookId, maximumStock } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Order } from "../../domain/Order.js"
import * as Page from "../../domain/Page.js"
import * as PreBooking from "../../domain/PreBooking.js"
import { type Change, type Line, leave, nothing, type Ordered, type State, violation, type Wave } from "./State.js"

/** So many copies of a book, also none. */
export interface Count {
  readonly bookId: BookId
  readonly quantity: number
}

// readings

export const of = (state: State, book: BookId): Line => Option.getOrElse(HashMap.get(state.lines, book), () => none)

export const isWaitedFor = (state: State, book: BookId): boolean => RedBlackTree.size(of(state, book).waiting) > 0

/** Copies beside those on the shelf: on hold, or not handed out yet. */
export const apart = (state: State, book: BookId): number => {
  const { arrived, held } = of(state, book)
  return arrived + RedBlackTree.size(held)
}

/** From when on the book has something to hand out; null while there is nothing that it could be. */
export const dueFrom = ({ arrived, held }: Line): string | null =>
  arrived > 0 ? "" : Option.getOrNull(Option.map(RedBlackTree.first(held), ([place]) => place.slice(0, digits)))

/** An instant as text that sorts as it does. */
export const instant = (at: DateTime.Utc): string =>
  String(DateTime.toEpochMillis(at) - firstInstant).padStart(digits, "0")

/** The wave that has told of it, though that is not written yet. */
export const waveOf = (state: State, booking: PreBooking.PreBooking): Wave | null =>
  PreBooking.isOpen(booking)
    ? (wavesOf(state, booking.bookId).find((wave) => RedBlackTree.has(wave[booking.status], placeOf(booking))) ?? null)
    : null

export const wavesOf = (state: State, book: BookId): ReadonlyArray<Wave> =>
  Option.getOrElse(HashMap.get(state.waves, book), () => [])

/** As one is since this wave. */
export const since = (
  wave: Wave,
  booking: PreBooking.Waiting | PreBooking.Held
): PreBooking.Notified | PreBooking.Cancelled =>
  booking.status === "waiting" && !wave.gone ? PreBooking.notify(booking, wave.at) : PreBooking.cancel(booking, wave.at)

export const find = (state: State, id: PreBooking.PreBookingId): PreBooking.PreBooking | null => {
  const written = Option.getOrNull(HashMap.get(state.preBookings, id))
  const wave = written === null ? null : waveOf(state, written)
  return written !== null && PreBooking.isOpen(written) && wave !== null ? since(wave, written) : written
}

/** What the customer asked for last of this book: only that can be open, or have a copy in an order that is not paid. */
export const last = (state: State, customer: CustomerId, book: BookId): PreBooking.PreBooking | null =>
  HashMap.get(state.lastAsked, asker(customer, book)).pipe(
    Option.flatMapNullable((id) => find(state, id)),
    Option.getOrNull
  )

/** The hold of a copy for this customer, unless it has lapsed by then. */
export const heldFor = (
  state: State,
  customer: CustomerId,
  book: BookId,
  now: DateTime.Utc
): PreBooking.Held | null => {
  const booking = last(state, customer, book)
  return booking?.status === "held" && !PreBooking.isLapsed(booking, now) ? booking : null
}

/** Where it stands in its line, from 1. */
export const position = (state: State, booking: PreBooking.Waiting): number => {
  const { waiting } = of(state, booking.bookId)
  const place = placeOf(booking)
  let low = 0
  let high = RedBlackTree.size(waiting)
  while (low < high) {
    const middle = (low + high) >>> 1
    const isBefore = Option.exists(RedBlackTree.getAt(waiting, middle), ([other]) => other < place)
    if (isBefore) low = middle + 1
    else high = middle
  }
  return low + 1
}

// changes

/** Copies have come in. */
export const arrive = (state: State, operation: string, book: BookId, copies: number): Change<void> => {
  const line = of(state, book)
  const arrived = line.arrived + copies
  return Number.isSafeInteger(arrived) && arrived >= 0 && arrived <= maximumStock
    ? leave(undefined, put(state, book, { ...line, arrived }))
    : violation(operation, `the copies that have arrived are from 0 to ${maximumStock}`)
}

/** A new one, or what has become of one: out of where it stood, and to where it belongs. */
export const write = (state: State, operation: string, booking: PreBooking.PreBooking): Change<void> => {
  if (!isSound(booking)) return violation(operation, "a pre-booking is as its schema says")
  const before = Option.getOrNull(HashMap.get(state.preBookings, booking.id))
  if (before !== null && !askedAlike(before, booking)) return violation(operation, "what was asked stays as it was")
  const next = before === null ? enrolled(state, booking) : without(state, before)
  const written = { ...next, preBookings: HashMap.set(next.preBookings, booking.id, booking) }
  if (!PreBooking.isOpen(booking)) return leave(undefined, written)

  const { bookId, customerId, status } = booking
  const other = last(state, customerId, bookId)
  if (other !== null && other.id !== booking.id && PreBooking.isOpen(other))
    return violation(operation, "a customer waits once for a book")
  const book = Option.getOrNull(HashMap.get(state.books, bookId))
  if (book === null || (status === "waiting" && book.inStock))
    return violation(operation, "what is waited for is sold, and not in stock")
  const line = of(written, bookId)
  const there = RedBlackTree.insert(line[status], placeOf(booking), booking.id)
  return leave(undefined, put(written, bookId, { ...line, [status]: there }))
}

/** Everyone who waits is told: true at once of all, at no cost for each. */
export const tellAll = (state: State, book: BookId, at: DateTime.Utc): State => {
  const line = of(state, book)
  const told = { at, gone: false, waiting: line.waiting, held: nothing<PreBooking.PreBookingId>() }
  return put(withWaves(state, book, [...wavesOf(state, book), told]), book, { ...line, waiting: nothing() })
}

/** The book is gone, and with it all that was waited for or held. */
export const withoutBook = (state: State, book: BookId, at: DateTime.Utc): State => {
  const { waiting, held } = of(state, book)
  return put(withWaves(state, book, [...wavesOf(state, book), { at, gone: true, waiting, held }]), book, none)
}

/** The copies that had been held for what an order has are held again; answers the other copies. */
export const restore = (
  state: State,
  operation: string,
  order: Order,
  copies: Iterable<Count>,
  at: DateTime.Utc
): Change<ReadonlyArray<Count>> =>
  Either.gen(function* () {
    const others: Array<Count> = []
    let next = state
    for (const { bookId, quantity } of copies) {
      const booking = last(next, order.customerId, bookId)
      const isOfOrder = booking?.status === "fulfilled" && booking.orderId === order.id
      if (isOfOrder) {
        const isSold = HashMap.has(next.books, bookId)
        const restored = isSold ? PreBooking.restore(booking) : PreBooking.cancel(booking, at)
        ;[, next] = yield* write(next, operation, restored)
      }
      others.push({ bookId, quantity: isOfOrder ? quantity - 1 : quantity })
    }
    return [others, next] as const
  })

// internal

const none: Line = { waiting: nothing(), held: nothing(), arrived: 0 }

const asker = (customer: CustomerId, book: BookId): string => `${book} ${customer}`

// The years 0001 to 9999: as many milliseconds as these digits can count.
const firstInstant = -62_135_596_800_000
const digits = 15

/** Who waits stands by when it was asked, what is held by when it lapses; ties by id. */
const placeOf = (booking: PreBooking.Waiting | PreBooking.Held): string =>
  `${instant(booking.status === "waiting" ? booking.createdAt : booking.expiresAt)} ${booking.id}`

const isState = Schema.is(
  Schema.Union(
    Schema.Struct(PreBooking.Waiting.fields),
    Schema.Struct(PreBooking.Notified.fields),
    Schema.Struct(PreBooking.Held.fields),
    Schema.Struct(PreBooking.Fulfilled.fields),
    Schema.Struct(PreBooking.Cancelled.fields),
    Schema.Struct(PreBooking.Expired.fields)
  )
)

const isInstant = Schema.is(Page.Instant)

const isSound = (booking: PreBooking.PreBooking): boolean =>
  isState(booking) &&
  [booking.createdAt, "expiresAt" in booking ? booking.expiresAt : null].every(
    (at) => at === null || isInstant(DateTime.toEpochMillis(at))
  )

const askedAlike = Schema.equivalence(Schema.Struct(PreBooking.Waiting.fields).omit("status"))

const enrolled = (state: State, { id, customerId, bookId }: PreBooking.PreBooking): State => ({
  ...state,
  lastAsked: HashMap.set(state.lastAsked, asker(customerId, bookId), id),
  preBookingsOf: HashMap.modifyAt(state.preBookingsOf, customerId, (ids) =>
    Option.some([...Option.getOrElse(ids, () => []), id])
  )
})

/** Out of its line, or out of the wave that has told of it. */
const without = (state: State, booking: PreBooking.PreBooking): State => {
  if (!PreBooking.isOpen(booking)) return state
  const { bookId, status } = booking
  const rest = (there: Ordered<PreBooking.PreBookingId>) => RedBlackTree.removeFirst(there, placeOf(booking))
  const wave = waveOf(state, booking)
  if (wave === null) {
    const line = of(state, bookId)
    return put(state, bookId, { ...line, [status]: rest(line[status]) })
  }
  const left = wavesOf(state, bookId).map((other) =>
    other === wave ? { ...wave, [status]: rest(wave[status]) } : other
  )
  return withWaves(state, bookId, left)
}

const isEmpty = ({ waiting, held }: Line | Wave): boolean =>
  RedBlackTree.size(waiting) === 0 && RedBlackTree.size(held) === 0

const withWaves = (state: State, book: BookId, waves: ReadonlyArray<Wave>): State => {
  const left = waves.filter((wave) => !isEmpty(wave))
  return {
    ...state,
    waves: left.length === 0 ? HashMap.remove(state.waves, book) : HashMap.set(state.waves, book, left)
  }
}

/** The line of a book, and with it when the book is due. */
const put = (state: State, book: BookId, line: Line): State => {
  const lines =
    isEmpty(line) && line.arrived === 0 ? HashMap.remove(state.lines, book) : HashMap.set(state.lines, book, line)
  const before = dueFrom(of(state, book))
  const after = dueFrom(line)
  if (before === after) return { ...state, lines }
  const rest = before === null ? state.due : RedBlackTree.removeFirst(state.due, `${before} ${book}`)
  return { ...state, lines, due: after === null ? rest : RedBlackTree.insert(rest, `${after} ${book}`, book) }
}
