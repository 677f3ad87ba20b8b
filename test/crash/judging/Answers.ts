/** What callers were told, against what became of their orders. */
import type { Seen } from "../Truth.js"
import type { Call, World } from "../World.js"
import { lost, wrong } from "./Finding.js"

/** Refusals that a customer or a shop may meet, whoever else is at work. */
const refusals = new Set([
  "AlreadyInCart",
  "BookOutOfStock",
  "CartEmpty",
  "CheckoutInProgress",
  "InsufficientStock",
  "ItemsUnavailable",
  "OrderNotCancellable",
  "PaymentFailed",
  "StockBelowZero"
])

const statuses = new Set(["pending_payment", "confirmed", "payment_failed", "cancelled", "refunded"])

/** No trouble with the store comes through to a caller: nothing is wrong with it. */
export const answers = ({ calls, again }: World) =>
  [...calls, ...again].flatMap(({ request, answer }) =>
    answer === null || answer.tag === "Done" || statuses.has(answer.tag) || refusals.has(answer.tag)
      ? []
      : [wrong(`${JSON.stringify(request)} was answered ${answer.tag}`)]
  )

export const states = (world: World, seen: ReadonlyArray<Seen>) => {
  const orders = new Map(seen.flatMap(({ orders }) => orders.map((order) => [order.id as string, order])))
  const cancelled = new Set(world.of("cancel", "cancel_unpaid").map(({ request }) => request.order))
  return [...world.calls, ...world.again].flatMap(({ answer }: Call) => {
    if (answer?.id == null || answer.tag === "Done") return []
    const status = orders.get(answer.id)?.status
    if (status === undefined) return [lost(`order ${answer.id}, answered ${answer.tag}, is not there`)]
    const right = {
      confirmed: cancelled.has(answer.id) ? ["confirmed", "refunded"] : ["confirmed"],
      payment_failed: ["payment_failed"],
      PaymentFailed: ["payment_failed"],
      cancelled: ["refunded"],
      refunded: ["refunded"]
    }[answer.tag]
    return right === undefined || right.includes(status)
      ? []
      : [lost(`order ${answer.id}, answered ${answer.tag}, is ${status}`)]
  })
}

/** What was paid for is not given up, though nobody had been told yet. */
export const forward = ({ charged }: World, seen: ReadonlyArray<Seen>) =>
  seen.flatMap(({ orders }) =>
    orders.flatMap(({ id, status }) =>
      charged.includes(id) && status === "payment_failed" ? [wrong(`order ${id} was paid, and given up`)] : []
    )
  )

export const open = ({ orders }: Seen) =>
  orders.flatMap(({ id, status }) =>
    status === "pending_payment" || status === "cancelled" ? [wrong(`order ${id} is left ${status}`)] : []
  )

/** One key, one order, whoever asks and when. */
export const keys = (world: World, { customer, orders }: Seen) => {
  const sent = [...world.of("place"), ...world.again].flatMap(({ request, answer }) =>
    request.do === "place" && request.customer === customer && request.key !== null ? [{ request, answer }] : []
  )
  return [...new Set(sent.map(({ request }) => request.key))].flatMap((key) => {
    const made = orders.filter(({ attempt }) => attempt?.key === key)
    const named = new Set(
      sent.flatMap(({ request, answer }) => (request.key === key && answer?.id != null ? [answer.id] : []))
    )
    return made.length > 1 || named.size > 1
      ? [wrong(`the key ${key} of ${customer} made ${made.map(({ id }) => id)} and was answered ${[...named]}`)]
      : []
  })
}
