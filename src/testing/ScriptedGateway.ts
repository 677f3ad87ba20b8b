/** A payment gateway that does what a test says, call by call, and keeps its books. */
import { Context, Deferred, Effect, Layer } from "effect"
import type { OrderId } from "../domain/OrderId.js"
import { Captured, Declined, type Outcome, type PaymentKey } from "../domain/Payment.js"
import { type ChargeRequest, GatewayError, PaymentGateway, type RefundRequest } from "../ports/PaymentGateway.js"

/** What the gateway knows; `charges` and `refunds` have one entry a key, however often it was asked. */
export interface Ledger {
  readonly charges: ReadonlyArray<Charge>
  readonly refunds: ReadonlyArray<RefundRequest>
  /** Every call of `charge`, in order; none when the gateway was never asked. */
  readonly asked: ReadonlyArray<ChargeRequest>
  /** How often an order's money was taken. */
  readonly captures: (orderId: OrderId) => number
}

export interface Charge {
  readonly request: ChargeRequest
  readonly outcome: Outcome
}

/** What the ledger can do for a call: write a capture, write a decline. */
export interface Desk {
  readonly capture: Effect.Effect<Captured>
  readonly decline: (reason: string) => Effect.Effect<Declined>
}

/** How one call of `charge` goes. */
export type Step = (desk: Desk) => Effect.Effect<Outcome, GatewayError>

/** How one call of `refund` goes; `pay` writes it down. */
export type RefundStep = (pay: Effect.Effect<void>) => Effect.Effect<void, GatewayError>

export class ScriptedGateway extends Context.Tag("octavo/testing/ScriptedGateway")<
  ScriptedGateway,
  {
    /** The next charges go so, one each, in order; those after them are captured, but for `declinedMethod`. */
    readonly script: (...steps: ReadonlyArray<Step>) => Effect.Effect<void>
    readonly scriptRefunds: (...steps: ReadonlyArray<RefundStep>) => Effect.Effect<void>
    readonly ledger: Effect.Effect<Ledger>
  }
>() {}

// steps

export const capture: Step = (desk) => desk.capture

export const decline =
  (reason = "declined"): Step =>
  (desk) =>
    desk.decline(reason)

/** No answer that counts; `charged` when the money was taken all the same. */
export const fail =
  (moneyMoved: GatewayError["moneyMoved"], { charged = false } = {}): Step =>
  (desk) =>
    Effect.zipRight(charged ? desk.capture : Effect.void, refuse(moneyMoved))

/** A defect of the host's gateway. */
export const die =
  ({ charged = false } = {}): Step =>
  (desk) =>
    Effect.zipRight(charged ? desk.capture : Effect.void, Effect.die(new Error("the gateway died")))

/** Never answers. */
export const hang =
  ({ charged = false } = {}): Step =>
  (desk) =>
    Effect.zipRight(charged ? desk.capture : Effect.void, Effect.never)

export const failRefund: RefundStep = () => refuse("Unknown")

/** Stops a call until the test opens the gate. */
export interface Gate {
  readonly step: Step
  /** Waits until the call stands at the gate. */
  readonly reached: Effect.Effect<void>
  readonly open: Effect.Effect<void>
}

/** A gate, behind which the call goes on with `step`. */
export const gate = (step: Step = capture): Effect.Effect<Gate> =>
  Effect.gen(function* () {
    const there = yield* Deferred.make<void>()
    const opened = yield* Deferred.make<void>()
    return {
      step: (desk) =>
        Deferred.succeed(there, undefined).pipe(Effect.zipRight(Deferred.await(opened)), Effect.zipRight(step(desk))),
      reached: Deferred.await(there),
      open: Effect.asVoid(Deferred.succeed(opened, undefined))
    }
  })

/** The method that is declined where the script says nothing. */
export const declinedMethod = "decline"

/**
 * The gateway and its script, with books of its own. A key that has its outcome gets it again, whatever the script says.
 * A payment that is not in the books was taken in another life, and is given back all the same.
 */
export const layer: Layer.Layer<ScriptedGateway | PaymentGateway> = Layer.effectContext(
  Effect.sync(() => make(Infinity))
)

/** The same, but that it gives back only what its own books say was taken. */
export const layerStrict: Layer.Layer<ScriptedGateway | PaymentGateway> = Layer.effectContext(
  Effect.sync(() => make(0))
)

// internal

/** With so much to give back of a payment that is not in the books. */
const make = (ofStrangers: number) => {
  const steps: Array<Step> = []
  const refundSteps: Array<RefundStep> = []
  const asked: Array<ChargeRequest> = []
  const charges = new Map<PaymentKey, Charge>()
  const refunds = new Map<PaymentKey, RefundRequest>()

  const write = <A extends Outcome>(request: ChargeRequest, outcome: A) =>
    Effect.sync(() => {
      charges.set(request.key, { request, outcome })
      return outcome
    })

  /** What may still be given back of a payment. */
  const left = (paymentId: string) => {
    const taken = [...charges.values()].find(
      ({ outcome }) => outcome._tag === "Captured" && outcome.paymentId === paymentId
    )
    const given = [...refunds.values()].filter((refund) => refund.paymentId === paymentId)
    return given.reduce((sum, { amount }) => sum - amount, taken?.request.amount ?? ofStrangers)
  }

  const gateway = PaymentGateway.of({
    charge: (request) =>
      Effect.suspend(() => {
        asked.push(request)
        const { key, amount, currency } = request
        const known = charges.get(key)
        if (known !== undefined) return Effect.succeed(known.outcome)
        return (steps.shift() ?? (request.method === declinedMethod ? decline() : capture))({
          capture: write(request, new Captured({ paymentId: `scripted_${key}`, amount, currency })),
          decline: (reason) => write(request, new Declined({ reason }))
        })
      }),
    lookup: (key) => Effect.sync(() => charges.get(key)?.outcome ?? null),
    refund: (request) =>
      Effect.suspend(() => {
        const pay = Effect.sync(() => {
          refunds.set(request.key, request)
        })
        if (refunds.has(request.key)) return Effect.void
        return request.amount > left(request.paymentId) ? tooMuch : (refundSteps.shift() ?? ((paid) => paid))(pay)
      })
  })

  const scripted = ScriptedGateway.of({
    script: (...more) => Effect.sync(() => void steps.push(...more)),
    scriptRefunds: (...more) => Effect.sync(() => void refundSteps.push(...more)),
    ledger: Effect.sync(() => ({
      charges: [...charges.values()],
      refunds: [...refunds.values()],
      asked: [...asked],
      captures: (orderId) =>
        [...charges.values()].filter(
          ({ request, outcome }) => request.orderId === orderId && outcome._tag === "Captured"
        ).length
    }))
  })

  return Context.make(ScriptedGateway, scripted).pipe(Context.add(PaymentGateway, gateway))
}

const refuse = (moneyMoved: GatewayError["moneyMoved"]) =>
  new GatewayError({ moneyMoved, cause: new Error("the script says so") })

const tooMuch = new GatewayError({ moneyMoved: "No", cause: new Error("no more was taken, or nothing") })
