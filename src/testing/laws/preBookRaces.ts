/** Whichever way copies come back, nobody is left waiting for a book that is in stock, whoever asks meanwhile. */
import { Effect, Fiber, type Scope } from "effect"
import type { Book } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Policy } from "../../domain/PreBooking.js"
import { Imports } from "../../services/Imports.js"
import { Orders } from "../../services/Orders.js"
import * as Given from "../Given.js"
import { type Law, onlyRefusals, race, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import {
  allHanded,
  amid,
  cancel,
  delivered,
  picks,
  serving,
  servingAlone,
  soldOut,
  statusesOf,
  statusOf,
  stocked,
  sweep,
  toldTo,
  type Waiter,
  waiter,
  waits
} from "./preBookGiven.js"
import { recover } from "./recovery.js"
import { stockOf } from "./seen.js"
import type { Pass } from "./time.js"
import { gated, place, script, type Trade } from "./trade.js"

/** A book that is sold out, and so many copies that are to come back when `back` is run. */
interface Away {
  readonly book: Book
  readonly copies: number
  readonly back: Effect.Effect<unknown, unknown, Trade>
  /** Who had them before. */
  readonly waiters?: ReadonlyArray<Waiter>
  readonly customers?: ReadonlyArray<CustomerId>
}

type Way = (shop: {
  readonly pass: Pass
  readonly choose: (policy: Policy) => void
}) => Effect.Effect<Away, unknown, Trade | Scope.Scope>

/** A book all of whose copies are in the cart of a customer who is about to buy them. */
const inCart = (copies: number) =>
  Effect.gen(function* () {
    const [book, customer] = [yield* soldOut, yield* Given.customer]
    yield* stocked(book, copies)
    yield* picks(customer, book, copies)
    return { book, copies, customer, customers: [customer] }
  })

/** A copy that is held for somebody. */
const onHold = (choose: (policy: Policy) => void) =>
  Effect.gen(function* () {
    choose("queue")
    const book = yield* soldOut
    const one = yield* waiter(book)
    yield* stocked(book, 1)
    yield* same("the copy", yield* statusOf(one), "held")
    return { book, copies: 1, one, waiters: [one] }
  })

const ways: Readonly<Record<string, Way>> = {
  "the stock is set": () => Effect.map(soldOut, (book) => ({ book, copies: 2, back: stocked(book, 2) })),

  "the stock is adjusted": () => Effect.map(soldOut, (book) => ({ book, copies: 2, back: delivered(book, 2) })),

  "an import puts them in": () =>
    Effect.gen(function* () {
      const imports = yield* Imports
      const isbn = yield* Given.isbn
      const book = yield* Given.onSale({ isbn, stockQuantity: Given.stock(0) })
      const row = { isbn, title: book.title, author: book.author, price: "10.00", stock: 2 }
      return { book, copies: 2, back: imports.merge([row]) }
    }),

  "an order is cancelled": () =>
    Effect.gen(function* () {
      const orders = yield* Orders
      const all = yield* inCart(2)
      const { id } = yield* place(all.customer)
      return { ...all, back: orders.cancel(all.customer, id) }
    }),

  "a payment is declined": () =>
    Effect.gen(function* () {
      const all = yield* inCart(2)
      const gate = yield* gated(Scripted.decline())
      yield* script(gate.step)
      const placing = yield* Effect.forkScoped(Effect.either(place(all.customer)))
      yield* Effect.raceFirst(gate.reached, Fiber.join(placing))
      return { ...all, back: Effect.zipRight(gate.open, Fiber.join(placing)) }
    }),

  "recovery gives an order up": ({ pass }) =>
    Effect.gen(function* () {
      const all = yield* inCart(2)
      yield* script(Scripted.fail("Unknown"))
      yield* Effect.either(place(all.customer))
      yield* pass("61 seconds")
      return { ...all, back: recover({ recheck: 0 }) }
    }),

  "a hold expires": ({ pass, choose }) =>
    Effect.map(onHold(choose), (all) => ({ ...all, back: Effect.zipRight(pass("1 hour"), sweep) })),

  "a held copy is declined": ({ choose }) => Effect.map(onHold(choose), (all) => ({ ...all, back: cancel(all.one) }))
}

/** Eight ask while the copies come back: those who came before are served, and the others told that there are copies. */
const asked = (name: string, way: Way, policy: Policy) =>
  Effect.suspend(() => {
    let chosen = policy
    const choose = (policy: Policy) => {
      chosen = policy
    }
    // Recovery looks at all orders.
    const serves = name.startsWith("recovery") ? servingAlone : serving
    return serves({ hold: "1 hour", policy: () => chosen }, (pass) =>
      Effect.gen(function* () {
        const { book, copies, back, waiters = [], customers = [] } = yield* way({ pass, choose })
        choose(policy)
        const { asked, refusals } = yield* amid(8, waiter(book), [back])
        yield* onlyRefusals(refusals, ["BookInStock"])
        const served = policy === "queue" ? Math.min(copies, asked.length) : 0
        const statuses = (yield* statusesOf(asked)).toSorted()
        const expected =
          policy === "queue" ? asked.map((_, i) => (i < served ? "held" : "waiting")) : asked.map(() => "notified")
        yield* same(`those who asked, by ${policy}`, statuses, expected)
        yield* same(`what is on sale, by ${policy}`, yield* stockOf(book), copies - served)
        const told = yield* toldTo(asked)
        const events = [...told("PreBookingNotified"), ...told("PreBookingHeld")].reduce((sum, n) => sum + n, 0)
        yield* same(`what they are told, by ${policy}`, events, policy === "queue" ? served : asked.length)
        const all = [...waiters, ...asked]
        yield* allHanded(book, all, [...all.map(({ customer }) => customer), ...customers])
      })
    )
  })

const noneLeft = Object.entries(ways).map(([name, way]) =>
  race(
    `pre-booking: nobody is left waiting for a book that is in stock when ${name} while customers ask`,
    Effect.zipRight(asked(name, way, "broadcast"), asked(name, way, "queue"))
  )
)

const oneCustomer = race(
  "pre-booking: a customer who asks ten times while copies come and go waits at most once, and is told once for each",
  serving({}, () =>
    Effect.gen(function* () {
      const [book, customer] = [yield* soldOut, yield* Given.customer]
      const restock = Effect.zipRight(stocked(book, 1), stocked(book, 0))
      const { asked: all, refusals } = yield* amid(10, waits(customer, book), [restock, restock])
      yield* onlyRefusals(refusals, ["AlreadyWaiting", "BookInStock"])
      const statuses = yield* statusesOf(all)
      const open = statuses.filter((status) => status === "waiting").length
      yield* same("whether he waits twice", open > 1, false)
      const expected = statuses.map((status) => (status === "notified" ? 1 : 0))
      yield* same("what he is told", (yield* toldTo(all))("PreBookingNotified"), expected)
      yield* allHanded(book, all)
    })
  )
)

export const preBookRaces: ReadonlyArray<Law> = [...noneLeft, oneCustomer]
