import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { draw } from "../../src/testing/provider/Behaviour.js"
import { PaymentProvider } from "../../src/testing/provider/index.js"

const directory = mkdtempSync(join(tmpdir(), "octavo-provider-test-"))
const ledger = join(directory, "ledger.jsonl")
let provider: PaymentProvider.PaymentProvider
beforeAll(async () => {
  provider = await PaymentProvider.start({ ledger })
})
afterAll(async () => {
  await provider.stop()
  rmSync(directory, { recursive: true })
})
afterEach(() => provider.script({ charge: [], refund: [], read: [], open: [], cancel: [] }))

const call = async (path: string, form?: Record<string, string>, key?: string) => {
  const response = await fetch(`${provider.url}${path}`, {
    headers: {
      authorization: `Bearer ${provider.secretKey}`,
      ...(key !== undefined && { "idempotency-key": key }),
      ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" })
    },
    ...(form !== undefined && { method: "POST", body: new URLSearchParams(form) })
  })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

const charging = (key: string, facts: Record<string, string> = {}) =>
  call(
    "/v1/payment_intents",
    {
      amount: "1999",
      currency: "usd",
      confirm: "true",
      payment_method: "pm_card_visa",
      "metadata[octavo_key]": key,
      "metadata[octavo_order]": `order of ${key}`,
      ...facts
    },
    key
  )

const lost = (request: Promise<unknown>) => expect(request).rejects.toThrow("fetch failed")

describe("keys", () => {
  it("the same key and request is answered as before, and done once", async () => {
    const first = await charging("same")
    expect(first).toMatchObject({ status: 200, body: { status: "succeeded", amount_received: 1999 } })
    expect(await charging("same")).toEqual(first)
    expect(provider.ledger().captures("same")).toBe(1)
    expect(provider.ledger().capturesOf("order of same")).toBe(1)
  })

  it("the same key and another request is refused", async () => {
    await charging("other")
    expect(await charging("other", { amount: "2999" })).toMatchObject({
      status: 400,
      body: { error: { type: "idempotency_error" } }
    })
    expect(provider.ledger().captures("other")).toBe(1)
  })

  it("a key that is being worked on is refused to others", async () => {
    await provider.script({ charge: [{ do: "slow", milliseconds: 300 }] })
    const slow = charging("busy")
    await new Promise((done) => setTimeout(done, 100))
    expect(await charging("busy")).toMatchObject({ status: 409, body: { error: { code: "idempotency_key_in_use" } } })
    expect(await slow).toMatchObject({ status: 200 })
  })

  it("what fails validation is kept for no key", async () => {
    expect((await charging("wrong", { amount: "-1" })).status).toBe(400)
    expect((await charging("wrong")).status).toBe(200)
  })

  it("a key that is forgotten is charged again: that is Stripe's way after a day", async () => {
    await charging("forgotten")
    await provider.forgetKeys()
    await charging("forgotten")
    expect(provider.ledger().captures("forgotten")).toBe(2)
  })
})

describe("the script", () => {
  it.each([
    ["accept", 200, 1],
    ["decline", 402, 0],
    ["require_action", 200, 0],
    ["process", 200, 0],
    ["fail_after", 500, 1],
    ["fail_before", 500, 0],
    ["rate_limit", 429, 0],
    ["answer_twice", 200, 1]
  ] as const)("%s answers %i, with %i captures", async (behaviour, status, captures) => {
    await provider.script({ charge: [{ do: behaviour }] })
    expect((await charging(behaviour)).status).toBe(status)
    expect(provider.ledger().captures(behaviour)).toBe(captures)
  })

  it.each([
    ["drop_reply", 1],
    ["drop_before", 0]
  ] as const)("%s answers nothing, with %i captures", async (behaviour, captures) => {
    await provider.script({ charge: [{ do: behaviour }] })
    await lost(charging(behaviour))
    expect(provider.ledger().captures(behaviour)).toBe(captures)
    expect(await charging(behaviour)).toMatchObject({ status: 200, body: { status: "succeeded" } })
    expect(provider.ledger().captures(behaviour)).toBe(1)
  })

  it("a failure after the money was taken is answered again for its key", async () => {
    await provider.script({ charge: [{ do: "fail_after" }] })
    for (let i = 0; i < 2; i++) expect((await charging("failed")).status).toBe(500)
    expect(provider.ledger().captures("failed")).toBe(1)
  })

  it("an answer that comes twice is two answers on one connection", async () => {
    await provider.script({ read: [{ do: "answer_twice" }] })
    const socket = connect(Number(new URL(provider.url).port), "127.0.0.1")
    socket.write(
      `GET /v1/refunds?payment_intent=none HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${provider.secretKey}\r\n\r\n`
    )
    let said = ""
    socket.on("data", (chunk) => {
      said += chunk
    })
    await expect.poll(() => said.match(/HTTP\/1.1 200/g)?.length).toBe(2)
    socket.destroy()
  })

  it("down refuses connections, and is up again after its time", async () => {
    await provider.script({ charge: [{ do: "down", milliseconds: 1500 }] })
    await lost(charging("down"))
    const refused = await charging("down").catch((error: Error) => error.cause)
    expect(refused).toMatchObject({ code: "ECONNREFUSED" })
    await expect.poll(() => charging("down").catch(() => null), { timeout: 5000 }).toMatchObject({ status: 200 })
    expect(provider.ledger().captures("down")).toBe(1)
  })

  it("each kind of request has its own script, and slow goes on with what comes then", async () => {
    await provider.script({
      charge: [{ do: "slow", milliseconds: 10, next: { do: "decline", reason: "lost_card" } }],
      refund: [{ do: "fail_before" }]
    })
    expect(await charging("kinds")).toMatchObject({ body: { error: { decline_code: "lost_card" } } })
    const { body } = await charging("kinds of refund")
    const refund = () => call("/v1/refunds", { payment_intent: body.id }, "a refund")
    expect((await refund()).status).toBe(500)
    expect((await refund()).status).toBe(200)
    expect((await call("/v1/refunds", { payment_intent: body.id }, "another")).body.error.code).toBe(
      "charge_already_refunded"
    )
    expect(provider.ledger().refunded(body.id)).toBe(1999)
  })
})

describe("the seed", () => {
  const keys = Array.from({ length: 400 }, (_, i) => `key ${i}`)
  const drawn = (seed: number, before = 0) =>
    keys.map((key) => draw(PaymentProvider.troubles, seed, "charge", { key, before }).do)

  it("draws the same for the same key, and otherwise by weight", () => {
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(drawn(2))
    expect(drawn(1)).not.toEqual(drawn(1, 1))
    const accepted = drawn(3).filter((kind) => kind === "accept").length
    expect(accepted).toBeGreaterThan(100)
    expect(accepted).toBeLessThan(220)
    expect(new Set(drawn(3)).size).toBe(PaymentProvider.troubles.charge?.length)
  })

  it("draws nothing of a kind without weights", () => {
    expect(draw({}, 1, "read", { key: "", before: 0 })).toEqual(PaymentProvider.accept)
  })
})

describe("the ledger", () => {
  it("is gone on with after SIGKILL: keys, intents and refunds are as they were", async () => {
    const first = await charging("kept")
    await call("/v1/refunds", { payment_intent: first.body.id, amount: "500" }, "kept refund")
    const events = await provider.events()
    await provider.restart()
    expect(await charging("kept")).toEqual(first)
    expect(provider.ledger().captures("kept")).toBe(1)
    const again = await call("/v1/refunds", { payment_intent: first.body.id, amount: "500" }, "kept refund")
    expect(again.status).toBe(200)
    expect(provider.ledger().refunded(first.body.id)).toBe(500)
    expect(await provider.events()).toEqual(events)
  })

  it("a line that was not finished is cut off, and was answered to nobody", async () => {
    await provider.kill()
    const whole = readFileSync(ledger, "utf8")
    appendFileSync(ledger, '{"at":"2026-01-01T00:00:00.000Z","kind":"pay')
    expect(provider.ledger().entries.length).toBe(whole.split("\n").length - 1)
    await provider.restart()
    expect(readFileSync(ledger, "utf8")).toBe(whole)
    await charging("after the cut")
    expect(provider.ledger().captures("after the cut")).toBe(1)
  })

  it("a whole line that is no entry is not passed over", async () => {
    const file = join(directory, "spoilt.jsonl")
    writeFileSync(file, "{}}\n")
    await expect(PaymentProvider.start({ ledger: file })).rejects.toBeInstanceOf(PaymentProvider.ProviderFailed)
  })
})

describe("webhooks", () => {
  const heard: Array<string> = []
  let refusing = 0
  const server = createServer((request, response) => {
    const chunks: Array<Uint8Array> = []
    request.on("data", (chunk) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8")
      const header = String(request.headers["stripe-signature"])
      const [, time = "0"] = /^t=(\d+),/.exec(header) ?? []
      expect(header).toBe(PaymentProvider.signature(body, "whsec_test", Number(time)))
      if (refusing-- > 0) return response.writeHead(500).end()
      heard.push(JSON.parse(body).type)
      return response.end()
    })
  })
  const to = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))
  afterAll(() => new Promise((done) => server.close(done)))

  it("tell whoever subscribed, again while that fails, and twice of what was answered twice", async () => {
    await provider.subscribe({ to: to(), secret: "whsec_test" })
    refusing = 1
    await charging("told")
    await expect.poll(() => heard).toEqual(["payment_intent.succeeded", "charge.succeeded"])
    heard.length = 0
    await provider.script({ charge: [{ do: "answer_twice" }] })
    await charging("told twice")
    await expect.poll(() => heard.filter((type) => type === "payment_intent.succeeded").length).toBe(2)
    await provider.subscribe(null)
  })

  it("are lost where nobody answers", async () => {
    const [event] = await provider.events()
    const [sent] = await provider.deliver({
      to: "http://127.0.0.1:9/",
      secret: "whsec_test",
      events: [event?.id ?? "", "evt_unknown"]
    })
    expect(sent).toMatchObject({ id: event?.id, status: null })
  })
})

it("nobody is let in without the key, and nowhere else", async () => {
  const response = await fetch(`${provider.url}/v1/refunds`)
  expect(response.status).toBe(401)
  expect((await call("/v1/charges")).status).toBe(404)
})

it("a scope stops it", async () => {
  const file = join(directory, "scoped.jsonl")
  const url = await Effect.runPromise(
    Effect.scoped(Effect.map(PaymentProvider.scoped({ ledger: file }), (scoped) => scoped.url))
  )
  await lost(fetch(url))
})
