import { Array, DateTime, Effect, HashMap, Option } from "effect"
import * as Lines from "../../../src/adapters/memory/Lines.js"
import type { BookId } from "../../../src/domain/Book.js"
import { CartItem } from "../../../src/domain/Cart.js"
import { BookRestocked, PreBookingHeld } from "../../../src/domain/Event.js"
import * as Handout from "../../../src/domain/Handout.js"
import type { CustomerId } from "../../../src/domain/Id.js"
import * as PreBooking from "../../../src/domain/PreBooking.js"
import * as Given from "../../../src/testing/Given.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { noRestock } from "./orders.js"
import { neverLapses, payingIsOver } from "./preBookings.js"
import { doubled, forgotten, handedAnyway, shelved, tampering, written } from "./preBookTampering.js"
import { noTransactions } from "./transactor.js"

type Waits = Ports["preBookings"]

const changing = (flaw: (preBookings: Waits, real: Ports) => Partial<Waits>) =>
  breaking((real) => ({ preBookings: { ...real.preBookings, ...flaw(real.preBookings, real) } }))

const nobodyTold = changing(() => ({ untold: () => Effect.succeed([]) }))

/** Those who were told are told once more, with the next who ask. */
const toldTwice = changing(({ untold, told }) => {
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
const allAreTold = changing(({ hand }) => ({
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
const lastFirst = inOrder((a, b) => age(b, a) || (a.id < b.id ? 1 : -1))
const byIdAlone = inOrder((a, b) => (a.id < b.id ? -1 : 1))
const tiesByDescendingId = inOrder((a, b) => age(a, b) || (a.id < b.id ? 1 : -1))

const restForgotten = changing(({ due, untold }) => ({
  due: (books, now, limit) => (books === null ? Effect.succeed([]) : due(books, now, limit)),
  untold: (book, limit) => (book === null ? Effect.succeed([]) : untold(book, limit))
}))

/** What has lapsed is found by sweeps alone. */
const bySweepsAlone = changing(({ due, request }) => ({
  due: (books, now, limit) => due(books, books === null ? now : Given.at(0), limit),
  request: (asked) => request({ ...asked, now: Given.at(0) })
}))

const silently = changing(({ hand }) => ({ hand: (line, handout) => hand(line, { ...handout, events: [] }) }))

/** It is on sale again, and nobody is told of that. */
const saleUntold = changing(({ hand }) => ({
  hand: (line, handout) =>
    hand(line, { ...handout, events: handout.events.filter((event) => !(event instanceof BookRestocked)) })
}))

/** A held copy is as good as one on the shelf, for whoever comes. */
export const anybodysCopy = breaking(({ books, preBookings }) => {
  const holders = new Map<BookId, CustomerId>()
  return {
    preBookings: {
      ...preBookings,
      hand: (line, handout) =>
        Effect.tap(preBookings.hand(line, handout), () => {
          for (const { bookId, customerId } of handout.held) holders.set(bookId, customerId)
        })
    },
    books: {
      ...books,
      reserve: (copies, buyer) =>
        Effect.catchTag(books.reserve(copies, buyer), "InsufficientStock", (refusal) => {
          const holder = holders.get(refusal.items[0].bookId)
          return buyer === undefined || holder === undefined
            ? refusal
            : books.reserve(copies, { ...buyer, customerId: holder })
        })
    }
  }
})

/** Into anybody's cart, as long as somebody has one on hold. */
const anybodysCart = tampering(({ carts }, _, look) => ({
  carts: {
    ...carts,
    add: (customer, line) =>
      Effect.catchTag(carts.add(customer, line), "BookOutOfStock", (refusal) =>
        Effect.gen(function* () {
          const book = yield* look((state) => Option.getOrNull(HashMap.get(state.books, line.bookId)))
          const isHeld = yield* look((state) => Lines.dueFrom(Lines.of(state, line.bookId)) !== null)
          if (!isHeld || book === null) return yield* refusal
          yield* carts.put(customer, [line])
          return new CartItem({ line, book })
        })
      )
  }
}))

const shelfAlone = breaking(({ books }) => ({
  books: { ...books, reserve: (copies) => books.reserve(copies) }
}))

/** A copy that was held and not paid for is not held again. */
const holdLost = breaking(({ orders, preBookings }) => ({
  orders: {
    ...orders,
    move: (next) =>
      Effect.tap(orders.move(next), (moved) =>
        moved && next.refill
          ? Effect.gen(function* () {
              const { customerId } = next.order
              const { items } = yield* preBookings.page(customerId, next.event.at, { page: 1, size: 100 })
              for (const booking of items) {
                if (booking.status === "held")
                  yield* Effect.ignore(preBookings.cancel(customerId, booking.id, next.event.at))
              }
            })
          : Effect.void
      )
  }
}))

/** What is bought once stays so, paid or not. */
const boughtForEver = changing(({ get }) => {
  const bought = new Map<string, PreBooking.PreBooking>()
  return {
    get: (customer, id, now) =>
      Effect.map(get(customer, id, now), ({ booking, position }) => {
        if (booking.status === "fulfilled") bought.set(id, booking)
        return { booking: bought.get(id) ?? booking, position }
      })
  }
})

/** A held copy is taken, and left where it was; so when its hold ends. */
export const copiesDoubled = tampering(({ books, preBookings }, tamper, look) => ({
  books: {
    ...books,
    reserve: (copies, buyer) =>
      Effect.gen(function* () {
        const held =
          buyer === undefined
            ? []
            : yield* look((state) =>
                copies.flatMap(({ bookId }) => Lines.heldFor(state, buyer.customerId, bookId, buyer.now) ?? [])
              )
        yield* books.reserve(copies, buyer)
        for (const hold of held) yield* tamper((state) => written(state, hold, null))
      })
  },
  preBookings: {
    ...preBookings,
    cancel: (customer, id, now) =>
      Effect.tap(preBookings.cancel(customer, id, now), ({ bookId, expiresAt }) =>
        expiresAt === null ? Effect.void : tamper((state) => doubled(state, bookId, 1))
      ),
    hand: (line, handout) =>
      Effect.tap(preBookings.hand(line, handout), (made) =>
        made && handout.expired.length > 0 ? tamper((state) => doubled(state, line.book.id, 1)) : Effect.void
      )
  }
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
        const noted: typeof decide = (incoming, existing) => {
          if (existing !== null) met.push(existing.id)
          return decide(incoming, existing)
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
  }
}

export const preBookQueue: Flaws = {
  "pre-booking, queue: k copies and n in line give exactly min(k, n) holds, first come, and the other copies are on sale":
    {
      "all are told": allAreTold,
      "the last comes first": lastFirst,
      "the rest is forgotten": restForgotten,
      "nothing is told": silently
    },
  "pre-booking, queue: of those who asked in one instant the first by id are served, and before them who asked earlier":
    { "by id alone": byIdAlone, "ties by descending id": tiesByDescendingId },
  "pre-booking, queue: a held copy is not for sale to others; its holder buys it although the shelf shows none": {
    "it is anybody's to buy": anybodysCopy,
    "it is anybody's to put in a cart": anybodysCart,
    "the shelf alone counts": shelfAlone
  },
  "pre-booking, queue: several copies in a line are the held one and those on the shelf, and never another's": {
    "the shelf alone counts": shelfAlone,
    "copies are doubled": copiesDoubled
  },
  "pre-booking, queue: a hold ends at its time, without any job, for its holder as for all others": {
    "nothing lapses": neverLapses,
    "by sweeps alone": bySweepsAlone
  },
  "pre-booking, queue: what was held too long goes to the next in line with the next request, cart, checkout or sweep":
    {
      "by sweeps alone": bySweepsAlone,
      "by all but sweeps": restForgotten
    },
  "pre-booking, queue: what was held too long, or is declined, and that nobody waits for is on sale again, and told once":
    { "nobody is told": saleUntold, "nothing lapses": neverLapses },
  "pre-booking, queue: a copy goes on down the line, one hold after the other, until somebody buys it": {
    "nothing lapses": neverLapses,
    "the last comes first": lastFirst
  },
  "pre-booking, queue: while the order of a held copy waits for its payment its customer waits for no other, and then may":
    { "the order is not looked at": payingIsOver },
  "pre-booking, queue: an order that is not paid gives the held copy back to its customer, until when it was his before":
    { "it is lost": holdLost, "copies do not come back": noRestock },
  "pre-booking, queue: a hold whose time is over while its order waits is kept by a payment, and passed on by a decline":
    { "nothing lapses": neverLapses },
  "pre-booking, queue: a held copy of a book that is removed while its order waits is bought, or nobody's": {
    "it is bought for ever": boughtForEver,
    "those who wait are forgotten": goneForgotten
  },
  "pre-booking, queue: a paid order that is cancelled gives its copy to the next in line, and what was fulfilled stays so":
    { "copies do not come back": noRestock },
  "pre-booking, queue: whoever cancels the order of his held copy and waits already has it held again in his turn alone":
    { "copies do not come back": noRestock }
}

export const preBookLarge: Flaws = {
  "pre-booking: all are read as told from the restock on, and each is told once, by batches": {
    "they are read as written": readAsWritten,
    "they are told again": toldTwice,
    "the rest is forgotten": restForgotten
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
