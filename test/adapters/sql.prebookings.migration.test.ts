import Sqlite from "better-sqlite3"
import { Effect } from "effect"
import * as Pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { now, onFile, onServer, type Place } from "./sqlStores.js"

const dialects = {
  sqlite: {
    make: onFile,
    open: (at: string) => SqliteStore.layer({ filename: at }),
    execute: async (at: string, text: string): Promise<ReadonlyArray<unknown>> => {
      const database = new Sqlite(at)
      try {
        return text.startsWith("SELECT") ? database.prepare(text).all() : [database.exec(text)]
      } finally {
        database.close()
      }
    },
    shape: "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name LIKE 'octavo%' ORDER BY 1, 2"
  },
  postgres: {
    make: onServer,
    open: (at: string) => PostgresStore.layer({ url: at }),
    execute: async (at: string, text: string): Promise<ReadonlyArray<unknown>> => {
      const client = new Pg.Client({ connectionString: at })
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
    shape: `SELECT tablename, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
ORDER BY 1, 2`
  }
}

const uuid = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`
const stamp = "'2026-01-02T03:04:05.678Z'"

/** A shop of the third version: a book with copies and one without, and what was told of them. */
const olden = `
INSERT INTO octavo_store (id, currency) VALUES (1, 'USD');
INSERT INTO octavo_books (id, title, author, price, stock, put_in, told, created_at, search_title, search_rest, author_key) VALUES
('${uuid(1)}', 'Title', 'Author', 100, 5, 5, 1, ${stamp}, 'title', 'author', 'author'),
('${uuid(2)}', 'Other', 'Author', 100, 0, 0, 0, ${stamp}, 'other', 'author', 'author');
INSERT INTO octavo_outbox (id, aggregate_id, type, payload, created_at, due_at, delivered_at, seq) VALUES
('${uuid(11)}', '${uuid(1)}', 'BookRestocked',
'{"_tag": "BookRestocked", "id": "${uuid(11)}", "bookId": "${uuid(1)}", "at": "2026-01-02T03:04:05.678Z"}', ${stamp}, ${stamp}, NULL, 1);`

for (const dialect of ["sqlite", "postgres"] as const) {
  const { make, open, execute, shape } = dialects[dialect]
  describe(dialect, () => {
    let [place, fresh]: Array<Place> = []
    beforeEach(async () => {
      ;[place, fresh] = [await make(), await make()]
    })
    afterEach(async () => {
      await place?.drop()
      await fresh?.drop()
    })

    it("brings a database of the third version up with all that is in it, and customers wait in it", async () => {
      const [at, other] = [place?.at ?? "", fresh?.at ?? ""]
      const [before] = SqliteStore.print(dialect).split("-- 0004_")
      await execute(at, `${before}${olden}`)
      await Effect.runPromise(
        Effect.gen(function* () {
          const [preBookings, books, outbox] = [yield* PreBookingRepository, yield* BookRepository, yield* Outbox]
          expect((yield* books.get(uuid(1) as never)).stockQuantity).toBe(5)
          expect(yield* outbox.list("waiting", null, 9)).toMatchObject([{ event: { id: uuid(11) }, state: "waiting" }])
          const asked = { id: uuid(21), customerId: "customer", now }
          const refused = yield* Effect.flip(preBookings.request({ ...asked, bookId: uuid(1) } as never))
          expect(refused._tag).toBe("BookInStock")
          expect(yield* preBookings.request({ ...asked, bookId: uuid(2) } as never)).toMatchObject({ title: "Other" })
        }).pipe(Effect.provide(open(at)))
      )
      await Effect.runPromise(Effect.provide(Effect.void, open(other)))
      expect(await execute(at, shape)).toEqual(await execute(other, shape))

      const refused = async (text: string) =>
        expect(await execute(at, text).then(() => text, String)).toMatch(/CHECK|check|UNIQUE|unique/)
      for (const change of ["waiting = -1", "held = -1", "arrived = -1", "wave = -1", "stock = 1"]) {
        await refused(`UPDATE octavo_books SET ${change} WHERE id = '${uuid(2)}'`)
      }
      for (const change of ["status = 'lost'", "status = 'held'", "status = 'fulfilled'", "status = 'cancelled'"]) {
        await refused(`UPDATE octavo_prebooks SET ${change}`)
      }
      await refused(`UPDATE octavo_prebooks SET expires_at = ${stamp}`)
      await refused("UPDATE octavo_outbox SET undeliverable = true")
    })
  })
}
