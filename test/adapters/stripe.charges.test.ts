import { Effect } from "effect"
import { expect, it } from "vitest"
import type { Outcome } from "../../src/domain/Payment.js"
import type { PaymentProvider } from "../../src/testing/provider/index.js"
import { adapter, asking, captured, declined, newKey, provider, request } from "./stripe/provider.js"

const stripe = provider()
const patient = asking(adapter(stripe))
const once = asking(adapter(stripe, { retries: 0 }))

/** A charge that meets these behaviours, one a request. */
const meeting = async (
  ask: typeof patient,
  charge: ReadonlyArray<PaymentProvider.Behaviour>,
  asked = request()
): Promise<{
  readonly asked: typeof asked
  readonly answer: Outcome | { readonly moneyMoved: "No" | "Unknown" }
  readonly captures: number
}> => {
  await stripe().script({ charge })
  const answer = await ask((gateway) => Effect.merge(gateway.charge(asked)))
  await stripe().script({ charge: [] })
  return { asked, answer, captures: stripe().ledger().captures(asked.key) }
}

const lookup = (key: ReturnType<typeof newKey>) => patient((gateway) => Effect.merge(gateway.lookup(key)))

const last = () => stripe().ledger().entries.at(-1)

it("a charge is one intent, with the key as its idempotency key and the order in its metadata", async () => {
  const { asked, answer } = await meeting(patient, [])
  expect(answer).toMatchObject(captured(asked))
  expect(last()).toMatchObject({
    kind: "payment",
    key: asked.key,
    orderId: asked.orderId,
    amount: 1999,
    currency: "usd",
    saved: { key: asked.key },
    intent: {
      metadata: { octavo_key: asked.key, octavo_order: asked.orderId, octavo_customer: asked.customerId },
      payment_method: asked.method
    }
  })
})

it.each([
  ["an answer that comes slowly", [{ do: "slow", milliseconds: 300 }]],
  ["a reply that is dropped after the money was taken", [{ do: "drop_reply" }]],
  ["three replies that are dropped", [{ do: "drop_reply" }, { do: "drop_reply" }, { do: "drop_reply" }]],
  ["a request that is dropped", [{ do: "drop_before" }]],
  ["a server that fails before it does anything", [{ do: "fail_before" }]],
  ["too many requests", [{ do: "rate_limit" }]],
  ["an answer that comes twice", [{ do: "answer_twice" }]],
  ["a server that is down for a moment", [{ do: "down", milliseconds: 200 }]]
] as const)("%s is outlived: one capture", async (_, charge) => {
  const { asked, answer, captures } = await meeting(patient, charge)
  expect(answer).toMatchObject(captured(asked))
  expect(captures).toBe(1)
})

it("a server that is down for longer than the patience, after it had the request, leaves the outcome unknown", async () => {
  const { answer, asked, captures } = await meeting(asking(adapter(stripe, { retries: 1 })), [
    { do: "down", milliseconds: 1500 }
  ])
  // The last attempt surely did not arrive, but the first may have.
  expect(answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
  expect(captures).toBe(0)
  await new Promise((done) => setTimeout(done, 1500))
  expect(await lookup(asked.key)).toBeNull()
})

it.each([
  ["a reply that is dropped", [{ do: "drop_reply" }], 1],
  ["a server that fails after the money was taken", [{ do: "fail_after" }], 1],
  ["a request that is dropped", [{ do: "drop_before" }], 0],
  ["a server that fails before it does anything", [{ do: "fail_before" }], 0]
] as const)("%s leaves the outcome unknown, and lookup tells it", async (_, charge, captures) => {
  const met = await meeting(once, charge)
  expect(met.answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
  expect(met.captures).toBe(captures)
  const told = await lookup(met.asked.key)
  if (captures === 0) expect(told).toBeNull()
  else expect(told).toMatchObject(captured(met.asked))
})

it("an answer that takes longer than the timeout leaves the outcome unknown, and lookup tells it", async () => {
  const hasty = asking(adapter(stripe, { retries: 0, timeout: "100 millis" }))
  const { answer, asked } = await meeting(hasty, [{ do: "slow", milliseconds: 500 }])
  expect(answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
  expect(await once((gateway) => Effect.merge(gateway.lookup(asked.key)))).toMatchObject({ moneyMoved: "Unknown" })
  expect(await lookup(asked.key)).toMatchObject(captured(asked))
})

it.each([
  ["generic_decline", [], request({ method: declined })],
  ["insufficient_funds", [], request({ method: "pm_card_chargeDeclinedInsufficientFunds" })],
  ["stolen_card", [{ do: "decline", reason: "stolen_card" }], request()],
  ["requires_action", [{ do: "require_action" }], request()],
  ["requires_action", [], request({ method: "pm_card_authenticationRequired" })]
] as const)(
  "a decline is final, its reason is told (%s), and its intent is canceled",
  async (reason, script, asked) => {
    const { answer, captures } = await meeting(patient, script, asked)
    expect(answer).toMatchObject({ _tag: "Declined", reason })
    expect(captures).toBe(0)
    expect(last()).toMatchObject({ kind: "canceled", key: asked.key })
  }
)

it("a decline whose cancellation is not answered is unknown, until lookup has made it final", async () => {
  await stripe().script({ cancel: [{ do: "drop_before" }] })
  const { answer, asked } = await meeting(once, [], request({ method: declined }))
  expect(answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
  expect(await lookup(asked.key)).toMatchObject({ _tag: "Declined", reason: "generic_decline" })
  expect(last()).toMatchObject({ kind: "canceled", key: asked.key })
})

it("a decline whose cancellation is answered late, or not at all, is a decline", async () => {
  await stripe().script({ cancel: [{ do: "drop_reply" }] })
  const { answer, asked } = await meeting(patient, [], request({ method: declined }))
  expect(answer).toMatchObject({ _tag: "Declined" })
  expect(await lookup(asked.key)).toMatchObject({ _tag: "Declined" })
})

it("a payment that is processing is unknown until it has come to its end", async () => {
  for (const [end, tag] of [
    ["succeed", "Captured"],
    ["fail", "Declined"]
  ] as const) {
    const { answer, asked } = await meeting(patient, [{ do: "process" }])
    expect(answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
    expect(await lookup(asked.key)).toMatchObject({ _tag: "GatewayError", moneyMoved: "Unknown" })
    await stripe().finish(last()?.intent.id ?? "", end)
    expect(await lookup(asked.key)).toMatchObject({ _tag: tag })
  }
})

it.each([
  ["no payment method", request({ method: null }), stripe],
  ["a payment method that does not exist", request({ method: "card" }), stripe],
  ["a key that is no header", request({ key: "clé" as never }), stripe],
  ["a currency that is unclear", request({ currency: "UGX" as never }), stripe],
  ["a wrong secret key", request(), () => ({ url: stripe().url, secretKey: "sk_test_wrong" })],
  ["a server that was never reached", request(), () => ({ url: "http://127.0.0.1:9", secretKey: "sk_test_octavo" })],
  ["a name that is not known", request(), () => ({ url: "http://stripe.invalid", secretKey: "sk_test_octavo" })]
] as const)("%s surely moves no money", async (_, asked, where) => {
  const before = stripe().ledger().entries.length
  const ask = asking(adapter(where, { retries: 1 }))
  expect(await ask((gateway) => Effect.flip(gateway.charge(asked)))).toMatchObject({ moneyMoved: "No" })
  expect(stripe().ledger().entries.length).toBe(before)
})

it("too many requests, to the end of the patience, surely move no money", async () => {
  const { answer, captures } = await meeting(once, [{ do: "rate_limit" }])
  expect(answer).toMatchObject({ _tag: "GatewayError", moneyMoved: "No" })
  expect(captures).toBe(0)
})

it("a failure tells what Stripe said, and nothing that is secret", async () => {
  const failure = await once((gateway) => Effect.flip(gateway.charge(request({ method: "card" }))))
  expect(failure.cause).toMatchObject({ name: "StripeTrouble", facts: { code: "resource_missing", status: 400 } })
  expect(JSON.stringify(failure)).not.toContain("sk_test")
})

it("a key that Stripe has forgotten is looked for before it is charged again", async () => {
  const asked = request({ key: newKey(13 * 3600_000) })
  const first = await patient((gateway) => gateway.charge(asked))
  await stripe().forgetKeys()
  expect(await patient((gateway) => gateway.charge(asked))).toEqual(first)
  expect(stripe().ledger().captures(asked.key)).toBe(1)
})

it("a customer whose id is longer than Stripe's metadata is charged all the same", async () => {
  const { asked, answer } = await meeting(patient, [], request({ customerId: "é".repeat(512) as never }))
  expect(answer).toMatchObject(captured(asked))
})
