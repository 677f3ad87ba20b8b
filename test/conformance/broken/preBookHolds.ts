import { Effect, HashMap, Option } from "effect"
import * as Lines from "../../../src/adapters/memory/Lines.js"
import type { BookId } from "../../../src/domain/Book.js"
import { CartItem } from "../../../src/domain/Cart.js"
import type { CustomerId } from "../../../src/domain/Id.js"
import type * as PreBooking from "../../../src/domain/PreBooking.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { noRestock } from "./orders.js"
import { neverLapses, payingIsOver } from "./preBookings.js"
import {
  allAreTold,
  byIdAlone,
  bySweepsAlone,
  goneForgotten,
  lastFirst,
  restForgotten,
  saleUntold,
  silently,
  tiesByDescendingId
} from "./preBookServing.js"
import { doubled, tampering, written } from "./preBookTampering.js"

type Waits = Ports["preBookings"]

const changing = (flaw: (preBookings: Waits, real: Ports) => Partial<Waits>) =>
  breaking((real) => ({ preBookings: { ...real.preBookings, ...flaw(real.preBookings, real) } }))

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
