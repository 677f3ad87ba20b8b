/** When copies come in everyone who waits is told, at once and once; or, by the host's choice for a book, served in turn. */
import { Array, Effect, Either } from "effect"
import { Catalog } from "../../services/Catalog.js"
import { Imports } from "../../services/Imports.js"
import * as Given from "../Given.js"
import { type Law, law, same } from "../Law.js"
import { transacted } from "./done.js"
import {
  addsUp,
  allHanded,
  bookingOf,
  cancel,
  delivered,
  line,
  queueing,
  restocksOf,
  serving,
  soldOut,
  statusesOf,
  stocked,
  sweep,
  times,
  toldTo,
  waiter,
  waits
} from "./preBookGiven.js"
import { stockOf } from "./seen.js"

const fromNone = law(
  "pre-booking: from none to some everyone who waits is told, once, and the copies are on sale",
  serving({}, () =>
    Effect.gen(function* () {
      const [book, other] = [yield* soldOut, yield* soldOut]
      const [all, elsewhere] = [yield* line(book, 5), yield* line(other, 2)]
      yield* stocked(book, 2)
      const bookings = yield* Effect.forEach(all, bookingOf)
      yield* same(
        "all of them",
        bookings.map(({ status }) => status),
        Array.replicate("notified", 5)
      )
      const instants = bookings.map((booking) => ("notifiedAt" in booking ? booking.notifiedAt : null))
      yield* same("the instant", instants, Array.replicate(instants[0] ?? null, 5))
      const told = yield* toldTo(all)
      yield* same("the events", told("PreBookingNotified"), times(5, 1))
      yield* same("that of the book", yield* restocksOf(book), 1)
      yield* same("the copies", yield* stockOf(book), 2)
      yield* same("who waits for another book", yield* statusesOf(elsewhere), ["waiting", "waiting"])
      yield* allHanded(book, all)
    })
  )
)

const fromSome = law(
  "pre-booking: from some to some, or to none, nobody is told; who asks after that waits for the next time",
  serving({}, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const first = yield* waiter(book)
      yield* stocked(book, 2)
      for (const quantity of [3, 1, 1]) yield* stocked(book, quantity)
      yield* stocked(book, 0)
      const [second, third] = [yield* waiter(book), yield* waits(first.customer, book)]
      yield* stocked(book, 0)
      yield* sweep
      const all = [first, second, third]
      yield* same("who waits", yield* statusesOf(all), ["notified", "waiting", "waiting"])
      yield* same("who was told", (yield* toldTo(all))("PreBookingNotified"), [1, 0, 0])
      yield* delivered(book, 1)
      yield* delivered(book, 4)
      yield* same("the next time", yield* statusesOf(all), ["notified", "notified", "notified"])
      yield* same("who was told then", (yield* toldTo(all))("PreBookingNotified"), [1, 1, 1])
      yield* same("how often all could buy", yield* restocksOf(book), 2)
      yield* allHanded(book, all)
    })
  )
)

const undone = law(
  "pre-booking: what is told in a transaction of the host's is seen in it, and told nobody when it is rolled back",
  Effect.forEach(
    ["broadcast", "queue"] as const,
    (policy) =>
      serving({ policy }, () =>
        Effect.gen(function* () {
          const book = yield* soldOut
          const all = yield* line(book, 3)
          const expected = policy === "broadcast" ? ["notified", "notified", "notified"] : ["held", "held", "waiting"]
          const restock = Effect.gen(function* () {
            yield* stocked(book, 2)
            yield* same(`inside, by ${policy}`, yield* statusesOf(all), expected)
          })
          const outcome = yield* Effect.either(transacted(Effect.zipRight(restock, Effect.fail("undone"))))
          yield* same("the outcome", outcome, Either.left("undone"))
          yield* same("who waits", yield* statusesOf(all), ["waiting", "waiting", "waiting"])
          yield* sweep
          const told = yield* toldTo(all)
          const events = [...told("PreBookingNotified"), ...told("PreBookingHeld")]
          yield* same("the events", [...events, yield* restocksOf(book)], times(7, 0))
          yield* same("the copies", yield* stockOf(book), 0)
          yield* transacted(restock)
          yield* same(`afterwards, by ${policy}`, yield* statusesOf(all), expected)
          yield* allHanded(book, all)
        })
      ),
    { discard: true }
  )
)

const undoneToo = law(
  "pre-booking: a request and a cancellation that the host rolls back leave the line, the hold and the copies as they were",
  serving({ policy: "queue" }, () =>
    Effect.gen(function* () {
      const book = yield* soldOut
      const all = yield* line(book, 2)
      yield* stocked(book, 1)
      const deeds = Effect.gen(function* () {
        yield* waiter(book)
        for (const one of all) yield* cancel(one)
        return yield* Effect.fail("undone")
      })
      yield* same("the outcome", yield* Effect.either(transacted(deeds)), Either.left("undone"))
      yield* same("the line", yield* statusesOf(all), ["held", "waiting"])
      const told = yield* toldTo(all)
      yield* same("the events", told("PreBookingHeld"), [1, 0])
      const { waiting } = yield* addsUp(book, all)
      yield* same("how many wait", waiting, 1)
    })
  )
)

const byChoice = law(
  "pre-booking: the host's function says for each book and its copies whether all are told or the next are served",
  Effect.suspend(() => {
    const asked: Array<readonly [string, number]> = []
    return serving(
      {
        policy: (book, copies) => {
          asked.push([book.id, copies])
          return copies < 3 ? "queue" : "broadcast"
        }
      },
      () =>
        Effect.gen(function* () {
          const catalog = yield* Catalog
          const [few, many] = [yield* soldOut, yield* soldOut]
          const [served, told] = [yield* line(few, 3), yield* line(many, 3)]
          yield* catalog.changeStock(few.id, { quantity: 2 })
          yield* catalog.changeStock(many.id, { quantity: 3 })
          yield* same("those of a few", yield* statusesOf(served), ["held", "held", "waiting"])
          yield* same("those of many", yield* statusesOf(told), ["notified", "notified", "notified"])
          const ofBoth = asked.filter(([id]) => id === few.id || id === many.id)
          yield* same("what it was asked", ofBoth, [
            [few.id, 2],
            [many.id, 3]
          ])
          yield* stocked(few, 3)
          yield* same("those who held one, when all are told", yield* statusesOf(served), ["held", "held", "notified"])
          yield* same("the copies", [yield* stockOf(few), yield* stockOf(many)], [3, 3])
          yield* allHanded(few, served)
          yield* allHanded(many, told)
        })
    )
  })
)

const importedAgain = law(
  "pre-booking, queue: what is imported a second time is there already, on hold or on the shelf",
  serving(queueing, () =>
    Effect.gen(function* () {
      const imports = yield* Imports
      const isbn = yield* Given.isbn
      const book = yield* Given.onSale({ isbn, stockQuantity: Given.stock(0) })
      const all = yield* line(book, 4)
      const rows = [{ isbn, title: book.title, author: book.author, price: "10.00", stock: 2 }]
      for (const _ of [1, 2, 3]) yield* imports.merge([...rows, ...rows])
      yield* same("those in line", yield* statusesOf(all), ["held", "held", "waiting", "waiting"])
      yield* same("the copies", yield* stockOf(book), 0)
      yield* imports.merge(rows.map((each) => ({ ...each, stock: 5 })))
      yield* same("those in line of more", yield* statusesOf(all), ["held", "held", "held", "held"])
      yield* same("the copies that are left", yield* stockOf(book), 1)
      yield* imports.merge(rows.map((each) => ({ ...each, stock: 1 })))
      yield* same("those whose copies are held all the same", yield* statusesOf(all), ["held", "held", "held", "held"])
      yield* same("the copies of fewer", yield* stockOf(book), 0)
      yield* allHanded(book, all)
    })
  )
)

export const preBookRestocks: ReadonlyArray<Law> = [fromNone, fromSome, undone, undoneToo, byChoice, importedAgain]
