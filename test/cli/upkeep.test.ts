/** What `octavo serve` does beside its requests, as real processes with a payment provider in another. */
import { join } from "node:path"
import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { Relay } from "octavo"
import * as Jwt from "octavo/jwt"
import * as Sqlite from "octavo/sqlite"
import { PaymentProvider } from "octavo/testing/provider"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import * as CutProxy from "../support/cutProxy.js"
import { freshDatabase } from "../support/postgres.js"
import { program } from "./program.js"
import { ago, inFile, left, stocked } from "./shop.js"

const cli = program()
const secret = "a secret of more than thirty-two bytes"
const webhookSecret = "whsec_of_these_tests"
const file = (name: string) => join(cli.directory, name)

let provider: PaymentProvider.PaymentProvider
let byStripe: Record<string, string>
beforeAll(async () => {
  provider = await PaymentProvider.start({ ledger: file("ledger") })
  byStripe = {
    OCTAVO_JWT_SECRET: secret,
    STRIPE_SECRET_KEY: provider.secretKey,
    OCTAVO_STRIPE_API: provider.url,
    STRIPE_WEBHOOK_SECRET: webhookSecret
  }
})
afterAll(() => provider.stop())

const serve = async (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const running = cli.start(["serve", "--port", "0", "--host", "127.0.0.1", ...args], env)
  const said = await running.says(/ at (http:\S+)[\s\S]*payments:/)
  return { ...running, url: / at (http:\S+)/.exec(said)?.[1] ?? "" }
}
const stop = async ({ child, ended }: Awaited<ReturnType<typeof serve>>) => {
  child.kill("SIGTERM")
  return ended
}

/** Buys a copy over HTTP, and answers what the checkout answers. */
const buyer = async (url: string, as: string) => {
  const token = await Effect.runPromise(Jwt.sign({ customerId: as, role: "user" }, { secret }))
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const send = async (method: string, path: string, body?: object) =>
    (await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })).json()
  return {
    orders: () => send("GET", "/orders"),
    checkout: async (book_id: string) => {
      await send("POST", "/cart/items", { book_id })
      return send("POST", "/orders/checkout", { payment_method: "pm_card_visa" })
    }
  }
}

const sql = (name: string, statement: string) =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(SqlClient, (sql) => sql.unsafe<{ id: string }>(statement)),
      Sqlite.client(file(name))
    )
  )

const slow = (milliseconds: number): PaymentProvider.Behaviour => ({ do: "slow", milliseconds })

/** Its time is over, as if the process had been gone for a while. */
const age = (name: string) => sql(name, "UPDATE octavo_orders SET created_at = '2024-01-01T00:00:00.000Z'")

describe("octavo serve", () => {
  it("killed while the money moves, settles the order at its next start, and tells of it", async () => {
    const book = await inFile(file("killed.db"), stocked(3))
    const first = await serve(["--sqlite", "killed.db", "--events", "orders"], byStripe)
    const ada = await buyer(first.url, "ada")
    // The money is taken, and no answer gets through.
    await provider.script({ charge: [{ do: "drop_reply" }, ...Array.from({ length: 4 }, () => slow(60_000))] })
    const answer = ada.checkout(book).then(
      () => "answered",
      () => "cut"
    )
    await expect.poll(() => provider.ledger().payments.length, { timeout: 20_000 }).toBe(1)
    expect(await ada.orders()).toMatchObject([{ status: "pending_payment" }])
    first.child.kill("SIGKILL")
    expect(await answer).toBe("cut")
    await first.ended
    await provider.script({ charge: [] })
    await age("killed.db")
    const [order] = await sql("killed.db", "SELECT id FROM octavo_orders")

    const second = await serve(["--sqlite", "killed.db", "--events", "orders"], byStripe)
    await second.says(new RegExp(`recovery: confirmed  ${order?.id}`))
    await second.says(new RegExp(`\\S+Z OrderConfirmed order=${order?.id} customer="ada" total=10.00 USD\n`))
    expect(await (await buyer(second.url, "ada")).orders()).toMatchObject([{ id: order?.id, status: "confirmed" }])
    expect(provider.ledger().payments).toHaveLength(1)
    expect((await stop(second)).code).toBe(0)
    const { code, stdout } = await cli.run(["audit", "--sqlite", "killed.db", "--payments", "30d"], byStripe)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sound\n/) })
  })

  it("ends what recovery has in flight before it ends itself", async () => {
    const order = await inFile(
      file("ending.db"),
      Effect.flatMap(stocked(3), (book) => left("ada", book)).pipe(ago("5 minutes"))
    )
    await provider.script({ open: [slow(3000)], read: [slow(3000)] })
    const server = await serve(["--sqlite", "ending.db", "--events", "orders"], byStripe)
    await new Promise((done) => setTimeout(done, 300))
    const { code, stderr } = await stop(server)
    await provider.script({ open: [], read: [] })
    expect(code).toBe(0)
    expect(stderr).toMatch(new RegExp(`finishing what is in flight[^]*recovery: failed     ${order.id}\n`))
    expect((await cli.run(["recover", "--sqlite", "ending.db"], byStripe)).stdout).toMatch(/^0 confirmed, 0 failed/)
  })

  it("takes Stripe's notices, by their signature", async () => {
    const book = await inFile(file("notices.db"), stocked(3))
    const server = await serve(["--sqlite", "notices.db", "--events", "orders"], byStripe)
    await server.says(/payments: Stripe, its notices at http:\S+\/payments\/webhook/)
    const ada = await buyer(server.url, "ada")
    // Charged, but no answer ever gets through: only a notice tells.
    await provider.script({ charge: Array.from({ length: 8 }, () => ({ do: "drop_reply" as const })) })
    expect(await ada.checkout(book)).toMatchObject({ code: "ORDER_CHECKOUT_IN_PROGRESS" })
    await provider.script({ charge: [] })
    const to = `${server.url}/payments/webhook`
    const events = (await provider.events()).filter(({ type }) => type === "payment_intent.succeeded").slice(-1)
    const ids = events.map(({ id }) => id)
    const statuses = async (delivery: { readonly secret: string; readonly times?: number }) =>
      (await provider.deliver({ to, events: ids, ...delivery })).map(({ status }) => status)
    expect(await statuses({ secret: "whsec_of_others" })).toEqual([400])
    expect(await ada.orders()).toMatchObject([{ status: "pending_payment" }])
    expect(await statuses({ secret: webhookSecret, times: 3 })).toEqual([204, 204, 204])
    expect(await ada.orders()).toMatchObject([{ status: "confirmed" }])
    await server.says(/OrderConfirmed/)
    expect((await stop(server)).code).toBe(0)
  })

  it("writes events as it is asked to, or leaves them to others", { timeout: 30_000 }, async () => {
    const database = "events.db"
    await inFile(file(database), stocked(3))
    const waiting = () =>
      inFile(
        file(database),
        Effect.flatMap(Relay.Relay, ({ list }) => list("waiting"))
      ).then(({ items }) => items.length)
    const silent = await serve(["--sqlite", database])
    await new Promise((done) => setTimeout(done, 1500))
    expect((await stop(silent)).stderr).not.toMatch(/StockChanged/)
    expect(await waiting()).toBe(2)

    const all = await serve(["--sqlite", database, "--events", "all"])
    await all.says(/\S+Z StockChanged book=\S{36} from=0 to=3\n[\s\S]*Z BookRestocked book=\S{36}\n/)
    await expect.poll(waiting).toBe(0)
    await stop(all)

    await inFile(file(database), stocked(1))
    const orders = await serve(["--sqlite", database, "--events", "orders"])
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
    expect((await stop(orders)).stderr).not.toMatch(/StockChanged/)
  })

  it("outlives its database: trouble is told once, and passes", async () => {
    const database = await freshDatabase(inject("postgresUrl"))
    const proxy = await CutProxy.start(database.url)
    try {
      const server = await serve(["--postgres", proxy.url, "--events", "orders"])
      await new Promise((done) => setTimeout(done, 1500))
      proxy.state.isUp = false
      proxy.cut()
      const said = await server.says(/WARN the relay does not work; it is tried again: [^\n]+\n/)
      expect((await fetch(`${server.url}/books`)).status).toBe(503)
      expect((await fetch(`${server.url}/health`)).status).toBe(200)
      await new Promise((done) => setTimeout(done, 2500))
      expect((await server.says(/./)).match(/WARN the relay/g)).toEqual(said.match(/WARN the relay/g))
      proxy.state.isUp = true
      await server.says(/INFO the relay works again\n/)
      expect((await fetch(`${server.url}/books`)).status).toBe(200)
      expect((await stop(server)).code).toBe(0)
    } finally {
      proxy.close()
      await database.drop()
    }
  })
})
