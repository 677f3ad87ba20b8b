/** The stores to measure on: each side has a database of its own, made by octavo's migrations. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import pg from "pg"
import * as Postgres from "../src/adapters/postgres/index.js"
import { print } from "../src/adapters/sql/Migrations.js"
import * as Sqlite from "../src/adapters/sqlite/index.js"
import { freshDatabase } from "../test/support/postgres.js"
import * as PostgresServer from "../test/support/postgresServer.js"
import * as PostgresByHand from "./baseline/postgres.js"
import { uuid } from "./baseline/records.js"
import * as SqliteByHand from "./baseline/sqlite.js"
import * as Octavo from "./octavo.js"
import type { Keeper, Line, Place, Side } from "./shop.js"
import * as Statements from "./statements.js"

export const sqlite = async (): Promise<Place> => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-bench-"))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once("exit", remove)
  const file = (name: string) => join(directory, name)
  for (const name of ["ours.db", "hand.db"]) new Database(file(name)).exec(print("sqlite")).close()
  const ours = await Octavo.open(Sqlite.layer({ filename: file("ours.db") }))
  return place("SQLite", 1, Statements.sqlite, remove, [
    { ...ours, keeper: sqliteKeeper(file("ours.db")) },
    { name: "by hand", shop: SqliteByHand.open(file("hand.db")), keeper: sqliteKeeper(file("hand.db")) }
  ])
}

export const postgres = async (): Promise<Place> => {
  const server = await PostgresServer.start({ durable: true })
  const [ours, hand] = [await freshDatabase(server.url), await freshDatabase(server.url)]
  for (const { url } of [ours, hand]) await ask(url, print("postgres"))
  const close = async () => {
    await Promise.all([ours.drop(), hand.drop()])
    await server.stop()
  }
  return place("PostgreSQL", 64, Statements.postgres, close, [
    { ...(await Octavo.open(Postgres.layer({ url: ours.url }))), keeper: postgresKeeper(ours.url) },
    { name: "by hand", shop: PostgresByHand.open(hand.url), keeper: postgresKeeper(hand.url) }
  ])
}

// internal

const place = (
  store: Place["store"],
  clients: number,
  statements: Place["statements"],
  close: () => unknown,
  [ours, hand]: readonly [Side, Side]
): Place => ({
  store,
  ours,
  hand,
  clients,
  statements,
  close: async () => {
    for (const { shop, keeper } of [ours, hand]) {
      await keeper.close()
      await shop.close()
    }
    await close()
  }
})

const ids = "SELECT id FROM octavo_books ORDER BY isbn"
const lineColumns = "customer_id, id, book_id, slot, quantity, added_at"
const left = `SELECT status, count(*) AS orders, sum(total) AS total, (SELECT count(*) FROM octavo_order_lines) AS lines,
(SELECT count(*) FROM octavo_outbox) AS events, (SELECT sum(stock) FROM octavo_books) AS stock
FROM octavo_orders GROUP BY status`

/** Nothing of what happened to a book before. */
const forget = ["octavo_prebooks", "octavo_waves"]

const sellOut = (waiting: string) =>
  `UPDATE octavo_books SET stock = 0, waiting = ${waiting}, held = 0, arrived = 0, wave = 0`

const bookingColumns = "(book_id, id, customer_id, status, wave, title, author, created_at)"
const inLine = (id: string, at: string) =>
  `b.id, ${id}, 'customer ' || n.value, 'waiting', 0, b.title, b.author, '${at}'`
const lineSince = "2026-01-01T00:00:00.000Z"
const served = "status IN ('notified', 'held')"

/** Without lines, which nobody looks at here. */
const paidOrders = `INSERT INTO octavo_orders
(customer_id, id, status, total, currency, payment_key, payment_id, created_at, paid_at)
SELECT 'customer', id, 'confirmed', 100, 'USD', 'key', 'payment', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'`

const sqliteKeeper = (file: string): Keeper => {
  const db = new Database(file)
  db.pragma("synchronous = OFF")
  const line = db.prepare(`INSERT INTO octavo_cart_lines (${lineColumns})
VALUES (@customer_id, @id, @book_id, @slot, @quantity, @added_at)`)
  const fill = db.transaction((lines: ReadonlyArray<Line>) => {
    for (const each of lines) line.run(each)
  })
  return {
    bookIds: () =>
      db
        .prepare<[], { id: string }>(ids)
        .all()
        .map(({ id }) => id),
    fillCarts: (lines) => fill(lines),
    fillOrders: (count) => {
      const ids = Array.from({ length: count }, uuid)
      db.prepare(`${paidOrders} FROM (SELECT value AS id FROM json_each(?))`).run(JSON.stringify(ids))
      return ids
    },
    fillWaiting: (count, waiting) => {
      const books = db
        .prepare<[number], { id: string }>(`${ids} LIMIT ?`)
        .all(count)
        .map(({ id }) => id)
      const numbers = JSON.stringify(Array.from({ length: waiting }, (_, i) => i))
      const chosen = "IN (SELECT value FROM json_each(?))"
      for (const table of forget) db.prepare(`DELETE FROM ${table} WHERE book_id ${chosen}`).run(JSON.stringify(books))
      db.prepare(`${sellOut("?")} WHERE id ${chosen}`).run(waiting, JSON.stringify(books))
      db.exec("DELETE FROM octavo_outbox WHERE type LIKE 'PreBooking%'")
      const id = "lower(printf('%s-0000-7000-8000-%012x', hex(randomblob(4)), n.value))"
      db.prepare(`INSERT INTO octavo_prebooks ${bookingColumns} SELECT ${inLine(id, lineSince)}
FROM octavo_books b CROSS JOIN json_each(?) n WHERE b.id ${chosen}`).run(numbers, JSON.stringify(books))
      return books
    },
    served: (book) =>
      db
        .prepare<[string], { served: number }>(
          `SELECT count(*) AS served FROM octavo_prebooks WHERE book_id = ? AND ${served}`
        )
        .get(book)?.served ?? 0,
    audit: () => db.prepare(left).all(),
    close: () => db.close()
  }
}

const postgresKeeper = (url: string): Keeper => ({
  bookIds: async () => (await ask(url, ids)).map(({ id }) => id),
  fillCarts: (lines) =>
    ask(
      url,
      `INSERT INTO octavo_cart_lines SELECT * FROM jsonb_populate_recordset(NULL::octavo_cart_lines, $1::jsonb)`,
      JSON.stringify(lines)
    ),
  fillOrders: async (count) => {
    const ids = Array.from({ length: count }, uuid)
    await ask(
      url,
      `${paidOrders} FROM (SELECT value::uuid AS id FROM jsonb_array_elements_text($1::jsonb))`,
      JSON.stringify(ids)
    )
    return ids
  },
  fillWaiting: async (count, waiting) => {
    const books = (await ask(url, `${ids} LIMIT $1`, String(count))).map(({ id }) => id as string)
    const chosen = "= ANY ($1::uuid[])"
    const list = `{${books.join(",")}}`
    for (const table of forget) await ask(url, `DELETE FROM ${table} WHERE book_id ${chosen}`, list)
    await ask(url, `${sellOut("$2::integer")} WHERE id ${chosen}`, list, String(waiting))
    await ask(url, "DELETE FROM octavo_outbox WHERE type LIKE 'PreBooking%'")
    await ask(
      url,
      `INSERT INTO octavo_prebooks ${bookingColumns} SELECT ${inLine("gen_random_uuid()", lineSince)}
FROM octavo_books b CROSS JOIN generate_series(1, $2::integer) AS n (value) WHERE b.id ${chosen}`,
      list,
      String(waiting)
    )
    await ask(url, "VACUUM ANALYZE octavo_prebooks")
    return books
  },
  served: async (book) => {
    const [row] = await ask(
      url,
      `SELECT count(*) AS served FROM octavo_prebooks WHERE book_id = $1 AND ${served}`,
      book
    )
    return Number(row?.served)
  },
  audit: () => ask(url, left),
  close: () => {}
})

/** On a connection that is open for this alone, so that none is held beside those that are measured. */
const ask = async (url: string, text: string, ...values: ReadonlyArray<string>) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values.length === 0 ? undefined : [...values])).rows
  } finally {
    await client.end()
  }
}
