/** Stripe's notices through the mounted route, from a provider in a process of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger, LogLevel } from "effect"
import { Bookstore, PaymentGateway } from "octavo"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import * as Stripe from "octavo/stripe"
import { PaymentProvider } from "octavo/testing/provider"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { problem, secret, useServer } from "./support.js"

const webhookSecret = "whsec_of_these_tests"
const directory = mkdtempSync(join(tmpdir(), "octavo-stripe-"))
let provider: PaymentProvider.PaymentProvider
beforeAll(async () => {
  provider = await PaymentProvider.start({ ledger: join(directory, "ledger") })
})
afterAll(async () => {
  await provider.stop()
  rmSync(directory, { recursive: true })
})

/** Stripe has the money, but its answer is lost. */
const silent = Layer.effect(
  PaymentGateway.PaymentGateway,
  Effect.map(PaymentGateway.PaymentGateway, (gateway) => ({
    ...gateway,
    charge: (request) =>
      Effect.zipRight(
        gateway.charge(request),
        new PaymentGateway.GatewayError({ moneyMoved: "Unknown", cause: new Error("no answer") })
      )
  }))
)
const stripe = Layer.unwrapEffect(
  Effect.sync(() => Stripe.layer({ secretKey: provider.secretKey, api: provider.url, webhookSecret }))
)
const layer = Layer.merge(Bookstore.layer.pipe(Layer.provide(silent)), Jwt.layer({ secret })).pipe(
  Layer.provideMerge(Layer.merge(stripe, Memory.layer)),
  Layer.provideMerge(Logger.minimumLogLevel(LogLevel.None))
)
const { call, addBook, customerWith, url } = useServer({ layer, demoPayments: false })

describe("Stripe's notices", () => {
  it("confirm the order by the very bytes that were signed, however often and in whatever order they come", async () => {
    const as = await customerWith(await addBook())
    const paid = await call("POST", "/orders/checkout", { as, body: { payment_method: "pm_card_visa" } })
    expect(paid.json).toMatchObject(problem(409, "ORDER_CHECKOUT_IN_PROGRESS"))
    const status = async () => (await call("GET", "/orders", { as })).json[0].status
    const events = await provider.events()
    const succeeded = events.find(({ type }) => type === "payment_intent.succeeded")

    const path = "/payments/webhook"
    const body = JSON.stringify(succeeded, null, 2)
    const seconds = Math.floor(Date.now() / 1000)
    const send = (raw: string, at = seconds) =>
      call("POST", path, { raw, headers: { "stripe-signature": PaymentProvider.signature(body, webhookSecret, at) } })
    expect((await send(JSON.stringify(succeeded))).json).toMatchObject(
      problem(400, "NOTICE_REFUSED", { reason: "signature" })
    )
    expect((await send(body, seconds - 3600)).json).toMatchObject(problem(400, "NOTICE_REFUSED", { reason: "too_old" }))
    expect(await status()).toBe("pending_payment")
    expect((await send(body)).status).toBe(204)
    expect(await status()).toBe("confirmed")

    const ids = events.map(({ id }) => id).reverse()
    const answers = await provider.deliver({ to: `${url()}${path}`, secret: webhookSecret, events: ids, times: 2 })
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([204]))
    expect(await status()).toBe("confirmed")
    expect(provider.ledger().refunds).toEqual([])
  })
})
