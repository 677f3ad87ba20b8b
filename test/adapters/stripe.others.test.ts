import { Effect, Either, Layer, TestClock, TestContext } from "effect"
import { expect, it } from "vitest"
import * as Stripe from "../../src/adapters/stripe/index.js"
import { PaymentNotices } from "../../src/ports/PaymentNotices.js"
import { PaymentProvider } from "../../src/testing/provider/index.js"

const secret = "whsec_octavo"
const now = Date.UTC(2026, 0, 1)

const read = (event: object) => {
  const body = new TextEncoder().encode(JSON.stringify(event))
  const header = PaymentProvider.signature(body, secret, now / 1000)
  return Effect.runPromise(
    Effect.flatMap(PaymentNotices, ({ read }) =>
      Effect.zipRight(TestClock.setTime(now), Effect.either(read({ body, headers: { "stripe-signature": header } })))
    ).pipe(Effect.provide(Layer.merge(Stripe.layerNotices({ webhookSecret: secret }), TestContext.TestContext)))
  )
}

// What is refused is sent again for days, and counts against the endpoint.
it.each([
  ["balance.available", { object: "balance", available: [{ amount: 5, currency: "usd" }] }],
  ["invoice.upcoming", { object: "invoice", metadata: {}, status: "draft" }],
  ["some.thing", { id: "x", object: "thing", metadata: null, status: { code: 1 }, refunded: "in part" }]
])("a signed %s, which is none of octavo's, is of no concern", async (type, object) => {
  expect(await read({ id: "evt_1", object: "event", type, data: { object } })).toEqual(Either.right(null))
})
