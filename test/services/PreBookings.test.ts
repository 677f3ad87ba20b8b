import { it } from "@effect/vitest"
import { Array, Duration, Effect, Layer, Logger, TestClock } from "effect"
import { describe, expect } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Memory from "../../src/adapters/memory/index.js"
import type { BookId } from "../../src/domain/Book.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import * as PreBookingSettings from "../../src/ports/PreBookingSettings.js"
import { StoreError } from "../../src/ports/StoreError.js"
import type { Stores } from "../../src/ports/Stores.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Carts } from "../../src/services/Carts.js"
import { Catalog } from "../../src/services/Catalog.js"
import { Imports } from "../../src/services/Imports.js"
import { PreBookings } from "../../src/services/PreBookings.js"
import { Wishlists } from "../../src/services/Wishlists.js"
import { draft } from "../domain/fixtures.js"
import { type Flaw, instead } from "./fulfilling.js"

/** A bookstore in memory with the settings of a host; `flaw` puts something else in the place of a port. */
const shop = (options: PreBookingSettings.Options = {}, flaw: Flaw = (all) => all) =>
  Bookstore.layer.pipe(
    Layer.provide([PreBookingSettings.layer(options), DemoGateway.layer]),
    Layer.provideMerge(Layer.provide(Layer.effectContext(Effect.map(Effect.context<Stores>(), flaw)), Memory.layer)),
    Layer.provide(Logger.remove(Logger.defaultLogger))
  )

const queue = { policy: "queue" } as const

/** A book that is sold out, and customers in line for it. */
const waitedFor = (...customers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
    const { id } = yield* catalog.add({ ...draft, isbn: null })
    const line = yield* Effect.forEach(customers, (customer) => preBookings.request(customer, { bookId: id }))
    return { id, line }
  })

const statuses = (customers: ReadonlyArray<string>) =>
  Effect.flatMap(PreBookings, (preBookings) =>
    Effect.forEach(customers, (customer) =>
      Effect.map(preBookings.list(customer), ({ items }) => items.map(({ status }) => status))
    )
  )

const refusal = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const lost = new StoreError({ operation: "hand", outcome: "RolledBack", retryable: true, cause: new Error("lost") })

const nothing = { held: 0, expired: 0, onSale: 0, told: 0 }

describe("PreBookings", () => {
  it.effect("a hold lasts 48 hours unless said otherwise, to the millisecond", () =>
    Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const { id } = yield* waitedFor("ada")
      yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust(Duration.millis(48 * 3_600_000 - 1))
      expect(yield* statuses(["ada"])).toEqual([["held"]])
      expect(yield* preBookings.sweep).toEqual(nothing)
      yield* TestClock.adjust("1 millis")
      expect(yield* statuses(["ada"])).toEqual([["expired"]])
      expect(yield* preBookings.sweep).toEqual({ ...nothing, expired: 1, onSale: 1 })
      expect(yield* preBookings.sweep).toEqual(nothing)
    }).pipe(Effect.provide(shop(queue)))
  )

  it.effect("a sweep tells what it did, of any number of books", () =>
    Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const books = yield* Effect.replicateEffect(waitedFor("ada", "bob"), 105)
      for (const { id } of books) yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust("48 hours")
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 105, expired: 105 })
      yield* TestClock.adjust("48 hours")
      expect(yield* preBookings.sweep).toEqual({ ...nothing, expired: 105, onSale: 105 })
    }).pipe(Effect.provide(shop({ ...queue, batch: 1 })))
  )

  it.effect("a sweep tells all that a restock has left to be told, by batches", () =>
    Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const { id } = yield* waitedFor(...Array.makeBy(10, (i) => `customer ${i}`))
      yield* catalog.changeStock(id, { quantity: 1 })
      expect(yield* preBookings.sweep).toEqual({ ...nothing, told: 7 })
      expect(yield* preBookings.sweep).toEqual(nothing)
    }).pipe(Effect.provide(shop({ batch: 3 })))
  )

  it.effect("copies wait where the host's policy throws, and are handed out once it does not", () => {
    let isBroken = true
    const policy = () => {
      if (isBroken) throw new Error("the host's own")
      return "queue" as const
    }
    return Effect.gen(function* () {
      const [catalog, carts, preBookings] = [yield* Catalog, yield* Carts, yield* PreBookings]
      const { id } = yield* waitedFor("ada", "bob")
      expect((yield* catalog.changeStock(id, { quantity: 1 })).stockQuantity).toBe(0)
      expect(yield* preBookings.sweep).toEqual(nothing)
      expect(yield* refusal(carts.add("eve", { bookId: id }))).toBe("BookOutOfStock")
      expect(yield* statuses(["ada", "bob"])).toEqual([["waiting"], ["waiting"]])
      isBroken = false
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 1 })
      expect(yield* statuses(["ada", "bob"])).toEqual([["held"], ["waiting"]])
    }).pipe(Effect.provide(shop({ policy })))
  })

  it.effect("a book that cannot be handed out holds up no other", () => {
    const stuck = new Set<BookId>()
    const flaw = instead(PreBookingRepository, ({ hand }) => ({
      hand: (line, handout) => (stuck.has(line.book.id) ? lost : hand(line, handout))
    }))
    return Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const books = yield* Effect.replicateEffect(waitedFor("ada", "bob"), 3)
      for (const { id } of books) yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust("48 hours")
      for (const { id } of books.slice(0, 2)) stuck.add(id)
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 1, expired: 1 })
      stuck.clear()
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 2, expired: 2 })
    }).pipe(Effect.provide(shop(queue, flaw)))
  })

  it.effect("a line that changes while it is decided on is read again, a few times, and then left", () => {
    let changes = 0
    let asked = 0
    const flaw = instead(PreBookingRepository, ({ hand }) => ({
      hand: (line, handout) => {
        asked++
        return changes-- > 0 ? Effect.succeed(false) : hand(line, handout)
      }
    }))
    return Effect.gen(function* () {
      const catalog = yield* Catalog
      const { id } = yield* waitedFor("ada", "bob")
      changes = 3
      yield* catalog.changeStock(id, { quantity: 1 })
      expect(asked).toBe(4)
      expect(yield* statuses(["ada", "bob"])).toEqual([["held"], ["waiting"]])
      changes = Number.POSITIVE_INFINITY
      expect(yield* Effect.flip(catalog.changeStock(id, { quantity: 1 }))).toMatchObject({
        _tag: "StoreError",
        retryable: true
      })
      // The restock that could not be handed out is none.
      expect(yield* statuses(["ada", "bob"])).toEqual([["held"], ["waiting"]])
      expect((yield* catalog.get(id)).stockQuantity).toBe(0)
    }).pipe(Effect.provide(shop(queue, flaw)))
  })

  it.effect("a request is given up where holds keep lapsing, as trouble that may be over the next time", () => {
    const flaw = instead(PreBookingRepository, () => ({ request: () => Effect.succeed(null) }))
    return Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const { id } = yield* catalog.add(draft)
      const trouble = yield* Effect.flip(preBookings.request("ada", { bookId: id }))
      expect(trouble).toMatchObject({ _tag: "StoreError", outcome: "RolledBack", retryable: true })
    }).pipe(Effect.provide(shop(queue, flaw)))
  })

  it.effect("a policy that says neither word is as one that throws, and no sweep goes on for ever", () => {
    let says: unknown = "Queue"
    const logged: Array<unknown> = []
    const logger = Logger.make(({ message }) => logged.push(message))
    return Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const { id } = yield* waitedFor("ada")
      const other = yield* waitedFor("bob")
      yield* catalog.changeStock(id, { quantity: 1 })
      says = Promise.resolve("queue")
      logged.length = 0
      expect(yield* preBookings.sweep).toEqual(nothing)
      expect(logged).toEqual([["The restock policy has failed, and copies wait to be handed out"]])
      yield* catalog.remove(other.id)
      expect(yield* statuses(["ada", "bob"])).toEqual([["waiting"], ["cancelled"]])
      says = "broadcast"
      expect(yield* preBookings.sweep).toEqual({ ...nothing, onSale: 1, told: 1 })
    }).pipe(Effect.provide([shop({ policy: () => says as "queue" }), Logger.add(logger)]))
  })

  it.effect(
    "a handout that would change nothing ends the work on its book, as where a store has lost those in line",
    () => {
      const flaw = instead(PreBookingRepository, ({ line }) => ({
        line: (...asked) => Effect.map(line(...asked), (found) => found && { ...found, first: [] })
      }))
      return Effect.gen(function* () {
        const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
        const { id } = yield* waitedFor("ada")
        yield* catalog.changeStock(id, { quantity: 1 })
        expect(yield* preBookings.sweep).toEqual(nothing)
      }).pipe(Effect.provide(shop(queue, flaw)))
    }
  )

  it.effect("a book whose rows cannot be read holds up no other", () => {
    const damaged = new Set<BookId>()
    const flaw = instead(PreBookingRepository, ({ line }) => ({
      line: (id, ...asked) =>
        damaged.has(id) ? Effect.dieMessage("a column holds something else") : line(id, ...asked)
    }))
    return Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const books = yield* Effect.replicateEffect(waitedFor("ada", "bob"), 3)
      for (const { id } of books) yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust("48 hours")
      for (const { id } of books.slice(0, 2)) damaged.add(id)
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 1, expired: 1 })
    }).pipe(Effect.provide(shop(queue, flaw)))
  })

  it.effect("one batch of customers is served with an order that gives up many books, and one of each at least", () =>
    Effect.gen(function* () {
      const [catalog, preBookings, imports] = [yield* Catalog, yield* PreBookings, yield* Imports]
      const customers = ["ada", "bob", "eve"]
      const books = yield* Effect.forEach(["Emma", "Persuasion", "Sanditon"], (title) =>
        Effect.gen(function* () {
          const { id } = yield* catalog.add({ title, author: "Jane Austen", price: "9.00" })
          for (const customer of customers) yield* preBookings.request(customer, { bookId: id })
          return title
        })
      )
      const row = (title: string) => ({ title, author: "Jane Austen", price: "9.00", stock: 3 })
      yield* imports.merge(books.map(row))
      const held = (yield* statuses(customers)).flat().filter((status) => status === "held")
      expect(held).toHaveLength(4 + 1)
      expect(yield* preBookings.sweep).toEqual({ ...nothing, held: 4 })
    }).pipe(Effect.provide(shop({ ...queue, batch: 4 })))
  )

  it.effect("a wish moves to the cart where a hold of its book has lapsed that nobody has looked at", () =>
    Effect.gen(function* () {
      const [catalog, wishlists] = [yield* Catalog, yield* Wishlists]
      const { id } = yield* waitedFor("ada")
      yield* wishlists.add("eve", { bookId: id })
      yield* catalog.changeStock(id, { quantity: 1 })
      expect(yield* refusal(wishlists.moveToCart("eve", id))).toBe("BookOutOfStock")
      yield* TestClock.adjust("48 hours")
      expect((yield* wishlists.moveToCart("eve", id)).line.bookId).toBe(id)
    }).pipe(Effect.provide(shop(queue)))
  )

  it.effect("a hold that has ended ends with its time, and not with its book", () =>
    Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      const { id } = yield* waitedFor("ada", "bob")
      yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust("48 hours")
      yield* catalog.remove(id)
      yield* preBookings.sweep
      expect(yield* statuses(["ada", "bob"])).toEqual([["expired"], ["cancelled"]])
    }).pipe(Effect.provide(shop(queue)))
  )

  it.effect("a commit that nobody answered is met again, whether it was made, was not, or is made only then", () => {
    let commit: "made" | "not made" | "made late" = "made"
    let late: Effect.Effect<void> = Effect.void
    const unknown = new StoreError({
      operation: "commit",
      outcome: "Unknown",
      retryable: true,
      cause: new Error("lost")
    })
    let losses = 0
    const once = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.flatMap(Effect.context<R>(), (context): Effect.Effect<A, E | StoreError, R> => {
        const before = late
        late = Effect.void
        if (losses-- <= 0) return Effect.zipRight(before, effect)
        if (commit === "made late") late = Effect.ignore(Effect.provide(effect, context))
        return commit === "made" ? Effect.zipRight(effect, unknown) : unknown
      })
    const flaw: Flaw = (all) =>
      instead(PreBookingRepository, ({ request }) => ({ request: (asked) => once(request(asked)) }))(
        instead(Transactor, ({ transact }) => ({ transact: (effect) => once(transact(effect)) }))(all)
      )
    return Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog, yield* PreBookings]
      for (commit of ["made", "not made", "made late"] as const) {
        const { id } = yield* catalog.add({ ...draft, isbn: null })
        losses = 1
        const asked = yield* preBookings.request("ada", { bookId: id })
        expect(asked.status).toBe("waiting")
        losses = 1
        expect((yield* preBookings.cancel("ada", asked.id)).status).toBe("cancelled")
        expect(yield* refusal(preBookings.cancel("ada", asked.id))).toBe("PreBookingClosed")
      }
    }).pipe(Effect.provide(shop(queue, flaw)))
  })

  it.effect("what could be no id is not found, and what is no input is refused", () =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookings
      for (const bookId of ["", "nonsense", "\0", "00000000-0000-0000-0000-00000000000"]) {
        expect(yield* refusal(preBookings.request("ada", { bookId }))).toBe("BookNotFound")
      }
      for (const id of ["", "nonsense", "\ud800"]) {
        expect(yield* refusal(preBookings.get("ada", id))).toBe("PreBookingNotFound")
        expect(yield* refusal(preBookings.cancel("ada", id))).toBe("PreBookingNotFound")
      }
      for (const customer of ["", "\0", "\ud800", "x".repeat(513)]) {
        expect(yield* refusal(preBookings.request(customer, { bookId: "nonsense" }))).toBe("InvalidInput")
        expect(yield* refusal(preBookings.list(customer))).toBe("InvalidInput")
      }
      expect(yield* refusal(preBookings.request("ada", {} as { bookId: string }))).toBe("InvalidInput")
      expect(yield* refusal(preBookings.list("ada", { page: 0 }))).toBe("InvalidInput")
      expect(yield* refusal(preBookings.scroll("ada", { size: 101 }))).toBe("InvalidInput")
      expect(yield* refusal(preBookings.scroll("ada", { after: "nonsense" }))).toBe("InvalidInput")
    }).pipe(Effect.provide(shop()))
  )

  it.effect("a cursor is its customer's own", () =>
    Effect.gen(function* () {
      const preBookings = yield* PreBookings
      yield* waitedFor("ada", "bob")
      yield* waitedFor("ada", "bob")
      const { next } = yield* preBookings.scroll("ada", { size: 1 })
      const after = next ?? ""
      expect((yield* preBookings.scroll("ada", { size: 1, after })).items).toHaveLength(1)
      expect(yield* refusal(preBookings.scroll("bob", { size: 1, after }))).toBe("InvalidInput")
    }).pipe(Effect.provide(shop()))
  )

  it.effect("settings out of bounds are refused", () =>
    Effect.forEach(
      [
        { hold: "999 millis" as const },
        { hold: "91 days" as const },
        { hold: Duration.infinity },
        { hold: "48 hrs" as never },
        { batch: 0 },
        { batch: 10_001 },
        { batch: 1.5 },
        { policy: "lottery" as never }
      ],
      (options) =>
        Effect.map(refusal(Layer.build(PreBookingSettings.layer(options))), (tag) => expect(tag).toBe("InvalidInput"))
    ).pipe(Effect.scoped)
  )
})
