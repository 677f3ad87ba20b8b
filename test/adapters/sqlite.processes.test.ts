import { fork } from "node:child_process"
import { once } from "node:events"
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Bookstore, Catalog } from "../../src/index.js"
import { bundle } from "../support/bundle.js"
import type { Told } from "../support/sqliteBuyers.js"

/** Three seconds unless more are asked for. */
const lasts = 150 * Number(process.env.OCTAVO_ROUNDS ?? 20)

/** In memory if there is a place for that: then whoever waits does not wait for the disk. */
const room = () => {
  try {
    accessSync("/dev/shm", constants.W_OK)
    return mkdtempSync("/dev/shm/octavo-sqlite-")
  } catch {
    return mkdtempSync(join(tmpdir(), "octavo-sqlite-"))
  }
}

it(
  "serves four processes on one file: none is told that it is busy, nothing is lost, and no event loop stands",
  async () => {
    const directory = room()
    const program = await bundle("test/support/sqliteBuyers.ts")
    const filename = join(directory, "store.db")
    try {
      const books = await Effect.runPromise(
        Effect.gen(function* () {
          const catalog = yield* Catalog.Catalog
          const books = yield* Effect.forEach(["Emma", "Persuasion"], (title) =>
            catalog.add({ title, author: "Jane Austen", price: "1.00" })
          )
          yield* Effect.forEach(books, ({ id }) => catalog.changeStock(id, { quantity: 1_000_000 }))
          return books.map(({ id }) => id)
        }).pipe(
          Effect.provide(Bookstore.layer.pipe(Layer.provide([SqliteStore.layer({ filename }), DemoGateway.layer])))
        )
      )
      const all = await Promise.all(
        ["a", "b", "c", "d"].map(async (name) => {
          const child = fork(program.path, [filename, name, String(lasts), "8", ...books], { execArgv: [] })
          const [told] = (await once(child, "message")) as [Told]
          return told
        })
      )
      expect(all.flatMap(({ failures }) => failures)).toEqual([])

      const database = new Sqlite(filename)
      const ids = database.prepare("SELECT id FROM octavo_orders WHERE status = 'confirmed' ORDER BY id").pluck().all()
      expect(ids).toEqual(all.flatMap(({ orders }) => orders).sort())
      for (const { orders } of all) expect(orders.length).toBeGreaterThan(0)
      expect(database.prepare("SELECT stock FROM octavo_books").pluck().all()).toEqual(
        books.map(() => 1_000_000 - ids.length)
      )
      database.close()

      // They did get in each other's way.
      expect(all.reduce((sum, { waits }) => sum + waits, 0)).toBeGreaterThan(0)
      for (const { longest } of all) expect(longest).toBeLessThan(60)
    } finally {
      program.remove()
      rmSync(directory, { recursive: true, force: true })
    }
  },
  lasts + 60_000
)
