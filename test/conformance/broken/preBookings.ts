import { Effect, HashMap, Option } from "effect"
import * as Shelf from "../../../src/adapters/memory/Shelf.js"
import type { BookId, BookNotFound } from "../../../src/domain/Book.js"
import type { CustomerId } from "../../../src/domain/Id.js"
import * as PreBooking from "../../../src/domain/PreBooking.js"
import * as Given from "../../../src/testing/Given.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { tampering, written } from "./preBookTampering.js"

type Waits = Ports["preBookings"]

const changing = (flaw: (preBookings: Waits, real: Ports) => Partial<Waits>) =>
  breaking((real) => ({ preBookings: { ...real.preBookings, ...flaw(real.preBookings, real) } }))

const key = ({ bookId, customerId }: { readonly bookId: BookId; readonly customerId: CustomerId }) =>
  `${bookId} ${customerId}`

const slowly = Effect.repeatN(Effect.yieldNow(), 40)

/** Whether the customer waits is looked at before, and no constraint stands behind it. */
export const checkedFirst = tampering(({ preBookings }, tamper, look) => {
  const { request } = preBookings
  const standing = new Set<string>()
  return {
    preBookings: {
      ...preBookings,
      request: (asked) =>
        Effect.gen(function* () {
          const stood = standing.has(key(asked))
          yield* slowly
          return yield* Effect.catchTag(request(asked), "AlreadyWaiting", (refusal) =>
            Effect.gen(function* () {
              const book = yield* look((state) => Shelf.find(state, asked.bookId))
              if (stood || book === null) return yield* refusal
              const waiting = PreBooking.request(book, asked)
              yield* tamper((state) => written(state, waiting, book))
              return waiting
            })
          ).pipe(Effect.tap(() => void standing.add(key(asked))))
        })
    }
  }
})

/** The book is looked at without its lock: what happens to it before the row is written is not seen. */
export const unlocked = tampering(({ books, preBookings }, tamper) => ({
  preBookings: {
    ...preBookings,
    request: (asked) =>
      Effect.gen(function* () {
        const book = yield* books.get(asked.bookId)
        yield* slowly
        const anyway = <E>(refusal: E) => {
          if (book.inStock) return Effect.fail(refusal)
          const waiting = PreBooking.request(book, asked)
          return Effect.as(
            tamper((state) => written(state, waiting, book)),
            waiting
          )
        }
        return yield* preBookings
          .request(asked)
          .pipe(
            Effect.catchTag("BookInStock", anyway<PreBooking.BookInStock>),
            Effect.catchTag("BookNotFound", anyway<BookNotFound>)
          )
      })
  }
}))

const onceForEver = changing(({ request }) => {
  const asked = new Set<string>()
  return {
    request: (wanted) =>
      asked.has(key(wanted))
        ? new PreBooking.AlreadyWaiting({ bookId: wanted.bookId })
        : Effect.tap(request(wanted), () => void asked.add(key(wanted)))
  }
})

const inStockToo = changing(({ request }, { books }) => ({
  request: (asked) =>
    Effect.catchTag(request(asked), "BookInStock", () =>
      Effect.map(books.get(asked.bookId), (book) => PreBooking.request(book, asked))
    )
}))

const placesStay = changing(({ get }) => {
  const places = new Map<string, number | null>()
  return {
    get: (customer, id, now) =>
      Effect.map(get(customer, id, now), ({ booking, position }) => {
        if (!places.has(id)) places.set(id, position)
        return { booking, position: places.get(id) ?? null }
      })
  }
})

const oldestFirst = changing(({ after, page }) => ({
  page: (customer, now, { page: number, size }) =>
    Effect.zipWith(after(customer, now, null, 1000), page(customer, now, { page: 1, size: 1 }), (all, { total }) => ({
      items: all.toReversed().slice((number - 1) * size, number * size),
      total
    }))
}))

const skipsOne = changing(({ after }) => ({
  after: (customer, now, position, limit) =>
    position === null
      ? after(customer, now, position, limit)
      : Effect.map(after(customer, now, position, limit + 1), (found) => found.slice(1))
}))

const anybodys = changing(({ request, get, cancel }) => {
  const owners = new Map<string, CustomerId>()
  return {
    request: (asked) => Effect.tap(request(asked), () => void owners.set(asked.id, asked.customerId)),
    get: (customer, id, now) => get(owners.get(id) ?? customer, id, now),
    cancel: (customer, id, now) => cancel(owners.get(id) ?? customer, id, now)
  }
})

const endsAgain = tampering(({ preBookings }, _, look) => ({
  preBookings: {
    ...preBookings,
    cancel: (customer, id, now) =>
      Effect.catchTag(preBookings.cancel(customer, id, now), "PreBookingClosed", (refusal) =>
        Effect.flatMap(
          look((state) => Option.getOrNull(HashMap.get(state.preBookings, id))),
          (booking) =>
            booking?.status === "cancelled" || booking?.status === "fulfilled"
              ? Effect.succeed(booking.status === "cancelled" ? booking : PreBooking.cancel(booking, now))
              : refusal
        )
      )
  }
}))

/** Time stands still for those who wait: nothing ever lapses. */
export const neverLapses = breaking(({ books, carts, preBookings }) => {
  const then = Given.at(0)
  return {
    preBookings: {
      ...preBookings,
      request: (asked) => preBookings.request({ ...asked, now: then }),
      get: (customer, id) => preBookings.get(customer, id, then),
      page: (customer, _, request) => preBookings.page(customer, then, request),
      after: (customer, _, position, limit) => preBookings.after(customer, then, position, limit),
      cancel: (customer, id) => preBookings.cancel(customer, id, then),
      due: (ids, _, limit) => preBookings.due(ids, then, limit),
      line: (id, _, limit) => preBookings.line(id, then, limit)
    },
    books: {
      ...books,
      reserve: (copies, buyer) => books.reserve(copies, buyer === undefined ? undefined : { ...buyer, now: then })
    },
    carts
  }
})

/** What the copy that was held is in is not looked at. */
export const payingIsOver = tampering(({ preBookings }, tamper, look) => ({
  preBookings: {
    ...preBookings,
    request: (asked) =>
      Effect.catchTag(preBookings.request(asked), "AlreadyWaiting", (refusal) =>
        Effect.gen(function* () {
          const { items } = yield* preBookings.page(asked.customerId, asked.now, { page: 1, size: 100 })
          const open = items.some((booking) => booking.bookId === asked.bookId && PreBooking.isOpen(booking))
          const book = yield* look((state) => Shelf.find(state, asked.bookId))
          if (open || book === null) return yield* refusal
          const waiting = PreBooking.request(book, asked)
          yield* tamper((state) => written(state, waiting, book))
          return waiting
        })
      )
  }
}))

export const preBookings: Flaws = {
  "pre-booking: of ten requests of a customer for a book at once one waits, and the others are told that he does": {
    "it is checked before it is written": checkedFirst
  },
  "pre-booking: one waits again after giving up, being told, letting a held copy go or buying it, and not before": {
    "once for ever": onceForEver,
    "nothing lapses": neverLapses
  },
  "pre-booking: who was told that there are copies waits again once they are sold out": {
    "once for ever": onceForEver
  },
  "pre-booking: nobody waits for a book that is in stock, or that there is not": {
    "the shelf is not looked at": inStockToo
  },
  "pre-booking: the place in line counts from one, first come, ties by id, and moves up when somebody before gives up":
    {
      "it stays as it was": placesStay
    },
  "pre-booking: a customer's own are listed newest first, ties by descending id, by page and by cursor, each once": {
    "oldest first": oldestFirst,
    "one is skipped": skipsOne
  },
  "pre-booking: somebody else's does not exist, nor does one that was never there": { "it is anybody's": anybodys },
  "pre-booking: what has ended is not given up again: cancelled, bought or expired": { "it ends again": endsAgain },
  "pre-booking: one that is given up ten times at once is given up once, and its copy goes to one other": {
    "it ends again": endsAgain
  }
}
