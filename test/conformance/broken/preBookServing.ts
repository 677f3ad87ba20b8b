import { DateTime, Effect } from "effect"
import type { BookId } from "../../../src/domain/Book.js"
import { BookRestocked, PreBookingHeld } from "../../../src/domain/Event.js"
import * as Handout from "../../../src/domain/Handout.js"
import type * as PreBooking from "../../../src/domain/PreBooking.js"
import * as Given from "../../../src/testing/Given.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { forgotten, handedAnyway, shelved, tampering } from "./preBookTampering.js"
import { noTransactions } from "./transactor.js"

type Waits = Ports["preBookings"]

const changing = (flaw: (preBookings: Waits, real: Ports) => Partial<Waits>) =>
  breaking((real) => ({ preBookings: { ...real.preBookings, ...flaw(real.preBookings, real) } }))

export const nobodyTold = changing(() => ({ untold: () => Effect.succeed([]) }))

/** Those who were told are told once more, with the next who ask. */
export const toldTwice = changing(({ untold, told }) => {
  let again: ReadonlyArray<PreBooking.Notified | PreBooking.Cancelled> = []
  return {
    untold: (book, limit) =>
      Effect.map(untold(book, limit), (found) => {
        const all = [...found, ...again]
        again = found
        return all
      }),
    told: (bookings) => Effect.map(told(bookings), () => new Set(bookings.map(({ id }) => id)))
  }
})

/** Whatever the host has chosen. */
export const allAreTold = changing(({ hand }) => ({
  hand: (line, handout) =>
    handout.held.length === 0
      ? hand(line, handout)
      : Effect.flatMap(DateTime.now, (now) =>
          hand(line, {
            ...handout,
            held: [],
            toAll: now,
            onSale: Handout.free(line),
            events: handout.events.filter((event) => !(event instanceof PreBookingHeld))
          })
        )
}))

/** The first in line by something else than when they asked, and then by id. */
const inOrder = (order: (a: PreBooking.Waiting, b: PreBooking.Waiting) => number) =>
  tampering(({ preBookings }, tamper) => ({
    preBookings: {
      ...preBookings,
      line: (id, now, limit) =>
        Effect.map(preBookings.line(id, now, 10_000), (line) =>
          line === null
            ? null
            : { ...line, first: line.first.toSorted(order).slice(0, limit), lapsed: line.lapsed.slice(0, limit) }
        ),
      hand: (line, handout) =>
        Effect.as(
          tamper((state) => handedAnyway(state, line, handout)),
          true
        )
    }
  }))

const age = (a: PreBooking.Waiting, b: PreBooking.Waiting) =>
  DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt)
export const lastFirst = inOrder((a, b) => age(b, a) || (a.id < b.id ? 1 : -1))
export const byIdAlone = inOrder((a, b) => (a.id < b.id ? -1 : 1))
export const tiesByDescendingId = inOrder((a, b) => age(a, b) || (a.id < b.id ? 1 : -1))

export const restForgotten = changing(({ due, untold }) => ({
  due: (books, now, limit) => (books === null ? Effect.succeed([]) : due(books, now, limit)),
  untold: (book, limit) => (book === null ? Effect.succeed([]) : untold(book, limit))
}))

/** What has lapsed is found by sweeps alone. */
export const bySweepsAlone = changing(({ due, request }) => ({
  due: (books, now, limit) => due(books, books === null ? now : Given.at(0), limit),
  request: (asked) => request({ ...asked, now: Given.at(0) })
}))

export const silently = changing(({ hand }) => ({ hand: (line, handout) => hand(line, { ...handout, events: [] }) }))

/** It is on sale again, and nobody is told of that. */
export const saleUntold = changing(({ hand }) => ({
  hand: (line, handout) =>
    hand(line, { ...handout, events: handout.events.filter((event) => !(event instanceof BookRestocked)) })
}))

/** What arrives by the hand of the shop or with an order is put on the shelf, whoever waits. */
export const onTheShelf = tampering(({ books, orders }, tamper) => {
  const put = (ids: ReadonlyArray<BookId>) => tamper((state) => ids.reduce(shelved, state))
  return {
    books: {
      ...books,
      modify: (id, decide) => Effect.tap(books.modify(id, decide), () => put([id])),
      merge: (given, decide) => {
        const met: globalThis.Array<BookId> = []
        const noted: typeof decide = (incoming, existing, apart) => {
          if (existing !== null) met.push(existing.id)
          return decide(incoming, existing, apart)
        }
        return Effect.tap(books.merge(given, noted), () => put(met))
      }
    },
    orders: {
      ...orders,
      move: (next) => Effect.tap(orders.move(next), () => put(next.order.lines.map(({ bookId }) => bookId)))
    }
  }
})

/** What was held is put on the shelf, whoever waits. */
export const heldToTheShelf = tampering(({ preBookings }, tamper) => {
  const put = (id: BookId) => tamper((state) => shelved(state, id))
  return {
    preBookings: {
      ...preBookings,
      cancel: (customer, id, now) => Effect.tap(preBookings.cancel(customer, id, now), ({ bookId }) => put(bookId)),
      hand: (line, handout) => {
        const { expired, events } = handout
        const ends = { expired, held: [], toAll: null, onSale: 0, events: events.slice(0, expired.length) }
        return expired.length === 0
          ? preBookings.hand(line, handout)
          : Effect.tap(preBookings.hand(line, ends), () => put(line.book.id))
      }
    }
  }
})

/** Those who wait for a book that is removed, or have a copy of it on hold, are forgotten. */
export const goneForgotten = tampering(({ books }, tamper) => ({
  books: {
    ...books,
    remove: (id) =>
      Effect.zipRight(
        books.remove(id),
        tamper((state) => forgotten(state, id))
      )
  }
}))

const heldNotCounted = breaking(({ books }) => ({
  books: {
    ...books,
    merge: (given, decide) => books.merge(given, (incoming, existing) => decide(incoming, existing, 0))
  }
}))

export const preBookRestocks: Flaws = {
  "pre-booking: from none to some everyone who waits is told, once, and the copies are on sale": {
    "nobody is": nobodyTold,
    "what arrives is on the shelf": onTheShelf
  },
  "pre-booking: from some to some, or to none, nobody is told; who asks after that waits for the next time": {
    "those of before are told again": toldTwice
  },
  "pre-booking: what is told in a transaction of the host's is seen in it, and told nobody when it is rolled back": {
    "each call by itself": noTransactions
  },
  "pre-booking: a request and a cancellation that the host rolls back leave the line, the hold and the copies as they were":
    { "each call by itself": noTransactions },
  "pre-booking: the host's function says for each book and its copies whether all are told or the next are served": {
    "all are told": allAreTold
  },
  "pre-booking, queue: what is imported a second time is there already, on hold or on the shelf": {
    "copies on hold are none": heldNotCounted
  }
}
