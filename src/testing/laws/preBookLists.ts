/** A customer's own: listed, looked at, and given up, by nobody else and once. */
import { DateTime, Effect } from "effect"
import { PreBookingClosed, PreBookingId, PreBookingNotFound } from "../../domain/PreBooking.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import { PreBookings } from "../../services/PreBookings.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import {
  bookingOf,
  cancel,
  held,
  picks,
  queueing,
  serving,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  waiter
} from "./preBookGiven.js"
import { place } from "./trade.js"

const listed = law(
  "pre-booking: a customer's own are listed newest first, ties by descending id, by page and by cursor, each once",
  serving({}, () =>
    Effect.gen(function* () {
      const [preBookings, repository] = [yield* PreBookings, yield* PreBookingRepository]
      const customer = yield* Given.customer
      const made = yield* Effect.forEach([5, 3, 3, 9, 3, 1, 5], (millis) =>
        Effect.gen(function* () {
          const [book, id] = [yield* soldOut, PreBookingId.make(yield* Given.id)]
          const now = Given.at(millis)
          yield* repository.request({ id, customerId: customer, bookId: book.id, now })
          yield* waiter(book)
          return { customer, book, id, now }
        })
      )
      const [told, given] = made
      if (told !== undefined) yield* stocked(told.book, 1)
      if (given !== undefined) yield* cancel(given)
      const newest = made.toSorted(
        (a, b) => DateTime.toEpochMillis(b.now) - DateTime.toEpochMillis(a.now) || (a.id < b.id ? 1 : -1)
      )
      const expected = yield* Effect.forEach(newest, bookingOf)
      const pages = yield* Effect.forEach([1, 2, 3, 4], (page) => preBookings.list(customer, { page, size: 3 }))
      yield* same(
        "by page",
        pages.flatMap(({ items }) => items),
        expected
      )
      yield* same(
        "their number",
        pages.map(({ total }) => total),
        [7, 7, 7, 7]
      )
      const slices = []
      let after: string | null = ""
      while (after !== null) {
        const { items, next }: Effect.Effect.Success<ReturnType<typeof preBookings.scroll>> = yield* preBookings.scroll(
          customer,
          { after, size: 3 }
        )
        slices.push(...items)
        after = next
      }
      yield* same("by cursor", slices, expected)
    })
  )
)

const others = law(
  "pre-booking: somebody else's does not exist, nor does one that was never there",
  serving({}, () =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookings
      const book = yield* soldOut
      const [own, other] = [yield* waiter(book), yield* Given.customer]
      const ids = [own.id, yield* Given.id, "nonsense"]
      for (const preBookingId of ids) {
        const refusal = new PreBookingNotFound({ preBookingId })
        yield* refuses("looking at it", preBookings.get(other, preBookingId), refusal)
        yield* refuses("giving it up", preBookings.cancel(other, preBookingId), refusal)
      }
      yield* same("the other's list", (yield* preBookings.list(other)).items, [])
      yield* same("the owner's", yield* statusOf(own), "waiting")
    })
  )
)

const closed = law(
  "pre-booking: what has ended is not given up again: cancelled, bought or expired",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const [given, bought, lapsed] = [yield* waiter(yield* soldOut), (yield* held()).first, (yield* held()).first]
      yield* cancel(given)
      yield* picks(bought.customer, bought.book)
      yield* place(bought.customer)
      yield* pass("1 hour")
      const ends = [
        [given, "cancelled"],
        [bought, "fulfilled"],
        [lapsed, "expired"]
      ] as const
      for (const [waiter, status] of ends) {
        const before = yield* bookingOf(waiter)
        const refusal = new PreBookingClosed({ preBookingId: waiter.id, status })
        for (let i = 0; i < 2; i++) yield* refuses(status, cancel(waiter), refusal)
        yield* same(`one that was ${status}`, yield* bookingOf(waiter), before)
      }
    })
  )
)

const givenUpOnce = race(
  "pre-booking: one that is given up ten times at once is given up once, and its copy goes to one other",
  serving(queueing, () =>
    Effect.gen(function* () {
      const {
        first,
        others: [second, third]
      } = yield* held(3)
      if (second === undefined || third === undefined) return
      const { successes, failures } = yield* atOnce(10, () => cancel(first))
      yield* same("how often it was given up", successes.length, 1)
      yield* onlyRefusals(failures, ["PreBookingClosed"])
      yield* same("the others", yield* statusesOf([first, second, third]), ["cancelled", "held", "waiting"])
    })
  )
)

export const preBookLists: ReadonlyArray<Law> = [listed, others, closed, givenUpOnce]
