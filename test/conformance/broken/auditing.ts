import { DateTime, Effect, Either } from "effect"
import { EventUnfounded, PreBookingEventRepeated, StockUnbalanced } from "../../../src/domain/Audit.js"
import { Book, Stock } from "../../../src/domain/Book.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { noRestock } from "./orders.js"

const changing = (flaw: (auditor: Ports["auditor"], real: Ports) => Partial<Ports["auditor"]>) =>
  breaking((real) => ({ auditor: { ...real.auditor, ...flaw(real.auditor, real) } }))

const none = () => Effect.succeed([])

export const blindToStock = changing(() => ({ stock: none }))
const blindToTotals = changing(() => ({ totals: none }))
const blindToEvents = changing(() => ({ events: none }))
const blindToPayments = changing(() => ({ payments: none }))
const blindToTime = changing(() => ({ overdue: none }))

const noRepeats = changing(({ events }) => ({
  events: (limit) => Effect.map(events(limit), (all) => all.filter(({ _tag }) => _tag !== "EventRepeated"))
}))

const oneOf = (what: string) =>
  changing(({ events }) => ({
    events: (limit) => Effect.map(events(limit), (all) => all.filter(({ _tag }) => _tag !== what))
  }))

const keysAlone = changing(({ payments }) => ({
  payments: (limit) => Effect.map(payments(limit), (all) => all.filter(({ _tag }) => _tag === "PaymentKeyShared"))
}))

const paymentsAlone = changing(({ payments }) => ({
  payments: (limit) => Effect.map(payments(limit), (all) => all.filter(({ _tag }) => _tag === "PaymentShared"))
}))

const blindTo = (what: string) =>
  changing(({ overdue }) => ({
    overdue: (before, limit) => Effect.map(overdue(before, limit), (all) => all.filter(({ _tag }) => _tag !== what))
  }))

const anyAge = changing(({ overdue }) => ({
  overdue: (_before, limit) => overdue(DateTime.unsafeMake("9999-01-01T00:00:00Z"), limit)
}))

/** Reads the shelf at one instant, and once more at another. */
const tornStock = breaking((real) => {
  const ids = new Set<Book["id"]>()
  return {
    books: { ...real.books, add: (book) => Effect.tap(real.books.add(book), () => void ids.add(book.id)) },
    auditor: {
      ...real.auditor,
      stock: (limit) =>
        Effect.gen(function* () {
          const sum = Effect.forEach([...ids], (id) => Effect.option(real.books.get(id)))
          const before = yield* sum
          yield* Effect.sleep("1 millis")
          const after = yield* sum
          const torn = before.flatMap((one, i) => {
            const other = after[i]
            return one._tag === "Some" &&
              other?._tag === "Some" &&
              one.value.stockQuantity !== other.value.stockQuantity
              ? [
                  new StockUnbalanced({
                    bookId: one.value.id,
                    stock: one.value.stockQuantity,
                    onHold: 0,
                    inOrders: 0,
                    putIn: 0
                  })
                ]
              : []
          })
          return [...(yield* real.auditor.stock(limit)), ...torn]
        })
    }
  }
})

export const recountsNothing = changing(() => ({ recount: () => Effect.succeed(true) }))

const recountsToNothing = changing(({ recount, stock }, { books }) => ({
  recount: (id) =>
    Effect.gen(function* () {
      if (yield* recount(id)) return true
      const known = (yield* stock(1_000_000)).some(({ bookId }) => bookId === id)
      if (!known) return false
      yield* Effect.ignore(
        books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Stock.make(0) })))
      )
      return true
    })
}))

/** Reads, then writes what it read: what was sold meanwhile is on the shelf again. */
const recountsLate = changing(({ recount, stock }, { books }) => ({
  recount: (id) =>
    Effect.gen(function* () {
      const found = (yield* stock(1_000_000)).find(({ bookId }) => bookId === id)
      if (found?._tag !== "StockUnbalanced") return yield* recount(id)
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      const right = Math.max(0, found.putIn - found.inOrders)
      yield* Effect.ignore(
        books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Stock.make(right) })))
      )
      return true
    })
}))

const blindToHolds = changing(({ stock }) => ({
  stock: (limit) =>
    Effect.map(stock(limit), (all) =>
      all.map((found) => (found._tag === "StockUnbalanced" ? new StockUnbalanced({ ...found, onHold: 0 }) : found))
    )
}))

/** What is on hold is none of what was put in. */
const holdsAreMissing = changing(({ stock }, { preBookings, books }) => ({
  stock: (limit) =>
    Effect.gen(function* () {
      const due = yield* preBookings.due(null, DateTime.unsafeMake("9999-01-01T00:00:00Z"), 1_000_000)
      const held = yield* Effect.forEach(due, (id) => Effect.option(books.get(id)))
      const missing = held.flatMap((book) =>
        book._tag === "Some"
          ? [
              new StockUnbalanced({
                bookId: book.value.id,
                stock: book.value.stockQuantity,
                onHold: 0,
                inOrders: 0,
                putIn: 1
              })
            ]
          : []
      )
      return [...(yield* stock(limit)), ...missing]
    })
}))

/** Hands out what it should count. */
const recountsToTheShelf = changing(({ recount }, { preBookings, books }) => ({
  recount: (id) =>
    Effect.gen(function* () {
      const line = yield* preBookings.line(id, DateTime.unsafeMake(0), 0)
      if (line === null || !(yield* recount(id))) return false
      yield* Effect.ignore(
        books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Stock.make(line.arrived) })))
      )
      return true
    })
}))

/** Whoever gave up a hold was told of what did not happen. */
const suspiciousOfHolds = changing(({ events }, { outbox }) => ({
  events: (limit) =>
    Effect.gen(function* () {
      const all = yield* outbox.list("waiting", null, 1_000_000)
      const held = all.flatMap(({ event }) =>
        event._tag === "PreBookingHeld"
          ? [new PreBookingEventRepeated({ preBookingId: event.preBookingId, kind: event._tag, times: 2 })]
          : []
      )
      return [...(yield* events(limit)), ...held]
    })
}))

const nothingDue = breaking(({ preBookings }) => ({ preBookings: { ...preBookings, due: none } }))

const unlimited = changing(({ stock, overdue }) => ({
  stock: () => stock(1_000_000),
  overdue: (before) => overdue(before, 1_000_000)
}))

const suspicious = changing(({ events }, { outbox }) => ({
  events: (limit) =>
    Effect.gen(function* () {
      const all = yield* outbox.list("waiting", null, 1_000_000)
      const cancelled = all.flatMap(({ event }) =>
        event._tag === "OrderCancelled"
          ? [new EventUnfounded({ eventId: event.id, orderId: event.orderId, kind: event._tag })]
          : []
      )
      return [...(yield* events(limit)), ...cancelled]
    })
}))

export const auditing: Flaws = {
  "an audit says nothing of what was put in, changed, imported, bought, failed, cancelled, refunded and taken out": {
    "no copies come back": noRestock,
    "a cancellation is suspicious": suspicious
  },
  "an audit says nothing while others buy, fail and cancel": {
    "at two instants": tornStock,
    "no copies come back": noRestock
  },
  "an audit names stock that is not what was put in less what is in orders, and a recount puts it right": {
    "blind to stock": blindToStock,
    "nothing is recounted": recountsNothing
  },
  "a recount that would leave less than nothing, or of a book that has gone, is refused and changes nothing": {
    "to nothing": recountsToNothing,
    "nothing is recounted": recountsNothing
  },
  "a recount beside buyers loses no copy and sells none twice": { "it writes what it read before": recountsLate },
  "an audit names an order whose total is not the sum of its lines": { "blind to totals": blindToTotals },
  "an audit names events that tell of nothing, and changes that are told twice": {
    "blind to events": blindToEvents,
    "blind to repeats": noRepeats,
    "blind to what tells of nothing": oneOf("EventUnfounded")
  },
  "an audit names orders that stand on one payment, or on one key": {
    "blind to payments": blindToPayments,
    "blind to payments but for keys": keysAlone,
    "blind to keys": paymentsAlone
  },
  "an audit names what has waited since before an instant, or was given up, and nothing younger": {
    "blind to time": blindToTime,
    "of any age": anyAge,
    ...Object.fromEntries(
      ["PaymentStuck", "RefundStuck", "DeliveryParked", "DeliveryLate"].map((what) => [
        `blind to ${what}`,
        blindTo(what)
      ])
    )
  },
  "an audit says nothing of those who wait, are told, served, give up, buy, and get back what they could not pay": {
    "what is on hold is missing": holdsAreMissing,
    "a hold is suspicious": suspiciousOfHolds
  },
  "an audit says nothing while copies come in, and are handed out, given up and bought": {
    "what is on hold is missing": holdsAreMissing
  },
  "an audit counts copies on hold; a recount takes none of them, and what is left is for those who wait": {
    "blind to stock": blindToStock,
    "blind to holds": blindToHolds,
    "nothing is recounted": recountsNothing,
    "more come in with a recount": recountsToTheShelf
  },
  "an audit names events that tell of no pre-booking, or of what it has not gone through, and those that tell twice": {
    "blind to events": blindToEvents,
    "blind to repeats": oneOf("PreBookingEventRepeated"),
    "blind to what tells of nothing": oneOf("PreBookingEventUnfounded")
  },
  "an audit names holds that lapsed, copies that nobody was given and customers who were not told, and nothing younger":
    {
      "blind to time": blindToTime,
      "of any age": anyAge,
      ...Object.fromEntries(
        ["HoldLapsed", "CopiesIdle", "TellingLate"].map((what) => [`blind to ${what}`, blindTo(what)])
      )
    },
  "an audit changes nothing of a line unless it may repair; then copies are handed out, and those who waited are told":
    {
      "blind to CopiesIdle": blindTo("CopiesIdle"),
      "nothing is due": nothingDue,
      "nothing is recounted": recountsNothing
    },
  "an audit names no more than asked for": { "no limit": unlimited }
}
