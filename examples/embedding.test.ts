import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { purchase, shop } from "./embedding.js"

it("a book is bought from a bookstore on an SQLite file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "octavo-"))
  try {
    const order = await Effect.runPromise(Effect.provide(purchase, shop(join(folder, "shop.db"))))
    expect(order).toMatchObject({ status: "confirmed", total: 2500, currency: "USD" })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
