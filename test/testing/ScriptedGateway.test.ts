import { Effect, Exit, Fiber, Option } from "effect"
import { describe, expect, it } from "vitest"
import { CustomerId } from "../../src/domain/Id.js"
import { Amount, Currency } from "../../src/domain/Money.js"
import { OrderId } from "../../src/domain/OrderId.js"
import { PaymentKey } from "../../src/domain/Payment.js"
import { type ChargeRequest, PaymentGateway } from "../../src/ports/PaymentGateway.js"
import * as Scripted from "../../src/testing/ScriptedGateway.js"

const orderId = OrderId.make("00000000-0000-7000-8000-000000000001")

const request = (key: string): ChargeRequest => ({
  key: PaymentKey.make(key),
  orderId,
  customerId: CustomerId.make("ann"),
  amount: Amount.make(1250),
  currency: Currency.make("USD"),
  method: null
})

const run = <A, E>(
  test: (
    gateway: PaymentGateway["Type"],
    scripted: Scripted.ScriptedGateway["Type"]
  ) => Effect.Effect<A, E, PaymentGateway | Scripted.ScriptedGateway>
) =>
  Effect.runPromise(
    Effect.flatMap(Effect.all([PaymentGateway, Scripted.ScriptedGateway]), ([gateway, scripted]) =>
      test(gateway, scripted)
    ).pipe(Effect.provide(Scripted.layer))
  )

describe("the scripted gateway", () => {
  it("follows its script call by call, then captures", () =>
    run((gateway, scripted) =>
      Effect.gen(function* () {
        yield* scripted.script(Scripted.decline("no funds"), Scripted.fail("No"), Scripted.die())
        expect(yield* gateway.charge(request("a"))).toMatchObject({ _tag: "Declined", reason: "no funds" })
        expect(yield* Effect.flip(gateway.charge(request("b")))).toMatchObject({ moneyMoved: "No" })
        expect(Exit.isFailure(yield* Effect.exit(gateway.charge(request("c"))))).toBe(true)
        expect(yield* gateway.charge(request("d"))).toMatchObject({ _tag: "Captured", amount: 1250, currency: "USD" })
        const { asked, captures, charges } = yield* scripted.ledger
        expect([asked.length, charges.length, captures(orderId)]).toEqual([4, 2, 1])
      })
    ))

  it("answers a key that has its outcome as before, whatever the script says", () =>
    run((gateway, scripted) =>
      Effect.gen(function* () {
        const first = yield* gateway.charge(request("a"))
        yield* scripted.script(Scripted.decline())
        expect(yield* gateway.charge(request("a"))).toEqual(first)
        expect(yield* gateway.lookup(PaymentKey.make("a"))).toEqual(first)
        expect(yield* gateway.lookup(PaymentKey.make("b"))).toBeNull()
        expect((yield* scripted.ledger).captures(orderId)).toBe(1)
      })
    ))

  it("knows of a charge whose answer was lost", () =>
    run((gateway, scripted) =>
      Effect.gen(function* () {
        yield* scripted.script(Scripted.fail("Unknown", { charged: true }), Scripted.hang({ charged: true }))
        expect(yield* Effect.flip(gateway.charge(request("a")))).toMatchObject({ moneyMoved: "Unknown" })
        expect(yield* Effect.timeoutOption(gateway.charge(request("b")), "10 millis")).toEqual(Option.none())
        for (const key of ["a", "b"]) {
          expect(yield* gateway.lookup(PaymentKey.make(key))).toMatchObject({ _tag: "Captured" })
        }
      })
    ))

  it("holds a call until the gate is opened", () =>
    run((gateway, scripted) =>
      Effect.gen(function* () {
        const gate = yield* Scripted.gate(Scripted.decline())
        yield* scripted.script(gate.step)
        const charging = yield* Effect.fork(gateway.charge(request("a")))
        yield* gate.reached
        expect((yield* scripted.ledger).charges).toEqual([])
        yield* gate.open
        expect(yield* Fiber.join(charging)).toMatchObject({ _tag: "Declined" })
      })
    ))

  it("refunds once a key, also after a refund that failed", () =>
    run((gateway, scripted) =>
      Effect.gen(function* () {
        const { key, amount, currency } = request("a-refund")
        const refund = gateway.refund({ key, paymentId: "payment", amount, currency })
        yield* scripted.scriptRefunds(Scripted.failRefund)
        expect(yield* Effect.flip(refund)).toMatchObject({ _tag: "GatewayError" })
        expect((yield* scripted.ledger).refunds).toEqual([])
        yield* refund
        yield* refund
        expect((yield* scripted.ledger).refunds.length).toBe(1)
      })
    ))
})
