/** What the provider knows: intents, refunds and the answers of keys, all of it from its ledger. */
import { createHash, randomBytes } from "node:crypto"
import type { Behaviour } from "./Behaviour.js"
import type { Form } from "./Form.js"
import type { Entry, Ledger, Saved } from "./Ledger.js"

export interface Intent {
  readonly id: string
  readonly object: "payment_intent"
  readonly amount: number
  readonly amount_received: number
  readonly currency: string
  readonly status: "succeeded" | "processing" | "requires_action" | "requires_payment_method" | "canceled"
  readonly created: number
  readonly metadata: Readonly<Record<string, string>>
  readonly payment_method: string | null
  readonly last_payment_error: CardError | null
  readonly cancellation_reason: string | null
  readonly latest_charge: string | null
  readonly livemode: false
}

export interface Refund {
  readonly id: string
  readonly object: "refund"
  readonly amount: number
  readonly currency: string
  readonly status: "succeeded" | "pending" | "failed"
  readonly created: number
  readonly charge: string | null
  readonly payment_intent: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface CardError {
  readonly type: "card_error"
  readonly code: string
  readonly decline_code: string | null
  readonly message: string
}

/** A reply in Stripe's shape. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** The request that an entry is written for; a key makes it answered once. */
export interface Asked {
  readonly key: string | null
  /** Method, path and body, for the comparison of a repeated key. */
  readonly request: string
  /** Answers 500, and keeps that answer, although it was done. */
  readonly failing: boolean
}

export class Account {
  readonly intents = new Map<string, Intent>()
  readonly refunds = new Map<string, Refund>()
  readonly entries: Array<Entry> = []
  readonly #saved = new Map<string, Saved>()
  /** What a charge was declined for, which its intent forgets when it is canceled. */
  readonly #failures = new Map<string, CardError>()

  constructor(
    readonly ledger: Ledger,
    readonly told: (account: Account, entry: Entry) => void
  ) {
    for (const entry of ledger.entries) this.#take(entry)
  }

  saved(key: string): Saved | undefined {
    return this.#saved.get(key)
  }

  /** Forgets what keys were answered, as Stripe does with those of 24 hours ago. */
  forgetKeys(): void {
    this.#saved.clear()
  }

  create(asked: Asked, form: Form, behaviour: Behaviour): Reply {
    const refusal = wrongIntent(form)
    if (refusal !== null) return refusal
    const method = form.text("payment_method")
    const confirm = form.text("confirm") === "true"
    const made: Intent = {
      id: `pi_${token()}`,
      object: "payment_intent",
      amount: form.whole("amount") ?? 0,
      amount_received: 0,
      currency: form.text("currency") ?? "",
      status: "requires_payment_method",
      created: Math.floor(Date.now() / 1000),
      metadata: form.record("metadata"),
      payment_method: method,
      last_payment_error: null,
      cancellation_reason: null,
      latest_charge: null,
      livemode: false
    }
    if (!confirm) return this.#write(asked, "waiting", made)
    switch (outcome(behaviour, method ?? "")) {
      case "succeeded":
        return this.#write(asked, "payment", succeeded(made))
      case "processing":
        return this.#write(asked, "waiting", { ...made, status: "processing" })
      case "requires_action":
        return this.#write(asked, "waiting", { ...made, status: "requires_action" })
      default:
        return this.#decline(asked, made, declineReason(behaviour, method ?? ""))
    }
  }

  cancel(asked: Asked, id: string): Reply {
    const intent = this.intents.get(id)
    if (intent === undefined) return noSuch("payment_intent", id)
    if (intent.status === "succeeded" || intent.status === "canceled" || intent.status === "processing") {
      const message = `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`
      return invalid({ code: "payment_intent_unexpected_state", message, payment_intent: intent })
    }
    return this.#write(asked, "canceled", { ...intent, status: "canceled", last_payment_error: null })
  }

  refund(asked: Asked, form: Form, behaviour: Behaviour): Reply {
    const id = form.text("payment_intent") ?? ""
    const intent = this.intents.get(id)
    if (intent === undefined) return noSuch("payment_intent", id)
    if (intent.status !== "succeeded") {
      return invalid({ message: `This PaymentIntent (${id}) does not have a successful charge to refund.` })
    }
    const left = intent.amount_received - this.givenBack(id)
    const amount = form.whole("amount") ?? left
    if (left === 0) {
      return invalid({ code: "charge_already_refunded", message: `Charge ${intent.latest_charge} was refunded.` })
    }
    if (amount <= 0 || amount > left) return invalid({ message: "Refund amount is greater than unrefunded amount." })
    const refund: Refund = {
      id: `re_${token()}`,
      object: "refund",
      amount,
      currency: intent.currency,
      status: behaviour.do === "process" ? "pending" : behaviour.do === "decline" ? "failed" : "succeeded",
      created: Math.floor(Date.now() / 1000),
      charge: intent.latest_charge,
      payment_intent: id,
      metadata: form.record("metadata")
    }
    return this.#write(asked, refundKind(refund), intent, refund)
  }

  /** What was `processing` or `pending` comes to its end; null when it is not. */
  finish(id: string, end: "succeed" | "fail"): Reply | null {
    const refund = this.refunds.get(id)
    const intent = this.intents.get(refund?.payment_intent ?? id)
    if (intent === undefined) return null
    if (refund !== undefined) {
      if (refund.status !== "pending") return null
      const ended: Refund = { ...refund, status: end === "succeed" ? "succeeded" : "failed" }
      return this.#write(unasked, refundKind(ended), intent, ended)
    }
    if (intent.status !== "processing") return null
    return end === "succeed"
      ? this.#write(unasked, "payment", succeeded(intent))
      : this.#decline(unasked, intent, "generic_decline")
  }

  givenBack(id: string): number {
    return [...this.refunds.values()]
      .filter((refund) => refund.payment_intent === id && refund.status !== "failed")
      .reduce((sum, { amount }) => sum + amount, 0)
  }

  /** The intent, with its charge where that was asked for. */
  shown(intent: Intent, expanded: boolean): unknown {
    return expanded && intent.latest_charge !== null ? { ...intent, latest_charge: this.charge(intent) } : intent
  }

  charge(intent: Intent) {
    const refunded = this.givenBack(intent.id)
    const failure = this.#failures.get(intent.id)
    return {
      id: intent.latest_charge,
      object: "charge",
      amount: intent.amount,
      amount_refunded: refunded,
      refunded: refunded > 0 && refunded === intent.amount_received,
      currency: intent.currency,
      metadata: intent.metadata,
      payment_intent: intent.id,
      status: intent.status === "succeeded" ? "succeeded" : "failed",
      failure_code: failure?.code ?? null,
      outcome: { reason: failure?.decline_code ?? null }
    }
  }

  #decline(asked: Asked, made: Intent, reason: string): Reply {
    const authentication = reason === "authentication_required"
    const error: CardError = {
      type: "card_error",
      code: authentication ? "authentication_required" : "card_declined",
      decline_code: reason,
      message: "Your card was declined."
    }
    const intent: Intent = {
      ...made,
      status: "requires_payment_method",
      last_payment_error: error,
      latest_charge: `ch_${made.id.slice(3)}`
    }
    return this.#write(asked, "decline", intent, null, {
      status: 402,
      body: { error: { ...error, payment_intent: intent } }
    })
  }

  #write(
    { key, request, failing }: Asked,
    kind: Entry["kind"],
    intent: Intent,
    refund: Refund | null = null,
    answer: Reply = { status: 200, body: refund ?? intent }
  ): Reply {
    const reply = failing ? internal : answer
    const entry: Entry = {
      at: new Date().toISOString(),
      kind,
      key: refund?.metadata.octavo_refund ?? intent.metadata.octavo_key ?? key,
      orderId: intent.metadata.octavo_order ?? null,
      amount: refund?.amount ?? intent.amount,
      currency: intent.currency,
      intent,
      refund,
      saved: key === null ? null : { key, request, ...reply }
    }
    this.ledger.append(entry)
    this.#take(entry)
    return reply
  }

  #take(entry: Entry): void {
    const { intent, refund, saved } = entry
    this.entries.push(entry)
    this.intents.set(intent.id, intent)
    if (intent.last_payment_error !== null) this.#failures.set(intent.id, intent.last_payment_error)
    if (refund !== null) this.refunds.set(refund.id, refund)
    if (saved !== null) this.#saved.set(saved.key, saved)
    this.told(this, entry)
  }
}

/** A refusal that changes nothing and is kept for no key. */
export const invalid = (error: Readonly<Record<string, unknown>>, status = 400): Reply => ({
  status,
  body: { error: { type: "invalid_request_error", ...error } }
})

export const noSuch = (what: string, id: string): Reply =>
  invalid({ code: "resource_missing", message: `No such ${what}: '${id}'`, param: what }, 404)

export const internal: Reply = {
  status: 500,
  body: { error: { type: "api_error", message: "An unknown error occurred." } }
}

/** The id of an event: the same for the same entry, also after a restart. */
export const eventId = (entry: Entry, type: string): string =>
  `evt_${createHash("sha256")
    .update(`${entry.at} ${entry.intent.id} ${entry.refund?.id} ${entry.kind} ${type}`)
    .digest("hex")
    .slice(0, 24)}`

// internal

const unasked: Asked = { key: null, request: "", failing: false }

const token = () => randomBytes(12).toString("hex")

const succeeded = (intent: Intent): Intent => ({
  ...intent,
  status: "succeeded",
  amount_received: intent.amount,
  latest_charge: `ch_${intent.id.slice(3)}`
})

const refundKind = ({ status }: Refund) =>
  status === "succeeded" ? "refund" : status === "pending" ? "refund_pending" : "refund_failed"

/** Stripe's own methods for tests, as far as they are known here. */
const declined: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: "generic_decline",
  pm_card_visa_chargeDeclined: "generic_decline",
  pm_card_chargeDeclinedInsufficientFunds: "insufficient_funds",
  pm_card_visa_chargeDeclinedInsufficientFunds: "insufficient_funds"
}

const outcome = (behaviour: Behaviour, method: string) => {
  if (behaviour.do === "decline") return "declined"
  if (behaviour.do === "process") return "processing"
  if (behaviour.do === "require_action" || method === "pm_card_authenticationRequired") return "requires_action"
  return method in declined ? "declined" : "succeeded"
}

const declineReason = (behaviour: Behaviour, method: string) =>
  (behaviour.do === "decline" ? behaviour.reason : undefined) ?? declined[method] ?? "generic_decline"

/** Stripe's limits of a request, refused before anything is done. */
const wrongIntent = (form: Form): Reply | null => {
  const amount = form.whole("amount")
  if (amount === null || amount < 1) return invalid({ code: "parameter_invalid_integer", param: "amount" })
  if (amount > 99_999_999) return invalid({ code: "amount_too_large", param: "amount" })
  const currency = form.text("currency") ?? ""
  if (!/^[a-z]{3}$/.test(currency)) return invalid({ message: `Invalid currency: ${currency}`, param: "currency" })
  if (amount < 50) return invalid({ code: "amount_too_small" })
  const metadata = Object.entries(form.record("metadata"))
  if (metadata.some(([name, value]) => name.length > 40 || value.length > 500)) {
    return invalid({ message: "Metadata values can have up to 500 characters.", param: "metadata" })
  }
  if (form.text("confirm") !== "true") return null
  const method = form.text("payment_method")
  if (method === null) return invalid({ code: "parameter_missing", param: "payment_method" })
  return method.startsWith("pm_") ? null : noSuchMethod(method)
}

const noSuchMethod = (method: string) =>
  invalid({ code: "resource_missing", message: `No such PaymentMethod: '${method}'`, param: "payment_method" })
