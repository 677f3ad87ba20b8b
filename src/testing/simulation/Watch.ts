/** Looks at every committed instant for what must never be: what has changed against what must have gone with it. */
import { HashMap, Option } from "effect"
import type { State } from "../../adapters/memory/State.js"
import * as Audit from "../../domain/Audit.js"
import type { Book, BookId } from "../../domain/Book.js"
import type { CartLine } from "../../domain/Cart.js"
import * as Event from "../../domain/Event.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Order, OrderId, Status } from "../../domain/Order.js"
import * as Hands from "./Hands.js"
import type { Capture } from "./Provider.js"
import * as Waiting from "./Waiting.js"

export interface Watch {
  readonly committed: (before: State, after: State) => void
  /** The handler was asked to tell of an event, or has told of it. */
  readonly handling: (event: Event.Event) => void
  readonly handled: (event: Event.Event) => void
  /** In the order of their commits, by what they are about. */
  readonly events: ReadonlyMap<string, ReadonlyArray<Event.Event>>
  readonly wasHandled: (event: Event.Event) => boolean
}

export const make = (
  captures: ReadonlyMap<string, Capture>,
  /** Whether lines may leave this customer's cart without an order. */
  mayShrink: (customer: CustomerId) => boolean,
  wrong: (message: string) => void
): Watch => {
  const events = new Map<string, Array<Event.Event>>()
  const handled = new Set<string>()
  const keys = new Map<string, OrderId>()
  const lines = new Map<string, OrderId>()
  const payments = new Map<string, OrderId>()

  /** Tells of what is in `after` and was not in `before`. */
  const newEvents = (before: State, after: State): ReadonlyArray<Event.Event> => {
    if (before.told === after.told || HashMap.size(before.told) === HashMap.size(after.told)) return []
    const found: Array<Event.Event> = []
    for (const [about, ids] of HashMap.entries(after.queues)) {
      const known = events.get(about) ?? []
      for (const id of ids) {
        const told = HashMap.get(after.told, id)
        if (Option.isNone(told) || HashMap.has(before.told, id)) continue
        known.push(told.value.delivery.event)
        found.push(told.value.delivery.event)
      }
      events.set(about, known)
    }
    if (found.length !== HashMap.size(after.told) - HashMap.size(before.told))
      wrong("an event was written that nobody will be told of")
    return found
  }

  const placed = (before: State, after: State, order: Order) => {
    const { id, customerId, attempt, paymentKey, total } = order
    if (order.status !== "pending_payment") wrong(`${id} began as ${order.status}`)
    let sum = 0
    for (const line of order.lines) {
      sum += line.quantity * line.unitPrice
      const book = bookOf(after, line.bookId)
      if (book === null) wrong(`${id} sells ${line.bookId}, which is not on sale`)
      else if (book.price !== line.unitPrice || book.title !== line.title)
        wrong(`${id} sells ${line.bookId} for another price or title than it has`)
      const other = lines.get(line.id)
      if (other !== undefined && HashMap.unsafeGet(after.orders, other).status !== "payment_failed") {
        wrong(`${id} and ${other} were made of one cart`)
      }
      lines.set(line.id, id)
      const inCart = cartOf(before, customerId).find((each) => each.id === line.id)
      if (inCart?.quantity !== line.quantity) wrong(`${id} has a line that was not in the cart`)
      if (cartOf(after, customerId).some((each) => each.id === line.id))
        wrong(`${id} left a line in the cart that it took`)
    }
    if (sum !== total) wrong(`${id} costs ${total}, and its lines ${sum}`)
    for (const key of attempt === null ? [paymentKey] : [paymentKey, `${customerId}\0${attempt.key}`]) {
      const other = keys.get(key)
      if (other !== undefined) wrong(`${id} and ${other} have one key`)
      keys.set(key, id)
    }
  }

  const moved = (before: State, after: State, was: Order, order: Order) => {
    const { id } = order
    if (!ways[was.status].includes(order.status)) wrong(`${id} went from ${was.status} to ${order.status}`)
    if (was.total !== order.total || was.lines.length !== order.lines.length || was.paymentKey !== order.paymentKey) {
      wrong(`${id} is no longer what was placed`)
    }
    if (order.status === "confirmed") {
      const capture = captures.get(order.paymentId)
      if (capture === undefined || capture.key !== order.paymentKey || capture.amount !== order.total) {
        wrong(`${id} is confirmed, and its money was not taken`)
      }
      const other = payments.get(order.paymentId)
      if (other !== undefined) wrong(`${id} and ${other} stand on one payment`)
      payments.set(order.paymentId, id)
    }
    if (order.status === "refunded" && (captures.get(order.paymentId)?.refunds.size ?? 0) === 0) {
      wrong(`${id} is refunded, and its money was not given back`)
    }
    if (order.status === "payment_failed") putBack(before, after, order)
  }

  const putBack = (before: State, after: State, order: Order) => {
    for (const { bookId, quantity } of order.lines) {
      if (bookOf(after, bookId) === null) continue
      const had = cartOf(before, order.customerId).find((line) => line.bookId === bookId)?.quantity ?? 0
      const has = cartOf(after, order.customerId).find((line) => line.bookId === bookId)?.quantity ?? 0
      if (has !== Math.min(99, had + quantity)) wrong(`${order.id} failed, and its lines are not back in the cart`)
    }
  }

  /** Each step of an order is told once, and nothing else is. */
  const told = (changed: ReadonlyArray<Order>, before: State, after: State, news: ReadonlyArray<Event.Event>) => {
    const expected = new Map<string, number>()
    const count = (about: string, times: number) => expected.set(about, (expected.get(about) ?? 0) + times)
    for (const order of changed) {
      const was = orderOf(before, order.id)
      for (const kind of Audit.told[order.status]) {
        if (was === null || !Audit.told[was.status].includes(kind)) count(`${kind} ${order.id}`, 1)
      }
    }
    if (before.books !== after.books) {
      for (const [id, book] of HashMap.entries(after.books)) {
        const was = bookOf(before, id)
        if (was === null || was === book) continue
        if (was.stockQuantity === 0 && book.stockQuantity > 0) count(`BookRestocked ${id}`, 1)
      }
    }
    for (const about of Waiting.events(before, after)) count(about, 1)
    if (before.refunds !== after.refunds) {
      for (const [id, refunds] of HashMap.entries(after.refunds)) {
        const done = refunds.filter(({ status }) => status === "done").length
        const were = Option.getOrElse(HashMap.get(before.refunds, id), () => []).filter(
          ({ status }) => status === "done"
        )
        if (done > were.length) count(`PaymentReturned ${id}`, done - were.length)
      }
    }
    for (const event of news) if (event._tag !== "StockChanged") count(`${event._tag} ${Event.aggregate(event)}`, -1)
    for (const problem of changes(before, after, news)) wrong(problem)
    for (const [about, times] of expected) {
      if (times > 0) wrong(`nobody is told: ${about}`)
      if (times < 0) wrong(`told, and not so: ${about}`)
    }
  }

  /** What the shop has put in, in as many steps as it liked: an import may name a book twice. */
  const changes = (before: State, after: State, news: ReadonlyArray<Event.Event>): ReadonlyArray<string> => {
    const told = new Map<BookId, number>()
    for (const event of news) {
      if (event._tag === "StockChanged") told.set(event.bookId, (told.get(event.bookId) ?? 0) + event.to - event.from)
    }
    if (told.size === 0 && before.putIn === after.putIn) return []
    return [...HashMap.keys(after.putIn)].flatMap((id) => {
      const more = bookOf(before, id) === null ? 0 : putIn(after, id) - putIn(before, id)
      if (more === (told.get(id) ?? 0)) return []
      return [`${told.has(id) ? "told, and not so" : "nobody is told"}: StockChanged ${id}`]
    })
  }

  const stock = (after: State) => {
    const { books, orders } = after
    const onHold = Waiting.onHold(after)
    const held = new Map<BookId, number>()
    for (const { status, lines } of HashMap.values(orders)) {
      if (!Audit.holding.includes(status)) continue
      for (const { bookId, quantity } of lines) held.set(bookId, (held.get(bookId) ?? 0) + quantity)
    }
    for (const { id, stockQuantity } of HashMap.values(books)) {
      const all = Option.getOrElse(HashMap.get(after.putIn, id), () => 0)
      const [apart, sold] = [onHold.get(id) ?? 0, held.get(id) ?? 0]
      if (stockQuantity < 0 || stockQuantity + apart + sold !== all) {
        wrong(`${id}: ${stockQuantity} on the shelf, ${apart} on hold and ${sold} in orders are not the ${all} put in`)
      }
    }
  }

  const carts = (before: State, after: State) => {
    for (const [customer, had] of HashMap.entries(before.carts)) {
      const has = cartOf(after, customer)
      if (has === had || mayShrink(customer)) continue
      for (const { id, bookId } of had) {
        if (has.some((line) => line.id === id) || bookOf(after, bookId) === null) continue
        const order = lines.get(id)
        if (order === undefined || orderOf(before, order) !== null)
          wrong(`a line of ${customer} has gone, and no order has it`)
      }
    }
  }

  return {
    committed: (before, after) => {
      const changed: Array<Order> = []
      if (before.orders !== after.orders) {
        for (const [id, order] of HashMap.entries(after.orders)) {
          const was = orderOf(before, id)
          if (was === order) continue
          changed.push(order)
          if (was === null) placed(before, after, order)
          else moved(before, after, was, order)
        }
        if (HashMap.size(after.orders) < HashMap.size(before.orders)) wrong("an order has gone")
      }
      if (before.orders !== after.orders || before.boxes !== after.boxes || before.entries !== after.entries) {
        for (const problem of Hands.problems(before, after)) wrong(problem)
      }
      if (before.orders !== after.orders || before.books !== after.books || before.lines !== after.lines) stock(after)
      if (!Waiting.isUntouched(before, after)) for (const problem of Waiting.problems(before, after)) wrong(problem)
      if (before.carts !== after.carts) carts(before, after)
      const news = newEvents(before, after)
      const isToBeTold =
        before.books !== after.books ||
        before.refunds !== after.refunds ||
        before.putIn !== after.putIn ||
        before.preBookings !== after.preBookings
      if (changed.length > 0 || news.length > 0 || isToBeTold) {
        told(changed, before, after, news)
      }
    },

    handling: (event) => {
      for (const earlier of events.get(Event.aggregate(event)) ?? []) {
        if (earlier.id === event.id) return
        if (!handled.has(earlier.id))
          return wrong(`${event._tag} is told before ${earlier._tag} of ${Event.aggregate(event)}`)
      }
      wrong(`${event._tag} ${event.id} is told, and was never committed`)
    },
    handled: (event) => {
      handled.add(event.id)
    },
    events,
    wasHandled: ({ id }) => handled.has(id)
  }
}

/** Where an order may go from a state. */
const ways: { readonly [S in Status]: ReadonlyArray<Status> } = {
  pending_payment: ["confirmed", "payment_failed"],
  confirmed: ["cancelled", "fulfilled"],
  payment_failed: [],
  cancelled: ["refunded"],
  refunded: [],
  fulfilled: []
}

export const bookOf = ({ books }: State, id: BookId): Book | null => Option.getOrNull(HashMap.get(books, id))
export const orderOf = ({ orders }: State, id: OrderId): Order | null => Option.getOrNull(HashMap.get(orders, id))
export const cartOf = ({ carts }: State, customer: CustomerId): ReadonlyArray<CartLine> =>
  Option.getOrElse(HashMap.get(carts, customer), () => [])

const putIn = (state: State, id: BookId) => Option.getOrElse(HashMap.get(state.putIn, id), () => 0)
