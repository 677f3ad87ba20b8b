import { type DateTime, Effect, Either, Equal, HashMap, Layer, Option, RedBlackTree } from "effect"
import type { BookId, BookNotFound } from "../../domain/Book.js"
import type * as Handout from "../../domain/Handout.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Position } from "../../domain/Page.js"
import * as PreBooking from "../../domain/PreBooking.js"
import * as Text from "../../domain/Text.js"
import { type Asked, PreBookingRepository } from "../../ports/PreBookingRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Lines from "./Lines.js"
import * as Outbox from "./Outbox.js"
import * as Shelf from "./Shelf.js"
import { type Change, type Ordered, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<PreBookingRepository, never, Store> = Layer.effect(
  PreBookingRepository,
  Effect.map(Store, (store) => ({
    request: (asked) => store.change((state) => request(state, asked)),

    get: (customer, id, now) =>
      store.read((state) =>
        Either.map(own(state, customer, id), (found) => {
          const booking = PreBooking.at(found, now)
          return { booking, position: booking.status === "waiting" ? Lines.position(state, booking) : null }
        })
      ),

    page: (customer, now, { page, size }) =>
      store.read((state) => {
        const all = list(state, customer, now)
        return Either.right({ items: all.slice((page - 1) * size, page * size), total: all.length })
      }),

    after: (customer, now, position, limit) =>
      store.read((state) => {
        const all = list(state, customer, now)
        const rest =
          position === null ? all : all.filter((booking) => newestFirst(PreBooking.position(booking), position) > 0)
        return Either.right(rest.slice(0, limit))
      }),

    cancel: (customer, id, now) => store.change((state) => cancel(state, customer, id, now)),

    due: (books, now, limit) => store.read((state) => Either.right(due(state, books, now).slice(0, limit))),

    line: (book, now, limit) => store.read((state) => Either.right(line(state, book, now, limit))),

    hand: (line, handout) => store.change((state) => hand(state, line, handout)),

    untold: (book, limit) => store.read((state) => Either.right(untold(state, book, limit))),

    told: (bookings) => store.change((state) => told(state, bookings))
  }))
)

// internal

const request = (
  state: State,
  { id, customerId, bookId, now }: Asked
): Change<PreBooking.Waiting | null, BookNotFound | PreBooking.BookInStock | PreBooking.AlreadyWaiting | StoreError> =>
  Either.gen(function* () {
    const book = yield* Shelf.get(state, bookId)
    if (book.inStock) return yield* Either.left(new PreBooking.BookInStock({ bookId }))
    const { arrived, held } = Lines.of(state, bookId)
    const isIdle = arrived > 0 && !Lines.isWaitedFor(state, bookId)
    if (isIdle || hasLapsed(held, now)) return [null, state] as const
    if (stands(state, customerId, bookId)) return yield* Either.left(new PreBooking.AlreadyWaiting({ bookId }))
    if (HashMap.has(state.preBookings, id)) yield* violation(requesting, "a pre-booking has an id of its own")
    const waiting = PreBooking.request(book, { id, customerId, now })
    const [, next] = yield* Lines.write(state, requesting, waiting)
    return [waiting, next] as const
  })

const requesting = "PreBookingRepository.request"

/** Waits, has a copy on hold, or has it in an order that is not paid yet. */
const stands = (state: State, customer: CustomerId, book: BookId): boolean => {
  const booking = Lines.last(state, customer, book)
  return (
    booking !== null &&
    (PreBooking.isOpen(booking) ||
      (booking.status === "fulfilled" &&
        Option.exists(HashMap.get(state.orders, booking.orderId), ({ status }) => status === "pending_payment")))
  )
}

const hasLapsed = (held: Ordered<PreBooking.PreBookingId>, now: DateTime.Utc): boolean =>
  Option.exists(RedBlackTree.first(held), ([place]) => place < after(now))

/** What comes behind every place of this instant. */
const after = (now: DateTime.Utc): string => `${Lines.instant(now)}~`

const own = (
  state: State,
  customer: CustomerId,
  id: PreBooking.PreBookingId
): Either.Either<PreBooking.PreBooking, PreBooking.PreBookingNotFound> => {
  const booking = Lines.find(state, id)
  return booking?.customerId === customer
    ? Either.right(booking)
    : Either.left(new PreBooking.PreBookingNotFound({ preBookingId: id }))
}

const list = (state: State, customer: CustomerId, now: DateTime.Utc): ReadonlyArray<PreBooking.PreBooking> =>
  Option.getOrElse(HashMap.get(state.preBookingsOf, customer), () => [])
    .flatMap((id) => Lines.find(state, id) ?? [])
    .map((booking) => PreBooking.at(booking, now))
    .sort((a, b) => newestFirst(PreBooking.position(a), PreBooking.position(b)))

const newestFirst = ([time, id]: Position, [otherTime, otherId]: Position): number =>
  Number(otherTime) - Number(time) || Text.compare(String(otherId), String(id))

const cancel = (
  state: State,
  customer: CustomerId,
  id: PreBooking.PreBookingId,
  now: DateTime.Utc
): Change<PreBooking.Cancelled, PreBooking.PreBookingNotFound | PreBooking.PreBookingClosed | StoreError> =>
  Either.gen(function* () {
    const booking = PreBooking.at(yield* own(state, customer, id), now)
    const { status } = booking
    if (status === "fulfilled" || status === "cancelled" || status === "expired")
      return yield* Either.left(new PreBooking.PreBookingClosed({ preBookingId: id, status }))
    const cancelled = PreBooking.cancel(booking, now)
    let [, next] = yield* Lines.write(state, cancelling, cancelled)
    if (status === "held") [, next] = yield* Lines.arrive(next, cancelling, booking.bookId, 1)
    return [cancelled, next] as const
  })

const cancelling = "PreBookingRepository.cancel"

/** In ascending id. */
const due = (state: State, books: Iterable<BookId> | null, now: DateTime.Utc): ReadonlyArray<BookId> => {
  const found =
    books === null
      ? first(state.due, Number.POSITIVE_INFINITY, now)
      : [...new Set(books)].filter((book) => {
          const from = Lines.dueFrom(Lines.of(state, book))
          return from !== null && from <= Lines.instant(now)
        })
  return [...found].sort(Text.compare)
}

/** At most `limit`, of those with an instant in their place, which is not after `until`. */
const first = <A>(there: Ordered<A>, limit: number, until: DateTime.Utc | null = null): ReadonlyArray<A> => {
  const end = until === null ? null : after(until)
  const found: Array<A> = []
  for (const [place, value] of there) {
    if (found.length >= limit || (end !== null && place >= end)) break
    found.push(value)
  }
  return found
}

const written = <S extends PreBooking.Status>(
  { preBookings }: State,
  ids: ReadonlyArray<PreBooking.PreBookingId>,
  status: S
): ReadonlyArray<Extract<PreBooking.PreBooking, { readonly status: S }>> =>
  ids.flatMap((id) => Option.toArray(Option.filter(HashMap.get(preBookings, id), has(status))))

const has =
  <S extends PreBooking.Status>(status: S) =>
  (booking: PreBooking.PreBooking): booking is Extract<PreBooking.PreBooking, { readonly status: S }> =>
    booking.status === status

const line = (state: State, id: BookId, now: DateTime.Utc, limit: number): Handout.Line | null => {
  const book = Shelf.find(state, id)
  if (book === null) return null
  const { arrived, waiting, held } = Lines.of(state, id)
  return {
    book,
    arrived,
    waiting: RedBlackTree.size(waiting),
    first: written(state, first(waiting, limit), "waiting"),
    lapsed: written(state, first(held, limit, now), "held")
  }
}

const hand = (state: State, line: Handout.Line, handout: Handout.Handout): Change<boolean> =>
  Either.gen(function* () {
    const { expired, held, toAll, onSale, events } = handout
    const book = Shelf.find(state, line.book.id)
    if (book?.stockQuantity !== line.book.stockQuantity || !isAsRead(state, line)) return [false, state] as const
    const lapsed = new Set(line.lapsed.map(({ id }) => id))
    if (!expired.every(({ id }) => lapsed.has(id))) yield* violation(handing, "only a hold that has lapsed expires")
    if (!held.every(({ id }, i) => line.first[i]?.id === id)) yield* violation(handing, "first come, first served")

    let next = state
    for (const booking of [...expired, ...held]) [, next] = yield* Lines.write(next, handing, booking)
    if (toAll !== null) next = Lines.tellAll(next, book.id, toAll)
    ;[, next] = yield* Lines.arrive(next, handing, book.id, expired.length - held.length - onSale)
    ;[, next] = yield* Shelf.move(next, handing, book, onSale)
    ;[, next] = yield* Outbox.tell(next, handing, events)
    return [true, next] as const
  })

const handing = "PreBookingRepository.hand"

const isAsRead = (state: State, { book: { id }, arrived, waiting, first: read, lapsed }: Handout.Line): boolean => {
  const there = Lines.of(state, id)
  const same = first(there.waiting, read.length)
  return (
    there.arrived === arrived &&
    RedBlackTree.size(there.waiting) === waiting &&
    read.every((booking, i) => booking.id === same[i]) &&
    lapsed.every((hold) => Equal.equals(Lines.find(state, hold.id), hold))
  )
}

const untold = (
  state: State,
  book: BookId | null,
  limit: number
): ReadonlyArray<PreBooking.Notified | PreBooking.Cancelled> => {
  const found: Array<PreBooking.Notified | PreBooking.Cancelled> = []
  for (const waves of book === null ? HashMap.values(state.waves) : [Lines.wavesOf(state, book)]) {
    for (const wave of waves) {
      if (found.length >= limit) return found
      const waiting = written(state, first(wave.waiting, limit - found.length), "waiting")
      const held = written(state, first(wave.held, limit - found.length - waiting.length), "held")
      found.push(...[...waiting, ...held].map((booking) => Lines.since(wave, booking)))
    }
  }
  return found
}

const told = (
  state: State,
  bookings: ReadonlyArray<PreBooking.Notified | PreBooking.Cancelled>
): Change<ReadonlySet<PreBooking.PreBookingId>> =>
  Either.gen(function* () {
    const news = new Set<PreBooking.PreBookingId>()
    let next = state
    for (const booking of bookings) {
      const there = Option.getOrNull(HashMap.get(next.preBookings, booking.id))
      const wave = there === null ? null : Lines.waveOf(next, there)
      if (there === null || !PreBooking.isOpen(there) || wave === null) continue
      if (!Equal.equals(Lines.since(wave, there), booking)) yield* violation(telling, "each is written as it is read")
      ;[, next] = yield* Lines.write(next, telling, booking)
      news.add(booking.id)
    }
    return [news, next] as const
  })

const telling = "PreBookingRepository.told"
