/** Who has a copy on hold, and whoever else wants it, at once: it goes to one of them. */
import { Effect, Random } from "effect"
import type { Book } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, onlyRefusals, race, same } from "../Law.js"
import {
  allHanded,
  bookingOf,
  cancel,
  inOrders,
  picks,
  queueing,
  removed,
  serving,
  soldOut,
  sometime,
  statusesOf,
  statusOf,
  stocked,
  sweep,
  toldTo,
  type Waiter,
  waiter
} from "./preBookGiven.js"
import { ordersOf } from "./seen.js"
import type { Pass } from "./time.js"
import { ledger, place, spread, type Trade } from "./trade.js"

/** A copy that its holder has in the cart, as an outsider has, and one more in line. */
interface Scene {
  readonly book: Book
  readonly holder: Waiter
  readonly next: Waiter
  readonly outsider: CustomerId
  readonly pass: Pass
}

type Deed = Effect.Effect<unknown, { readonly _tag: string }, Trade>

const scene = (pass: Pass) =>
  Effect.gen(function* () {
    const [book, outsider] = [yield* soldOut, yield* Given.customer]
    yield* stocked(book, 1)
    yield* picks(outsider, book)
    yield* stocked(book, 0)
    const [holder, next] = [yield* waiter(book), yield* waiter(book)]
    yield* stocked(book, 1)
    yield* picks(holder.customer, book)
    return { book, holder, next, outsider, pass } satisfies Scene
  })

const refusals = [
  "BookOutOfStock",
  "CartEmpty",
  "CheckoutInProgress",
  "InsufficientStock",
  "ItemsUnavailable",
  // Its time limit is over, too, when the clock is put forward.
  "PaymentFailed",
  "PreBookingClosed"
]

/** What each of them did, and who has the copy; whoever bought it has paid for it, once. */
const clash = (there: Scene, deeds: ReadonlyArray<Deed>) =>
  Effect.gen(function* () {
    const { book, holder, next, outsider } = there
    const all: ReadonlyArray<Deed> = [...(yield* Random.shuffle(deeds))]
    const { failures } = yield* atOnce(all.length, (i) => Effect.zipRight(sometime, spread(i, all[i] ?? Effect.void)))
    yield* onlyRefusals(failures, refusals)
    const customers = [holder.customer, next.customer, outsider]
    const sold = yield* inOrders(book, customers)
    yield* holds(`the copy is sold at most once, and was ${sold} times`, sold <= 1)
    const orders = (yield* Effect.forEach(customers, ordersOf)).flat()
    const confirmed = orders.filter(({ status }) => status === "confirmed")
    const { captures, refunds } = yield* ledger
    const taken = orders.reduce((sum, { id }) => sum + captures(id), 0)
    yield* same("how often it is paid for", taken - refunds.length, confirmed.length)
    const buyer = confirmed[0]?.customerId ?? null
    const booking = yield* bookingOf(holder)
    const isFulfilled = booking.status === "fulfilled" && confirmed.some(({ id }) => id === booking.orderId)
    yield* same("whether its holder's is fulfilled by his order", isFulfilled, booking.status === "fulfilled")
    return { buyer, customers, status: booking.status, next: yield* statusOf(next) }
  })

const whole = ({ book, holder, next }: Scene, customers: ReadonlyArray<CustomerId>) =>
  allHanded(book, [holder, next], customers)

const expiring = race(
  "pre-booking, queue: its holder buys a copy while its time runs out and it is swept: he has it, or the next in line",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const there = yield* scene(pass)
      const { holder, outsider } = there
      const { buyer, customers } = yield* clash(there, [
        place(holder.customer),
        pass("1 hour"),
        sweep,
        sweep,
        place(outsider)
      ])
      yield* sweep
      yield* same("who bought it", buyer === null || buyer === holder.customer, true)
      const expected = buyer === null ? ["expired", "held"] : ["fulfilled", "waiting"]
      yield* same("who has it", yield* statusesOf([holder, there.next]), expected)
      yield* whole(there, customers)
    })
  )
)

const declining = race(
  "pre-booking, queue: its holder buys a copy while he declines it: it is bought, or goes to the next in line",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const there = yield* scene(pass)
      const { holder, outsider } = there
      const deeds = [place(holder.customer), cancel(holder), place(outsider)]
      const { buyer, customers, status, next } = yield* clash(there, deeds)
      yield* same("who bought it", buyer === null || buyer === holder.customer, true)
      yield* same("who has it", [status, next], buyer === null ? ["cancelled", "held"] : ["fulfilled", "waiting"])
      yield* whole(there, customers)
    })
  )
)

const wanted = race(
  "pre-booking, queue: its holder buys a copy while others reach for it: he has it",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const there = yield* scene(pass)
      const { book, holder, outsider } = there
      const another = yield* Given.customer
      const deeds = [
        place(holder.customer),
        place(outsider),
        place(outsider),
        picks(another, book),
        Effect.zipRight(picks(there.next.customer, book), place(there.next.customer))
      ]
      const { buyer, customers, status, next } = yield* clash(there, deeds)
      yield* same("who bought it", buyer, holder.customer)
      yield* same("who has it", [status, next], ["fulfilled", "waiting"])
      yield* whole(there, customers)
    })
  )
)

const twice = race(
  "pre-booking, queue: a held copy that its holder buys three times at once is bought once",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const there = yield* scene(pass)
      const buys = place(there.holder.customer)
      const { buyer, customers, status, next } = yield* clash(there, [buys, buys, buys])
      yield* same("who bought it", buyer, there.holder.customer)
      yield* same("who has it", [status, next], ["fulfilled", "waiting"])
      yield* whole(there, customers)
    })
  )
)

const removing = race(
  "pre-booking, queue: its holder buys a copy while its book is removed: he has it, or it is cancelled and he is told",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const there = yield* scene(pass)
      const { book, holder, outsider } = there
      const deeds = [place(holder.customer), Effect.orDie(removed(book)), place(outsider)]
      const { buyer, status, next } = yield* clash(there, deeds)
      yield* same("who bought it", buyer === null || buyer === holder.customer, true)
      yield* same("who has it", [status, next], [buyer === null ? "cancelled" : "fulfilled", "cancelled"])
      const told = yield* toldTo([holder, there.next])
      yield* same("who is told", told("PreBookingWithdrawn"), [buyer === null ? 1 : 0, 1])
    })
  )
)

const givenUp = race(
  "pre-booking, queue: an order of a held copy that is cancelled while the next in line gives up leaves it to one of them",
  serving(queueing, (pass) =>
    Effect.gen(function* () {
      const orders = yield* Orders
      const there = yield* scene(pass)
      const { book, holder, outsider } = there
      const { id } = yield* place(holder.customer)
      const third = yield* waiter(book)
      const deeds: ReadonlyArray<Deed> = [
        orders.cancel(holder.customer, id),
        cancel(there.next),
        place(outsider),
        sweep
      ]
      const { failures } = yield* atOnce(deeds.length, (i) =>
        Effect.zipRight(sometime, spread(i, deeds[i] ?? Effect.void))
      )
      yield* onlyRefusals(failures, ["InsufficientStock"])
      yield* same("who has it", yield* statusesOf([holder, there.next, third]), ["fulfilled", "cancelled", "held"])
      yield* allHanded(book, [holder, there.next, third], [holder.customer, outsider])
    })
  )
)

export const preBookHolds: ReadonlyArray<Law> = [expiring, declining, wanted, twice, removing, givenUp]
