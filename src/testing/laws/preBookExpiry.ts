/** A hold ends at its time, whether or not anybody looks, and its copy goes on. */
import { Effect } from "effect"
import * as Given from "../Given.js"
import { type Law, law, refused, same } from "../Law.js"
import {
  addsUp,
  allHanded,
  cancel,
  held,
  picks,
  queueing,
  request,
  restocksOf,
  serving,
  statusesOf,
  statusOf,
  sweep,
  times,
  toldTo,
  waits
} from "./preBookGiven.js"
import { stockOf } from "./seen.js"
import { place } from "./trade.js"

const untilItsEnd = law(
  "pre-booking, queue: a hold ends at its time, without any job, for its holder as for all others",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const { book, first } = yield* held()
      yield* pass("59 minutes")
      yield* same("shortly before", yield* statusOf(first), "held")
      yield* picks(first.customer, book)
      yield* pass("1 minute")
      yield* same("from then on", yield* statusOf(first), "expired")
      const there = yield* addsUp(book, [first])
      yield* same("what is written of it", [there.lapsed.length, there.book.stockQuantity], [1, 0])
      // Whoever comes first has it: this time an outsider.
      const outsider = yield* Given.customer
      yield* picks(outsider, book)
      yield* same("what the shelf shows", yield* stockOf(book), 1)
      yield* place(outsider)
      yield* same("the holder that was", (yield* refused(place(first.customer)))._tag, "InsufficientStock")
      yield* same("how often it expired", (yield* toldTo([first]))("PreBookingExpired"), [1])
      yield* same("how often it was told that there are copies", yield* restocksOf(book), 1)
      yield* allHanded(book, [first], [first.customer, outsider])
    })
  )
)

const passedOn = law(
  "pre-booking, queue: what was held too long goes to the next in line with the next request, cart, checkout or sweep",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const outsider = yield* Given.customer
      const before = yield* held(2)
      const { customer } = before.first
      yield* picks(customer, before.book)
      const inCart = { ...before, by: "checkout", how: Effect.asVoid(refused(place(customer))) }
      const [asked, picked, swept] = [yield* held(2), yield* held(2), yield* held(2)]
      const ways = [
        inCart,
        { ...asked, by: "request", how: Effect.asVoid(request(outsider, asked.book)) },
        { ...picked, by: "cart", how: Effect.asVoid(refused(picks(outsider, picked.book))) },
        { ...swept, by: "sweep", how: Effect.asVoid(sweep) }
      ]
      yield* pass("1 hour")
      for (const { book, first, others, by, how } of ways) {
        const all = [first, ...others]
        yield* same(`before the ${by}`, yield* statusesOf(all), ["expired", "waiting"])
        yield* how
        yield* same(`after the ${by}`, yield* statusesOf(all), ["expired", "held"])
        const told = yield* toldTo(all)
        yield* same(`who had it, by ${by}`, told("PreBookingHeld"), [1, 1])
        yield* same(`who lost it, by ${by}`, told("PreBookingExpired"), [1, 0])
        yield* same(`what is on sale, by ${by}`, [yield* stockOf(book), yield* restocksOf(book)], [0, 0])
      }
    })
  )
)

const backOnSale = law(
  "pre-booking, queue: what was held too long, or is declined, and that nobody waits for is on sale again, and told once",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const [declined, swept, asked] = [yield* held(), yield* held(), yield* held()]
      yield* cancel(declined.first)
      yield* pass("1 hour")
      yield* sweep
      yield* same("a request", (yield* refused(request(asked.first.customer, asked.book)))._tag, "BookInStock")
      for (const { book, first } of [declined, swept, asked]) {
        yield* same("what is on sale", [yield* stockOf(book), yield* restocksOf(book)], [1, 1])
        yield* allHanded(book, [first])
      }
      const told = yield* toldTo([declined.first, swept.first, asked.first])
      yield* same("whose time was over", told("PreBookingExpired"), [0, 1, 1])
    })
  )
)

const noEnd = law(
  "pre-booking, queue: a copy goes on down the line, one hold after the other, until somebody buys it",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const { book, first, others } = yield* held(4)
      const all = [first, ...others]
      for (let i = 0; i < 3; i++) {
        yield* pass("1 hour")
        yield* sweep
        const expected = all.map((_, at) => (at <= i ? "expired" : at === i + 1 ? "held" : "waiting"))
        yield* same(`after ${i + 1} hours`, yield* statusesOf(all), expected)
      }
      const last = all[3] ?? first
      yield* picks(last.customer, book)
      yield* place(last.customer)
      yield* same("the last", yield* statusOf(last), "fulfilled")
      yield* same("who has had it", (yield* toldTo(all))("PreBookingHeld"), times(4, 1))
      const behind = yield* waits(first.customer, book)
      yield* allHanded(book, [...all, behind])
    })
  )
)

export const preBookExpiry: ReadonlyArray<Law> = [untilItsEnd, passedOn, backOnSale, noEnd]
