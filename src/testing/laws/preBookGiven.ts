/** Books that are sold out, customers who wait for them, and what the laws of pre-booking look at. */
import { Array, Context, DateTime, Effect, Random, type Scope } from "effect"
import type { Book } from "../../domain/Book.js"
import type { Event } from "../../domain/Event.js"
import type { CustomerId } from "../../domain/Id.js"
import type { InvalidInput } from "../../domain/Input.js"
import type { Order } from "../../domain/Order.js"
import type * as PreBooking from "../../domain/PreBooking.js"
import { Outbox } from "../../ports/Outbox.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import * as PreBookingSettings from "../../ports/PreBookingSettings.js"
import type { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import { Carts } from "../../services/Carts.js"
import { Catalog } from "../../services/Catalog.js"
import { PreBookings } from "../../services/PreBookings.js"
import * as Given from "../Given.js"
import { atOnce, holds, same } from "../Law.js"
import { alone } from "./alone.js"
import { transacted } from "./done.js"
import { ordersOf, stockOf } from "./seen.js"
import { type Pass, timed } from "./time.js"
import { spread, type Trade, trading } from "./trade.js"

type Check<A, E> = (pass: Pass) => Effect.Effect<A, E, Trade | Scope.Scope>

/** Runs a check with the settings of a host, on a clock that it puts forward. */
export const serving = <A, E>(
  options: PreBookingSettings.Options,
  check: Check<A, E>
): Effect.Effect<A, E | InvalidInput, Stores> =>
  timed((pass) => since(Effect.provide(trading(check(pass)), PreBookingSettings.layer(options))))

/** As `serving`, for what looks at all orders: of those it sees its own alone. */
export const servingAlone = <A, E>(
  options: PreBookingSettings.Options,
  check: Check<A, E>
): Effect.Effect<A, E | InvalidInput | StoreError, Stores> =>
  timed((pass) => since(alone(Effect.provide(trading(check(pass)), PreBookingSettings.layer(options)))))

/** Each copy is held for the next in line, for an hour. */
export const queueing = { policy: "queue", hold: "1 hour" } as const

export const soldOut = Given.shelved(0)

/** Somebody in line, or who was. */
export interface Waiter {
  readonly customer: CustomerId
  readonly book: Book
  readonly id: PreBooking.PreBookingId
}

export const request = (customer: CustomerId, { id }: Book) =>
  Effect.flatMap(PreBookings, (preBookings) => preBookings.request(customer, { bookId: id }))

/** This customer, in line. */
export const waits = (customer: CustomerId, book: Book) =>
  Effect.map(request(customer, book), ({ id }): Waiter => ({ customer, book, id }))

/** Somebody new, in line. */
export const waiter = (book: Book) => Effect.flatMap(Given.customer, (customer) => waits(customer, book))

/** So many in line, one after the other. */
export const line = (book: Book, count: number) => Effect.forEach(Array.range(1, count), () => waiter(book))

/** Puts copies in, or takes them out: to a quantity. */
export const stocked = ({ id }: Book, quantity: number) =>
  Effect.flatMap(Catalog, (catalog) => catalog.changeStock(id, { quantity }))

/** Puts so many copies in, or takes some out. */
export const delivered = ({ id }: Book, delta: number) =>
  Effect.flatMap(Catalog, (catalog) => catalog.changeStock(id, { delta }))

export const removed = ({ id }: Book) => Effect.flatMap(Catalog, (catalog) => catalog.remove(id))

export const cancel = ({ customer, id }: Waiter) =>
  Effect.flatMap(PreBookings, (preBookings) => preBookings.cancel(customer, id))

export const sweep = Effect.flatMap(PreBookings, (preBookings) => preBookings.sweep)

/** Puts a book in the cart, as its customer does. */
export const picks = (customer: CustomerId, { id }: Book, quantity = 1) =>
  Effect.flatMap(Carts, (carts) => carts.add(customer, { bookId: id, quantity }))

/** A book with one copy, which is held for the first of so many in line. */
export const held = (count = 1) =>
  Effect.gen(function* () {
    const book = yield* soldOut
    const all = yield* line(book, count)
    yield* stocked(book, 1)
    const [first, ...others] = all
    if (first === undefined) return yield* Effect.dieMessage("nobody waits")
    yield* same("the first in line", yield* statusOf(first), "held")
    return { book, first, others }
  })

/** Whoever does something begins a while after the others. */
export const sometime = Effect.flatMap(Random.nextIntBetween(0, 60), (times) =>
  Effect.repeatN(Effect.yieldNow(), times)
)

type Deed<E, R> = Effect.Effect<ReadonlyArray<Waiter>, E, R | Trade>

/** So many ask at once, others beside them do what must not fail; answers who came to stand in line, and the refusals. */
export const amid = <E extends { readonly _tag: string }, R>(
  count: number,
  ask: Effect.Effect<Waiter, E, R>,
  deeds: ReadonlyArray<Effect.Effect<unknown, unknown, Trade>>
) =>
  Effect.gen(function* () {
    const asks = Array.replicate(Effect.map(ask, Array.of), count)
    const others = deeds.map((deed) => Effect.as(Effect.orDie(deed), []))
    const all = [...(yield* Random.shuffle<Deed<E, R>>([...asks, ...others]))]
    const { successes, failures } = yield* atOnce(all.length, (i) =>
      Effect.zipRight(sometime, spread<ReadonlyArray<Waiter>, E, R | Trade>(i, all[i] ?? Effect.succeed([])))
    )
    return { asked: successes.flat(), refusals: failures }
  })

// what is seen

/** As the customer sees it, with the place in line. */
export const view = ({ customer, id }: Waiter) =>
  Effect.flatMap(PreBookings, (preBookings) => preBookings.get(customer, id))

export const bookingOf = (waiter: Waiter) => Effect.map(view(waiter), ({ booking }) => booking)

export const statusOf = (waiter: Waiter) => Effect.map(bookingOf(waiter), ({ status }) => status)

export const statusesOf = (waiters: ReadonlyArray<Waiter>) => Effect.forEach(waiters, statusOf)

/** What was told since the check began: its events have ids of their time. */
const events = Effect.gen(function* () {
  const [outbox, from, until] = [yield* Outbox, yield* Since, stamp((yield* DateTime.now).epochMillis + 1000)]
  const found: globalThis.Array<Event> = []
  let last = from
  while (last < until) {
    const page = yield* outbox.list("waiting", [last], 1000)
    found.push(...page.map(({ event }) => event))
    last = page.length < 1000 ? until : (found.at(-1)?.id ?? until)
  }
  return found
})

type Told = Extract<Event, { readonly preBookingId: PreBooking.PreBookingId }>

/** What is told of them, by the kind of the event and, in the order of the waiters, how often. */
export const toldTo = (waiters: ReadonlyArray<Waiter>) =>
  Effect.map(events, (all) => {
    const ofWaiters = all.filter((event): event is Told => "preBookingId" in event)
    return (kind: Told["_tag"]): ReadonlyArray<number> =>
      waiters.map(({ id }) => ofWaiters.filter((event) => event._tag === kind && event.preBookingId === id).length)
  })

/** How often it was told of a book that there are copies for all. */
export const restocksOf = ({ id }: Book) =>
  Effect.map(events, (all) => all.filter((event) => event._tag === "BookRestocked" && event.bookId === id).length)

export const times = (count: number, times: number): ReadonlyArray<number> => Array.replicate(times, count)

/** The book under its lock: what is on the shelf, what has arrived, who waits, and what has lapsed. */
export const underLock = ({ id }: Book) =>
  transacted(
    Effect.gen(function* () {
      const preBookings = yield* PreBookingRepository
      const line = yield* preBookings.line(id, yield* DateTime.now, 10_000)
      return line ?? (yield* Effect.dieMessage("the book is gone"))
    })
  )

const keeps = ({ status }: Order) => status === "pending_payment" || status === "confirmed" || status === "fulfilled"

/** Copies in orders of these customers that have, or may have, them. */
export const inOrders = ({ id }: Book, customers: ReadonlyArray<CustomerId>) =>
  Effect.map(Effect.forEach(new Set(customers), ordersOf), (orders) =>
    orders
      .flat()
      .filter(keeps)
      .flatMap(({ lines }) => lines.filter(({ bookId }) => bookId === id))
      .reduce<number>((sum, { quantity }) => sum + quantity, 0)
  )

/** The copies that the shop has put in of a book that had none, less those that it took out. */
const putIn = ({ id }: Book) =>
  Effect.map(events, (all) =>
    all.reduce(
      (sum, event) => sum + (event._tag === "StockChanged" && event.bookId === id ? event.to - event.from : 0),
      0
    )
  )

/**
 * Nobody waits for a book that is in stock, who waits is counted, and each copy that the shop has put in is on the shelf,
 * has arrived, is held, or is in an order. All who ever waited are `waiters`, and all who bought `customers`.
 */
export const addsUp = (
  book: Book,
  waiters: ReadonlyArray<Waiter>,
  customers: ReadonlyArray<CustomerId> = waiters.map(({ customer }) => customer)
) =>
  Effect.gen(function* () {
    const there = yield* underLock(book)
    const statuses = yield* statusesOf(waiters)
    const count = (status: PreBooking.Status) => statuses.filter((is) => is === status).length
    yield* same("the stock that is shown", yield* stockOf(book), there.book.stockQuantity)
    yield* same("how many wait", there.waiting, count("waiting"))
    yield* holds("nobody waits for a book that is in stock", there.waiting === 0 || !there.book.inStock)
    const kept = there.arrived + there.lapsed.length + count("held")
    const copies = there.book.stockQuantity + kept + (yield* inOrders(book, customers))
    yield* same("the copies on the shelf, arrived, held and in orders", copies, yield* putIn(book))
    return there
  })

/** And no copy lies idle. */
export const allHanded = (...given: Parameters<typeof addsUp>) =>
  Effect.gen(function* () {
    const { arrived, lapsed } = yield* addsUp(...given)
    yield* same("the copies that nobody has", [arrived, lapsed.length], [0, 0])
  })

// internal

class Since extends Context.Reference<Since>()("octavo/testing/Since", { defaultValue: () => stamp(0) }) {}

const since = <A, E, R>(check: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(DateTime.now, ({ epochMillis }) => Effect.provideService(check, Since, stamp(epochMillis)))

/** Before all ids of this instant, and after those of earlier ones (RFC 9562). */
const stamp = (millis: number): string => {
  const time = millis.toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}
