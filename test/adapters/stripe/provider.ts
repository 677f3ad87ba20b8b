import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, expect } from "vitest"
import * as Stripe from "../../../src/adapters/stripe/index.js"
import { CustomerId } from "../../../src/domain/Id.js"
import { Amount, Currency } from "../../../src/domain/Money.js"
import { OrderId } from "../../../src/domain/OrderId.js"
import { type Captured, PaymentKey } from "../../../src/domain/Payment.js"
import { type ChargeRequest, PaymentGateway } from "../../../src/ports/PaymentGateway.js"
import { PaymentProvider } from "../../../src/testing/provider/index.js"

export const accepted = "pm_card_visa"
export const declined = "pm_card_chargeDeclined"

/** A provider of this file's own, as it is once its tests run. */
export const provider = (options: Partial<PaymentProvider.Options> = {}) => {
  const held: { provider?: PaymentProvider.PaymentProvider } = {}
  const directory = mkdtempSync(join(tmpdir(), "octavo-stripe-"))
  beforeAll(async () => {
    held.provider = await PaymentProvider.start({ ledger: join(directory, "ledger.jsonl"), ...options })
  })
  afterAll(async () => {
    await held.provider?.stop()
    rmSync(directory, { recursive: true })
  })
  return () => {
    if (held.provider === undefined) throw new Error("the provider is not there yet")
    return held.provider
  }
}

/** The adapter on a provider; patient enough for one that is down for a moment. */
export const adapter = (
  provider: () => Pick<PaymentProvider.PaymentProvider, "url" | "secretKey">,
  options: Partial<Stripe.Options> = {}
) =>
  Layer.unwrapEffect(
    Effect.sync(() => Stripe.layer({ secretKey: provider().secretKey, api: provider().url, ...options }))
  )

/** Asks a gateway, which is built once, when it is first asked. */
export const asking = (layer: Layer.Layer<PaymentGateway>) => {
  const runtime = ManagedRuntime.make(layer)
  return <A, E>(ask: (gateway: PaymentGateway["Type"]) => Effect.Effect<A, E>) =>
    runtime.runPromise(Effect.flatMap(PaymentGateway, ask))
}

/** A key as octavo makes them, by its own time so many milliseconds old. */
export const newKey = (age = 0): PaymentKey => {
  const time = (Date.now() - age).toString(16).padStart(12, "0")
  return PaymentKey.make(`${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`)
}

export const request = (facts: Partial<ChargeRequest> = {}): ChargeRequest => ({
  key: newKey(),
  orderId: OrderId.make(crypto.randomUUID()),
  customerId: CustomerId.make("ann"),
  amount: Amount.make(1999),
  currency: Currency.make("USD"),
  method: accepted,
  ...facts
})

export const refundOf = ({ paymentId, amount, currency }: Captured, key: PaymentKey) => ({
  key,
  paymentId,
  amount,
  currency
})

export const captured = (request: ChargeRequest) => ({
  _tag: "Captured",
  paymentId: expect.stringMatching(/^pi_/),
  amount: request.amount,
  currency: request.currency
})

/** In front of a provider: it hears every request, and no answer to a POST comes back. */
export const deaf = (provider: () => PaymentProvider.PaymentProvider) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const port = Number(new URL(provider().url).port)
        const server = createServer((socket) => {
          const onward = connect(port, "127.0.0.1")
          for (const end of [socket, onward]) end.on("error", () => {})
          let posted = false
          socket.on("data", (chunk) => {
            posted ||= chunk.toString("latin1").startsWith("POST")
            onward.write(chunk)
          })
          onward.on("data", (chunk) => {
            if (!posted) return socket.write(chunk)
            onward.destroy()
            socket.resetAndDestroy()
          })
        })
        await once(server.listen(0, "127.0.0.1"), "listening")
        return server
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => ({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      secretKey: provider().secretKey
    })
  )
