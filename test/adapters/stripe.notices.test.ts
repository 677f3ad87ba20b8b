import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Either, Layer, TestClock, TestContext } from "effect"
import StripeClient from "stripe"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Stripe from "../../src/adapters/stripe/index.js"
import { Notice } from "../../src/domain/Notice.js"
import type { Captured } from "../../src/domain/Payment.js"
import { PaymentNotices } from "../../src/ports/PaymentNotices.js"
import { PaymentProvider } from "../../src/testing/provider/index.js"
import { adapter, asking, declined, newKey, provider, refundOf, request } from "./stripe/provider.js"

const secret = "whsec_octavo"
const now = Date.UTC(2026, 0, 1)
const seconds = now / 1000

type Request = Parameters<PaymentNotices["Type"]["read"]>[0]

const layer = Stripe.layerNotices({ webhookSecret: secret })

const read = (asked: Request, at = now) =>
  Effect.runPromise(
    Effect.flatMap(PaymentNotices, ({ read }) =>
      Effect.zipRight(TestClock.setTime(at), Effect.either(read(asked)))
    ).pipe(Effect.provide(Layer.merge(layer, TestContext.TestContext)))
  )

const bytes = (body: unknown) => new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))

const signed = (body: unknown, header = PaymentProvider.signature(bytes(body), secret, seconds)): Request => ({
  body: bytes(body),
  headers: { "stripe-signature": header }
})

const refused = (reason: string) => Either.left(expect.objectContaining({ _tag: "NoticeRefused", reason }))

const orderId = "00000000-0000-7000-8000-000000000001"
const metadata = { octavo_key: "a-key", octavo_order: orderId }

const event = (type: string, object: Record<string, unknown>) => ({
  id: "evt_1",
  object: "event",
  type,
  data: { object: { id: "pi_1", object: "payment_intent", metadata, ...object } }
})

const succeeded = event("payment_intent.succeeded", { status: "succeeded", amount_received: 1999, currency: "usd" })

describe("the signature", () => {
  const good = PaymentProvider.signature(bytes(succeeded), secret, seconds)
  const other = PaymentProvider.signature(bytes(succeeded), "whsec_other", seconds)

  it("of the raw bytes by the secret passes, among others too", async () => {
    for (const header of [good, `${other},${good.slice(good.indexOf("v1="))}`, `${good},v0=00`]) {
      expect(Either.isRight(await read(signed(succeeded, header)))).toBe(true)
    }
  })

  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["one by another secret", other],
    ["one without its time", good.slice(good.indexOf("v1="))],
    ["one of another time", good.replace(/t=\d+/, `t=${seconds + 1}`)],
    ["one of another scheme", good.replace("v1=", "v0=")],
    ["one that is cut short", good.slice(0, -2)],
    ["one that is no hex", good.replace(/v1=../, "v1=zz")]
  ])("%s is refused", async (_, header) => {
    const asked = { body: bytes(succeeded), headers: { "stripe-signature": header } }
    expect(await read(asked)).toEqual(refused("signature"))
  })

  it("is over the bytes as they came: the same JSON in other bytes is refused", async () => {
    for (const body of [`${JSON.stringify(succeeded)} `, `\ufeff${JSON.stringify(succeeded)}`]) {
      expect(await read(signed(body, good))).toEqual(refused("signature"))
    }
  })

  it("is over raw bytes also where they are no text", async () => {
    const body = Uint8Array.of(0xff, 0xfe, 0x7b)
    const header = PaymentProvider.signature(body, secret, seconds)
    expect(await read({ body, headers: { "stripe-signature": header } })).toEqual(refused("unreadable"))
    const replaced = bytes(new TextDecoder().decode(body))
    expect(await read({ body: replaced, headers: { "stripe-signature": header } })).toEqual(refused("signature"))
  })

  it("is good for five minutes, before and after", async () => {
    for (const [shift, good] of [
      [300, true],
      [301, false],
      [-300, true],
      [-301, false]
    ] as const) {
      const told = await read(signed(succeeded), now + shift * 1000)
      expect(good ? Either.isRight(told) : told).toEqual(good ? true : refused("too_old"))
    }
  })

  it("that is old and wrong is wrong: nothing is told of its time", async () => {
    expect(await read(signed(succeeded, other), now + 3600_000)).toEqual(refused("signature"))
  })
})

describe("an event", () => {
  const notice = (said: Record<string, unknown>) =>
    Either.right(
      expect.objectContaining({
        source: "stripe",
        id: "evt_1",
        orderId,
        key: "a-key",
        said: expect.objectContaining(said)
      })
    )

  it("of money taken is Captured, in octavo's units", async () => {
    const told = await read(signed(succeeded))
    expect(told).toEqual(notice({ _tag: "Captured", paymentId: "pi_1", amount: 1999, currency: "USD" }))
    expect(Either.getOrThrow(told)).toBeInstanceOf(Notice)
    const krona = event("payment_intent.succeeded", { amount_received: 500, currency: "isk" })
    expect(await read(signed(krona))).toEqual(notice({ _tag: "Captured", amount: 5, currency: "ISK" }))
  })

  it.each([
    ["the bank's reason", { last_payment_error: { code: "card_declined", decline_code: "lost_card" } }, "lost_card"],
    ["the reason of the cancellation", { cancellation_reason: "abandoned", last_payment_error: null }, "abandoned"],
    ["that it was canceled", {}, "canceled"]
  ])("of a canceled payment is Declined, with %s", async (_, facts, reason) => {
    const told = await read(signed(event("payment_intent.canceled", { status: "canceled", ...facts })))
    expect(told).toEqual(notice({ _tag: "Declined", reason }))
  })

  it("of money given back in full is Returned", async () => {
    const charge = { id: "ch_1", object: "charge", payment_intent: "pi_1", refunded: true }
    const refund = { id: "re_1", object: "refund", payment_intent: "pi_1", status: "succeeded" }
    for (const said of [event("charge.refunded", charge), event("refund.updated", refund)]) {
      expect(await read(signed(said))).toEqual(notice({ _tag: "Returned", paymentId: "pi_1" }))
    }
  })

  it.each([
    [
      "a failed try, which is not the last",
      event("payment_intent.payment_failed", { status: "requires_payment_method" })
    ],
    ["a part given back", event("charge.refunded", { payment_intent: "pi_1", refunded: false })],
    ["a refund on its way", event("refund.updated", { payment_intent: "pi_1", status: "pending" })],
    ["a refund that failed", event("refund.updated", { payment_intent: "pi_1", status: "failed" })],
    ["a kind that nobody knows", event("payment_intent.rewritten", { status: "succeeded" })],
    [
      "a payment of somebody else's",
      event("payment_intent.succeeded", { metadata: {}, amount_received: 5, currency: "usd" })
    ],
    ["a payment without metadata", event("payment_intent.succeeded", { metadata: null })],
    [
      "an order that cannot be one here",
      event("payment_intent.succeeded", { metadata: { ...metadata, octavo_order: "7" } })
    ],
    ["a closed key", event("payment_intent.canceled", { metadata: { octavo_key: "a-key", octavo_closed: "yes" } })]
  ])("of %s is of no concern", async (_, said) => {
    expect(await read(signed(said))).toEqual(Either.right(null))
  })

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["a list", []],
    ["no id", { type: "payment_intent.succeeded", data: { object: {} } }],
    ["money without an amount", event("payment_intent.succeeded", { currency: "usd" })],
    ["money of no currency", event("payment_intent.succeeded", { amount_received: 5, currency: "ugx" })],
    ["a return of nothing", event("charge.refunded", { refunded: true })]
  ])("that is signed but says %s is unreadable", async (_, said) => {
    expect(await read(signed(said))).toEqual(refused("unreadable"))
  })
})

it("a layer with a webhook secret reads notices, and one without has none", async () => {
  const both = Stripe.layer({ secretKey: "sk_test_octavo", webhookSecret: secret, tolerance: "1 hour" })
  const header = PaymentProvider.signature(bytes(succeeded), secret, Math.floor(Date.now() / 1000) - 3000)
  const told = Effect.flatMap(PaymentNotices, ({ read }) => read(signed(succeeded, header)))
  expect(await Effect.runPromise(Effect.provide(told, both))).toMatchObject({ id: "evt_1" })
  const alone = Effect.serviceOption(PaymentNotices).pipe(Effect.provide(Stripe.layer({ secretKey: "sk_test_octavo" })))
  expect(await Effect.runPromise(alone)).toMatchObject({ _tag: "None" })
})

describe("the provider's webhooks", () => {
  const stripe = provider()
  const seen: Array<Either.Either<Notice | null, unknown>> = []
  const server = createServer(async (incoming, response) => {
    const chunks: Array<Uint8Array> = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { "stripe-signature": header } = incoming.headers
    const asked = { body: Buffer.concat(chunks), headers: { "stripe-signature": String(header) } }
    seen.push(await read(asked, Date.now()))
    response.writeHead(Either.isRight(seen.at(-1) ?? Either.left(null)) ? 200 : 400).end()
  })
  beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))
  afterAll(() => new Promise((done) => server.close(done)))
  const to = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`

  it("are read over a real socket, in any order, repeated and late", async () => {
    const ask = asking(adapter(stripe))
    const [paid, lost] = [request(), request({ method: declined })]
    const payment = (await ask((gateway) => gateway.charge(paid))) as Captured
    await ask((gateway) => gateway.charge(lost))
    await ask((gateway) => gateway.refund(refundOf(payment, newKey())))
    const events = await stripe().events()
    const ids = events.map(({ id }) => id).toReversed()
    const sent = await stripe().deliver({ to: to(), secret, events: ids, times: 2 })
    expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: 2 * ids.length }, () => 200))
    const notices = seen.flatMap((told) => (Either.isRight(told) && told.right !== null ? [told.right] : []))
    expect(notices.map(({ orderId, key, said: { _tag } }) => [orderId, key, _tag])).toEqual(
      [
        [paid.orderId, paid.key, "Returned"],
        [paid.orderId, paid.key, "Returned"],
        [lost.orderId, lost.key, "Declined"],
        [paid.orderId, paid.key, "Captured"]
      ].flatMap((notice) => [notice, notice])
    )
    expect(new Set(notices.map(({ id }) => id)).size).toBe(4)
    for (const late of [{ age: 400 }, { secret: "whsec_other" }]) {
      const [told] = await stripe().deliver({ to: to(), secret, events: ids.slice(0, 1), ...late })
      expect(told?.status).toBe(400)
    }
  })
})

it("the provider signs as Stripe's own library does, and that library reads it", () => {
  const body = JSON.stringify(succeeded)
  const header = PaymentProvider.signature(body, secret, seconds)
  const { webhooks } = new StripeClient("sk_test_octavo")
  expect(webhooks.generateTestHeaderString({ payload: body, secret, timestamp: seconds })).toBe(header)
  expect(webhooks.signature?.verifyHeader(body, header, secret, 0)).toBe(true)
})
