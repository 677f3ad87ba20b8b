import { SqlClient } from "@effect/sql/SqlClient"
import { Array, DateTime, Deferred, Duration, Effect } from "effect"
import { expect, it } from "vitest"
import type { Book } from "../../src/domain/Book.js"
import { aggregate, BookRestocked, type EventId } from "../../src/domain/Event.js"
import type { LeaseToken } from "../../src/domain/Lease.js"
import * as Order from "../../src/domain/Order.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, aCustomer, newId, newLine, now, onBoth, placed, restockFacts } from "./sqlStores.js"

const atOnce = { concurrency: "unbounded" } as const

onBoth(({ dialect, run, processes }) => {
  const restocked = (book: Book, id = newId) =>
    Effect.map(id, (id) => new BookRestocked({ id: id as EventId, at: now, bookId: book.id }))

  const token = Effect.map(newId, (id) => id as LeaseToken)

  const later = (minutes: number) => DateTime.addDuration(now, Duration.minutes(minutes))

  const claim = (limit = 1000, minutes = 1) =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const own = yield* token
      const claimed = yield* outbox.claim({ token: own, now: later(minutes), until: later(minutes + 1), limit })
      return { own, claimed, outbox }
    })

  /** Whatever there is to deliver, so that a test has the outbox to itself. */
  const drained = Effect.gen(function* () {
    for (;;) {
      const { own, claimed, outbox } = yield* claim(1000, 10_000)
      if (claimed.length === 0) return
      yield* Effect.forEach(claimed, ({ event }) => outbox.delivered(event.id, own, now))
    }
  })

  it("hands each event to one relay at a time, those of a book in the order of their commits, while more are written", () =>
    run(
      Effect.gen(function* () {
        yield* drained
        const books = yield* Effect.all(Array.makeBy(5, () => aBook({ stockQuantity: 0 })))
        const told = new Map<string, Array<string>>(books.map(({ id }) => [id, []]))
        const inHand = new Set<string>()
        let left = books.length * 40
        const write = (book: Book) =>
          Effect.gen(function* () {
            const outbox = yield* Outbox
            const { transact } = yield* Transactor
            // Ids are made before the lock is had: their order is not that of the commits.
            const events = yield* Effect.all([restocked(book), restocked(book)])
            yield* transact(outbox.append(events))
          })
        const relay = Effect.gen(function* () {
          while (left > 0) {
            const { own, claimed, outbox } = yield* claim(2)
            for (const { event } of claimed) {
              expect(inHand.has(aggregate(event)), "two events of one book in hand").toBe(false)
              inHand.add(aggregate(event))
            }
            yield* Effect.yieldNow()
            for (const { event } of claimed) {
              told.get(aggregate(event))?.push(event.id)
              left--
              inHand.delete(aggregate(event))
              expect(yield* outbox.delivered(event.id, own, now)).toBe(true)
            }
            yield* Effect.sleep("1 millis")
          }
        })
        const [a, b, c, d] = yield* processes(4)
        if (!a || !b || !c || !d) return
        const writing = Effect.forEach(Array.range(1, 10), () => Effect.forEach(books, write, atOnce))
        yield* Effect.all(
          [...[a, b, c].map((stores) => Effect.provide(relay, stores)), writing, Effect.provide(writing, d)],
          atOnce
        ).pipe(Effect.timeoutFail({ duration: "60 seconds", onTimeout: () => new Error("not all was told") }))
        const sql = yield* SqlClient
        for (const [book, ids] of told) {
          const rows = yield* sql`SELECT id, seq FROM octavo_outbox WHERE aggregate_id = ${book} ORDER BY seq, id`
          expect(rows).toEqual(ids.map((id, i) => ({ id, seq: i + 1 })))
        }
      }).pipe(Effect.scoped)
    ))

  it("tells of an event that was committed first before one whose id is older", () =>
    run(
      Effect.gen(function* () {
        yield* drained
        const book = yield* aBook()
        const [older, newer] = yield* Effect.all([restocked(book), restocked(book)])
        const [other] = yield* processes(1)
        if (!other) return
        const outbox = yield* Outbox
        const { transact } = yield* Transactor
        const written = yield* Deferred.make<void>()
        const first = transact(
          outbox.append([newer]).pipe(
            Effect.zipRight(Deferred.succeed(written, undefined)),
            // Long enough for the other to come up against the lock of the book.
            Effect.zipRight(Effect.sleep("50 millis"))
          )
        )
        const second = Effect.zipRight(
          Deferred.await(written),
          Effect.provide(
            Effect.flatMap(Outbox, (theirs) => theirs.append([older])),
            other
          )
        )
        yield* Effect.all([first, second], atOnce)
        const { own, claimed } = yield* claim()
        expect(claimed.map(({ event }) => event.id)).toEqual([newer.id])
        yield* outbox.delivered(newer.id, own, now)
        expect((yield* claim()).claimed.map(({ event }) => event.id)).toEqual([older.id])
      }).pipe(Effect.scoped)
    ))

  it("tells once of a shelf that was empty, however many orders give copies back at once", () =>
    run(
      Effect.gen(function* () {
        const [carts, orders] = yield* Effect.all([CartRepository, OrderRepository])
        const sql = yield* SqlClient
        const buyers = 6
        const others = yield* processes(2)
        for (const _ of Array.range(1, 15)) {
          const [a, b] = yield* Effect.all([aBook({ stockQuantity: buyers }), aBook({ stockQuantity: buyers + 1 })])
          const pending = yield* Effect.forEach(Array.range(1, buyers), () =>
            Effect.gen(function* () {
              const customer = yield* aCustomer
              for (const book of [a, b]) yield* carts.add(customer, yield* newLine(book))
              return yield* placed(customer)
            })
          )
          const moves = yield* Effect.forEach(pending, (order) =>
            Effect.map(restockFacts, (facts) => Order.fail(order, "declined", facts))
          )
          const moved = yield* Effect.forEach(
            moves,
            (move, i) => {
              const stores = others[i % 3]
              const done = Effect.flatMap(OrderRepository, (repository) => repository.move(move))
              return stores === undefined ? orders.move(move) : Effect.provide(done, stores)
            },
            atOnce
          )
          expect(moved).toEqual(moves.map(() => true))
          const told = yield* sql`SELECT aggregate_id, seq FROM octavo_outbox WHERE type = 'BookRestocked'
AND aggregate_id IN ${sql.in([a.id, b.id])}`
          expect(told).toEqual([{ aggregate_id: a.id, seq: 1 }])
        }
      }).pipe(Effect.scoped)
    ))

  it("finds what is due behind any number that is parked, put off or held up", () =>
    run(
      Effect.gen(function* () {
        yield* drained
        const outbox = yield* Outbox
        const [parked, putOff, due] = yield* Effect.all([aBook(), aBook(), aBook()])
        const append = (book: Book, count: number) =>
          Effect.flatMap(Effect.all(Array.makeBy(count, () => restocked(book))), (events) =>
            Array.isNonEmptyArray(events) ? outbox.append(events) : Effect.void
          )
        yield* append(parked, 300)
        yield* append(putOff, 300)
        const { own, claimed } = yield* claim(2)
        for (const { event } of claimed) {
          const dueAt = aggregate(event) === parked.id ? null : later(100)
          yield* outbox.failed(event.id, own, { error: "no", dueAt })
        }
        yield* append(due, 2)
        const found = yield* claim(1)
        expect(found.claimed.map(({ event }) => aggregate(event))).toEqual([due.id])
        expect((yield* claim(1)).claimed).toEqual([])
        expect(yield* outbox.retry(null, later(2))).toBe(1)
        expect((yield* claim(1, 3)).claimed.map(({ event }) => aggregate(event)).length).toBe(1)
      })
    ))

  it("marks nothing for a relay whose claim another has taken over, also when both write at once", () =>
    run(
      Effect.gen(function* () {
        yield* drained
        const others = yield* processes(2)
        const outbox = yield* Outbox
        for (const round of Array.range(1, 20)) {
          yield* outbox.append([yield* restocked(yield* aBook())])
          const first = yield* claim(1, 10 * round)
          const [event] = first.claimed.map(({ event }) => event)
          if (event === undefined) throw new Error("nothing was claimed")
          const mark = Effect.flatMap(Outbox, (theirs) => theirs.delivered(event.id, first.own, now))
          const takeOver = claim(1, 10 * round + 5)
          const [a, b] = others
          if (!a || !b) return
          const [marked, taken] = yield* Effect.all([Effect.provide(mark, a), Effect.provide(takeOver, b)], atOnce)
          expect([marked, taken.claimed.length]).toEqual(marked ? [true, 0] : [false, 1])
          yield* Effect.forEach(taken.claimed, ({ event }) => taken.outbox.delivered(event.id, taken.own, now))
        }
      }).pipe(Effect.scoped)
    ))

  it("refuses by constraint what no delivery can be", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const outbox = yield* Outbox
        const event = yield* restocked(yield* aBook())
        yield* outbox.append([event])
        const impossible = [
          "delivered_at = created_at, parked = true",
          "token = 'somebody'",
          "leased_until = created_at",
          "token = 'somebody', leased_until = created_at, parked = true",
          "token = 'somebody', leased_until = created_at, delivered_at = created_at",
          "attempts = -1",
          "seq = 0",
          "due_at = NULL",
          ...(dialect === "sqlite" ? ["parked = 2"] : [])
        ]
        for (const assignment of impossible) {
          const refused = yield* Effect.either(
            sql`UPDATE octavo_outbox SET ${sql.literal(assignment)} WHERE id = ${event.id}`
          )
          expect(refused._tag, assignment).toBe("Left")
        }
      })
    ))
})
