import { Effect } from "effect"
import { expect, it } from "vitest"
import { Amount } from "../../src/domain/Money.js"
import { type Captured, PaymentKey } from "../../src/domain/Payment.js"
import { adapter, asking, newKey, provider, refundOf, request } from "./stripe/provider.js"

const stripe = provider()
const ask = asking(adapter(stripe))
const hasty = asking(adapter(stripe, { retries: 0 }))

const paid = async () => {
  const asked = request()
  const payment = (await ask((gateway) => gateway.charge(asked))) as Captured
  return { asked, payment, refund: refundOf(payment, PaymentKey.make(`${asked.key}-refund`)) }
}

const refunded = ({ paymentId }: Captured) => stripe().ledger().refunded(paymentId)

it("a refund that is asked for many times is given once, also when Stripe has forgotten the key", async () => {
  const { payment, refund } = await paid()
  const half = { ...refund, amount: Amount.make(900) }
  for (let i = 0; i < 3; i++) {
    await ask((gateway) => gateway.refund(half))
    await stripe().forgetKeys()
  }
  expect(refunded(payment)).toBe(900)
})

it.each(["drop_reply", "drop_before", "fail_before", "answer_twice", "rate_limit"] as const)(
  "a part of a payment whose refund meets %s is given back once",
  async (trouble) => {
    const { payment, refund } = await paid()
    await stripe().script({ refund: [{ do: trouble }] })
    await ask((gateway) => gateway.refund({ ...refund, amount: Amount.make(900) }))
    expect(refunded(payment)).toBe(900)
  }
)

it("a refund that was given, but answered with a failure, is found the next time", async () => {
  const { payment, refund } = await paid()
  await stripe().script({ refund: [{ do: "fail_after" }] })
  expect(await hasty((gateway) => Effect.flip(gateway.refund(refund)))).toMatchObject({ moneyMoved: "Unknown" })
  await hasty((gateway) => gateway.refund(refund))
  expect(refunded(payment)).toBe(payment.amount)
})

it("money that is back already is a success, whoever gave it back", async () => {
  const { payment, refund } = await paid()
  await ask((gateway) => gateway.refund({ ...refund, key: newKey() }))
  await ask((gateway) => gateway.refund(refund))
  expect(refunded(payment)).toBe(payment.amount)
})

it("a refund that is on its way is a success, and a failure once it has failed", async () => {
  const { payment, refund } = await paid()
  await stripe().script({ refund: [{ do: "process" }] })
  await ask((gateway) => gateway.refund(refund))
  await ask((gateway) => gateway.refund(refund))
  await stripe().finish(stripe().ledger().entries.at(-1)?.refund?.id ?? "", "fail")
  expect(await ask((gateway) => Effect.flip(gateway.refund(refund)))).toMatchObject({ moneyMoved: "No" })
  expect(refunded(payment)).toBe(0)
})

it("more than was taken, another currency and an unknown payment are refused, and nothing moves", async () => {
  const { payment, refund } = await paid()
  for (const wrong of [
    { ...refund, amount: Amount.make(payment.amount + 1) },
    { ...refund, currency: "EUR" as never },
    { ...refund, paymentId: "pi_none" },
    { ...refund, paymentId: "../refunds" }
  ]) {
    expect(await ask((gateway) => Effect.flip(gateway.refund(wrong)))).toMatchObject({ moneyMoved: "No" })
  }
  expect(refunded(payment)).toBe(0)
})

it("a refund names the key of its own and, when it is whole, the order of the charge", async () => {
  const { asked, refund } = await paid()
  await ask((gateway) => gateway.refund({ ...refund, key: newKey(), amount: Amount.make(500) }))
  expect(stripe().ledger().entries.at(-1)?.refund?.metadata).not.toHaveProperty("octavo_order")
  const whole = await paid()
  await ask((gateway) => gateway.refund(whole.refund))
  expect(stripe().ledger().entries.at(-1)?.refund?.metadata).toEqual({
    octavo_refund: whole.refund.key,
    octavo_order: whole.asked.orderId,
    octavo_key: whole.asked.key
  })
  expect(asked.key).not.toBe(whole.asked.key)
})
