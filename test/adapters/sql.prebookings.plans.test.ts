import { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { expect, it } from "vitest"
import type { Quantity } from "../../src/domain/Cart.js"
import * as Order from "../../src/domain/Order.js"
import type { OrderId } from "../../src/domain/OrderId.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { aCustomer, type Needs, newId, newLine, now, onBoth, restockFacts, statementsOf } from "./sqlStores.js"
import { arrive, bought, crowd, decided, heldFirst, inLine, later, request, soldOut, transact } from "./sqlWaiting.js"

const many = 8000
const batch = 500

/** When PostgreSQL counts what there is: never, when few books have rows and each very many, or when all is there. */
const counts = ["never", "early", "late"] as const

/** A book that very many wait for, and one that many waited for, among others. */
const aShop = Effect.fnUntraced(function* (count: (typeof counts)[number]) {
  const sql = yield* SqlClient
  yield* sql`DELETE FROM octavo_waves`
  yield* sql`DELETE FROM octavo_prebooks`
  yield* sql`VACUUM`
  const [queued, told, over] = [yield* soldOut, yield* soldOut, yield* soldOut]
  const at = { notified_at: DateTime.formatIso(now) }
  const held = { ...at, status: "held", expires_at: DateTime.formatIso(later("1 hour")) }
  const bought = { ...held, status: "fulfilled", fulfilled_at: DateTime.formatIso(now), order_id: yield* newId }
  yield* crowd(queued, many)
  for (const minutes of [58, 59, 60]) {
    yield* crowd(queued, batch, { ...held, expires_at: DateTime.formatIso(later(`${minutes} minutes`)) })
  }
  yield* crowd(queued, many, bought)
  yield* crowd(told, many)
  yield* crowd(over, many, { ...at, status: "notified" })
  if (count === "early") yield* sql`ANALYZE`
  yield* Effect.replicateEffect(
    Effect.flatMap(soldOut, (other) => Effect.zipRight(crowd(other, 50), crowd(other, 20, held))),
    50
  )
  if (count === "late") yield* sql`ANALYZE`
  return { queued, told }
})

/** Rows of pre-bookings that PostgreSQL has looked at in this transaction: one after the other, or by an index. */
const looks = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] =
    yield* sql`SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'octavo_prebooks'`
  return { whole: Number(row?.seq_tup_read), some: Number(row?.idx_tup_fetch) }
})

/** Looks through all rows, or all of a book, or puts them in order; what is due is put in order, and is as little as there is. */
const isSlow = (text: string, detail: string) =>
  /^SCAN (octavo_prebooks|p|octavo_books|b)\b(?!.* octavo_books_arrived)/.test(detail) ||
  /^SEARCH octavo_prebooks .*\(book_id=\?\)$/.test(detail) ||
  (/TEMP B-TREE/.test(detail) && text.includes("LIMIT ?") && !text.includes("UNION SELECT b.id"))

onBoth(({ dialect, run }) => {
  /** The effect finds its rows by an index, and looks at no more than so many; PostgreSQL counts them. */
  const few = <A, E>(name: string, limit: number, effect: Effect.Effect<A, E, Needs>) =>
    dialect === "postgres"
      ? transact(
          Effect.gen(function* () {
            const before = yield* looks
            yield* effect
            const { whole, some } = yield* looks
            const looked = { whole: whole - before.whole, some: some - before.some }
            if (looked.whole > 0 || looked.some > limit) {
              yield* Effect.dieMessage(`${name}: ${looked.whole} rows one after the other, ${looked.some} by an index`)
            }
          })
        )
      : Effect.gen(function* () {
          const sql = yield* SqlClient
          for (const text of yield* statementsOf(effect)) {
            if (!text.includes("octavo_prebooks")) continue
            const plan = yield* sql.unsafe<{ detail: string }>(
              `EXPLAIN QUERY PLAN ${text}`,
              Array.from(text.matchAll(/\?/g), () => null)
            )
            const slow = plan.map(({ detail }) => detail).filter((detail) => isSlow(text, detail))
            if (slow.length > 0) yield* Effect.dieMessage(`${name}: ${slow.join("; ")} in ${text}`)
          }
        })

  it(
    "looks at no more rows than a batch has, however many wait, and whenever the database counted them",
    () =>
      run(
        Effect.gen(function* () {
          const [preBookings, orders] = [yield* PreBookingRepository, yield* OrderRepository]
          const [books, carts, sql] = [yield* BookRepository, yield* CartRepository, yield* SqlClient]
          // It would count by itself, at a time of its own.
          if (dialect === "postgres") yield* sql`ALTER TABLE octavo_prebooks SET (autovacuum_enabled = false)`
          for (const count of counts) {
            const { queued, told } = yield* aShop(count)
            const lapsed = later("1 hour")
            yield* few("due, of which nothing is", 10, preBookings.due(null, now, 100))
            yield* few("due, of one", batch, preBookings.due([queued.id], now, 100))
            // As long as PostgreSQL knows nothing of a table, one index on what is held of a book seems as good to it as another.
            const own = count === "late" ? 10 : 4 * batch
            yield* few(
              "a request",
              own,
              Effect.flatMap(aCustomer, (customer) => request(customer, queued))
            )
            yield* few("the line", batch, preBookings.line(queued.id, now, batch))
            yield* few("the line and what has lapsed", 2 * batch + 1, preBookings.line(queued.id, lapsed, batch))

            yield* arrive(queued, many)
            const queue = yield* decided(queued, "queue", lapsed)
            expect([queue.handout.expired.length, queue.handout.held.length]).toEqual([batch, batch])
            yield* few("a batch of holds", 5 * batch, preBookings.hand(queue.line, queue.handout))

            yield* arrive(told, 1)
            const all = yield* decided(told, "broadcast")
            yield* few("all that are told", 10, preBookings.hand(all.line, all.handout))
            for (const book of [told.id, null, null]) {
              yield* few("those that are told next", batch, preBookings.untold(book, batch))
              const next = yield* preBookings.untold(book, batch)
              expect(next).toHaveLength(batch)
              yield* few("a batch of those that are told", 3 * batch, preBookings.told(next as never))
            }

            const { book, first } = yield* heldFirst(2)
            yield* few("a held copy in a cart", own, carts.add(first.customerId, yield* newLine(book)))
            const order = yield* bought(first.customerId)
            const failed = Order.fail(order, "declined", yield* restockFacts)
            yield* few("an order that is not paid", 10, orders.move(failed))
            const buyer = { customerId: first.customerId, orderId: (yield* newId) as OrderId, now }
            const copies = [{ bookId: book.id, quantity: 1 as Quantity }] as const
            yield* few("a held copy that is bought", own, books.reserve(copies, buyer))
            const [last] = yield* inLine(queued, 1)
            if (last === undefined) return yield* Effect.dieMessage("nobody waits")
            yield* few("one that is given up", 10, preBookings.cancel(last.customerId, last.id, now))
            yield* few("a customer's own", 10, preBookings.page(last.customerId, now, { page: 1, size: 20 } as never))
            yield* few("the removal of a book", 10, books.remove(queued.id))
          }
        })
      ),
    120_000
  )
})
