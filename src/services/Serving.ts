/** Copies that have come in are handed out to those who wait, and they are told: a batch at a time, each a transaction. */
import { Array, DateTime, Effect, Schema } from "effect"
import type { BookId } from "../domain/Book.js"
import { EventId, PreBookingNotified, PreBookingWithdrawn } from "../domain/Event.js"
import * as Handout from "../domain/Handout.js"
import { checked } from "../domain/Input.js"
import * as PreBooking from "../domain/PreBooking.js"
import * as Text from "../domain/Text.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { Outbox } from "../ports/Outbox.js"
import { PreBookingRepository } from "../ports/PreBookingRepository.js"
import { PreBookingSettings } from "../ports/PreBookingSettings.js"
import { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"

/** What was done for those who wait. */
export interface Served {
  /** A copy is held for each of so many. */
  readonly held: number
  /** So many holds have ended. */
  readonly expired: number
  /** So many copies went on sale. */
  readonly onSale: number
  /** So many were told that there are copies, or that the book is no longer sold. */
  readonly told: number
}

export const none: Served = { held: 0, expired: 0, onSale: 0, told: 0 }

export const sum = (a: Served, b: Served): Served => ({
  held: a.held + b.held,
  expired: a.expired + b.expired,
  onSale: a.onSale + b.onSale,
  told: a.told + b.told
})

export const make = Effect.gen(function* () {
  const preBookings = yield* PreBookingRepository
  const outbox = yield* Outbox
  const ids = yield* IdGenerator
  const { transact } = yield* Transactor
  const { policy, hold, batch } = yield* PreBookingSettings

  const eventIds = (count: number) =>
    Effect.replicateEffect(
      Effect.map(ids.next, (id) => EventId.make(id)),
      count
    )

  const policyFor = (line: Handout.Line) =>
    Effect.try(() => decodePolicy(policy(line.book, Handout.free(line)))).pipe(
      Effect.tapErrorCause((cause) =>
        Effect.annotateLogs(
          Effect.logError("The restock policy has failed, and copies wait to be handed out", cause),
          "bookId",
          line.book.id
        )
      ),
      Effect.option
    )

  /** Hands out what has come in of one book. Null where there is nothing to be done, or nobody knows what. */
  const hand = (id: BookId, limit = batch) =>
    transact(
      Effect.gen(function* () {
        for (let attempt = 0; attempt < attempts; attempt++) {
          const now = yield* DateTime.now
          const line = yield* preBookings.line(id, now, limit)
          if (line === null || !Handout.isDue(line)) return null
          const chosen = yield* policyFor(line)
          if (chosen._tag === "None") return null
          const facts = { now, hold, eventIds: yield* eventIds(Handout.eventsNeeded(line)) }
          const handout = Handout.decide(line, chosen.value, facts)
          if (Handout.isNothing(handout)) return null
          if (yield* preBookings.hand(line, handout)) return handed(handout)
        }
        return yield* overtaken
      })
    )

  /** The holds of a book that is about to go end with their time, where that is over, and not with the book. */
  const expire = (id: BookId) =>
    transact(
      Effect.gen(function* () {
        const now = yield* DateTime.now
        const line = yield* preBookings.line(id, now, batch)
        if (line === null || line.lapsed.length === 0) return
        const handout = Handout.expire(line, { now, eventIds: yield* eventIds(line.lapsed.length) })
        if (!(yield* preBookings.hand(line, handout))) return yield* overtaken
      })
    )

  /** Writes and tells it of the next who were told together, of one book or of any. How many there were. */
  const tell = (id: BookId | null, limit = batch) =>
    transact(
      Effect.gen(function* () {
        const bookings = yield* preBookings.untold(id, limit)
        if (!Array.isNonEmptyReadonlyArray(bookings)) return 0
        const written = yield* preBookings.told(bookings)
        const mine = bookings.filter((booking) => written.has(booking.id))
        const events = Array.zipWith(mine, yield* eventIds(mine.length), told)
        if (Array.isNonEmptyReadonlyArray(events)) yield* outbox.append(events)
        return bookings.length
      })
    )

  const left = ({ held, expired, told }: Served) => Math.max(1, batch - held - expired - told)

  /** Those of these books that have something to hand out. */
  const due = (books: ReadonlyArray<BookId>): Effect.Effect<ReadonlySet<BookId>, StoreError> =>
    Array.isNonEmptyReadonlyArray(books)
      ? DateTime.now.pipe(
          Effect.flatMap((now) => preBookings.due(books, now, books.length)),
          Effect.map((found) => new Set(found))
        )
      : Effect.succeed(new Set())

  /**
   * What these books have to hand out, in the transaction of what brought it in: one batch of customers over all of them,
   * and at least one of each book. The rest is the sweep's.
   */
  const serve = (books: ReadonlyArray<BookId>): Effect.Effect<Served, StoreError> =>
    Effect.gen(function* () {
      let all = none
      for (const id of [...(yield* due(books))].sort(Text.compare)) {
        const done = yield* hand(id, left(all))
        if (done === null) continue
        all = sum(all, done)
        all = sum(all, { ...none, told: yield* tell(id, left(all)) })
      }
      return all
    })

  /** Once more where holds of these books had lapsed and nobody had noticed, else the refusal. */
  const orElse = <A, E, R, F>(books: ReadonlyArray<BookId>, again: Effect.Effect<A, E, R>, refusal: F) =>
    Effect.flatMap(
      serve(books),
      (served): Effect.Effect<A, E | F, R> => (served === none ? Effect.fail(refusal) : again)
    )

  return { hand, expire, tell, due, serve, orElse }
})

// internal

const attempts = 5

const decodePolicy = Schema.decodeUnknownSync(PreBooking.Policy)

const overtaken = new StoreError({
  operation: "PreBookingRepository.hand",
  outcome: "RolledBack",
  retryable: true,
  cause: new Error("the line kept changing")
})

const handed = ({ held, expired, onSale }: Handout.Handout): Served => ({
  held: held.length,
  expired: expired.length,
  onSale,
  told: 0
})

const told = (booking: PreBooking.Notified | PreBooking.Cancelled, id: EventId) => {
  const { id: preBookingId, customerId, bookId, title, author } = booking
  const all = { id, preBookingId, customerId, bookId, title, author }
  return booking.status === "notified"
    ? new PreBookingNotified({ ...all, at: booking.notifiedAt }, checked)
    : new PreBookingWithdrawn({ ...all, at: booking.cancelledAt }, checked)
}
