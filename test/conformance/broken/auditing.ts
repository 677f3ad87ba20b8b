import { DateTime, Effect, Either } from "effect"
import { EventUnfounded, StockUnbalanced } from "../../../src/domain/Audit.js"
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

const oneOf = (what: "EventUnfounded") =>
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
              ? [new StockUnbalanced({ bookId: one.value.id, stock: one.value.stockQuantity, inOrders: 0, putIn: 0 })]
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
      if (found === undefined) return yield* recount(id)
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      const right = Math.max(0, found.putIn - found.inOrders)
      yield* Effect.ignore(
        books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Stock.make(right) })))
      )
      return true
    })
}))

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
  "an audit names no more than asked for": { "no limit": unlimited }
}
