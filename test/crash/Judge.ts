/** Compares what was acknowledged with what is the case. */
import type { Order } from "../../src/domain/Order.js"
import type { PaymentProvider } from "../../src/testing/provider/index.js"
import type { Seen, Told, Truth } from "./Truth.js"
import type { Call, World } from "./World.js"

export interface Finding {
  /** `lost`: it was acknowledged and is not there. `wrong`: it must not be, acknowledged or not. */
  readonly kind: "lost" | "wrong"
  readonly what: string
}

/** Of calls that all have ended, once order is restored and nobody is at work. */
export const judge = async (world: World, truth: Truth): Promise<ReadonlyArray<Finding>> => {
  const seen = await truth.customers(world.customers)
  const stocks = await truth.stocks(booksOf(world))
  const ledger = truth.ledger()
  const events = truth.handled()
  const violations = await truth.violations()
  return [
    ...violations.map((violation) => wrong(`audit: ${violation}`)),
    ...answers(world),
    ...states(world, seen),
    ...seen.flatMap((customer) => [
      ...open(customer),
      ...cart(world, customer),
      ...keys(world, customer),
      ...customer.orders.flatMap((order) => money(order, ledger)),
      ...told(customer, events, ledger)
    ]),
    ...stock(world, seen, stocks),
    ...stockEvents(world, events)
  ]
}

/** Of a whole store: nothing is there that no order knows of. */
export const judgeAll = async (truth: Truth): Promise<ReadonlyArray<Finding>> => {
  const orders = new Set((await truth.orders()).map(({ id }) => id as string))
  return [
    ...truth
      .ledger()
      .payments.filter(({ orderId }) => orderId === null || !orders.has(orderId))
      .map(({ intent, orderId }) => wrong(`payment ${intent.id} is of no order (${orderId})`)),
    ...truth
      .handled()
      .filter((event) => "orderId" in event && !orders.has(event.orderId))
      .map(({ id, _tag }) => wrong(`${_tag} ${id} tells of an order that is not there`))
  ]
}

// internal

type Books = ReturnType<PaymentProvider.PaymentProvider["ledger"]>

const lost = (what: string): Finding => ({ kind: "lost", what })
const wrong = (what: string): Finding => ({ kind: "wrong", what })

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

const states_ = new Set(["pending_payment", "confirmed", "payment_failed", "cancelled", "refunded"])

/** No trouble with the store comes through to a caller: nothing is wrong with it. */
const answers = ({ calls, again }: World) =>
  [...calls, ...again].flatMap(({ request, answer }) =>
    answer === null || answer.tag === "Done" || states_.has(answer.tag) || refusals.has(answer.tag)
      ? []
      : [wrong(`${JSON.stringify(request)} was answered ${answer.tag}`)]
  )

const states = (world: World, seen: ReadonlyArray<Seen>) => {
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

const open = ({ orders }: Seen) =>
  orders.flatMap(({ id, status }) =>
    status === "pending_payment" || status === "cancelled" ? [wrong(`order ${id} is left ${status}`)] : []
  )

/** What was put in the cart is there, or in an order that was not given up for want of money. */
const cart = (world: World, { customer, orders, cart }: Seen) => {
  const missing = new Map<string, number>()
  const count = (book: string, copies: number) => missing.set(book, (missing.get(book) ?? 0) + copies)
  const lines = world.of("add_line").filter(({ request }) => request.customer === customer)
  for (const { request, answer } of lines) if (answer?.tag === "Done") count(request.book, request.quantity)
  for (const [book, quantity] of cart) count(book, -quantity)
  for (const order of orders.filter(({ status }) => status !== "payment_failed")) {
    for (const { bookId, quantity } of order.lines) count(bookId, -quantity)
  }
  const unanswered = lines.find(({ answer }) => answer === null)?.request
  return [...missing].flatMap(([book, copies]) =>
    copies === 0 || (book === unanswered?.book && copies === -unanswered.quantity)
      ? []
      : [(copies > 0 ? lost : wrong)(`the lines of ${customer} with ${book} are ${-copies} off`)]
  )
}

/** One key, one order, whoever asks and when. */
const keys = (world: World, { customer, orders }: Seen) => {
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

/** One capture for an order that is kept, and every other one given back. */
const money = (order: Order, ledger: Books) => {
  const captures = ledger.payments.filter(({ orderId }) => orderId === order.id)
  const findings = captures.flatMap(({ intent, amount }) => {
    const back = ledger.refunded(intent.id)
    const right = order.status === "confirmed" ? 0 : amount
    return back === right ? [] : [wrong(`${back} of ${amount} were given back of ${intent.id} of the ${named(order)}`)]
  })
  if (!("paymentId" in order)) return findings
  const [only, ...more] = captures
  return only?.intent.id === order.paymentId && only.amount === order.total && more.length === 0
    ? findings
    : [...findings, wrong(`the ${named(order)} has the payments ${captures.map(({ intent }) => intent.id)}`)]
}

const tellings: { readonly [S in Order["status"]]: ReadonlyArray<Told["_tag"]> } = {
  pending_payment: [],
  confirmed: ["OrderConfirmed"],
  payment_failed: ["OrderPaymentFailed"],
  cancelled: ["OrderConfirmed", "OrderCancelled"],
  refunded: ["OrderConfirmed", "OrderCancelled", "OrderRefunded"]
}

/** Each change of an order reached the handler, in their order, and nothing else did. */
const told = ({ customer, orders }: Seen, events: ReadonlyArray<Told>, ledger: Books) => {
  const mine = events.filter((event) => "customerId" in event && event.customerId === customer)
  const known = new Set(orders.map(({ id }) => id as string))
  const unfounded = mine.filter((event) => "orderId" in event && !known.has(event.orderId))
  return [
    ...unfounded.map(({ id, _tag }) => wrong(`${_tag} ${id} tells of no order of ${customer}`)),
    ...orders.flatMap((order) => {
      const of = mine.filter((event) => "orderId" in event && event.orderId === order.id)
      const returned = new Set(of.flatMap(({ _tag, id }) => (_tag === "PaymentReturned" ? [id] : [])))
      const captures = ledger.payments.filter(({ orderId }) => orderId === order.id)
      const due = order.status === "payment_failed" ? captures.length : 0
      // Handed over twice an event is the same, and comes before the next one of its order.
      const inOrder = of
        .filter(({ _tag }) => _tag !== "PaymentReturned")
        .filter(({ id }, i, all) => id !== all[i - 1]?.id)
        .map(({ _tag }) => _tag)
      return [
        ...(inOrder.join() === tellings[order.status].join()
          ? []
          : [wrong(`the handler was told ${inOrder} of the ${named(order)}`)]),
        ...(returned.size === due ? [] : [wrong(`${returned.size} returns of ${due} were told of the ${named(order)}`)])
      ]
    })
  ]
}

const named = ({ id, status }: Order) => `${status} order ${id}`

const booksOf = (world: World): ReadonlyArray<string> => [
  ...new Set(world.of("change_stock").map(({ request }) => request.book))
]

const changesOf = (world: World, book: string) => {
  const changes = world.of("change_stock").filter(({ request }) => request.book === book)
  return {
    done: changes.filter(({ answer }) => answer?.tag === "Done").map(({ request }) => request.delta),
    unknown: changes.filter(({ answer }) => answer === null).map(({ request }) => request.delta)
  }
}

/** Stock and copies sold are what the shop has put in. */
const stock = (world: World, seen: ReadonlyArray<Seen>, stocks: ReadonlyMap<string, number>) => {
  const sold = new Map<string, number>()
  for (const { orders } of seen) {
    for (const { status, lines } of orders) {
      if (status !== "confirmed") continue
      for (const { bookId, quantity } of lines) sold.set(bookId, (sold.get(bookId) ?? 0) + quantity)
    }
  }
  return booksOf(world).flatMap((book) => {
    const { done, unknown } = changesOf(world, book)
    const here = (stocks.get(book) ?? 0) + (sold.get(book) ?? 0)
    const right = unknown.reduce(
      (sums, delta) => sums.flatMap((sum) => [sum, sum + delta]),
      [done.reduce((sum, delta) => sum + delta, 0)]
    )
    return right.includes(here) ? [] : [lost(`${here} copies of ${book} are there or sold, put in were ${right}`)]
  })
}

/** Each change of a stock by the shop reached the handler. */
const stockEvents = (world: World, events: ReadonlyArray<Told>) =>
  booksOf(world).flatMap((book) => {
    const { done, unknown } = changesOf(world, book)
    const told = new Set(
      events.flatMap((event) => (event._tag === "StockChanged" && event.bookId === book ? [event.id] : []))
    )
    return told.size >= done.length && told.size <= done.length + unknown.length
      ? []
      : [wrong(`${told.size} changes of the stock of ${book} were told, ${done.length} acknowledged`)]
  })
