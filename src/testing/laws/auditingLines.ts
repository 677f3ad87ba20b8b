/** What the store says of those who wait, and of the copies that are on hold. */
import { type DateTime, Duration, Effect, Fiber } from "effect"
import * as Audit from "../../domain/Audit.js"
import type { Book } from "../../domain/Book.js"
import * as Event from "../../domain/Event.js"
import * as Handout from "../../domain/Handout.js"
import * as PreBooking from "../../domain/PreBooking.js"
import { Auditor } from "../../ports/Auditor.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { Outbox } from "../../ports/Outbox.js"
import { PreBookingRepository } from "../../ports/PreBookingRepository.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { says } from "./audited.js"
import { confirmed, failed, move, restocked, transacted } from "./done.js"

const soldOut = Given.shelved(0)

/** So many milliseconds into 2020 the n-th of those who wait has asked to. */
const waits = (book: Book, at = 0) =>
  Effect.gen(function* () {
    const preBookings = yield* PreBookingRepository
    const id = PreBooking.PreBookingId.make(yield* Given.id)
    const asked = { id, customerId: yield* Given.customer, bookId: book.id, now: Given.at(at) }
    const waiting = yield* preBookings.request(asked)
    return yield* waiting === null ? Effect.dieMessage("copies are to be handed out first") : Effect.succeed(waiting)
  })

const eventIds = Effect.replicateEffect(
  Effect.map(Given.id, (id) => Event.EventId.make(id)),
  20
)

/** What has come in is handed out; each hold lasts a second. */
const handed = (book: Book, policy: PreBooking.Policy, at: number) =>
  transacted(
    Effect.gen(function* () {
      const preBookings = yield* PreBookingRepository
      const line = yield* preBookings.line(book.id, Given.at(at), 100)
      if (line === null || !Handout.isDue(line)) return
      const facts = { now: Given.at(at), hold: Duration.seconds(1), eventIds: yield* eventIds }
      yield* holds("it is handed out", yield* preBookings.hand(line, Handout.decide(line, policy, facts)))
    })
  )

/** Those who were told together are told one by one, at most so many. */
const told = (book: Book, limit: number) =>
  transacted(
    Effect.gen(function* () {
      const [preBookings, outbox] = [yield* PreBookingRepository, yield* Outbox]
      const [first, ...rest] = yield* preBookings.untold(book.id, limit)
      if (first === undefined) return
      yield* preBookings.told([first, ...rest])
      const [event, ...others] = yield* Effect.forEach([first, ...rest], (booking) =>
        Effect.map(Given.id, (id) => eventOf(booking, Event.EventId.make(id)))
      )
      if (event !== undefined) yield* outbox.append([event, ...others])
    })
  )

const eventOf = (booking: PreBooking.Notified | PreBooking.Cancelled, id: Event.EventId) =>
  booking.status === "notified"
    ? new Event.PreBookingNotified({ ...about(booking), id, at: booking.notifiedAt })
    : new Event.PreBookingWithdrawn({ ...about(booking), id, at: booking.cancelledAt })

const about = ({ id, customerId, bookId, title, author }: PreBooking.PreBooking) => ({
  preBookingId: id,
  customerId,
  bookId,
  title,
  author
})

/** Whoever has a copy on hold orders it. */
const bought = (booking: PreBooking.PreBooking, book: Book, at: number) =>
  transacted(
    Effect.gen(function* () {
      const books = yield* BookRepository
      const { customerId } = booking
      const order = yield* Given.ordered(customerId, [book])
      const buyer = { customerId, orderId: order.id, now: Given.at(at) }
      yield* books.reserve([{ bookId: book.id, quantity: Given.quantity(1) }], buyer)
      return order
    })
  )

const ends = ({ customerId, id }: PreBooking.PreBooking, at: number) =>
  Effect.flatMap(PreBookingRepository, (preBookings) => preBookings.cancel(customerId, id, Given.at(at)))

const silent = law(
  "an audit says nothing of those who wait, are told, served, give up, buy, and get back what they could not pay",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [queue, broadcast, gone] = [yield* soldOut, yield* soldOut, yield* soldOut]
    const line = yield* Effect.forEach([1, 2, 3, 4, 5], (at) => waits(queue, at))
    const [first, second, third, fourth, fifth] = line
    const all = yield* Effect.forEach([1, 2, 3], (at) => waits(broadcast, at))
    const left = yield* Effect.forEach([1, 2], (at) => waits(gone, at))
    const orders: Array<string> = []
    const ids = () => [queue.id, broadcast.id, gone.id, ...[...line, ...all, ...left].map(({ id }) => id), ...orders]
    yield* says("while they wait", ids(), [])
    for (let copies = 0; copies < 4; copies++) yield* restocked(queue)
    for (const book of [broadcast, broadcast, gone]) yield* restocked(book)
    yield* handed(queue, "queue", 10)
    yield* handed(broadcast, "broadcast", 10)
    yield* handed(gone, "queue", 10)
    yield* says("when they are handed out", ids(), [])
    if (!first || !second || !third || !fourth || !fifth || !all[0] || !all[1]) return
    const paid = yield* bought(first, queue, 20)
    const unpaid = yield* bought(second, queue, 20)
    orders.push(paid.id, unpaid.id)
    yield* move(yield* confirmed(paid))
    yield* move(yield* failed(unpaid))
    yield* says("when some have ordered", ids(), [])
    yield* ends(third, 20)
    yield* ends(all[0], 20)
    yield* told(broadcast, 1)
    yield* ends(all[1], 20)
    yield* says("when some have given up", ids(), [])
    yield* books.remove(gone.id)
    yield* says("when a book is gone", ids(), [])
    yield* handed(queue, "queue", 20)
    yield* handed(queue, "queue", 5000)
    for (const book of [broadcast, gone, gone]) yield* told(book, 1)
    yield* says("in the end", ids(), [])
  })
)

const silentMeanwhile = race(
  "an audit says nothing while copies come in, and are handed out, given up and bought",
  Effect.gen(function* () {
    const book = yield* soldOut
    const line = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], (at) => waits(book, at))
    const trade = yield* Effect.fork(
      atOnce(24, (i) =>
        transacted(
          Effect.gen(function* () {
            const booking = line[i % 8]
            if (i < 8) yield* restocked(book)
            if (booking !== undefined && i % 6 === 2) yield* ends(booking, 20)
            yield* handed(book, "queue", 10 + i)
          })
        )
      )
    )
    const ids = [book.id, ...line.map(({ id }) => id)]
    for (let looks = 0; looks < 5; looks++) {
      yield* says("the audit meanwhile", ids, [])
      yield* Effect.sleep("1 millis")
    }
    yield* onlyRefusals((yield* Fiber.join(trade)).failures, ["PreBookingClosed"])
    yield* says("the audit after", ids, [])
  })
)

const recounted = law(
  "an audit counts copies on hold; a recount takes none of them, and what is left is for those who wait",
  Effect.gen(function* () {
    const [auditor, preBookings, books] = [yield* Auditor, yield* PreBookingRepository, yield* BookRepository]
    const book = yield* soldOut
    const [, , third] = yield* Effect.forEach([1, 2, 3], (at) => waits(book, at))
    const copies = Effect.gen(function* () {
      const line = yield* preBookings.line(book.id, Given.at(20), 100)
      return [(yield* books.get(book.id)).stockQuantity, line?.arrived, line?.waiting]
    })
    for (let i = 0; i < 2; i++) yield* restocked(book)
    yield* handed(book, "queue", 10)
    const unbalanced = (facts: { readonly onHold: number; readonly inOrders: number; readonly putIn: number }) =>
      new Audit.StockUnbalanced({ bookId: book.id, stock: Given.stock(0), ...facts })
    yield* Given.ordered(yield* Given.customer, [book])
    yield* says("the audit", [book.id], [unbalanced({ onHold: 2, inOrders: 1, putIn: 2 })])
    yield* same("a recount for which a copy is missing", yield* auditor.recount(book.id), false)
    for (let i = 0; i < 3; i++) yield* restocked(book)
    yield* says("the audit then", [book.id], [unbalanced({ onHold: 5, inOrders: 1, putIn: 5 })])
    yield* same("the recount", yield* auditor.recount(book.id), true)
    yield* same("what is on the shelf, has arrived, and who waits", yield* copies, [0, 2, 1])
    yield* says("the audit after", [book.id], [])
    if (third === undefined) return
    yield* ends(third, 20)
    yield* same("a recount where nobody waits", yield* auditor.recount(book.id), true)
    yield* same("what is on the shelf, and has arrived then", yield* copies, [0, 2, 0])
    yield* says("the audit in the end", [book.id], [])
  })
)

const events = law(
  "an audit names events that tell of no pre-booking, or of what it has not gone through, and those that tell twice",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const book = yield* soldOut
    const [first, second] = [yield* waits(book, 1), yield* waits(book, 2)]
    yield* restocked(book)
    yield* handed(book, "queue", 10)
    const facts = (of: PreBooking.PreBooking, at: DateTime.Utc = Given.at(10)) =>
      Effect.map(Given.id, (id) => ({ ...about(of), id: Event.EventId.make(id), at }))
    const again = new Event.PreBookingHeld({ ...(yield* facts(first)), expiresAt: Given.at(1010) })
    const early = new Event.PreBookingNotified(yield* facts(second))
    const ended = new Event.PreBookingExpired(yield* facts(first))
    const nobodys = new Event.PreBookingWithdrawn({
      ...(yield* facts(first)),
      preBookingId: PreBooking.PreBookingId.make(yield* Given.id)
    })
    yield* outbox.append([again, early, ended, nobodys])
    const unfounded = ({ id, preBookingId, _tag }: Event.PreBookingEvent) =>
      new Audit.PreBookingEventUnfounded({ eventId: id, preBookingId, kind: _tag })
    yield* says(
      "the audit",
      [first.id, second.id, nobodys.preBookingId],
      [
        new Audit.PreBookingEventRepeated({ preBookingId: first.id, kind: "PreBookingHeld", times: 2 }),
        ...[early, ended, nobodys].map(unfounded)
      ]
    )
  })
)

const overdue = law(
  "an audit names holds that lapsed, copies that nobody was given and customers who were not told, and nothing younger",
  Effect.gen(function* () {
    const [queue, idle, broadcast] = [yield* soldOut, yield* soldOut, yield* soldOut]
    const hold = yield* waits(queue, 1)
    const first = yield* waits(idle, 1)
    yield* Effect.forEach([2, 3], (at) => waits(idle, at))
    yield* Effect.forEach([1, 2], (at) => waits(broadcast, at))
    for (const book of [queue, idle, broadcast]) yield* restocked(book)
    yield* handed(queue, "queue", 10)
    yield* handed(idle, "queue", 10)
    yield* handed(broadcast, "broadcast", 10)
    for (let i = 0; i < 2; i++) yield* restocked(idle)
    yield* told(broadcast, 1)
    const ids = [queue.id, idle.id, broadcast.id]
    yield* says("what is overdue while it is young", ids, [], Given.at(10))
    const waiting = [
      new Audit.CopiesIdle({ bookId: idle.id, copies: 2 }),
      new Audit.TellingLate({ bookId: broadcast.id, since: Given.at(10) })
    ]
    yield* says("what is overdue then", ids, waiting, Given.at(11))
    yield* says("what is overdue when holds end", ids, waiting, Given.at(1010))
    const lapsed = [
      [hold.id, queue.id],
      [first.id, idle.id]
    ] as const
    const ended = lapsed.map(
      ([preBookingId, bookId]) => new Audit.HoldLapsed({ preBookingId, bookId, since: Given.at(1010) })
    )
    yield* says("what is overdue in the end", ids, [...waiting, ...ended], Given.at(1011))
    yield* handed(queue, "queue", 2000)
    yield* handed(idle, "queue", 2000)
    yield* told(broadcast, 1)
    yield* says("what is overdue when it is done", ids, [], Given.at(2000))
  })
)

export const auditingLines: ReadonlyArray<Law> = [silent, silentMeanwhile, recounted, events, overdue]
