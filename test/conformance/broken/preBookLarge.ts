import { Array, type DateTime, Effect, HashMap, Option } from "effect"
import type { BookId } from "../../../src/domain/Book.js"
import * as PreBooking from "../../../src/domain/PreBooking.js"
import { breaking, type Flaws } from "./Breaking.js"
import { goneForgotten, restForgotten, toldTwice } from "./preBookServing.js"
import { handedAnyway, tampering, written } from "./preBookTampering.js"

/** As it is written: not that all were told at once. */
const readAsWritten = tampering(({ preBookings }, _, look) => ({
  preBookings: {
    ...preBookings,
    get: (customer, id, now) =>
      Effect.flatMap(preBookings.get(customer, id, now), ({ position }) =>
        Effect.map(
          look((state) => Option.getOrNull(HashMap.get(state.preBookings, id))),
          (booking) => ({ booking: booking ?? (null as never), position })
        )
      )
  }
}))

/** What nobody has written yet is not given up, though it is answered so. */
const notGivenUp = breaking(({ preBookings }) => ({
  preBookings: {
    ...preBookings,
    cancel: (customer, id, now) =>
      Effect.flatMap(preBookings.get(customer, id, now), ({ booking }) =>
        booking.status === "notified"
          ? Effect.succeed(PreBooking.cancel(booking, now))
          : preBookings.cancel(customer, id, now)
      )
  }
}))

/** Whoever was told together with all others is told, also after he has given up. */
const toldAnyway = breaking(({ preBookings }) => {
  const ended = new Map<string, PreBooking.Notified>()
  return {
    preBookings: {
      ...preBookings,
      cancel: (customer, id, now) =>
        Effect.gen(function* () {
          const { booking } = yield* preBookings.get(customer, id, now)
          if (booking.status === "notified") ended.set(id, booking)
          return yield* preBookings.cancel(customer, id, now)
        }),
      untold: (book, limit) => Effect.map(preBookings.untold(book, limit), (found) => [...found, ...ended.values()]),
      told: (bookings) =>
        Effect.gen(function* () {
          const mine = bookings.filter(({ id }) => ended.delete(id))
          return new Set([...(yield* preBookings.told(bookings)), ...mine.map(({ id }) => id)])
        })
    }
  }
})

/** Whoever waits by then is told, too. */
const whoeverWaits = tampering(({ preBookings }, tamper, look) => {
  const asked = new Map<BookId, DateTime.Utc>()
  return {
    preBookings: {
      ...preBookings,
      hand: (line, handout) =>
        Effect.tap(preBookings.hand(line, handout), () => {
          if (handout.toAll !== null) asked.set(line.book.id, handout.toAll)
        }),
      untold: (book, limit) =>
        Effect.gen(function* () {
          const found = yield* preBookings.untold(book, limit)
          const more: globalThis.Array<PreBooking.Notified> = []
          for (const [id, at] of asked) {
            const line = yield* preBookings.line(id, at, 100)
            if (found.length > 0 && line !== null) more.push(...line.first.map((one) => PreBooking.notify(one, at)))
          }
          return [...found, ...more]
        }),
      told: (bookings) =>
        Effect.gen(function* () {
          const there = yield* look((state) => state.preBookings)
          yield* tamper((state) => bookings.reduce((next, booking) => written(next, booking, null), state))
          return new Set(bookings.flatMap(({ id }) => (HashMap.has(there, id) ? [id] : [])))
        })
    }
  }
})

const slowly = Effect.repeatN(Effect.yieldNow(), 9)

/** Each call is by itself and takes its time, and what was written before is written again. */
const toldByAll = breaking(({ outbox, preBookings, transactor }) => ({
  transactor: { ...transactor, transact: (effect) => effect },
  preBookings: {
    ...preBookings,
    untold: (book, limit) => Effect.zipLeft(preBookings.untold(book, limit), slowly),
    told: (bookings) => Effect.map(preBookings.told(bookings), () => new Set(bookings.map(({ id }) => id)))
  },
  outbox: { ...outbox, append: (events) => Effect.zipRight(slowly, outbox.append(events)) }
}))

/** Each call is by itself and takes its time. */
const slowCalls = breaking(({ outbox, transactor }) => ({
  transactor: { ...transactor, transact: (effect) => effect },
  outbox: { ...outbox, append: (events) => Effect.zipRight(slowly, outbox.append(events)) }
}))

/** Events of holds are written apart from them, and take their time. */
const heldThenTold = tampering(({ outbox, preBookings, transactor }) => ({
  transactor: { ...transactor, transact: (effect) => effect },
  preBookings: {
    ...preBookings,
    hand: (line, handout) =>
      Effect.tap(preBookings.hand(line, { ...handout, events: [] }), (made) =>
        made && Array.isNonEmptyReadonlyArray(handout.events)
          ? Effect.zipRight(Effect.repeatN(slowly, 5), outbox.append(handout.events))
          : Effect.void
      )
  }
}))

/** The line is read, and what was decided on it is done later, whatever it is by then. */
const withoutCompare = tampering(({ preBookings, transactor }, tamper) => ({
  transactor: { ...transactor, transact: (effect) => effect },
  preBookings: {
    ...preBookings,
    line: (id, now, limit) => Effect.zipLeft(preBookings.line(id, now, limit), slowly),
    hand: (line, handout) =>
      Effect.as(
        tamper((state) => handedAnyway(state, line, handout)),
        true
      )
  }
}))

export const preBookLarge: Flaws = {
  "pre-booking: all are read as told from the restock on, and each is told once, by batches": {
    "they are read as written": readAsWritten,
    "they are told again": toldTwice,
    "the rest is forgotten": restForgotten
  },
  "pre-booking: who gives up before it is his turn to be told has given up, and is told nothing; the others are told": {
    "it is answered, and not done": notGivenUp,
    "he is told all the same": toldAnyway
  },
  "pre-booking: who asks after a restock waits for the next, also while those of before are still being told": {
    "whoever waits is told": whoeverWaits
  },
  "pre-booking: sweeps of several processes at once, beside restocks and new requests, tell each once and forget nobody":
    { "each call by itself, and all tell": toldByAll },
  "pre-booking: a restock whose sweep is interrupted anywhere, again and again, tells each once and forgets nobody": {
    "each call by itself": slowCalls,
    "holds are told later": heldThenTold
  },
  "pre-booking, queue: sweeps of several processes at once hand each copy out once, first come first served": {
    "the line is not compared": withoutCompare
  },
  "pre-booking: with its book all that wait or have a copy held are cancelled at once, and each is told once, by batches":
    { "those who wait are forgotten": goneForgotten, "they are told again": toldTwice },
  "pre-booking: who was told, gave up or lost a hold before its book went is told nothing more, but what was still to be told":
    { "those who wait are forgotten": goneForgotten, "they are told again": toldTwice }
}
