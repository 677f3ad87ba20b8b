import { Effect, Layer, Logger } from "effect"
import * as Octavo from "octavo"
import { BookRepository, Bookstore, PaymentGateway, StoreError, StoreHealth } from "octavo"
import * as Demo from "octavo/demo"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { describe, expect, it } from "vitest"
import { codes } from "../../src/http/Problem.js"
import { type Refusal, table, tell } from "../../src/http/Refusals.js"
import { problem, secret, shop, useServer } from "./support.js"

describe("the table of refusals", () => {
  it("has a row for every error that the domain and the ports export", () => {
    const errors = Object.entries(Octavo)
      .flatMap(([, module]) => Object.values(module as object))
      .filter((value) => typeof value === "function" && value.prototype instanceof Error)
      .map((error) => error._tag as string)
    expect(errors.length).toBeGreaterThan(20)
    expect(errors.filter((tag) => !(tag in table))).toEqual([])
  })

  it("writes every code with its status, and nothing else but facts", () => {
    const id = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d" as never
    const currency = "JPY" as never
    const told = (refusal: Refusal) => tell(refusal, currency)
    expect(told(new Octavo.CheckoutDecision.ItemsUnavailable({ bookIds: [id] })).members).toEqual({ book_ids: [id] })
    expect(told(new Octavo.CheckoutDecision.PriceChanged({ total: 1500 as never })).members).toEqual({
      total_price: "1500"
    })
    expect(told(new Octavo.CheckoutDecision.CheckoutInProgress({ orderId: id })).headers).toEqual({
      "retry-after": "1"
    })
    expect(told(Octavo.Input.invalid("coverImageUrl", "m")).members).toEqual({
      field: "cover_image_url",
      errors: [{ path: "cover_image_url", message: "m" }]
    })
    // RFC 9457, 3.2: facts of a problem's own stand beside the standard members, and never in their place.
    const standard = ["type", "title", "status", "detail", "instance", "code"]
    for (const [code, { status, detail, members }] of Object.entries(codes)) {
      expect(Object.keys(members).filter((name) => standard.includes(name))).toEqual([])
      expect(code).toMatch(/^[A-Z0-9_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(detail).toMatch(/^[A-Z].*\.$/)
    }
  })
})

const trouble = new StoreError.StoreError({
  operation: "get",
  outcome: "NotStarted",
  retryable: true,
  cause: new Error("host db.internal is down")
})
const logged: Array<string> = []
const broken = Layer.effect(
  BookRepository.BookRepository,
  Effect.map(BookRepository.BookRepository, (books) => ({
    ...books,
    get: () => Effect.fail(trouble),
    remove: () => Effect.die(new Error("a secret of the implementation"))
  }))
)
const stores = Layer.merge(
  broken.pipe(Layer.provideMerge(Memory.layer)),
  Layer.succeed(StoreHealth.StoreHealth, { check: trouble })
)
const silent = Layer.effect(
  PaymentGateway.PaymentGateway,
  Effect.map(PaymentGateway.PaymentGateway, (gateway) => ({
    ...gateway,
    charge: () => new PaymentGateway.GatewayError({ moneyMoved: "Unknown", cause: new Error("no answer") })
  }))
).pipe(Layer.provide(Demo.layer))
const logger = Logger.replace(
  Logger.defaultLogger,
  Logger.map(Logger.stringLogger, (line) => void logged.push(line))
)

describe("trouble", () => {
  const { call, addBook, customerWith } = useServer({
    demoPayments: false,
    layer: Layer.merge(
      Bookstore.layer.pipe(Layer.provide(silent), Layer.provideMerge(stores)),
      Jwt.layer({ secret })
    ).pipe(Layer.provideMerge(logger))
  })
  const id = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"

  it.each(["/health/ready", `/books/${id}`])("of the store is 503 with Retry-After: %s", async (path) => {
    const { status, json, headers, text } = await call("GET", path)
    expect(status).toBe(503)
    expect(json).toMatchObject(problem(503, "STORE_UNAVAILABLE"))
    expect(headers.get("retry-after")).toBe("1")
    expect(text).not.toContain("db.internal")
    const id = headers.get("x-request-id") ?? ""
    expect(logged.some((line) => line.includes(id) && line.includes("host db.internal is down"))).toBe(true)
    expect((await call("GET", "/health")).status).toBe(200)
  })

  it("of our own is 500, and only the log has the cause, by the request's id", async () => {
    const { json, headers, text } = await call("DELETE", `/books/${id}`, {
      admin: true,
      headers: { "x-request-id": "mine-1" }
    })
    expect(json).toMatchObject(problem(500, "INTERNAL_ERROR"))
    expect(text).not.toContain("secret")
    expect(headers.get("x-request-id")).toBe("mine-1")
    expect(logged.some((line) => line.includes("mine-1") && line.includes("a secret of the implementation"))).toBe(true)
  })

  it("at the gateway is a checkout in progress, with Retry-After; and force_payment_failure means nothing", async () => {
    const as = await customerWith(await addBook())
    for (let i = 0; i < 2; i++) {
      const { json, headers } = await call("POST", "/orders/checkout", {
        as,
        body: { force_payment_failure: "ignored" }
      })
      expect(json).toMatchObject(problem(409, "ORDER_CHECKOUT_IN_PROGRESS"))
      expect(headers.get("retry-after")).toBe("1")
    }
  })
})

describe("a store that never answers", () => {
  const { call } = useServer({
    layer: Layer.merge(
      shop.pipe(Layer.merge(Layer.succeed(StoreHealth.StoreHealth, { check: Effect.uninterruptible(Effect.never) }))),
      Jwt.layer({ secret })
    ).pipe(Layer.provideMerge(logger)),
    closeTimeout: "50 millis"
  })

  it("is not ready, and that is told in time", async () => {
    expect((await call("GET", "/health/ready")).json).toMatchObject(problem(503, "STORE_UNAVAILABLE"))
  })
})
