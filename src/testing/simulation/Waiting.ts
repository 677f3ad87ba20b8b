/** What must hold of each change of who waits for a book, and of the copies that are held for them. */
import { DateTime, Equal, HashMap, Option } from "effect"
import * as Lines from "../../adapters/memory/Lines.js"
import type { State } from "../../adapters/memory/State.js"
import type { Book, BookId } from "../../domain/Book.js"
import type { Order, OrderId } from "../../domain/Order.js"
import type * as PreBooking from "../../domain/PreBooking.js"
import * as Text from "../../domain/Text.js"

/** Nothing has changed that anybody who waits would notice. */
export const isUntouched = (before: State, after: State): boolean =>
  HashMap.isEmpty(after.preBookings) ||
  (before.preBookings === after.preBookings &&
    before.lines === after.lines &&
    before.waves === after.waves &&
    before.books === after.books &&
    before.orders === after.orders)

/** What is wrong with a commit. */
export const problems = (before: State, after: State): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const all = read(before, after)
  if (HashMap.size(after.preBookings) < HashMap.size(before.preBookings)) wrong.push("a pre-booking has gone")
  for (const change of all) wrong.push(...ofOne(before, after, change).map((what) => `${change.is.id} ${what}`))
  for (const { was, is } of all) {
    if (was?.status === "waiting" && is.status === "held")
      for (const other of all) {
        const isPassedOver = other.was?.status === "waiting" && other.is.status === "waiting"
        if (isPassedOver && other.is.bookId === is.bookId && cameFirst(other.is, is))
          wrong.push(`${is.id} was served before ${other.is.id}, who came first`)
      }
  }
  if (before.orders !== after.orders) {
    for (const order of HashMap.values(after.orders)) {
      if (!HashMap.has(before.orders, order.id)) wrong.push(...taken(before, after, order, all))
    }
  }
  return wrong
}

/** The events that a commit must tell, by kind and pre-booking. */
export const events = (before: State, after: State): ReadonlyArray<string> => {
  if (before.preBookings === after.preBookings) return []
  const told: Array<string> = []
  for (const [id, written] of HashMap.entries(after.preBookings)) {
    const was = Option.getOrNull(HashMap.get(before.preBookings, id))
    if (was === written || was === null) continue
    if (was.status === "waiting" && written.status === "held") told.push(`PreBookingHeld ${id}`)
    if (was.status === "waiting" && written.status === "notified") told.push(`PreBookingNotified ${id}`)
    if (written.status === "expired") told.push(`PreBookingExpired ${id}`)
    if (written.status === "cancelled" && isWithdrawn(before, after, written)) told.push(`PreBookingWithdrawn ${id}`)
  }
  return told
}

/** By book, the copies that are held, or have arrived and are not handed out. */
export const onHold = ({ lines, ...state }: State): ReadonlyMap<BookId, number> => {
  const copies = new Map<BookId, number>()
  for (const [id, { arrived }] of HashMap.entries(lines)) copies.set(id, arrived)
  for (const { status, bookId } of HashMap.values(state.preBookings)) {
    if (status === "held") copies.set(bookId, (copies.get(bookId) ?? 0) + 1)
  }
  return copies
}

/** What a sweep would do, by a clock that says this. */
export const undone = (state: State, now: number): ReadonlyArray<string> => {
  const left: Array<string> = []
  for (const [id, { arrived }] of HashMap.entries(state.lines)) {
    if (arrived > 0) left.push(`${arrived} copies of ${id} have come in, and nobody has them`)
  }
  for (const id of HashMap.keys(state.waves)) left.push(`some who waited for ${id} have not been told`)
  for (const booking of HashMap.values(state.preBookings)) {
    if (booking.status === "held" && DateTime.toEpochMillis(booking.expiresAt) <= now)
      left.push(`the copy that was held for ${booking.id} is held for ever`)
  }
  return left
}

/** What a customer has asked for, as it is read. */
export const of = (state: State, customer: string): ReadonlyArray<PreBooking.PreBooking> => {
  const own: Array<PreBooking.PreBooking> = []
  for (const { id, customerId } of HashMap.values(state.preBookings)) {
    const booking = customerId === customer ? Lines.find(state, id) : null
    if (booking !== null) own.push(booking)
  }
  return own.sort((a, b) => Text.compare(a.id, b.id))
}

// internal

/** A pre-booking as it was read, and as it is now. */
interface Change {
  readonly was: PreBooking.PreBooking | null
  readonly is: PreBooking.PreBooking
}

const read = (before: State, after: State): ReadonlyArray<Change> => {
  const all: Array<Change> = []
  for (const id of HashMap.keys(after.preBookings)) {
    const is = Lines.find(after, id)
    if (is !== null) all.push({ was: Lines.find(before, id), is })
  }
  return all
}

const ofOne = (before: State, after: State, { was, is }: Change): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const book = bookOf(after, is.bookId)
  if (is.status === "waiting" && (book === null || book.stockQuantity > 0))
    wrong.push(`waits for ${is.bookId}, ${book === null ? "which is gone" : "which is in stock"}`)
  if (is.status === "held" && book === null) wrong.push(`has a copy of ${is.bookId} on hold, which is gone`)
  const order = is.status === "fulfilled" ? orderOf(after, is.orderId) : null
  if (is.status === "fulfilled" && (order === null || order.status === "payment_failed"))
    wrong.push(`lost its copy to ${is.orderId}, which was not paid`)
  if (was?.status === is.status) {
    if (!Equal.equals(was, is)) wrong.push(`is ${is.status} twice`)
    return wrong
  }
  const from = was === null ? "nothing" : was.status
  if (!ways[from].includes(is.status)) wrong.push(`went from ${from} to ${is.status}`)
  if (was?.status === "fulfilled" && orderOf(after, was.orderId)?.status !== "payment_failed")
    wrong.push(`was given back by ${was.orderId}, which stands`)
  if (is.status === "fulfilled" && order !== null) {
    if (HashMap.has(before.orders, order.id)) wrong.push(`was bought with ${order.id}, which was there before`)
    if (order.customerId !== is.customerId) wrong.push(`was bought by somebody else with ${order.id}`)
    if (DateTime.greaterThanOrEqualTo(order.createdAt, is.expiresAt))
      wrong.push(`was bought with ${order.id} when its time was over`)
  }
  return wrong
}

/** What an order has was on the shelf, but for one copy of a book that was held for its customer. */
const taken = (before: State, after: State, order: Order, all: ReadonlyArray<Change>): ReadonlyArray<string> =>
  order.lines.flatMap(({ bookId, quantity }) => {
    const own = all.filter(
      ({ is }) => is.status === "fulfilled" && is.orderId === order.id && is.bookId === bookId
    ).length
    const had = bookOf(before, bookId)?.stockQuantity ?? 0
    const has = bookOf(after, bookId)?.stockQuantity ?? 0
    return own <= 1 && had - has === quantity - own
      ? []
      : [`${order.id} has ${quantity} of ${bookId}: ${had - has} from the shelf, and ${own} that were held`]
  })

/** By the shop: the book went with this commit, or it was gone before, and that is written now. */
const isWithdrawn = (before: State, after: State, { id, bookId }: PreBooking.PreBooking): boolean => {
  const written = Option.getOrNull(HashMap.get(before.preBookings, id))
  if (written?.status !== "waiting" && written?.status !== "held") return false
  const was = Lines.find(before, id)
  return was?.status === "cancelled" || (was?.status === written.status && bookOf(after, bookId) === null)
}

/** Where a pre-booking may go from a state, in one commit. */
const ways: { readonly [S in PreBooking.Status | "nothing"]: ReadonlyArray<PreBooking.Status> } = {
  nothing: ["waiting"],
  waiting: ["notified", "held", "cancelled"],
  notified: ["cancelled"],
  held: ["fulfilled", "expired", "cancelled"],
  // An order that was not paid gives it back, and by then its time may be over, or the book gone.
  fulfilled: ["held", "expired", "cancelled"],
  cancelled: [],
  expired: []
}

const cameFirst = (a: PreBooking.PreBooking, b: PreBooking.PreBooking): boolean =>
  DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt) < 0 ||
  (DateTime.Equivalence(a.createdAt, b.createdAt) && a.id < b.id)

const bookOf = ({ books }: State, id: BookId): Book | null => Option.getOrNull(HashMap.get(books, id))
const orderOf = ({ orders }: State, id: OrderId): Order | null => Option.getOrNull(HashMap.get(orders, id))
