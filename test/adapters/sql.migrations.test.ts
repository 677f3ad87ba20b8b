import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { SqlClient } from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import { DateTime, Effect, Either, Layer } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Book, BookId, Stock } from "../../src/domain/Book.js"
import { EventId } from "../../src/domain/Event.js"
import { LeaseToken } from "../../src/domain/Lease.js"
import { Currency } from "../../src/domain/Money.js"
import * as Order from "../../src/domain/Order.js"
import { OrderId } from "../../src/domain/OrderId.js"
import { Auditor } from "../../src/ports/Auditor.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { StoreHealth } from "../../src/ports/StoreHealth.js"
import { StoreSettings } from "../../src/ports/StoreSettings.js"
import { onFile, onServer, type Place } from "./sqlStores.js"

const dialects = {
  sqlite: {
    make: onFile,
    open: (at: string, migrate?: boolean) => SqliteStore.layer({ filename: at, migrate }),
    client: (at: string) => SqliteStore.client(at),
    execute: async (at: string, text: string) => {
      const database = new Sqlite(at)
      database.exec(text)
      database.close()
    }
  },
  postgres: {
    make: onServer,
    open: (at: string, migrate?: boolean) => PostgresStore.layer({ url: at, migrate }),
    client: (at: string) => PostgresStore.client({ url: at }),
    execute: async (at: string, text: string) => {
      const client = new Pg.Client({ connectionString: at })
      await client.connect()
      await client.query(text)
      await client.end()
    }
  }
}

const uuid = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`

const at = DateTime.unsafeMake("2026-01-02T03:04:05.678Z")

/** What a shop of the first version may hold: two books, an order of each state, events with and without a reader. */
const olden = () => {
  const stamp = `'${DateTime.formatIso(at)}'`
  const book = (n: number, stock: number) =>
    `('${uuid(n)}', 'Title ${n}', 'Author', 100, ${stock}, ${stamp}, 'title ${n}', 'author', 'author')`
  const order = (n: number, status: string, more: ReadonlyArray<string>) =>
    `('customer', '${uuid(n)}', '${status}', 200, 'USD', 'key ${n}', ${stamp}, ${more.join(", ")})`
  const line = (order: number, book: number) =>
    `('customer', '${uuid(order)}', '${uuid(order + 100)}', 0, '${uuid(book)}', 2, 100, 'Title', 'Author', ${stamp})`
  const event = (n: number, type: string, order: number, delivered = "NULL") => {
    const reason = type === "OrderPaymentFailed" ? ', "reason": "declined"' : ""
    const fields = `"customerId": "customer", "total": 200, "currency": "USD", "at": "${DateTime.formatIso(at)}"${reason}`
    const payload = `{"_tag": "${type}", "id": "${uuid(n)}", "orderId": "${uuid(order)}", ${fields}}`
    return `('${uuid(n)}', '${uuid(order)}', '${type}', '${payload}', ${stamp}, ${delivered})`
  }
  const paid = (n: number) => [`'payment ${n}'`, stamp]
  const nothing = ["NULL", "NULL"]
  return `
INSERT INTO octavo_store (id, currency) VALUES (1, 'USD');
INSERT INTO octavo_books (id, title, author, price, stock, created_at, search_title, search_rest, author_key)
VALUES ${book(1, 5)}, ${book(2, 0)};
INSERT INTO octavo_orders (customer_id, id, status, total, currency, payment_key, created_at,
payment_id, paid_at, reason, failed_at, cancelled_at, refunded_at) VALUES
${order(21, "pending_payment", [...nothing, ...nothing, ...nothing])},
${order(22, "confirmed", [...paid(22), ...nothing, ...nothing])},
${order(23, "cancelled", [...paid(23), ...nothing, stamp, "NULL"])},
${order(24, "payment_failed", [...nothing, "'declined'", stamp, ...nothing])};
INSERT INTO octavo_order_lines (customer_id, order_id, id, position, book_id, quantity, unit_price, title, author, added_at)
VALUES ${line(21, 1)}, ${line(22, 2)}, ${line(23, 1)}, ${line(24, 2)};
INSERT INTO octavo_outbox (id, aggregate_id, type, payload, created_at, delivered_at) VALUES
${event(31, "OrderConfirmed", 22)}, ${event(32, "OrderConfirmed", 23)}, ${event(33, "OrderCancelled", 23)},
${event(34, "OrderPaymentFailed", 24, stamp)};`
}

for (const dialect of ["sqlite", "postgres"] as const) {
  const { make, open, client, execute } = dialects[dialect]
  describe(dialect, () => {
    let place: Place
    beforeEach(async () => {
      place = await make()
    })
    afterEach(() => place.drop())

    const opened = (migrate?: boolean) =>
      Effect.provide(
        Effect.flatMap(StoreHealth, ({ check }) => check),
        open(place.at, migrate)
      )

    it("brings an empty database up when four do it at once", () =>
      Effect.runPromise(
        Effect.gen(function* () {
          yield* Effect.all([opened(), opened(), opened(), opened()], { concurrency: "unbounded" })
          yield* opened(false)
        })
      ))

    it("does nothing the second time", () =>
      Effect.runPromise(
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* SqliteStore.migrate
          yield* SqliteStore.migrate
          const rows = yield* sql`SELECT migration_id FROM octavo_migrations ORDER BY migration_id`
          expect(rows.map(({ migration_id }) => migration_id)).toEqual([1, 2, 3, 4])
        }).pipe(Effect.provide(client(place.at)))
      ))

    it("says what to run when it may not bring the database up itself", async () => {
      const error = await Effect.runPromise(Effect.flip(opened(false)))
      expect(error).toMatchObject({ _tag: "StoreError", outcome: "NotStarted", retryable: false })
      expect(error.message).toContain("octavo migrate")
      // And what it found is not remembered.
      await Effect.runPromise(opened())
      await Effect.runPromise(opened(false))
    })

    it("refuses a database of a newer octavo", async () => {
      await Effect.runPromise(opened())
      await execute(place.at, "INSERT INTO octavo_migrations (migration_id, name) VALUES (999, 'later')")
      for (const migrate of [true, false]) {
        const error = await Effect.runPromise(Effect.flip(opened(migrate)))
        expect(error).toMatchObject({ _tag: "SchemaTooNew", found: 999 })
      }
    })

    it("prints what a host can run by its own means", async () => {
      await execute(place.at, SqliteStore.print(dialect))
      await Effect.runPromise(opened(false))
      await Effect.runPromise(opened())
    })

    it("brings a database of the first version up with all that is in it", async () => {
      const [first] = SqliteStore.print(dialect).split("-- 0002_")
      await execute(place.at, `${first}${olden()}`)
      await Effect.runPromise(
        Effect.gen(function* () {
          const [auditor, books, orders, outbox] = yield* Effect.all([Auditor, BookRepository, OrderRepository, Outbox])
          const audit = Effect.all([auditor.stock(9), auditor.totals(9), auditor.events(9), auditor.payments(9)])
          expect((yield* audit).flat()).toEqual([])
          const waiting = yield* outbox.list("waiting", null, 9)
          expect(waiting.map(({ event, attempts, dueAt }) => [event._tag, event.version, attempts, dueAt])).toEqual([
            ["OrderConfirmed", 1, 0, at],
            ["OrderConfirmed", 1, 0, at],
            ["OrderCancelled", 1, 0, at]
          ])
          expect((yield* outbox.list("delivered", null, 9)).map(({ event }) => event._tag)).toEqual([
            "OrderPaymentFailed"
          ])
          const book = yield* books.get(BookId.make(uuid(1)))
          yield* books.modify(book.id, (now) => Either.right(new Book({ ...now, stockQuantity: Stock.make(9) })))
          const cancelled = yield* orders.get(OrderId.make(uuid(23)), null)
          if (cancelled.status !== "cancelled") throw new Error("the order is not as it was")
          const facts = { eventId: EventId.make(uuid(39)), now: at }
          expect(yield* orders.move(Order.refund(cancelled, facts))).toBe(true)
          expect((yield* audit).flat()).toEqual([])
          // What was told before comes first, then what is told now.
          const told: Array<string> = []
          for (;;) {
            const token = LeaseToken.make("relay")
            const claimed = yield* outbox.claim({ token, now: at, until: at, limit: 9 })
            if (claimed.length === 0) break
            told.push(...claimed.map(({ event }) => event._tag))
            yield* Effect.forEach(claimed, ({ event }) => outbox.delivered(event.id, token, at))
          }
          expect(told).toEqual(["OrderConfirmed", "OrderConfirmed", "OrderCancelled", "OrderRefunded"])
        }).pipe(Effect.provide(open(place.at)))
      )
    })

    it("leaves nothing behind when a step fails", async () => {
      await execute(place.at, "CREATE TABLE octavo_outbox (id integer)")
      const error = await Effect.runPromise(Effect.flip(opened()))
      expect(error).toMatchObject({ _tag: "StoreError", operation: "migrate", outcome: "RolledBack" })
      await execute(place.at, "DROP TABLE octavo_outbox")
      await Effect.runPromise(opened())
    })

    it("refuses to open with another currency than the first time", async () => {
      await Effect.runPromise(opened())
      const inYen = Layer.succeed(StoreSettings, { currency: Currency.make("JPY"), chargeTimeout: 0 as never })
      const error = await Effect.runPromise(Effect.flip(Effect.provide(opened(), inYen)))
      expect(error).toMatchObject({ _tag: "CurrencyMismatch", stored: "USD", configured: "JPY" })
    })
  })
}

describe("a file that cannot be opened", () => {
  let place: Place
  beforeEach(async () => {
    place = await onFile()
  })
  afterEach(() => place.drop())

  const refused = async (filename: string) => {
    const error = await Effect.runPromise(Effect.flip(Layer.launch(SqliteStore.layer({ filename }))))
    expect(error).toMatchObject({ _tag: "StoreError", operation: "open", outcome: "NotStarted" })
    expect(error.message).toContain(filename)
    return error.message
  }

  it("is told when its directory is missing", async () => {
    expect(await refused(join(dirname(place.at), "nowhere", "store.db"))).toContain("directory does not exist")
  })

  it("is told when it is something else", async () => {
    writeFileSync(place.at, "title,author\n".repeat(1000))
    expect(await refused(place.at)).toContain("not a database")
  })

  it("is told when it is a directory", () => refused(dirname(place.at)))
})

it("a server that is not there is told, with its address", async () => {
  const url = "postgres://postgres@127.0.0.1:1/none"
  const error = await Effect.runPromise(Effect.flip(Layer.launch(PostgresStore.layer({ url }))))
  expect(error).toMatchObject({ _tag: "StoreError", operation: "open", outcome: "NotStarted", retryable: true })
  expect(error.message).toContain("ECONNREFUSED 127.0.0.1:1")
})
