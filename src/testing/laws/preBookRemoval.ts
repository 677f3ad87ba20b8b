/** A book is removed: whoever waits for it, or has a copy of it on hold, no longer does, and is told once. */
import { Array, Effect } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import {
  amid,
  line,
  picks,
  queueing,
  removed,
  request,
  serving,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  sweep,
  times,
  toldTo,
  view,
  waiter
} from "./preBookGiven.js"
import { place, spread } from "./trade.js"

const batches = { batch: 3 } as const

const withdrawn = law(
  "pre-booking: with its book all that wait or have a copy held are cancelled at once, and each is told once, by batches",
  serving({ ...queueing, ...batches }, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const [bought, ...kept] = yield* line(book, 3)
      if (bought === undefined) return
      yield* stocked(book, 3)
      yield* picks(bought.customer, book)
      yield* place(bought.customer)
      const waiting = yield* line(book, 8)
      const open = [...kept, ...waiting]
      yield* removed(book)
      const before = yield* Effect.forEach(open, view)
      yield* same(
        "those that were open",
        before.map(({ booking }) => booking.status),
        Array.replicate("cancelled", 10)
      )
      yield* same(
        "their places",
        before.map(({ position }) => position),
        Array.replicate(null, 10)
      )
      yield* same("what was bought", yield* statusOf(bought), "fulfilled")
      const first = (yield* toldTo(open))("PreBookingWithdrawn")
      yield* same(
        "the events of the first batch",
        first.reduce((sum, n) => sum + n, 0),
        3
      )
      const { failures } = yield* atOnce(3, (i) => spread(i, sweep))
      yield* onlyRefusals(failures, [])
      yield* sweep
      const told = yield* toldTo([bought, ...open])
      yield* same("the events of all", told("PreBookingWithdrawn"), [0, ...times(10, 1)])
      yield* same("as they are read then", yield* Effect.forEach(open, view), before)
      yield* refuses("a request", request(bought.customer, book), new BookNotFound({ bookId: book.id }))
    })
  )
)

const toldAlready = law(
  "pre-booking: who was told, gave up or lost a hold before its book went is told nothing more, but what was still to be told",
  serving({ ...batches, hold: "1 hour", policy: (_, copies) => (copies === 1 ? "queue" : "broadcast") }, (pass) =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const before = yield* line(book, 5)
      yield* stocked(book, 2)
      yield* stocked(book, 0)
      const [lost, waiting] = [yield* waiter(book), yield* waiter(book)]
      yield* stocked(book, 1)
      yield* pass("1 hour")
      yield* sweep
      const [notYet] = yield* line(book, 1)
      if (notYet === undefined) return
      yield* removed(book)
      yield* sweep
      const all = [...before, lost, waiting, notYet]
      const told = yield* toldTo(all)
      yield* same("who was told of copies", told("PreBookingNotified"), [...times(5, 1), 0, 0, 0])
      yield* same("whose time was over", told("PreBookingExpired"), [...times(5, 0), 1, 0, 0])
      yield* same("who was told that it is gone", told("PreBookingWithdrawn"), [...times(5, 0), 0, 1, 1])
      const expected = [...Array.replicate("notified", 5), "expired", "cancelled", "cancelled"]
      yield* same("as they are", yield* statusesOf(all), expected)
    })
  )
)

const besideRemoval = race(
  "pre-booking: nobody is left waiting for a book that is removed while customers ask",
  serving({}, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const before = yield* line(book, 2)
      const { asked, refusals } = yield* amid(8, waiter(book), [removed(book)])
      yield* onlyRefusals(refusals, ["BookNotFound"])
      yield* sweep
      const all = [...before, ...asked]
      yield* same("those who asked", yield* statusesOf(all), Array.replicate("cancelled", all.length))
      yield* same("what they are told", (yield* toldTo(all))("PreBookingWithdrawn"), Array.replicate(1, all.length))
    })
  )
)

export const preBookRemoval: ReadonlyArray<Law> = [withdrawn, toldAlready, besideRemoval]
