/** Events of what was written, signed and sent as Stripe does: `Stripe-Signature: t=…,v1=HMAC-SHA256`. */
import { createHmac } from "node:crypto"
import { type Account, eventId } from "./Account.js"
import type { Entry } from "./Ledger.js"

export interface Event {
  readonly id: string
  readonly object: "event"
  readonly type: string
  readonly created: number
  readonly data: { readonly object: unknown }
  readonly livemode: false
}

export interface Delivery {
  readonly to: string
  /** The endpoint's secret, `whsec_…`. */
  readonly secret: string
  /** Ids of events, in the order to send them, repeated at will; all of them, in their own order, unless said otherwise. */
  readonly events?: ReadonlyArray<string>
  /** How often each is sent. */
  readonly times?: number
  /** How long to wait before each. */
  readonly delay?: number
  /** How many seconds ago they were signed. */
  readonly age?: number
}

export interface Delivered {
  readonly id: string
  readonly type: string
  /** What was answered; null when nobody was. */
  readonly status: number | null
}

export class Webhooks {
  readonly events: Array<Event> = []
  #subscription: Delivery | null = null

  subscribe(delivery: Delivery | null): void {
    this.#subscription = delivery
  }

  /** Takes the events of an entry, and sends them to whoever subscribed. */
  take(account: Account, entry: Entry, twice: boolean): void {
    const made = eventsOf(account, entry)
    this.events.push(...made)
    if (this.#subscription === null) return
    const times = (this.#subscription.times ?? 1) * (twice ? 2 : 1)
    void this.deliver({ ...this.#subscription, events: made.map(({ id }) => id), times }, persistent)
  }

  async deliver(delivery: Delivery, attempts = 1): Promise<ReadonlyArray<Delivered>> {
    const ids = delivery.events ?? this.events.map(({ id }) => id)
    const sent: Array<Delivered> = []
    for (const id of ids) {
      const event = this.events.find((known) => known.id === id)
      if (event === undefined) continue
      for (let time = 0; time < (delivery.times ?? 1); time++) {
        if (delivery.delay !== undefined) await pause(delivery.delay)
        sent.push({ id, type: event.type, status: await post(event, delivery, attempts) })
      }
    }
    return sent
  }
}

/** The header over these bytes, signed at an instant of seconds since 1970. */
export const signature = (body: string | Uint8Array, secret: string, seconds: number): string =>
  `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex")}`

// internal

/** Stripe goes on for days; here it is a matter of seconds. */
const persistent = 6

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds))

const post = async (event: Event, delivery: Delivery, attempts: number): Promise<number | null> => {
  const body = JSON.stringify(event)
  for (let attempt = 1; ; attempt++) {
    const seconds = Math.floor(Date.now() / 1000) - (delivery.age ?? 0)
    const status = await fetch(delivery.to, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(body, delivery.secret, seconds)
      },
      body
    }).then(
      (response) => response.status,
      () => null
    )
    if ((status !== null && status < 300) || attempt >= attempts) return status
    await pause(50 * 2 ** attempt)
  }
}

const eventsOf = (account: Account, entry: Entry): ReadonlyArray<Event> => {
  const { intent, refund } = entry
  const event = (type: string, object: unknown): Event => ({
    id: eventId(entry, type),
    object: "event",
    type,
    created: Math.floor(Date.parse(entry.at) / 1000),
    data: { object },
    livemode: false
  })
  switch (entry.kind) {
    case "payment":
      return [event("payment_intent.succeeded", intent), event("charge.succeeded", account.charge(intent))]
    case "decline":
      return [event("payment_intent.payment_failed", intent)]
    case "canceled":
      return [event("payment_intent.canceled", intent)]
    case "waiting":
      return [event("payment_intent.created", intent)]
    case "refund":
      return [event("charge.refunded", account.charge(intent)), event("refund.updated", refund)]
    case "refund_pending":
      return [event("charge.refunded", account.charge(intent)), event("refund.created", refund)]
    case "refund_failed":
      return [event("refund.failed", refund)]
  }
}
