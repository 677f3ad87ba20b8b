/** After any history of customers who wait, buy and let go while copies come and go, everything adds up. */
import { Array, Effect, FastCheck } from "effect"
import type { Book } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { PreBooking, Status } from "../../domain/PreBooking.js"
import { Auditor } from "../../ports/Auditor.js"
import type { PolicyOf } from "../../ports/PreBookingSettings.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { type Law, law, onlyRefusals, race, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { everything } from "./alone.js"
import {
  allHanded,
  bookingOf,
  cancel,
  delivered,
  picks,
  removed,
  serving,
  soldOut,
  stocked,
  sweep,
  toldTo,
  type Waiter,
  waits
} from "./preBookGiven.js"
import { ordersOf } from "./seen.js"
import type { Pass } from "./time.js"
import { place, script, spread, type Trade } from "./trade.js"

const outcomes = FastCheck.constantFrom(
  Scripted.capture,
  Scripted.capture,
  Scripted.decline(),
  Scripted.fail("No"),
  Scripted.fail("Unknown", { charged: true })
)

const kinds = ["wait", "wait", "wait", "decline", "buy", "buy", "buy", "buy", "give up", "give up", "deliver"] as const

const deed = FastCheck.record({
  deed: FastCheck.constantFrom(...kinds, "deliver", "empty", "sweep", "pass", "remove"),
  book: FastCheck.nat(3),
  other: FastCheck.nat(9),
  quantity: FastCheck.integer({ min: 1, max: 3 })
})

type Deed = typeof deed extends FastCheck.Arbitrary<infer D> ? D : never

interface Shop {
  readonly shelf: ReadonlyArray<Book>
  readonly pass: Pass
  /** All who have ever waited. */
  readonly waiters: globalThis.Array<Waiter>
  /** Those that their customers have ended. */
  readonly ended: Set<string>
  readonly gone: Set<Book>
}

const refusals = [
  "AlreadyInCart",
  "AlreadyWaiting",
  "BookInStock",
  "BookNotFound",
  "BookOutOfStock",
  "CartEmpty",
  "CheckoutInProgress",
  "InsufficientStock",
  "ItemsUnavailable",
  "OrderNotCancellable",
  "PaymentFailed",
  "PreBookingClosed"
]

const act = (
  { shelf, pass, waiters, ended, gone }: Shop,
  customer: CustomerId,
  { deed, book: at, other, quantity }: Deed
): Effect.Effect<unknown, { readonly _tag: string }, Trade> =>
  Effect.gen(function* () {
    const [first] = shelf
    const book = shelf[at] ?? first
    if (book === undefined) return
    switch (deed) {
      case "wait":
        return void waiters.push(yield* waits(customer, book))
      case "decline": {
        const own = waiters.filter((waiter) => waiter.customer === customer)
        const one = own[other % Math.max(own.length, 1)]
        if (one === undefined) return
        yield* cancel(one)
        return void ended.add(one.id)
      }
      case "buy": {
        // What is in the cart already is bought, too.
        const pick = picks(customer, book, Math.ceil(quantity / 2))
        yield* Effect.catchTags(pick, { AlreadyInCart: () => Effect.void, BookOutOfStock: () => Effect.void })
        return yield* place(customer)
      }
      case "give up": {
        const orders = yield* Orders
        const [newest] = yield* ordersOf(customer)
        return newest === undefined ? null : yield* orders.cancel(customer, newest.id)
      }
      case "deliver":
        return yield* delivered(book, quantity)
      case "empty":
        return yield* stocked(book, 0)
      case "sweep":
        return yield* sweep
      case "pass":
        return yield* pass(`${other * quantity} minutes`)
      case "remove": {
        // One in a while, so that most histories keep their books.
        if (book !== shelf[3] || other > 3) return
        yield* removed(book)
        return void gone.add(book)
      }
    }
  })

/** What was told of one that is so now. */
const toldOf = (booking: PreBooking, isWithdrawn: boolean) => {
  const hadCopy = "expiresAt" in booking && booking.expiresAt !== null
  const wasNotified = "notifiedAt" in booking && booking.notifiedAt !== null && !hadCopy
  return {
    PreBookingNotified: wasNotified ? 1 : 0,
    PreBookingHeld: hadCopy ? 1 : 0,
    PreBookingExpired: booking.status === "expired" ? 1 : 0,
    PreBookingWithdrawn: isWithdrawn ? 1 : 0
  }
}

const isOver = (status: Status) => status !== "waiting" && status !== "held"

const policies: Readonly<Record<string, PolicyOf>> = {
  "all are told": () => "broadcast",
  "each is served in turn": () => "queue",
  "the host chooses": (_, copies) => (copies % 2 === 0 ? "broadcast" : "queue")
}

const history = (policy: PolicyOf, batch: number) =>
  serving({ policy, batch, hold: "1 hour" }, (pass) =>
    Effect.gen(function* () {
      const shelf = yield* Effect.replicateEffect(soldOut, 4)
      const customers = yield* Effect.replicateEffect(Given.customer, 5)
      const shop: Shop = { shelf, pass, waiters: [], ended: new Set(), gone: new Set() }
      for (const book of shelf) yield* stocked(book, 2)
      yield* script(...FastCheck.sample(outcomes, 60))
      const refused = yield* Effect.forEach(
        customers,
        (customer, i) =>
          spread(
            i,
            Effect.forEach(FastCheck.sample(deed, 9), (deed) => Effect.either(act(shop, customer, deed)))
          ),
        { concurrency: "unbounded" }
      )
      yield* onlyRefusals(Array.getLefts(refused.flat()), refusals)
      yield* sweep
      const told = yield* toldTo(shop.waiters)
      for (const book of shelf) {
        const waiters = shop.waiters.filter((waiter) => waiter.book === book)
        const bookings = yield* Effect.forEach(waiters, bookingOf)
        if (shop.gone.has(book)) {
          const open = bookings.filter(({ status }) => !isOver(status))
          yield* same("those that are open of a book that is gone", open, [])
        } else yield* allHanded(book, waiters, customers)
        for (const booking of bookings) {
          const i = shop.waiters.findIndex(({ id }) => id === booking.id)
          const isWithdrawn = shop.gone.has(book) && booking.status === "cancelled" && !shop.ended.has(booking.id)
          const notified = told("PreBookingNotified")[i]
          // Whoever gave up before it was his turn to be told is told nothing.
          const isUntold = shop.ended.has(booking.id) && notified === 0
          const expected = { ...toldOf(booking, isWithdrawn), ...(isUntold && { PreBookingNotified: 0 }) }
          const found = {
            PreBookingNotified: notified,
            PreBookingHeld: told("PreBookingHeld")[i],
            PreBookingExpired: told("PreBookingExpired")[i],
            PreBookingWithdrawn: told("PreBookingWithdrawn")[i]
          }
          yield* same(`what is told of one that is ${booking.status}`, found, expected)
        }
        const open = bookings.filter(({ status }) => !isOver(status)).map(({ customerId }) => customerId)
        yield* same("those who wait twice", open.length - new Set(open).size, 0)
      }
      return shelf
    })
  )

const sums = Object.entries(policies).map(([name, policy]) =>
  race(
    `pre-booking: after any history at once, where ${name}, nobody waits in vain and all copies, holds and events add up`,
    Effect.asVoid(history(policy, 2))
  )
)

const audited = law(
  "pre-booking: an audit finds the copies of books in balance after any history of customers who wait for them",
  Effect.gen(function* () {
    const auditor = yield* Auditor
    for (const policy of Object.values(policies)) {
      const shelf = yield* history(policy, 2)
      const found = (yield* auditor.stock(everything)).filter(({ bookId }) => shelf.some(({ id }) => id === bookId))
      yield* same("what the auditor finds", found, [])
    }
  })
)

export const preBookHistory: ReadonlyArray<Law> = [...sums, audited]
