import { Effect } from "effect"
import { expect, it } from "vitest"
import { StripePayments } from "../../src/adapters/stripe/index.js"
import { Amount } from "../../src/domain/Money.js"
import { PaymentKey } from "../../src/domain/Payment.js"
import { adapter, asking, captured, declined, newKey, provider, request } from "./stripe/provider.js"

const stripe = provider({ searchLag: 60_000 })
const ask = asking(adapter(stripe))

it("a payment that the search does not find yet is found in the lists", async () => {
  const asked = request()
  const answer = await ask((gateway) => gateway.charge(asked))
  expect(await ask((gateway) => gateway.lookup(asked.key))).toEqual(answer)
})

it("a payment is found in the lists also behind a hundred others", async () => {
  const asked = request()
  const answer = await ask((gateway) => gateway.charge(asked))
  await Promise.all(Array.from({ length: 100 }, () => ask((gateway) => gateway.charge(request()))))
  expect(await ask((gateway) => gateway.lookup(asked.key))).toEqual(answer)
})

it("a key that was never charged is closed: nothing is taken under it any more", async () => {
  const asked = request()
  for (let i = 0; i < 2; i++) expect(await ask((gateway) => gateway.lookup(asked.key))).toBeNull()
  expect(await ask((gateway) => Effect.flip(gateway.charge(asked)))).toMatchObject({ moneyMoved: "Unknown" })
  expect(await ask((gateway) => gateway.lookup(asked.key))).toBeNull()
  expect(stripe().ledger().captures(asked.key)).toBe(0)
})

it("a key that was closed is never charged, also when Stripe has forgotten it", async () => {
  await stripe().set({ searchLag: 0 })
  const asked = request({ key: newKey(13 * 3600_000) })
  expect(await ask((gateway) => gateway.lookup(asked.key))).toBeNull()
  await stripe().forgetKeys()
  expect(await ask((gateway) => Effect.flip(gateway.charge(asked)))).toMatchObject({ moneyMoved: "No" })
  expect(await ask((gateway) => gateway.lookup(asked.key))).toBeNull()
  await stripe().set({ searchLag: 60_000 })
})

it("a closing whose answer is lost is found closed", async () => {
  const key = newKey()
  await stripe().script({ open: [{ do: "drop_reply" }], cancel: [{ do: "drop_before" }] })
  expect(await ask((gateway) => gateway.lookup(key))).toBeNull()
  await stripe().script({ open: [{ do: "drop_reply" }] })
  const hasty = asking(adapter(stripe, { retries: 0 }))
  const other = newKey()
  expect(await hasty((gateway) => Effect.flip(gateway.lookup(other)))).toMatchObject({ moneyMoved: "Unknown" })
  expect(await ask((gateway) => gateway.lookup(other))).toBeNull()
})

it("a key that differs in case only is another key, although Stripe's search takes it for the same", async () => {
  await stripe().set({ searchLag: 0 })
  const asked = request()
  await ask((gateway) => gateway.charge(asked))
  expect(await ask((gateway) => gateway.lookup(PaymentKey.make(asked.key.toUpperCase())))).toBeNull()
  await stripe().set({ searchLag: 60_000 })
})

it("an intent that nobody finished is canceled, so that it can never be captured", async () => {
  const asked = request()
  await stripe().script({ charge: [{ do: "require_action" }], cancel: [{ do: "drop_before" }] })
  const hasty = asking(adapter(stripe, { retries: 0 }))
  await hasty((gateway) => Effect.flip(gateway.charge(asked)))
  expect(stripe().ledger().entries.at(-1)).toMatchObject({ kind: "waiting", key: asked.key })
  expect(await ask((gateway) => gateway.lookup(asked.key))).toMatchObject({ _tag: "Declined" })
  expect(stripe().ledger().entries.at(-1)).toMatchObject({ kind: "canceled", key: asked.key })
})

it("a lookup that fails tells nothing", async () => {
  const { key } = request()
  await stripe().script({ read: [{ do: "fail_before" }] })
  const hasty = asking(adapter(stripe, { retries: 0 }))
  expect(await hasty((gateway) => Effect.flip(gateway.lookup(key)))).toMatchObject({ moneyMoved: "Unknown" })
})

it("a lookup beside its charge never says never of what is captured", async () => {
  for (let round = 0; round < 60; round++) {
    const asked = request()
    if (round % 3 === 0) await stripe().script({ charge: [{ do: "slow", milliseconds: 1 + (round % 7) }] })
    const [charged, told] = await Promise.all([
      ask((gateway) => Effect.merge(gateway.charge(asked))),
      ask((gateway) => Effect.delay(Effect.merge(gateway.lookup(asked.key)), `${round % 11} millis`))
    ])
    const captures = stripe().ledger().captures(asked.key)
    expect(captures).toBeLessThanOrEqual(1)
    if (told === null) expect([captures, charged]).toEqual([0, expect.objectContaining({ moneyMoved: "Unknown" })])
    if (charged._tag === "Captured") expect(captures).toBe(1)
    if (told?._tag === "Captured") expect(told).toMatchObject(captured(asked))
  }
})

it("the payments of an order are found by its id", async () => {
  await stripe().set({ searchLag: 0 })
  const { orderId } = request()
  const [first, second] = [request({ orderId, method: declined }), request({ orderId, amount: Amount.make(2999) })]
  for (const asked of [first, second]) await ask((gateway) => gateway.charge(asked))
  const found = await Effect.runPromise(
    Effect.flatMap(StripePayments, (payments) => payments.ofOrder(orderId)).pipe(Effect.provide(adapter(stripe)))
  )
  expect(found).toMatchObject([
    { key: first.key, status: "canceled", amountReceived: 0 },
    { key: second.key, status: "succeeded", amountReceived: 2999, currency: "usd" }
  ])
})
