/** What must hold when everything has come to rest, and how a state is told to people. */
import { Cause, Effect, Exit, HashMap } from "effect"
import * as Lines from "../../adapters/memory/Lines.js"
import type { State } from "../../adapters/memory/State.js"
import { StoreError } from "../../ports/StoreError.js"
import { Checkout } from "../../services/Checkout.js"
import { PreBookings } from "../../services/PreBookings.js"
import { type Handle, Relay } from "../../services/Relay.js"
import type { Command } from "./Commands.js"
import * as Hands from "./Hands.js"
import type { Shop } from "./Machine.js"
import type { View } from "./Options.js"
import type { Capture } from "./Provider.js"
import * as Waiting from "./Waiting.js"
import { bookOf, orderOf, type Watch } from "./Watch.js"

/** What a host does every now and then, and then again. */
export const tidy = <R>(handle: Handle<Shop | R>, telling: boolean): Command<R> => ({
  label: telling ? "recover, sweep and relay" : "recover and sweep",
  effect: Effect.gen(function* () {
    const [checkout, preBookings, relay] = [yield* Checkout, yield* PreBookings, yield* Relay]
    yield* checkout.recover()
    yield* preBookings.sweep
    if (!telling) return
    yield* relay.retry()
    yield* relay.deliver(handle)
  }),
  shrinks: null,
  again: false,
  judge: (exit) => (Exit.isFailure(exit) ? `failed though nothing is wrong: ${Cause.pretty(exit.cause)}` : null)
})

export const view = (state: State, captures: ReadonlyMap<string, Capture>): View => ({
  books: [...HashMap.values(state.books)],
  orders: [...HashMap.values(state.orders)],
  refunds: [...HashMap.values(state.refunds)].flat(),
  deliveries: [...HashMap.values(state.told)].map(({ delivery }) => delivery),
  preBookings: [...HashMap.keys(state.preBookings)].flatMap((id) => Lines.find(state, id) ?? []),
  carts: new Map(state.carts),
  captures: [...captures.values()]
})

/** Nothing is on its way any more. */
export const isDone = (state: State, captures: ReadonlyMap<string, Capture>, telling: boolean, now: number): boolean =>
  unfinished(state, telling, now).length === 0 && unkept(state, captures).length === 0

/** Where nobody tells of events, they stay. What lapses only after `swept` is nobody's fault. */
export const problems = (
  state: State,
  captures: ReadonlyMap<string, Capture>,
  watch: Watch,
  telling: boolean,
  swept: number
): ReadonlyArray<string> => {
  const untold: Array<string> = []
  if (telling) {
    for (const events of watch.events.values()) {
      for (const event of events)
        if (!watch.wasHandled(event)) untold.push(`nobody was told of ${event._tag} ${event.id}`)
    }
  }
  return [...unfinished(state, telling, swept), ...unkept(state, captures), ...untold]
}

export const bookIds = ({ books }: State): ReadonlyArray<string> => [...HashMap.keys(books)].sort()
export const orderCount = ({ orders }: State): number => HashMap.size(orders)

/** Whether the answer leaves open what became of it. */
export const isTrouble = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) &&
  Cause.failureOption(exit.cause).pipe((failure) => failure._tag === "Some" && failure.value instanceof StoreError)

export const answer = (exit: Exit.Exit<unknown, unknown> | null): string => {
  if (exit === null) return "gone"
  if (Exit.isSuccess(exit)) {
    const { value } = exit
    if (!(value instanceof Object)) return "done"
    return "status" in value && "id" in value ? `${value.id} is ${value.status}` : "done"
  }
  const failure = Cause.failureOption(exit.cause)
  if (failure._tag === "None") return Cause.isInterruptedOnly(exit.cause) ? "given up" : Cause.pretty(exit.cause)
  const { value } = failure
  return value instanceof StoreError
    ? value.message
    : value instanceof Object && "_tag" in value
      ? String(value._tag)
      : String(value)
}

/** What a commit has changed. */
export const difference = (before: State, after: State): string => {
  const parts: Array<string> = []
  if (before.orders !== after.orders) {
    for (const [id, order] of HashMap.entries(after.orders)) {
      if (orderOf(before, id) !== order) parts.push(`order ${id} ${order.status}`)
    }
  }
  if (before.books !== after.books) {
    for (const [id, book] of HashMap.entries(after.books)) {
      if (bookOf(before, id) !== book) parts.push(`book ${id} ${book.stockQuantity} on the shelf for ${book.price}`)
    }
    for (const id of HashMap.keys(before.books)) if (bookOf(after, id) === null) parts.push(`book ${id} gone`)
  }
  if (before.carts !== after.carts)
    parts.push(
      `carts ${[...HashMap.entries(after.carts)].map(([who, lines]) => `${who}: ${lines.map(({ bookId, quantity }) => `${quantity} of ${bookId}`).join(", ")}`).join("; ")}`
    )
  if (before.preBookings !== after.preBookings || before.waves !== after.waves) {
    for (const id of HashMap.keys(after.preBookings)) {
      const [was, is] = [Lines.find(before, id), Lines.find(after, id)]
      if (is !== null && was?.status !== is.status) parts.push(`pre-booking ${id} of ${is.customerId} ${is.status}`)
    }
  }
  if (before.refunds !== after.refunds) {
    for (const refunds of HashMap.values(after.refunds)) {
      for (const { orderId, status } of refunds) parts.push(`refund of ${orderId} ${status}`)
    }
  }
  if (before.boxes !== after.boxes) {
    for (const [id, box] of HashMap.entries(after.boxes)) {
      if (Hands.boxOf(before, id) !== box) parts.push(`box of ${id} ${Hands.shown(box)}`)
    }
  }
  if (HashMap.size(before.told) !== HashMap.size(after.told)) {
    for (const [id, { delivery }] of HashMap.entries(after.told)) {
      if (!HashMap.has(before.told, id)) parts.push(`event ${delivery.event._tag} ${id}`)
    }
  }
  return parts.length === 0 ? "what nobody sees" : parts.join("; ")
}

/** What was given back in all. */
export const sum = (refunds: Capture["refunds"]): number => [...refunds.values()].reduce((sum, each) => sum + each, 0)

// internal

const unfinished = (state: State, telling: boolean, now: number): ReadonlyArray<string> => {
  const { orders, refunds, queues } = state
  const open = [...Waiting.undone(state, now)]
  for (const { id, status } of HashMap.values(orders)) {
    if (status === "pending_payment" || status === "cancelled") open.push(`${id} is still ${status}`)
  }
  for (const listed of HashMap.values(refunds)) {
    for (const { orderId, status } of listed) if (status === "due") open.push(`a refund of ${orderId} is still due`)
  }
  if (telling && HashMap.size(queues) > 0) open.push("events are still waiting")
  return open
}

/** Every capture belongs to an order that keeps it, or was given back: once, and in full. */
const unkept = (state: State, captures: ReadonlyMap<string, Capture>): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  for (const { paymentId, orderId, amount, refunds } of captures.values()) {
    const order = orderOf(state, orderId)
    const kept = (order?.status === "confirmed" || order?.status === "fulfilled") && order.paymentId === paymentId
    const back = sum(refunds)
    if (kept ? back !== 0 : back !== amount) {
      wrong.push(
        `${amount} was taken for ${orderId} (${order?.status ?? "which is not there"}), and ${back} given back`
      )
    }
  }
  return wrong
}
