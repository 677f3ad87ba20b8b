/** What a payment provider sends: over real sockets, signed over the very bytes. */
import { createHmac, timingSafeEqual } from "node:crypto"
import * as HttpApp from "@effect/platform/HttpApp"
import { Effect, Layer, Logger, LogLevel } from "effect"
import { Bookstore, Inbox, Notice, Payment, PaymentGateway, PaymentNotices, StoreError } from "octavo"
import * as Demo from "octavo/demo"
import { httpApp, openapi, layer as routes, toWebHandler } from "octavo/http"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { type Call, problem, secret, useServer } from "./support.js"

const key = "known to the provider and to the host"
const sign = (body: Uint8Array | string) => createHmac("sha256", key).update(body).digest("hex")
const isSigned = (body: Uint8Array, signature: string | undefined) =>
  signature?.length === 64 && timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body)))

/** A provider of the test's own: notices in JSON, their HMAC over the bytes in a header. */
const notices = Layer.succeed(PaymentNotices.PaymentNotices, {
  read: ({ body, headers }) =>
    Effect.gen(function* () {
      if (!isSigned(body, headers["x-provider-signature"])) {
        return yield* new Notice.NoticeRefused({ reason: "signature" })
      }
      const said = yield* Effect.try({
        try: () => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)),
        catch: () => new Notice.NoticeRefused({ reason: "unreadable" })
      })
      if (said.age > 300) return yield* new Notice.NoticeRefused({ reason: "too_old" })
      if (said.id === undefined) return null
      const { amount, currency, paymentId } = said
      return new Notice.Notice({
        source: "provider",
        id: said.id,
        orderId: said.order,
        key: said.key,
        said: new Payment.Captured({ amount, currency, paymentId })
      })
    })
})

const keys = new Map<string, string>()

/** The provider has the money, but its answer is lost. */
const silent = Layer.effect(
  PaymentGateway.PaymentGateway,
  Effect.map(PaymentGateway.PaymentGateway, (gateway) => ({
    ...gateway,
    charge: ({ orderId, key }) => {
      keys.set(orderId, key)
      return new PaymentGateway.GatewayError({ moneyMoved: "Unknown", cause: new Error("no answer") })
    }
  }))
).pipe(Layer.provide(Demo.layer))

let isDown = false
const heard: Array<string> = []
const watched = Layer.effect(
  Inbox.Inbox,
  Effect.map(Inbox.Inbox, (inbox) => ({
    accept: (source, id, now) =>
      Effect.suspend(() => {
        heard.push(id)
        return isDown ? Effect.fail(down) : inbox.accept(source, id, now)
      })
  }))
).pipe(Layer.provideMerge(Memory.layer))
const down = new StoreError.StoreError({
  operation: "accept",
  outcome: "NotStarted",
  retryable: true,
  cause: new Error("host db.internal is down")
})

const shop = Layer.mergeAll(
  Bookstore.layer.pipe(Layer.provide(silent), Layer.provideMerge(watched)),
  Jwt.layer({ secret }),
  notices
).pipe(Layer.provideMerge(Logger.minimumLogLevel(LogLevel.None)))
const { call, addBook, customerWith, raw } = useServer({ layer: shop, maximumBody: 4096 })

beforeEach(() => {
  isDown = false
  heard.length = 0
})

const path = "/payments/webhook"
const send = (body: string | Uint8Array<ArrayBuffer>, more: Call = {}) =>
  call("POST", path, { raw: body, ...more, headers: { "x-provider-signature": sign(body), ...more.headers } })

/** A customer whose order waits for its payment, and what the provider tells of it. */
const waiting = async () => {
  const as = await customerWith(await addBook({ price: "10.00" }))
  expect((await call("POST", "/orders/checkout", { as, body: {} })).json.code).toBe("ORDER_CHECKOUT_IN_PROGRESS")
  const orders = async () => (await call("GET", "/orders", { as })).json
  const [{ id }] = await orders()
  const text = (more: object = {}) =>
    JSON.stringify({
      id: `notice-of-${id}`,
      order: id,
      key: keys.get(id),
      amount: 1000,
      currency: "USD",
      paymentId: `payment-${id}`,
      ...more
    })
  return { as, id, text, status: async () => (await orders())[0].status }
}

describe("a payment provider's notice", () => {
  it("is taken by its very bytes, whatever they are said to be, and answered after the commit", async () => {
    for (const type of ["application/json", "text/plain", "", "application/json; charset=latin1", "x"]) {
      const { text, status } = await waiting()
      // Spaces, an order of fields, and an escape that no second writing of the JSON would keep.
      const body = `  ${text({ note: "é" }).replace("é", "\\u00e9")}\n`
      const answer = await send(body, { headers: { "content-type": type } })
      expect({ type, status: answer.status, text: answer.text }).toEqual({ type, status: 204, text: "" })
      expect(answer.headers.get("x-request-id")).toMatch(/./)
      expect(await status()).toBe("confirmed")
    }
  })

  it("needs no token, and minds no bad one", async () => {
    const { text } = await waiting()
    expect((await send(text(), { headers: { authorization: "Bearer nonsense" } })).status).toBe(204)
  })

  it("that comes again, or twelve times at once, or is of no concern, is taken as well, to no effect", async () => {
    const { text, status, as } = await waiting()
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(text())))
    expect(answers.map((answer) => answer.status)).toEqual(Array(12).fill(204))
    expect((await send(text())).status).toBe(204)
    expect(await status()).toBe("confirmed")
    expect((await call("GET", "/orders", { as })).json).toHaveLength(1)
    heard.length = 0
    expect((await send(JSON.stringify({ kind: "something else" }))).status).toBe(204)
    expect(heard).toEqual([])
    const stranger = { order: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d", key: "another shop's", id: "stranger" }
    expect((await send(text(stranger))).status).toBe(204)
  })

  it("is refused with the reason when it is not signed, has another byte, is old, or cannot be read", async () => {
    const { text, status } = await waiting()
    const refused = (reason: string) => ({ status: 400, json: problem(400, "NOTICE_REFUSED", { reason }) })
    const forged = [
      await call("POST", path, { raw: text() }),
      await send(text(), { headers: { "x-provider-signature": sign(`${text()} `) } }),
      await send("", { headers: { "x-provider-signature": "" } }),
      await call("POST", path)
    ]
    for (const answer of forged) expect(answer).toMatchObject(refused("signature"))
    expect(await send(text({ age: 301 }))).toMatchObject(refused("too_old"))
    expect(await send("no JSON")).toMatchObject(refused("unreadable"))
    expect(await send(new Uint8Array([0xff, 0xfe]))).toMatchObject(refused("unreadable"))
    expect(heard).toEqual([])
    expect(await status()).toBe("pending_payment")
  })

  it("that the store cannot take is to be sent again, and then has its effect once", async () => {
    const { text, status } = await waiting()
    isDown = true
    const answer = await send(text())
    expect(answer.json).toMatchObject(problem(503, "STORE_UNAVAILABLE"))
    expect(answer.headers.get("retry-after")).toBe("1")
    expect(answer.text).not.toContain("db.internal")
    expect(await status()).toBe("pending_payment")
    isDown = false
    expect((await send(text())).status).toBe(204)
    expect(await status()).toBe("confirmed")
  })

  it("has the limit of every body, and one method", async () => {
    expect((await send("x".repeat(5000))).json).toMatchObject(problem(413, "PAYLOAD_TOO_LARGE", { limit: 4096 }))
    const got = await call("GET", path)
    expect(got.json).toMatchObject(problem(405, "HTTP_405"))
    expect(got.headers.get("allow")).toBe("POST")
  })

  it.each(["in parts", "in one piece with its headers"])("may come %s", async (how) => {
    const { text, status } = await waiting()
    const body = text()
    const parts = [body.slice(0, 7), body.slice(7, 40), body.slice(40)]
    const chunks = parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`).join("")
    const sent =
      how === "in parts"
        ? `Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`
        : `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Provider-Signature: ${sign(body)}\r\n`
    expect(await raw(head + sent)).toMatch(/^HTTP\/1\.1 204 /)
    expect(await status()).toBe("confirmed")
  })

  it("is in the document where it is taken", async () => {
    const { json } = await call("GET", "/openapi.json")
    expect(json).toEqual(JSON.parse(JSON.stringify(await openapi())))
    const { post } = json.paths[path]
    expect(post.security).toEqual([])
    expect(Object.keys(post.requestBody.content)).toEqual(["*/*"])
    expect(Object.keys(post.responses).sort()).toEqual(["204", "400", "413", "500", "503"])
  })
})

/** A notice that is none of this store's orders': taken, once it is found to be the provider's. */
const stranger = JSON.stringify({
  id: "stranger",
  order: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d",
  key: "a key",
  amount: 1,
  currency: "USD",
  paymentId: "a payment"
})
const request = (to: string, signature: string) =>
  new Request(`http://shop.example${to}`, {
    method: "POST",
    body: new ReadableStream({
      start: (controller) => {
        // A part of a buffer that other things lie in.
        controller.enqueue(new TextEncoder().encode(`before${stranger}after`).subarray(6, 6 + stranger.length))
        controller.close()
      }
    }),
    duplex: "half",
    headers: { "x-provider-signature": signature }
  } as RequestInit)

describe.each([
  ["as a web handler", toWebHandler({ prefix: "/shop", layer: shop })],
  [
    "as an application in a host's own",
    HttpApp.toWebHandlerLayer(httpApp, routes({ prefix: "/shop" }).pipe(Layer.provide(shop)))
  ]
])("mounted %s", (_, { handler, dispose }) => {
  afterAll(() => dispose())

  it("the notices are taken where the routes are, by their signature", async () => {
    expect((await handler(request("/shop/payments/webhook", sign(stranger)))).status).toBe(204)
    expect(heard).toEqual(["stranger"])
    expect((await handler(request("/shop/payments/webhook", sign(`${stranger} `)))).status).toBe(400)
    expect((await handler(request("/payments/webhook", sign(stranger)))).status).toBe(404)
  })
})

describe("a bookstore whose provider sends nothing", () => {
  const { call } = useServer()

  it("has no such route, and tells of none", async () => {
    expect((await call("POST", path, { raw: stranger })).json).toMatchObject(problem(404, "HTTP_404"))
    expect((await call("GET", path)).json).toMatchObject(problem(404, "HTTP_404"))
    const { json } = await call("GET", "/openapi.json")
    expect(Object.keys(json.paths)).not.toContain(path)
    expect(json.tags.map(({ name }: { readonly name: string }) => name)).not.toContain("Payments")
  })
})
