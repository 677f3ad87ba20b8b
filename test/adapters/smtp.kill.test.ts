import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import { Bookstore, Carts, Catalog, Checkout, Relay } from "../../src/index.js"
import { bundle } from "../support/bundle.js"
import { start } from "./smtp/server.js"

let program: Awaited<ReturnType<typeof bundle>>
let directory: string
const children: Array<ChildProcess> = []
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "octavo-mail-"))
  program = await bundle("test/adapters/smtp/mailing.ts")
})
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  program.remove()
  rmSync(directory, { recursive: true, force: true })
})

const mailing = (file: string, port: number) => {
  const child = spawn(process.execPath, [program.path, file, String(port)], { stdio: ["ignore", "inherit", "inherit"] })
  children.push(child)
  return {
    kill: () =>
      new Promise<void>((resolve) => {
        child.once("exit", () => resolve())
        child.kill("SIGKILL")
      })
  }
}

const inFile = <A, E>(filename: string, work: Effect.Effect<A, E, Bookstore.Bookstore>) =>
  Effect.runPromise(
    Effect.provide(work, Bookstore.layer.pipe(Layer.provide([Sqlite.layer({ filename }), DemoGateway.layer])))
  )

const buying = Effect.gen(function* () {
  const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
  const { id } = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "12.50" })
  yield* catalog.changeStock(id, { quantity: 3 })
  yield* carts.add("ada", { bookId: id })
  return yield* checkout.place("ada", {})
})

const confirmations = (state: "waiting" | "delivered") =>
  Effect.flatMap(Relay.Relay, ({ list }) =>
    Effect.map(list(state), ({ items }) => items.filter(({ event }) => event._tag === "OrderConfirmed").length)
  )

const ids = (server: Awaited<ReturnType<typeof start>>) =>
  server.received.map(({ message }) => message.header("message-id"))

it("a process that is killed after a mail was taken and before it is marked sends the same mail once more", async () => {
  const server = await start()
  const file = join(directory, "taken.db")
  await inFile(file, buying)
  // From the moment that the mail is there nobody can write to the file, and so nobody can mark it.
  const lock = new Database(file)
  let answered = () => {}
  const isAnswered = new Promise<void>((resolve) => (answered = resolve))
  server.behave({
    onData: () => {
      lock.exec("BEGIN IMMEDIATE")
      setTimeout(answered, 300)
      return null
    }
  })
  const first = mailing(file, server.port)
  await isAnswered
  await first.kill()
  lock.exec("ROLLBACK")
  lock.close()
  server.behave({})
  expect(server.received).toHaveLength(1)
  expect(await inFile(file, confirmations("waiting"))).toBe(1)

  const second = mailing(file, server.port)
  await vi.waitFor(async () => expect(await inFile(file, confirmations("delivered"))).toBe(1), {
    timeout: 30_000,
    interval: 300
  })
  await second.kill()
  expect(ids(server)).toHaveLength(2)
  expect(new Set(ids(server)).size).toBe(1)
  expect(ids(server)[0]).toMatch(/^<[0-9a-f-]{36}\.OrderConfirmed@shop\.example>$/)
  await server.stop()
})

it("a process that is killed before its mail was answered sends it again, and it is the same", async () => {
  const server = await start()
  const file = join(directory, "unanswered.db")
  await inFile(file, buying)
  let reached = () => {}
  const isReached = new Promise<void>((resolve) => (reached = resolve))
  let seen: string | null = null
  server.behave({
    onData: ({ message }) => {
      seen = message.header("message-id")
      reached()
      return new Promise<null>(() => {})
    }
  })
  const first = mailing(file, server.port)
  await isReached
  await first.kill()
  server.behave({})
  const second = mailing(file, server.port)
  await vi.waitFor(() => expect(server.received.length).toBeGreaterThan(0), { timeout: 30_000, interval: 100 })
  await second.kill()
  expect(new Set(ids(server))).toEqual(new Set([seen]))
  await server.stop()
})
