import Sqlite from "better-sqlite3"
import { Effect, Layer } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { RefundRepository } from "../../src/ports/RefundRepository.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { onFile, onServer, type Place } from "./sqlStores.js"

type Row = Readonly<Record<string, unknown>>

const dialects = {
  sqlite: {
    make: onFile,
    open: (at: string) => SqliteStore.layer({ filename: at }),
    execute: async (at: string, text: string) => {
      const database = new Sqlite(at)
      try {
        database.exec(text)
      } finally {
        database.close()
      }
    },
    query: async (at: string, text: string) => {
      const database = new Sqlite(at)
      const rows = database.prepare(text).all() as ReadonlyArray<Row>
      database.close()
      return rows
    },
    shape: "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name LIKE 'octavo%' ORDER BY 1, 2"
  },
  postgres: {
    make: onServer,
    open: (at: string) => PostgresStore.layer({ url: at }),
    execute: async (at: string, text: string) => void (await asked(at, text)),
    query: async (at: string, text: string) => (await asked(at, text)).rows as ReadonlyArray<Row>,
    shape: `SELECT tablename, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
ORDER BY 1, 2`
  }
}

const asked = async (at: string, text: string) => {
  const client = new Pg.Client({ connectionString: at })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

const uuid = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`
const stamp = "'2026-01-02T03:04:05.678Z'"

/** A shop of the second version with orders in all states, their lines, and refunds that are due and done. */
const olden = () => {
  const paid = (n: number) => `'payment ${n}', ${stamp}`
  const order = (n: number, status: string, facts: string, key = "NULL") =>
    `('customer ${n % 2}', '${uuid(n)}', '${status}', 200, 'USD', 'key ${n}', ${key}, ${key === "NULL" ? "NULL" : "'digest'"}, ${stamp}, ${facts})`
  const line = (n: number) =>
    `('customer ${n % 2}', '${uuid(n)}', '${uuid(n + 100)}', 0, '${uuid(1)}', 2, 100, 'Title', 'Author', ${stamp})`
  const refund = (n: number, done: string) =>
    `('customer ${n % 2}', '${uuid(n)}', 'refund ${n}', 'payment ${n}', 200, 'USD', ${stamp}, ${done})`
  return `
INSERT INTO octavo_store (id, currency) VALUES (1, 'USD');
INSERT INTO octavo_books (id, title, author, price, stock, created_at, search_title, search_rest, author_key)
VALUES ('${uuid(1)}', 'Title', 'Author', 100, 5, ${stamp}, 'title', 'author', 'author');
INSERT INTO octavo_orders (customer_id, id, status, total, currency, payment_key, idempotency_key, request_digest, created_at,
payment_id, paid_at, reason, failed_at, cancelled_at, refunded_at) VALUES
${order(21, "pending_payment", "NULL, NULL, NULL, NULL, NULL, NULL", "'one'")},
${order(22, "confirmed", `${paid(22)}, NULL, NULL, NULL, NULL`)},
${order(23, "cancelled", `${paid(23)}, NULL, NULL, ${stamp}, NULL`)},
${order(24, "payment_failed", `NULL, NULL, 'declined', ${stamp}, NULL, NULL`, "'one'")},
${order(25, "refunded", `${paid(25)}, NULL, NULL, ${stamp}, ${stamp}`)};
INSERT INTO octavo_order_lines (customer_id, order_id, id, position, book_id, quantity, unit_price, title, author, added_at)
VALUES ${[21, 22, 23, 24, 25].map(line).join(", ")};
INSERT INTO octavo_refunds (customer_id, order_id, key, payment_id, amount, currency, due_at, done_at)
VALUES ${refund(23, "NULL")}, ${refund(25, stamp)};`
}

for (const dialect of ["sqlite", "postgres"] as const) {
  const { make, open, execute, query, shape } = dialects[dialect]
  describe(dialect, () => {
    let place: Place
    let fresh: Place
    beforeEach(async () => {
      ;[place, fresh] = [await make(), await make()]
    })
    afterEach(async () => {
      await place.drop()
      await fresh.drop()
    })

    it("brings a database of the second version up with all that is in it, and all that guards it", async () => {
      const [before] = SqliteStore.print(dialect).split("-- 0003_")
      await execute(place.at, `${before}${olden()}`)
      const tables = ["octavo_orders", "octavo_order_lines", "octavo_refunds"]
      const all = () => Promise.all(tables.map((table) => query(place.at, `SELECT * FROM ${table} ORDER BY 1, 2`)))
      const had = await all()
      const shop = Bookstore.layer.pipe(Layer.provide(DemoGateway.layer), Layer.provideMerge(open(place.at)))

      await Effect.runPromise(
        Effect.gen(function* () {
          const [fulfilments, orders, refunds] = [yield* Fulfilments, yield* OrderRepository, yield* RefundRepository]
          yield* fulfilments.get(uuid(22))
          const [ordersNow, ...others] = yield* Effect.promise(all)
          expect(ordersNow).toEqual(had[0]?.map((order) => ({ ...order, fulfilled_at: null })))
          expect(others).toEqual(had.slice(1))

          const listed = yield* orders.page({ customerId: null, status: null }, { page: 1, size: 9 })
          // Failed ones are listed only when asked for.
          expect(new Set(listed.items.map(({ status }) => status)).size).toBe(4)
          const refunded = yield* refunds.of("customer 1" as never, uuid(25) as never)
          expect(refunded).toMatchObject([{ status: "done" }])

          for (const _ of ["pick", "pack", "dispatch"]) {
            yield* fulfilments.take("worker", uuid(22))
            yield* fulfilments.complete("worker", uuid(22))
          }
          expect(yield* orders.get(uuid(22) as never, null)).toMatchObject({ status: "fulfilled" })
          for (const n of [21, 23, 24, 25]) {
            expect(yield* Effect.flip(fulfilments.take("worker", uuid(n)))).toMatchObject({ _tag: "OrderNotPaid" })
          }
        }).pipe(Effect.provide(shop))
      )

      await Effect.runPromise(Effect.provide(Effect.void, open(fresh.at)))
      expect(await query(place.at, shape)).toEqual(await query(fresh.at, shape))
      if (dialect === "sqlite") expect(await query(place.at, "PRAGMA foreign_key_check")).toEqual([])

      const enforced = dialect === "sqlite" ? "PRAGMA foreign_keys = ON;" : ""
      const refused = async (text: string) =>
        expect(await execute(place.at, enforced + text).then(() => text, String)).toMatch(
          /FOREIGN KEY|foreign key|CHECK|check|UNIQUE|unique/
        )
      await refused(`DELETE FROM octavo_orders WHERE id = '${uuid(21)}'`)
      await refused(`DELETE FROM octavo_orders WHERE id = '${uuid(22)}'`)
      await refused(`UPDATE octavo_order_lines SET order_id = '${uuid(99)}' WHERE order_id = '${uuid(23)}'`)
      await refused(`UPDATE octavo_refunds SET order_id = '${uuid(99)}' WHERE order_id = '${uuid(23)}'`)
      await refused(`UPDATE octavo_fulfilments SET order_id = '${uuid(99)}'`)
      await refused(`UPDATE octavo_orders SET status = 'confirmed' WHERE id = '${uuid(21)}'`)
      await refused(`UPDATE octavo_orders SET status = 'fulfilled' WHERE id = '${uuid(23)}'`)
      await refused(`UPDATE octavo_orders SET status = 'lost' WHERE id = '${uuid(23)}'`)
      await refused(`UPDATE octavo_orders SET idempotency_key = 'one', request_digest = 'd' WHERE id = '${uuid(23)}'`)
      await execute(place.at, `${enforced}UPDATE octavo_orders SET told = told + 1 WHERE id = '${uuid(23)}'`)
    })
  })
}
