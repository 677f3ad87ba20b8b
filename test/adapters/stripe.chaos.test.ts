import { Effect } from "effect"
import { expect, it } from "vitest"
import type { Outcome } from "../../src/domain/Payment.js"
import { PaymentProvider } from "../../src/testing/provider/index.js"
import { adapter, asking, captured, declined, provider, refundOf, request } from "./stripe/provider.js"

const stripe = provider()

/** Everything is asked of an impatient adapter, as often as it takes to be told. */
const ask = asking(adapter(stripe, { retries: 1, timeout: "2 seconds" }))

const lookedUp = async (key: ReturnType<typeof request>["key"]): Promise<Outcome | null> => {
  for (let tries = 0; tries < 30; tries++) {
    const told = await ask((gateway) => Effect.merge(gateway.lookup(key)))
    if (told?._tag !== "GatewayError") return told
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error("it was never told")
}

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => request(i % 7 === 0 ? { method: declined } : undefined))

/** What was answered, what is told later and what the books say are one. */
const agree = (
  asked: ReturnType<typeof request>,
  answers: ReadonlyArray<Outcome | { readonly _tag: "GatewayError"; readonly moneyMoved: string }>,
  told: Outcome | null,
  books: PaymentProvider.Books
) => {
  const captures = books.captures(asked.key)
  expect(captures).toBe(told?._tag === "Captured" ? 1 : 0)
  expect(books.capturesOf(asked.orderId)).toBe(captures)
  if (told?._tag === "Captured") expect(told).toMatchObject(captured(asked))
  for (const answer of answers) {
    if (answer._tag === "Captured") expect(told).toEqual(answer)
    else if (answer._tag === "Declined") expect([told?._tag, captures]).toEqual(["Declined", 0])
    else if (answer.moneyMoved === "No") expect(captures).toBe(0)
  }
}

it.each([1, 2, 3, 4])(
  "with the troubles of seed %i, no key is captured twice, and lookup tells the truth",
  async (seed) => {
    await stripe().set({ seed, weights: PaymentProvider.troubles })
    const requests = many(40)
    const answers = await Promise.all(requests.map((asked) => ask((gateway) => Effect.merge(gateway.charge(asked)))))
    const told = await Promise.all(requests.map(({ key }) => lookedUp(key)))
    const books = stripe().ledger()
    for (const [i, asked] of requests.entries())
      agree(asked, [answers[i] ?? expect.unreachable()], told[i] ?? null, books)

    const payments = told.flatMap((outcome) => (outcome?._tag === "Captured" ? [outcome] : []))
    expect(payments.length).toBeGreaterThan(5)
    const refunds = payments.map((payment) => refundOf(payment, `${payment.paymentId}-refund` as never))
    await Promise.all(refunds.map((refund) => ask((gateway) => Effect.retry(gateway.refund(refund), { times: 20 }))))
    const refunded = stripe().ledger()
    for (const { paymentId, amount } of payments) expect(refunded.refunded(paymentId)).toBe(amount)
  }
)

it("killed by SIGKILL in the middle and started again, the books never show two captures of one key", async () => {
  await stripe().set({ seed: 7, weights: {} })
  let takenButUntold = 0
  for (let round = 0; round < 6; round++) {
    const requests = many(30)
    const first = requests.map((asked) => ask((gateway) => Effect.merge(gateway.charge(asked))))
    await new Promise((done) => setTimeout(done, 3 + round * 5))
    await stripe().kill()
    const killed = stripe().ledger()
    await stripe().restart()
    const answers = await Promise.all(first)
    const again = await Promise.all(requests.map((asked) => ask((gateway) => Effect.merge(gateway.charge(asked)))))
    const told = await Promise.all(requests.map(({ key }) => lookedUp(key)))
    const books = stripe().ledger()
    for (const [i, asked] of requests.entries()) {
      const [before, after] = [answers[i] ?? expect.unreachable(), again[i] ?? expect.unreachable()]
      if (before._tag === "GatewayError") takenButUntold += killed.captures(asked.key)
      // What the first call did not move, the second did.
      const settled = before._tag === "GatewayError" && before.moneyMoved === "No" ? [after] : [before, after]
      agree(asked, settled, told[i] ?? null, books)
    }
  }
  expect(takenButUntold).toBeGreaterThan(0)
})
