/** From a cart to an order, paid or given up, as the model keeps it. */
import { linesOf, putBack, setLines } from "./Carting.js"
import { isNonsense, read } from "./Catalogue.js"
import * as Provider from "./Provider.js"
import {
  type Answer,
  answer,
  bookOf,
  by,
  invalid,
  named,
  type Order,
  page,
  putBook,
  putOrder,
  type Refund,
  refuse,
  type Said,
  type Status,
  shown,
  shownOrder,
  slices,
  tell,
  type Word,
  type World,
  wrong
} from "./World.js"

export interface Request {
  readonly paymentMethod?: Said<string | null>
  readonly expectedTotal?: Said<number | null>
  readonly idempotencyKey?: Said<string | null>
}

export const place = (world: World, customer: Said<string>, request: Request): Answer => {
  if (world.open) return refuse("InsideTransaction")
  const prepared = prepare(world, customer, request)
  if ("refused" in prepared) {
    const first = firstOf(world, customer, request)
    return prepared.refused._tag === "AlreadyPlaced" && first !== undefined ? told(first) : prepared
  }
  const order = world.prepared.at(-1)
  if (order === undefined) return prepared
  const word = Provider.charge(world, order, "No")
  if (word === "Unknown") return refuse("CheckoutInProgress", { orderId: order.id })
  return told(hear(world, order, word === "No" ? { declined: "gateway_unavailable" } : word).order)
}

/** Takes the cart and the copies, and keeps prices and titles of today; or nothing, and says why. */
export const prepare = (world: World, customer: Said<string>, request: Request): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  const bad = wrong({ ...request })
  if (bad.length > 0) return invalid(...bad)
  const [who, key, expected] = [
    customer.means,
    request.idempotencyKey?.means ?? null,
    request.expectedTotal?.means ?? null
  ]
  const first = firstOf(world, customer, request)
  if (first !== undefined)
    return first.attempt?.request === digest(request)
      ? refuse("AlreadyPlaced", { order: shown(shownOrder(first)) as object })
      : refuse("IdempotencyKeyReused")
  const lines = linesOf(world, who).flatMap((line) => {
    const book = bookOf(world, line.bookId)
    if (book === undefined) return []
    const { price: unitPrice, title, author, coverImageUrl } = book
    return [{ line: { ...line, unitPrice, title, author, coverImageUrl }, available: book.stockQuantity, book }]
  })
  if (lines.length === 0) {
    const waiting = world.store.orders.findLast(
      ({ customerId, status }) => customerId === who && status === "pending_payment"
    )
    return waiting === undefined ? refuse("CartEmpty") : refuse("CheckoutInProgress", { orderId: waiting.id })
  }
  const total = lines.reduce((sum, { line }) => sum + line.quantity * line.unitPrice, 0)
  if (expected !== null && expected !== total) return refuse("PriceChanged", { total })
  const items = lines.flatMap(({ line: { bookId, title, quantity }, available }) =>
    quantity > available ? [{ bookId, title, requested: quantity, available }] : []
  )
  if (items.length > 0) return refuse("InsufficientStock", { items })
  setLines(world, who, [])
  for (const { line, book } of lines) putBook(world, { ...book, stockQuantity: book.stockQuantity - line.quantity })
  const order = putOrder(world, {
    id: named(world, "order"),
    customerId: who,
    status: "pending_payment",
    lines: lines.map(({ line }) => line),
    total,
    createdAt: world.now,
    paymentKey: named(world, "pay"),
    attempt: key === null ? null : { key, request: digest(request) }
  })
  world.prepared.push(order)
  return answer(shown(shownOrder(order)))
}

export const charge = (world: World, order: Order): Answer => {
  if (world.open) return refuse("InsideTransaction")
  const stored = orderOf(world, order.id)
  if (stored === undefined) return refuse("OrderNotFound", { orderId: order.id })
  if (stored.status !== "pending_payment")
    return refuse("AlreadyPlaced", { order: shown(shownOrder(stored)) as object })
  const word = Provider.charge(world, order, "Unknown")
  return typeof word === "string" ? refuse("GatewayError", { moneyMoved: word }) : answer(shownWord(word))
}

/** As whoever holds the order heard it, captured or declined: a capture of another amount is refused. */
export const settle = (world: World, order: Order, word: Word): Answer => {
  if ("returned" in word) return invalid("")
  if (!Provider.fits(word, order)) return invalid("amount")
  if (orderOf(world, order.id) === undefined) return refuse("OrderNotFound", { orderId: order.id })
  return answer(shown(shownOrder(hear(world, order, word).order)))
}

/** What the provider tells of its own accord, once. */
export const notified = (
  world: World,
  notice: { readonly id: Said<string>; readonly order: Order; readonly key: string; readonly word: Word }
): Answer => {
  if (world.open) return refuse("InsideTransaction")
  if (notice.id.means === undefined) return invalid("id")
  const order = orderOf(world, notice.order.id)
  const { store } = world
  if (store.heard.includes(notice.id.means)) return answer()
  store.heard = [...store.heard, notice.id.means]
  if (order === undefined || order.paymentKey !== notice.key) return answer()
  const { due } = hear(world, order, notice.word)
  if (due !== null) payBack(world, due)
  return answer()
}

/** A confirmed order is given up; while the money cannot be given back it stays cancelled, and may be cancelled again. */
export const cancel = (world: World, customer: Said<string>, id: string): Answer => {
  if (world.open) return refuse("InsideTransaction")
  if (customer.means === undefined) return invalid("customerId")
  const order = orderOf(world, read(id))
  if (order?.customerId !== customer.means) return noOrder(id)
  if (order.status !== "cancelled" && order.status !== "confirmed")
    return refuse("OrderNotCancellable", { orderId: order.id, status: order.status })
  const cancelled =
    order.status === "cancelled" ? order : putOrder(world, { ...order, status: "cancelled", cancelledAt: world.now })
  if (order.status === "confirmed") {
    tellOf(world, "OrderCancelled", order)
    restock(world, order)
  }
  return answer(shown(shownOrder(giveBack(world, cancelled))))
}

/** Asks for the money of a cancelled order. */
export const giveBack = (world: World, order: Order): Order =>
  Provider.refund(world, `${order.paymentKey}-refund`) ? refundOrder(world, order) : order

/** Asks for money that no order keeps. Whether it came back. */
export const payBack = (world: World, due: Refund): boolean => {
  if (!Provider.refund(world, due.key)) return false
  returned(world, due)
  return true
}

/** What the provider's word does to an order, in whatever state it is by now: a decline never undoes a success. */
export const hear = (
  world: World,
  { id }: Order,
  word: Word
): { readonly order: Order; readonly due: Refund | null; readonly otherAmount: boolean } => {
  const order = orderOf(world, id)
  if (order === undefined) throw new Error(`the model has no ${id}`)
  const as = (next: Order, due: Refund | null = null) => ({ order: next, due, otherAmount: false })
  if ("returned" in word) {
    if (order.status === "cancelled" && order.paymentId === word.returned) return as(refundOrder(world, order))
    const due = refundsOf(world, order).find(({ status, paymentId }) => status === "due" && paymentId === word.returned)
    if (due !== undefined) returned(world, due)
    return as(order)
  }
  if ("declined" in word) return as(order.status === "pending_payment" ? fail(world, order, word.declined) : order)
  if (order.status === "pending_payment")
    return Provider.fits(word, order) ? as(confirm(world, order, word.captured)) : { ...as(order), otherAmount: true }
  const listed = refundsOf(world, order).some(({ paymentId }) => paymentId === word.captured)
  if (order.paymentId === word.captured || listed) return as(order)
  const due: Refund = {
    status: "due",
    orderId: order.id,
    customerId: order.customerId,
    paymentId: word.captured,
    key: named(world, "refund"),
    amount: word.amount,
    dueAt: world.now
  }
  world.store.refunds = [...world.store.refunds, due].sort(
    by(({ dueAt, orderId, paymentId }) => [dueAt, orderId, paymentId])
  )
  return as(order, due)
}

// readings

export const get = (world: World, customer: Said<string>, id: string): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  const order = orderOf(world, read(id))
  return order?.customerId === customer.means ? answer(shown(shownOrder(order))) : noOrder(id)
}

/** Newest first; failed ones only when asked for. */
export const listed = ({ store }: World, customer: string | null, status: Status | null): ReadonlyArray<Order> =>
  store.orders
    .filter((order) => customer === null || order.customerId === customer)
    .filter((order) => (status === null ? order.status !== "payment_failed" : order.status === status))
    .toReversed()

export const list = (
  world: World,
  customer: Said<string>,
  status: Said<Status | null>,
  number: Said<number>,
  size: Said<number>
): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  if (status.means === undefined) return invalid("status")
  const bad = wrong({ page: number, size })
  if (bad.length > 0) return invalid(...bad)
  const all = listed(world, customer.means, status.means)
  const [at, count] = [number.means ?? 1, size.means ?? 20]
  return answer({ items: shown(page(all, at, count).map(shownOrder)), total: all.length, page: at, size: count })
}

/** All slices, to the end. */
export const scroll = (
  world: World,
  customer: Said<string>,
  status: Said<Status | null>,
  size: Said<number>
): Answer => {
  if (customer.means === undefined) return invalid("customerId")
  if (status.means === undefined) return invalid("status")
  if (size.means === undefined) return invalid("size")
  return answer(shown(slices(listed(world, customer.means, status.means).map(shownOrder), size.means)))
}

/** Everybody's. */
export const scrollAll = (world: World, status: Said<Status | null>, size: Said<number>): Answer => {
  if (status.means === undefined) return invalid("status")
  if (size.means === undefined) return invalid("size")
  return answer(shown(listed(world, null, status.means).map(shownOrder)))
}

export const orderOf = ({ store }: World, id: string): Order | undefined =>
  store.orders.find((order) => order.id === id)

export const shownWord = (word: Word): unknown =>
  "captured" in word
    ? { _tag: "Captured", paymentId: word.captured, amount: word.amount, currency: "USD" }
    : "declined" in word
      ? { _tag: "Declined", reason: word.declined }
      : { _tag: "Returned", paymentId: word.returned }

// internal

const noOrder = (id: string) => refuse("OrderNotFound", { orderId: isNonsense(id) ? id : read(id) })

const digest = ({ paymentMethod, expectedTotal }: Request) =>
  JSON.stringify([paymentMethod?.means ?? null, expectedTotal?.means ?? null])

/** The order that the same key made before. */
const firstOf = ({ store }: World, customer: Said<string>, { idempotencyKey }: Request) =>
  idempotencyKey?.means == null
    ? undefined
    : store.orders.find((order) => order.customerId === customer.means && order.attempt?.key === idempotencyKey.means)

const told = (order: Order): Answer =>
  order.status === "payment_failed"
    ? refuse("PaymentFailed", { orderId: order.id, reason: order.reason })
    : order.status === "pending_payment"
      ? refuse("CheckoutInProgress", { orderId: order.id })
      : answer(shown(shownOrder(order)))

const tellOf = (world: World, _tag: string, { id, customerId, total }: Order, more = {}) =>
  tell(world, _tag, id, { orderId: id, customerId, total, currency: "USD", ...more })

const confirm = (world: World, order: Order, paymentId: string): Order => {
  tellOf(world, "OrderConfirmed", order)
  return putOrder(world, { ...order, status: "confirmed", paymentId, paidAt: world.now })
}

const fail = (world: World, order: Order, reason: string): Order => {
  tellOf(world, "OrderPaymentFailed", order, { reason })
  restock(world, order)
  putBack(world, order.customerId, order.lines)
  return putOrder(world, { ...order, status: "payment_failed", reason, failedAt: world.now })
}

const refundOrder = (world: World, order: Order): Order => {
  tellOf(world, "OrderRefunded", order)
  return putOrder(world, { ...order, status: "refunded", refundedAt: world.now })
}

/** The copies go back on the shelf; whoever waits for a book is told when there was none. */
const restock = (world: World, { lines }: Order) => {
  for (const { bookId, quantity } of lines) {
    const book = bookOf(world, bookId)
    if (book === undefined) continue
    putBook(world, { ...book, stockQuantity: book.stockQuantity + quantity })
    if (book.stockQuantity === 0) tell(world, "BookRestocked", bookId, { bookId })
  }
}

const refundsOf = ({ store }: World, { id }: Order) => store.refunds.filter(({ orderId }) => orderId === id)

const returned = (world: World, due: Refund) => {
  const { orderId, customerId, paymentId, amount } = due
  tell(world, "PaymentReturned", orderId, { orderId, customerId, paymentId, amount, currency: "USD" })
  world.store.refunds = world.store.refunds.map((refund) =>
    refund === due ? { ...due, status: "done", doneAt: world.now } : refund
  )
}
