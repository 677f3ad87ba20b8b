/** What is asked for is taken, once, and told. */
import { Array, Effect, Schema } from "effect"
import { CustomerId } from "../../domain/Id.js"
import { Amount } from "../../domain/Money.js"
import { Outcome } from "../../domain/Payment.js"
import { GatewayError } from "../../ports/PaymentGateway.js"
import { nasty } from "../Arbitraries.js"
import { atOnce, holds, same } from "../Law.js"
import {
  capturedIn,
  charge,
  type GatewayLaw,
  gatewayLaw,
  gatewayRace,
  lookup,
  newKey,
  paid,
  request,
  Subject
} from "./Subject.js"

const inFull = gatewayLaw(
  "a charge is captured in full, in its currency",
  Effect.gen(function* () {
    for (const amount of [50, 1999, 99_999_999]) {
      const { asked, payment } = yield* paid({ amount: Amount.make(amount) })
      yield* same("what was taken", [payment.amount, payment.currency], [asked.amount, asked.currency])
      yield* holds("the answer can be stored", Schema.is(Outcome)(payment))
    }
  })
)

const withoutDecimals = gatewayLaw(
  "an amount of a currency without decimals is taken as it is",
  Effect.gen(function* () {
    const { currencies } = yield* Subject
    const { asked, payment } = yield* paid({ amount: Amount.make(1234), currency: currencies[1] })
    yield* same("what was taken", [payment.amount, payment.currency], [1234, currencies[1]])
    yield* same("what lookup tells", yield* lookup(asked.key), payment)
  })
)

const sameKey = gatewayLaw(
  "the same key again is the same payment",
  Effect.gen(function* () {
    const { asked, payment } = yield* paid()
    for (const _ of Array.range(1, 3)) yield* same("the answer", yield* charge(asked), payment)
  })
)

const sameKeyAtOnce = gatewayRace(
  "the same key ten times at once is one payment",
  Effect.gen(function* () {
    const asked = yield* request()
    const { successes, failures } = yield* atOnce(10, () => charge(asked))
    const payment = yield* capturedIn(yield* lookup(asked.key))
    yield* holds("somebody is answered", successes.length > 0)
    for (const answer of successes) yield* same("the answer", answer, payment)
    for (const failure of failures)
      yield* same("a failure while another takes the money", failure.moneyMoved, "Unknown")
  })
)

const apart = gatewayRace(
  "charges under keys of their own are payments of their own",
  Effect.gen(function* () {
    const requests = yield* Effect.forEach(Array.range(1, 10), (n) => request({ amount: Amount.make(1000 + n) }))
    const payments = yield* Effect.forEach(requests, (asked) => Effect.flatMap(charge(asked), capturedIn), {
      concurrency: "unbounded"
    })
    yield* same("how many payments", new Set(payments.map(({ paymentId }) => paymentId)).size, 10)
    yield* same(
      "what was taken",
      payments.map(({ amount }) => amount),
      requests.map(({ amount }) => amount)
    )
    yield* same("what lookup tells", yield* Effect.forEach(requests, ({ key }) => lookup(key)), payments)
  })
)

const told = gatewayLaw(
  "lookup tells what was captured under a key, as often as it is asked",
  Effect.gen(function* () {
    const { asked, payment } = yield* paid()
    for (const _ of Array.range(1, 3)) yield* same("what lookup tells", yield* lookup(asked.key), payment)
    yield* same("the charge again", yield* charge(asked), payment)
  })
)

const never = gatewayLaw(
  "lookup tells null of a key under which nothing was charged, as often as it is asked",
  Effect.gen(function* () {
    const key = yield* newKey
    yield* paid()
    for (const _ of Array.range(1, 3)) yield* same("what lookup tells", yield* lookup(key), null)
  })
)

const otherAmount = gatewayLaw(
  "another amount or currency under the same key takes nothing more, and is not told as taken",
  Effect.gen(function* () {
    const { currencies } = yield* Subject
    const { asked, payment } = yield* paid()
    for (const other of [{ amount: Amount.make(2999) }, { currency: currencies[1] }]) {
      const answer = yield* Effect.either(charge({ ...asked, ...other }))
      yield* same(
        "the answer: the first payment, or that the outcome is not known",
        answer._tag === "Right" ? answer.right : answer.left.moneyMoved,
        answer._tag === "Right" ? payment : "Unknown"
      )
      yield* same("what lookup tells", yield* lookup(asked.key), payment)
    }
  })
)

const anyText = gatewayLaw(
  "text of any script in the customer's id or the method is taken or refused, and never breaks the gateway",
  Effect.gen(function* () {
    for (const text of nasty) {
      for (const facts of [{ customerId: CustomerId.make(text) }, { method: text }]) {
        const asked = yield* request(facts)
        const answer = yield* Effect.either(charge(asked))
        yield* holds("the answer is an outcome or a failure of the gateway", isAnswer(answer))
        if (answer._tag === "Right")
          yield* same("what lookup tells", (yield* lookup(asked.key))?._tag, answer.right._tag)
      }
    }
  })
)

const isAnswer = (
  answer: { readonly _tag: "Right"; readonly right: unknown } | { readonly _tag: "Left"; readonly left: unknown }
) => (answer._tag === "Right" ? Schema.is(Outcome)(answer.right) : answer.left instanceof GatewayError)

export const charging: ReadonlyArray<GatewayLaw> = [
  inFull,
  withoutDecimals,
  sameKey,
  sameKeyAtOnce,
  apart,
  told,
  never,
  otherAmount,
  anyText
]
