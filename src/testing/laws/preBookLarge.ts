/** Many wait for one book: they are served batch by batch, whoever does it, and nobody is told twice or forgotten. */
import { Array, Effect, Fiber } from "effect"
import { atOnce, type Law, law, onlyRefusals, race, same } from "../Law.js"
import {
  allHanded,
  amid,
  bookingOf,
  cancel,
  line,
  queueing,
  restocksOf,
  serving,
  soldOut,
  sometime,
  statusesOf,
  stocked,
  sweep,
  times,
  toldTo,
  view,
  waiter,
  waits
} from "./preBookGiven.js"
import { stockOf } from "./seen.js"
import { spread } from "./trade.js"

const batches = { batch: 3 } as const

const allAtOnce = law(
  "pre-booking: all are read as told from the restock on, and each is told once, by batches",
  serving(batches, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 10)
      yield* stocked(book, 2)
      const before = yield* Effect.forEach(all, view)
      yield* same(
        "who is told",
        before.map(({ booking }) => booking.status),
        Array.replicate("notified", 10)
      )
      yield* same(
        "who stands in line",
        before.map(({ position }) => position),
        Array.replicate(null, 10)
      )
      const first = (yield* toldTo(all))("PreBookingNotified")
      yield* same(
        "the events of the first batch",
        first.reduce((sum, n) => sum + n, 0),
        3
      )
      yield* sweep
      yield* same("the events of all", (yield* toldTo(all))("PreBookingNotified"), times(10, 1))
      yield* same("as they are read then", yield* Effect.forEach(all, view), before)
      yield* sweep
      yield* same("the events after another sweep", (yield* toldTo(all))("PreBookingNotified"), times(10, 1))
      yield* allHanded(book, all)
    })
  )
)

const givenUp = law(
  "pre-booking: who gives up before it is his turn to be told has given up, and is told nothing; the others are told",
  serving(batches, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 10)
      yield* stocked(book, 2)
      const first = (yield* toldTo(all))("PreBookingNotified")
      const one = all[first.lastIndexOf(0)]
      if (one === undefined) return yield* Effect.dieMessage("everybody is told at once")
      yield* cancel(one)
      const cancelled = yield* bookingOf(one)
      yield* same("what became of it", cancelled.status, "cancelled")
      yield* sweep
      const others = all.filter(({ id }) => id !== one.id)
      const told = yield* toldTo([one, ...others])
      yield* same("what they are told", told("PreBookingNotified"), [0, ...times(9, 1)])
      yield* same("that it is the shop's doing", told("PreBookingWithdrawn"), times(10, 0))
      yield* same("what became of it then", yield* bookingOf(one), cancelled)
      yield* allHanded(book, all)
    })
  )
)

const nextWave = law(
  "pre-booking: who asks after a restock waits for the next, also while those of before are still being told",
  serving(batches, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 10)
      yield* stocked(book, 1)
      yield* stocked(book, 0)
      const [last] = all.slice(-1)
      if (last === undefined) return
      const later = [yield* waiter(book), yield* waits(last.customer, book)]
      yield* sweep
      yield* same("the new line", yield* statusesOf(later), ["waiting", "waiting"])
      yield* same(
        "their places",
        yield* Effect.forEach(later, (one) => Effect.map(view(one), ({ position }) => position)),
        [1, 2]
      )
      yield* same("what they are told", (yield* toldTo(later))("PreBookingNotified"), [0, 0])
      yield* same("those of before", (yield* toldTo(all))("PreBookingNotified"), times(10, 1))
      const before = yield* Effect.forEach(all, bookingOf)
      yield* stocked(book, 1)
      yield* sweep
      yield* same("the next restock", (yield* toldTo([...all, ...later]))("PreBookingNotified"), times(12, 1))
      yield* same("those of before then", yield* Effect.forEach(all, bookingOf), before)
      yield* allHanded(book, [...all, ...later])
    })
  )
)

const sweptAtOnce = race(
  "pre-booking: sweeps of several processes at once, beside restocks and new requests, tell each once and forget nobody",
  serving(batches, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 10)
      const restock = Effect.zipRight(stocked(book, 2), stocked(book, 0))
      const { asked, refusals } = yield* amid(3, waiter(book), [sweep, restock, sweep, sweep, restock, sweep])
      yield* onlyRefusals(refusals, ["BookInStock"])
      const everybody = [...all, ...asked]
      yield* stocked(book, 1)
      yield* sweep
      yield* same(
        "who is told",
        yield* statusesOf(everybody),
        everybody.map(() => "notified")
      )
      yield* same("the events", (yield* toldTo(everybody))("PreBookingNotified"), times(everybody.length, 1))
      yield* allHanded(book, everybody)
    })
  )
)

const interrupted = race(
  "pre-booking: a restock whose sweep is interrupted anywhere, again and again, tells each once and forgets nobody",
  Effect.forEach(
    ["broadcast", "queue"] as const,
    (policy) =>
      serving({ ...batches, policy }, () =>
        Effect.gen(function* () {
          const book = yield* soldOut
          const all = yield* line(book, 10)
          yield* stocked(book, 8)
          for (let i = 0; i < 4; i++) {
            const sweeping = yield* Effect.fork(sweep)
            yield* sometime
            yield* Fiber.interrupt(sweeping)
          }
          yield* sweep
          const isServed = policy === "broadcast" ? () => true : (i: number) => i < 8
          const [served, kind] =
            policy === "broadcast"
              ? (["notified", "PreBookingNotified"] as const)
              : (["held", "PreBookingHeld"] as const)
          yield* same(
            "who is served",
            yield* statusesOf(all),
            all.map((_, i) => (isServed(i) ? served : "waiting"))
          )
          yield* same(
            "the events",
            (yield* toldTo(all))(kind),
            all.map((_, i) => (isServed(i) ? 1 : 0))
          )
          yield* same("what is on sale", yield* stockOf(book), policy === "broadcast" ? 8 : 0)
          yield* allHanded(book, all)
        })
      ),
    { discard: true }
  )
)

const servedAtOnce = race(
  "pre-booking, queue: sweeps of several processes at once hand each copy out once, first come first served",
  serving({ ...queueing, ...batches }, (pass) =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 12)
      yield* stocked(book, 5)
      const { failures } = yield* atOnce(5, (i) => Effect.zipRight(sometime, spread(i, sweep)))
      yield* onlyRefusals(failures, [])
      yield* same(
        "who is served",
        yield* statusesOf(all),
        all.map((_, i) => (i < 5 ? "held" : "waiting"))
      )
      yield* pass("1 hour")
      const lapsed = yield* atOnce(5, (i) => Effect.zipRight(sometime, spread(i, sweep)))
      yield* onlyRefusals(lapsed.failures, [])
      const expected = all.map((_, i) => (i < 5 ? "expired" : i < 10 ? "held" : "waiting"))
      yield* same("who is served an hour later", yield* statusesOf(all), expected)
      const told = yield* toldTo(all)
      yield* same(
        "who had one",
        told("PreBookingHeld"),
        all.map((_, i) => (i < 10 ? 1 : 0))
      )
      yield* same(
        "whose time was over",
        told("PreBookingExpired"),
        all.map((_, i) => (i < 5 ? 1 : 0))
      )
      yield* same("what is on sale", [yield* stockOf(book), yield* restocksOf(book)], [0, 0])
      yield* allHanded(book, all)
    })
  )
)

export const preBookLarge: ReadonlyArray<Law> = [allAtOnce, givenUp, nextWave, sweptAtOnce, interrupted, servedAtOnce]
