/** A copy that was held is bought: it is in the order, or held again as it was. */
import { Effect, Fiber } from "effect"
import { AlreadyWaiting } from "../../domain/PreBooking.js"
import { Orders } from "../../services/Orders.js"
import { type Law, law, refused, refuses, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import {
  addsUp,
  allHanded,
  bookingOf,
  held,
  line,
  picks,
  queueing,
  removed,
  request,
  serving,
  servingAlone,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  sweep,
  toldTo,
  waits
} from "./preBookGiven.js"
import { recover } from "./recovery.js"
import { linesOf, ordersOf, stockOf } from "./seen.js"
import { gated, place, script } from "./trade.js"

const atTheGateway = law(
  "pre-booking, queue: while the order of a held copy waits for its payment its customer waits for no other, and then may",
  serving(queueing, () =>
    Effect.gen(function* () {
      const { book, first, others } = yield* held(2)
      yield* picks(first.customer, book)
      const gate = yield* gated()
      yield* script(gate.step)
      const placing = yield* Effect.fork(place(first.customer))
      yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
      yield* same("meanwhile", yield* statusesOf([first, ...others]), ["fulfilled", "waiting"])
      yield* refuses("a request", request(first.customer, book), new AlreadyWaiting({ bookId: book.id }))
      yield* addsUp(book, [first, ...others])
      yield* gate.open
      yield* Fiber.join(placing)
      const again = yield* waits(first.customer, book)
      yield* allHanded(book, [first, ...others, again])
    })
  )
)

const declined = law(
  "pre-booking, queue: an order that is not paid gives the held copy back to its customer, until when it was his before",
  servingAlone(queueing, (pass) =>
    Effect.gen(function* () {
      for (const how of ["declined", "never heard of"] as const) {
        const book = yield* soldOut
        const [first, second] = yield* line(book, 2)
        if (first === undefined || second === undefined) return
        yield* stocked(book, 4)
        const before = yield* bookingOf(first)
        yield* picks(first.customer, book, 3)
        const lines = yield* linesOf(first.customer)
        yield* script(how === "declined" ? Scripted.decline() : Scripted.fail("Unknown"))
        yield* refused(place(first.customer))
        if (how !== "declined") {
          yield* same("while nobody knows", [yield* statusOf(first), yield* stockOf(book)], ["fulfilled", 0])
          yield* pass("61 seconds")
          yield* recover({ recheck: 0 })
        }
        yield* same(`the order, ${how}`, (yield* ordersOf(first.customer))[0]?.status, "payment_failed")
        yield* same(`what is held, ${how}`, yield* bookingOf(first), before)
        yield* same(`what is on the shelf, ${how}`, yield* stockOf(book), 2)
        yield* same(`the cart, ${how}`, yield* linesOf(first.customer), lines)
        yield* same(`how often he is told, ${how}`, (yield* toldTo([first]))("PreBookingHeld"), [1])
        yield* allHanded(book, [first, second])
        yield* same(`a second try, ${how}`, (yield* place(first.customer)).status, "confirmed")
        yield* same(`what was held then, ${how}`, yield* statusesOf([first, second]), ["fulfilled", "held"])
        yield* allHanded(book, [first, second])
      }
    })
  )
)

const lapsedMeanwhile = law(
  "pre-booking, queue: a hold whose time is over while its order waits is kept by a payment, and passed on by a decline",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      for (const step of [Scripted.capture, Scripted.decline()]) {
        const { book, first, others } = yield* held(2)
        yield* picks(first.customer, book)
        const gate = yield* gated(step)
        yield* script(gate.step)
        const placing = yield* Effect.fork(Effect.either(place(first.customer)))
        yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
        yield* pass("1 hour")
        yield* sweep
        yield* same("meanwhile", yield* statusesOf([first, ...others]), ["fulfilled", "waiting"])
        yield* gate.open
        yield* Fiber.join(placing)
        const isPaid = step === Scripted.capture
        const expected = isPaid ? ["fulfilled", "waiting"] : ["expired", "held"]
        yield* same(`then, ${isPaid ? "paid" : "declined"}`, yield* statusesOf([first, ...others]), expected)
        yield* same("whose time was over", (yield* toldTo([first]))("PreBookingExpired"), [isPaid ? 0 : 1])
        yield* allHanded(book, [first, ...others])
      }
    })
  )
)

const goneMeanwhile = law(
  "pre-booking, queue: a held copy of a book that is removed while its order waits is bought, or nobody's",
  serving(queueing, () =>
    Effect.gen(function* () {
      for (const step of [Scripted.capture, Scripted.decline()]) {
        const { book, first, others } = yield* held(2)
        yield* picks(first.customer, book)
        const gate = yield* gated(step)
        yield* script(gate.step)
        const placing = yield* Effect.fork(Effect.either(place(first.customer)))
        yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
        yield* removed(book)
        yield* same("meanwhile", yield* statusesOf([first, ...others]), ["fulfilled", "cancelled"])
        yield* gate.open
        yield* Fiber.join(placing)
        const isPaid = step === Scripted.capture
        yield* same("then", yield* statusesOf([first, ...others]), [isPaid ? "fulfilled" : "cancelled", "cancelled"])
      }
    })
  )
)

const givenUpAfterwards = law(
  "pre-booking, queue: a paid order that is cancelled gives its copy to the next in line, and what was fulfilled stays so",
  serving(queueing, () =>
    Effect.gen(function* () {
      const orders = yield* Orders
      const { book, first, others } = yield* held(3)
      const all = [first, ...others]
      yield* picks(first.customer, book)
      const order = yield* place(first.customer)
      const before = yield* bookingOf(first)
      yield* orders.cancel(first.customer, order.id)
      yield* same("the line", yield* statusesOf(all), ["fulfilled", "held", "waiting"])
      yield* same("what was fulfilled", yield* bookingOf(first), before)
      yield* same("who is told", (yield* toldTo(all))("PreBookingHeld"), [1, 1, 0])
      yield* same("what is on the shelf", yield* stockOf(book), 0)
      const again = yield* waits(first.customer, book)
      yield* allHanded(book, [...all, again])
    })
  )
)

const ownAgain = law(
  "pre-booking, queue: whoever cancels the order of his held copy and waits already has it held again in his turn alone",
  serving(queueing, () =>
    Effect.gen(function* () {
      const orders = yield* Orders
      const { book, first } = yield* held()
      yield* picks(first.customer, book)
      const order = yield* place(first.customer)
      const again = yield* waits(first.customer, book)
      yield* orders.cancel(first.customer, order.id)
      yield* same("both", yield* statusesOf([first, again]), ["fulfilled", "held"])
      yield* allHanded(book, [first, again])
    })
  )
)

export const preBookBuying: ReadonlyArray<Law> = [
  atTheGateway,
  declined,
  lapsedMeanwhile,
  goneMeanwhile,
  givenUpAfterwards,
  ownAgain
]
