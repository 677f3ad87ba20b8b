/** One waits for a book that is out of stock: once, in line, and knows where one stands. */
import { Array, DateTime, Effect } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import { AlreadyWaiting, BookInStock, PreBookingId } from "../../domain/PreBooking.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import { PreBookings } from "../../services/PreBookings.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, race, refuses, same } from "../Law.js"
import {
  cancel,
  held,
  picks,
  queueing,
  removed,
  request,
  serving,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  underLock,
  view,
  waiter,
  waits
} from "./preBookGiven.js"
import { place } from "./trade.js"

const onceAtOnce = race(
  "pre-booking: of ten requests of a customer for a book at once one waits, and the others are told that he does",
  serving({}, () =>
    Effect.gen(function* () {
      const [book, customer] = [yield* soldOut, yield* Given.customer]
      const { successes, failures } = yield* atOnce(10, () => waits(customer, book))
      yield* same("how many wait", successes.length, 1)
      const already = new AlreadyWaiting({ bookId: book.id })
      yield* same("the refusals", failures, Array.replicate(already, 9))
      yield* same("the line", (yield* underLock(book)).waiting, 1)
      yield* same(
        "where he stands",
        yield* Effect.forEach(successes, (one) => Effect.map(view(one), ({ position }) => position)),
        [1]
      )
    })
  )
)

const again = law(
  "pre-booking: one waits again after giving up, being told, letting a held copy go or buying it, and not before",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const first = yield* waiter(book)
      const already = new AlreadyWaiting({ bookId: book.id })
      const { customer } = first
      yield* refuses("while he waits", request(customer, book), already)
      yield* cancel(first)
      const second = yield* waits(customer, book)
      yield* stocked(book, 1)
      yield* same("the second", yield* statusOf(second), "held")
      yield* refuses("while a copy is held", request(customer, book), already)
      const next = yield* waiter(book)
      yield* pass("1 hour")
      // The copy goes to the next in line before he stands in it again.
      const third = yield* waits(customer, book)
      yield* same("the copy that he let go", yield* statusesOf([second, next]), ["expired", "held"])
      yield* cancel(next)
      yield* same("the third", yield* statusOf(third), "held")
      yield* picks(customer, book)
      yield* place(customer)
      yield* same("what he bought", yield* statusOf(third), "fulfilled")
      const fourth = yield* waits(customer, book)
      yield* same("all of them", yield* statusesOf([first, second, third, fourth]), [
        "cancelled",
        "expired",
        "fulfilled",
        "waiting"
      ])
    })
  )
)

const toldThenAgain = law(
  "pre-booking: who was told that there are copies waits again once they are sold out",
  serving({}, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const first = yield* waiter(book)
      yield* stocked(book, 1)
      yield* refuses("while there are copies", request(first.customer, book), new BookInStock({ bookId: book.id }))
      yield* stocked(book, 0)
      const second = yield* waits(first.customer, book)
      yield* same("both", yield* statusesOf([first, second]), ["notified", "waiting"])
    })
  )
)

const notNeeded = law(
  "pre-booking: nobody waits for a book that is in stock, or that there is not",
  serving(queueing, () =>
    Effect.gen(function* () {
      const [there, gone, customer] = [yield* Given.shelved(1), yield* soldOut, yield* Given.customer]
      yield* refuses("one in stock", request(customer, there), new BookInStock({ bookId: there.id }))
      yield* removed(gone)
      yield* refuses("one that is gone", request(customer, gone), new BookNotFound({ bookId: gone.id }))
      const never = yield* Given.book()
      yield* refuses("one that never was", request(customer, never), new BookNotFound({ bookId: never.id }))
      const preBookings = yield* PreBookings
      yield* same("what he waits for", (yield* preBookings.list(customer)).total, 0)
      const { book, others } = yield* held(2)
      yield* same("one whose only copy is held", yield* statusOf(yield* waits(customer, book)), "waiting")
      yield* same(
        "behind another",
        yield* Effect.forEach([...others], (one) => Effect.map(view(one), ({ position }) => position)),
        [1]
      )
    })
  )
)

const inLine = law(
  "pre-booking: the place in line counts from one, first come, ties by id, and moves up when somebody before gives up",
  serving(queueing, () =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookingRepository
      const book = yield* soldOut
      const asked = yield* Effect.forEach([3, 1, 2, 1, 3, 1], (millis) =>
        Effect.gen(function* () {
          const [customer, id] = [yield* Given.customer, PreBookingId.make(yield* Given.id)]
          const now = Given.at(millis)
          yield* preBookings.request({ id, customerId: customer, bookId: book.id, now })
          return { customer, book, id, now }
        })
      )
      const expected = asked.toSorted(
        (a, b) => DateTime.toEpochMillis(a.now) - DateTime.toEpochMillis(b.now) || (a.id < b.id ? -1 : 1)
      )
      const places = Effect.forEach(expected, (one) => Effect.map(view(one), ({ position }) => position))
      yield* same("the places", yield* places, [1, 2, 3, 4, 5, 6])
      const [, second] = expected
      if (second !== undefined) yield* cancel(second)
      yield* same("the places then", yield* places, [1, null, 2, 3, 4, 5])
      yield* stocked(book, 2)
      yield* same("the places after two were served", yield* places, [null, null, null, 1, 2, 3])
    })
  )
)

export const preBookings: ReadonlyArray<Law> = [onceAtOnce, again, toldThenAgain, notNeeded, inLine]
