import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger, LogLevel } from "effect"
import { afterAll, describe, expect, it, vi } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Jwt from "../../src/adapters/jwt/index.js"
import * as Smtp from "../../src/adapters/smtp/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import { Bookstore, CustomerDirectory, Notifications, Relay } from "../../src/index.js"
import { type Json, secret, useServer } from "../http/support.js"
import { from } from "./smtp/mails.js"
import { start } from "./smtp/server.js"

const directory = mkdtempSync(join(tmpdir(), "octavo-outage-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const server = await start()
await server.away()

/** Takes a connection and never says a word. */
const mute = createServer(() => {})
await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve))
const address = mute.address()
const mutePort = typeof address === "object" && address !== null ? address.port : 0
afterAll(() => {
  mute.close()
  return server.stop()
})

const patience = { interval: "200 millis", backoff: "1 second", longest: "3 seconds", attempts: 10_000 } as const

/** The routes over a store of its own, with a relay that mails to a port, or with none. */
const shop = (name: string, port: number | null) => {
  const stores = Layer.provideMerge(
    Bookstore.layer,
    Layer.merge(Sqlite.layer({ filename: join(directory, `${name}.db`) }), DemoGateway.layer)
  )
  const relay =
    port === null
      ? Layer.empty
      : Layer.scopedDiscard(
          Effect.gen(function* () {
            const [{ run }, { handle }] = [yield* Relay.Relay, yield* Notifications.Notifications]
            yield* Effect.forkScoped(Logger.withMinimumLogLevel(run(handle, patience), LogLevel.None))
          })
        ).pipe(
          Layer.provide(Notifications.layer({ shop: "Shop", domain: "shop.example" })),
          Layer.provide([
            Smtp.layer({ url: `smtp://127.0.0.1:${port}`, from }),
            CustomerDirectory.layer((customer) => ({ address: `${customer}@example.org` }))
          ])
        )
  return Layer.merge(Jwt.layer({ secret }), Layer.provideMerge(relay, stores))
}

const [away, silent, none] = [
  useServer({ layer: shop("away", server.port) }),
  useServer({ layer: shop("silent", mutePort) }),
  useServer({ layer: shop("none", null) })
]

type Shop = typeof away

/** How long the answer to a checkout took. */
const checkout = async ({ call }: Shop, bookId: string, customer: string, body: Json = {}) => {
  expect((await call("POST", "/cart/items", { as: customer, body: { book_id: bookId } })).status).toBe(201)
  const began = performance.now()
  const { status } = await call("POST", "/orders/checkout", { as: customer, body })
  return { status, lasted: performance.now() - began }
}

const median = (all: ReadonlyArray<number>) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0

describe("a mail server that is away or says nothing", () => {
  it("does not make an answer slower: compared with a shop that mails nothing, taken in turn", async () => {
    const shops = { away, silent, none }
    const books = {
      away: await away.addBook({}, 1000),
      silent: await silent.addBook({}, 1000),
      none: await none.addBook({}, 1000)
    }
    const took: Record<keyof typeof shops, Array<number>> = { away: [], silent: [], none: [] }
    for (let i = 0; i < 25; i++) {
      for (const name of ["none", "away", "silent"] as const) {
        const { status, lasted } = await checkout(shops[name], books[name], `customer-${i}`)
        expect(status).toBe(201)
        // The first ones warm up what all of them use.
        if (i >= 5) took[name].push(lasted)
      }
    }
    expect(server.received).toEqual([])
    const usual = median(took.none)
    for (const name of ["away", "silent"] as const) {
      expect(median(took[name]) / usual, `${name}: ${median(took[name])} ms, and ${usual} ms`).toBeLessThan(3)
    }
  })

  it("has every mail when it is back, each once by its message id, and none of what was declined", async () => {
    const book = await away.addBook({}, 100)
    const declined = await checkout(away, book, "decliner", { payment_method: "decline" })
    expect(declined.status).toBe(402)
    const { json } = await away.call("GET", "/admin/orders?status=confirmed&size=100", { admin: true })
    const expected: ReadonlyArray<{ readonly customer_id: string }> = json.items
    expect(expected.length).toBeGreaterThan(20)
    await server.back()
    const arrived = () => new Set(server.received.map(({ message }) => message.header("message-id")))
    await vi.waitFor(() => expect(arrived().size).toBe(expected.length), { timeout: 60_000, interval: 200 })
    const recipients = server.received.flatMap(({ to }) => to)
    expect(new Set(recipients)).toEqual(new Set(expected.map(({ customer_id }) => `${customer_id}@example.org`)))
    // Nobody died in between, so that none came twice.
    expect(server.received).toHaveLength(expected.length)
    const next = await checkout(away, book, "late")
    expect(next.status).toBe(201)
    await vi.waitFor(() => expect(server.received.flatMap(({ to }) => to)).toContain("late@example.org"), 20_000)
  })
})
