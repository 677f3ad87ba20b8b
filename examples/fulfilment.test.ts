import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bundle } from "../test/support/bundle.js"

const directory = mkdtempSync(join(tmpdir(), "octavo-fulfilment-"))
let program: Awaited<ReturnType<typeof bundle>>
beforeAll(async () => {
  program = await bundle("examples/fulfilment/main.ts")
})
afterAll(() => {
  program.remove()
  rmSync(directory, { recursive: true, force: true })
})

const start = (name: string, ...options: ReadonlyArray<string>) => {
  const store = join(directory, `${name}.db`)
  const child = spawn(process.execPath, [program.path, "--store", store, ...options])
  let told = ""
  child.stdout.on("data", (chunk) => {
    told += chunk
  })
  child.stderr.on("data", (chunk) => {
    told += chunk
  })
  return { child, store, told: () => told, ended: once(child, "exit") }
}

it("three workers empty a queue while one of them is killed over and over, and each order is dispatched once", async () => {
  const { store, told, ended } = start("queue", "--orders", "40", "--kill-every", "600")
  expect((await ended)[0], told()).toBe(0)
  expect(told()).toMatch(/[1-9]\d* workers were killed, and each of 40 orders was dispatched exactly once\./)
  expect(told()).toMatch(/worker 1 +│ \d+/)
  const database = new Sqlite(store, { readonly: true })
  const dispatched = `SELECT count(*) FROM octavo_fulfilment_entries WHERE kind = 'completed' AND stage = 'dispatch'`
  const counts = database.prepare(
    `SELECT (${dispatched} AND order_id = o.id) FROM octavo_orders o WHERE status = 'fulfilled'`
  )
  expect(counts.pluck().all()).toEqual(Array.from({ length: 40 }, () => 1))
  database.close()
}, 180_000)

it("ends when it is interrupted, and its workers with it", async () => {
  const { child, told, ended } = start("interrupted", "--orders", "40", "--kill-every", "300")
  while (!told().includes("is killed") && child.exitCode === null) await new Promise((later) => setTimeout(later, 20))
  child.kill("SIGINT")
  expect((await ended)[0], told()).toBe(130)
  const workers = [...told().matchAll(/comes in, process (\d+)/g)].map(([, id]) => Number(id))
  expect(workers.length).toBeGreaterThan(3)
  await expect.poll(() => workers.filter(isRunning), { timeout: 10_000 }).toEqual([])
})

// internal

const isRunning = (id: number) => {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}
