/** Each copy is held for the next in line, who has it to himself until its time is over. */
import { Array, DateTime, Effect } from "effect"
import { PreBookingId } from "../../domain/PreBooking.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import * as Given from "../Given.js"
import { holds, type Law, law, refused, same } from "../Law.js"
import {
  allHanded,
  bookingOf,
  line,
  picks,
  queueing,
  restocksOf,
  serving,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  sweep,
  toldTo,
  waiter
} from "./preBookGiven.js"
import { stockOf } from "./seen.js"
import { place } from "./trade.js"

const firstCome = law(
  "pre-booking, queue: k copies and n in line give exactly min(k, n) holds, first come, and the other copies are on sale",
  Effect.forEach(
    [undefined, 2],
    (batch) =>
      serving({ ...queueing, ...(batch === undefined ? {} : { batch }) }, () =>
        Effect.forEach(
          [
            [1, 3],
            [3, 3],
            [5, 3],
            [4, 1],
            [5, 7],
            [2, 0]
          ] as const,
          ([copies, count]) =>
            Effect.gen(function* () {
              const book = yield* soldOut
              const all = count === 0 ? [] : yield* line(book, count)
              const before = DateTime.toEpochMillis(yield* DateTime.now)
              yield* stocked(book, copies)
              if (batch !== undefined) yield* sweep
              const served = Math.min(copies, count)
              const expected = [...Array.makeBy(count, (i) => (i < served ? "held" : "waiting"))].slice(0, count)
              const what = `${copies} copies for ${count}, in batches of ${batch ?? "many"}`
              yield* same(`who has one: ${what}`, yield* statusesOf(all), expected)
              yield* same(`what is on sale: ${what}`, yield* stockOf(book), copies - served)
              const told = yield* toldTo(all)
              yield* same(
                `who is told: ${what}`,
                told("PreBookingHeld"),
                expected.map((is) => (is === "held" ? 1 : 0))
              )
              yield* same(`that all may buy: ${what}`, yield* restocksOf(book), copies > served ? 1 : 0)
              for (const booking of yield* Effect.forEach(all.slice(0, served), bookingOf)) {
                const hour = booking.status === "held" ? DateTime.toEpochMillis(booking.expiresAt) - 3_600_000 : 0
                yield* holds(
                  "it is held for an hour",
                  hour >= before && hour <= DateTime.toEpochMillis(yield* DateTime.now)
                )
              }
              yield* allHanded(book, all)
            })
        )
      ),
    { discard: true }
  )
)

const tiesById = law(
  "pre-booking, queue: of those who asked in one instant the first by id are served, and before them who asked earlier",
  serving({ ...queueing, batch: 2 }, () =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookingRepository
      const book = yield* soldOut
      // Those who came later have the smaller ids.
      const ids = (yield* Effect.replicateEffect(Given.id, 8)).toSorted()
      const places = [0, 4, 5, 1, 7, 2, 3, 6]
      const asked = yield* Effect.forEach(places, (place) =>
        Effect.gen(function* () {
          const [customer, id] = [yield* Given.customer, PreBookingId.make(ids[place] ?? "")]
          const millis = place < 4 ? 2 : 1
          yield* preBookings.request({ id, customerId: customer, bookId: book.id, now: Given.at(millis) })
          return { customer, book, id, millis }
        })
      )
      const inLine = asked.toSorted((a, b) => a.millis - b.millis || (a.id < b.id ? -1 : 1))
      for (const served of [1, 3, 4, 7]) {
        yield* stocked(book, served - (yield* statusesOf(inLine)).filter((status) => status === "held").length)
        yield* sweep
        const expected = inLine.map((_, i) => (i < served ? "held" : "waiting"))
        yield* same(`the line, once ${served} are served`, yield* statusesOf(inLine), expected)
      }
    })
  )
)

const nobodyElses = law(
  "pre-booking, queue: a held copy is not for sale to others; its holder buys it although the shelf shows none",
  serving(queueing, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const outsider = yield* Given.customer
      yield* stocked(book, 1)
      yield* picks(outsider, book)
      yield* stocked(book, 0)
      const [first, second] = [yield* waiter(book), yield* waiter(book)]
      yield* stocked(book, 1)
      yield* same("what the shelf shows", yield* stockOf(book), 0)
      const [another, third] = [yield* Given.customer, second.customer]
      for (const customer of [another, third]) {
        yield* same("the cart of another", (yield* refused(picks(customer, book)))._tag, "BookOutOfStock")
      }
      yield* same("the checkout of another", (yield* refused(place(outsider)))._tag, "InsufficientStock")
      yield* same("who has it", yield* statusesOf([first, second]), ["held", "waiting"])
      yield* picks(first.customer, book)
      const order = yield* place(first.customer)
      const bought = yield* bookingOf(first)
      yield* same("the order", order.status, "confirmed")
      yield* same("whose copy it has", bought.status === "fulfilled" && bought.orderId, order.id)
      yield* same("the next in line", yield* statusOf(second), "waiting")
      yield* allHanded(book, [first, second], [first.customer, outsider])
    })
  )
)

const together = law(
  "pre-booking, queue: several copies in a line are the held one and those on the shelf, and never another's",
  serving(queueing, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const [first, second] = [yield* waiter(book), yield* waiter(book)]
      yield* stocked(book, 4)
      yield* same("what the shelf shows", yield* stockOf(book), 2)
      yield* picks(first.customer, book, 4)
      yield* same("four of them", (yield* refused(place(first.customer)))._tag, "InsufficientStock")
      yield* same("who has them then", yield* statusesOf([first, second]), ["held", "held"])
      yield* picks(second.customer, book, 2)
      yield* place(second.customer)
      yield* same("two of them", [yield* statusOf(second), yield* stockOf(book)], ["fulfilled", 1])
      yield* allHanded(book, [first, second])
    })
  )
)

export const preBookQueue: ReadonlyArray<Law> = [firstCome, tiesById, nobodyElses, together]
