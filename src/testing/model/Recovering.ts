/** What recovery, relay and audit do, as the model has it. */
import { giveBack, hear, payBack } from "./Ordering.js"
import * as Provider from "./Provider.js"
import {
  type Answer,
  answer,
  chargeTimeout,
  invalid,
  type Order,
  refuse,
  type Said,
  shown,
  type Told,
  type World
} from "./World.js"

/** At most `limit` of each kind are looked at, the oldest first; the next time goes on where this one came to its limit. */
export const recover = (world: World, limit: number): Answer => {
  if (world.open) return refuse("InsideTransaction")
  const report = {
    confirmed: [] as Array<string>,
    failed: [] as Array<string>,
    refunded: [] as Array<object>,
    waiting: [] as Array<object>,
    more: false
  }
  const before = world.now - chargeTimeout - 30_000
  const waits = (orderId: string, why: string) => report.waiting.push({ orderId, why })
  const each = <A>(list: string, items: ReadonlyArray<A>, position: (item: A) => string, work: (item: A) => void) => {
    const rest = items.filter((item) => position(item) > (world.places[list] ?? ""))
    const taken = rest.slice(0, limit)
    const last = taken.at(-1)
    taken.forEach(work)
    if (last === undefined || taken.length < limit) delete world.places[list]
    else {
      world.places[list] = position(last)
      report.more = true
    }
  }
  const placed = ({ createdAt, id }: Order) => `${createdAt} ${id}`
  const back = (orderId: string, paymentId: string | undefined, done: boolean) =>
    done ? report.refunded.push({ orderId, paymentId }) : waits(orderId, "gateway")
  const open = (wanted: (order: Order) => boolean) =>
    world.store.orders.filter((order) => order.createdAt < before && wanted(order))

  each(
    "payment",
    open(({ status }) => status === "pending_payment"),
    placed,
    (order) => {
      const word = Provider.lookup(world, order)
      if (word === "Unknown") return waits(order.id, "gateway")
      const { order: next, otherAmount } = hear(world, order, word ?? { declined: "never_charged" })
      if (otherAmount) return waits(order.id, "other_amount")
      return (next.status === "confirmed" ? report.confirmed : report.failed).push(order.id)
    }
  )
  const mayTurnUp = ({ reason, createdAt }: Order) => reason === "never_charged" && createdAt >= before - 15 * 60_000
  each("charge", open(mayTurnUp), placed, (order) => {
    const word = Provider.lookup(world, order)
    if (word === "Unknown") return waits(order.id, "gateway")
    if (word === null || !("captured" in word)) return undefined
    const { due } = hear(world, order, word)
    return due === null ? undefined : back(order.id, due.paymentId, payBack(world, due))
  })
  each(
    "refund",
    open(({ status }) => status === "cancelled"),
    placed,
    (order) => back(order.id, order.paymentId, giveBack(world, order).status === "refunded")
  )
  each(
    "refunds",
    world.store.refunds.filter(({ status }) => status === "due"),
    ({ dueAt, orderId, paymentId }) => `${dueAt} ${orderId} ${paymentId}`,
    (due) => back(due.orderId, due.paymentId, payBack(world, due))
  )
  return answer(report)
}

/** Whether it matters who is recovered first: two orders go back to one cart, or one shelf. */
export const inOrder = ({ store, now }: World): boolean => {
  const late = store.orders.filter(
    ({ status, createdAt }) => status === "pending_payment" && createdAt < now - 2 * chargeTimeout
  )
  const touched = late.flatMap(({ customerId, lines }) => [customerId, ...lines.map(({ bookId }) => bookId)])
  return new Set(touched).size < touched.length
}

export interface Handling {
  /** Events of this kind are not handled. */
  readonly fails: string | null
  readonly attempts: number
  readonly batch: number
}

/** The first of each aggregate that is due, share after share; what fails holds up what comes after it. */
export const deliver = (world: World, { fails, attempts, batch }: Handling): Answer => {
  const report = { delivered: 0, failed: 0, parked: 0, undeliverable: 0, lapsed: 0 }
  const handled: Array<string> = []
  for (;;) {
    const first = new Map<string, Told>()
    for (const told of world.store.told)
      if (told.state !== "delivered" && !first.has(told.about)) first.set(told.about, told)
    const due = world.store.told.filter(
      (told) => first.get(told.about) === told && told.state === "waiting" && told.dueAt <= world.now
    )
    if (due.length === 0) return answer({ handled, report })
    for (const told of due.slice(0, batch)) {
      handled.push(told.event.id)
      const failures = told.attempts + 1
      const pause = Math.min(1000 * 2 ** (failures - 1), 3_600_000)
      const next: Told =
        told.event._tag !== fails
          ? { ...told, state: "delivered" }
          : failures < attempts
            ? { ...told, attempts: failures, dueAt: world.now + pause * (1 - jitter / 2), error: noHandling }
            : { ...told, attempts: failures, state: "parked", error: noHandling }
      report[next.state === "waiting" ? "failed" : next.state]++
      world.store.told = world.store.told.map((other) => (other === told ? next : other))
    }
  }
}

/** What is random elsewhere is always this here. */
export const jitter = 0.5
export const noHandling = "the handler says no"

export const list = ({ store }: World, state: Said<Told["state"]>, size: Said<number>): Answer => {
  if (state.means === undefined) return invalid("")
  if (size.means === undefined) return invalid("size")
  return answer(store.told.filter((told) => told.state === state.means).map(shownTold))
}

export const shownTold = ({ about: _, ...told }: Told): unknown => shown(told)

/** One parked event, or all of them. */
export const retry = (world: World, id: string | null): Answer => {
  const parked = world.store.told.filter(
    ({ state, event }) => state === "parked" && (id === null || event.id === id.toLowerCase())
  )
  world.store.told = world.store.told.map((told) =>
    parked.includes(told) ? { ...told, state: "waiting", attempts: 0, dueAt: world.now } : told
  )
  return answer(parked.length)
}

/** A sound store shows only what waits; with `payments`, what the provider's books say otherwise, too. */
export const audit = (world: World, overdue: number, payments: number | null): Answer => {
  if (world.open) return refuse("InsideTransaction")
  const { store, charges, mood, now } = world
  const late = (since: number) => since < now - overdue
  const stuck = store.orders.flatMap<object>(({ id: orderId, status, createdAt: since, paymentId, cancelledAt }) =>
    status === "pending_payment" && late(since)
      ? [{ _tag: "PaymentStuck", orderId, since }]
      : status === "cancelled" && late(cancelledAt ?? now)
        ? [{ _tag: "RefundStuck", orderId, paymentId, since: cancelledAt }]
        : []
  )
  const owed = store.refunds.flatMap(({ status, orderId, paymentId, dueAt: since }) =>
    status === "due" && late(since) ? [{ _tag: "RefundStuck", orderId, paymentId, since }] : []
  )
  const undelivered = store.told.flatMap<object>(
    ({ state, event: { id: eventId, _tag: kind }, error, dueAt: since }) =>
      state === "parked"
        ? [{ _tag: "DeliveryParked", eventId, kind, error }]
        : state === "waiting" && late(since)
          ? [{ _tag: "DeliveryLate", eventId, kind, since }]
          : []
  )
  const recent = store.orders.filter(
    ({ createdAt, status }) => payments !== null && createdAt >= now - payments && status !== "pending_payment"
  )
  const unasked = mood.lookup === "fails"
  const wrong = recent.flatMap<object>((order) => {
    const word = charges[order.paymentKey]
    const taken = word !== undefined && "captured" in word ? word : null
    const { id: orderId, paymentKey: key } = order
    if (order.paymentId !== undefined)
      return taken?.captured === order.paymentId && Provider.fits(taken, order)
        ? []
        : [{ _tag: "ChargeMissing", orderId, key }]
    if (taken === null) return []
    const listed = store.refunds.some((refund) => refund.orderId === orderId && refund.paymentId === taken.captured)
    return listed ? [] : [{ _tag: "ChargeUnlisted", orderId, paymentId: taken.captured }]
  })
  const violations = [...stuck, ...owed, ...undelivered, ...(unasked ? [] : wrong)]
  return answer({
    violations: violations.map(shown),
    asked: recent.length,
    unanswered: unasked ? recent.length : 0
  })
}
