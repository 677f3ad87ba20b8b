import { Array, DateTime, Effect, Either, HashMap, Layer, Option } from "effect"
import * as Audit from "../../domain/Audit.js"
import { type BookId, maximumStock } from "../../domain/Book.js"
import type { Event, OrderEvent } from "../../domain/Event.js"
import { total } from "../../domain/Money.js"
import type { Order, OrderId } from "../../domain/Order.js"
import * as OrderQuery from "../../domain/OrderQuery.js"
import * as Text from "../../domain/Text.js"
import { Auditor } from "../../ports/Auditor.js"
import * as LineAudit from "./LineAudit.js"
import * as Lines from "./Lines.js"
import * as Shelf from "./Shelf.js"
import { type Change, leave, type State } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Auditor, never, Store> = Layer.effect(
  Auditor,
  Effect.map(Store, (store) => {
    const look = <A>(question: (state: State) => ReadonlyArray<A>, limit: number) =>
      store.read((state) => Either.right(question(state).slice(0, limit)))
    return {
      stock: (limit) => look(stock, limit),
      totals: (limit) => look(totals, limit),
      events: (limit) => look((state) => [...events(state), ...LineAudit.events(state)], limit),
      payments: (limit) => look(payments, limit),
      overdue: (before, limit) => look((state) => overdue(state, before), limit),
      recount: (id) => store.change((state) => Either.orElse(recount(state, id), () => leave(false, state)))
    }
  })
)

// internal

const byId = (a: { readonly id: string }, b: { readonly id: string }) => Text.compare(a.id, b.id)

const oldestFirst = (a: Order, b: Order) =>
  DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt) || byId(a, b)

const ordersOf = ({ orders }: State) => [...HashMap.values(orders)].sort(oldestFirst)

const inOrders = (state: State): ReadonlyMap<BookId, number> => {
  const copies = new Map<BookId, number>()
  for (const { status, lines } of HashMap.values(state.orders)) {
    if (!Audit.holding.includes(status)) continue
    for (const { bookId, quantity } of lines) copies.set(bookId, (copies.get(bookId) ?? 0) + quantity)
  }
  return copies
}

const stock = (state: State): ReadonlyArray<Audit.StockUnbalanced | Audit.LineMiscounted | Audit.StockWithheld> => {
  const [sold, rows] = [inOrders(state), LineAudit.rows(state)]
  return [...HashMap.values(state.books)].sort(byId).flatMap((book) => {
    const { id, stockQuantity } = book
    const { held, arrived } = LineAudit.counted(state, id)
    const facts = {
      stock: stockQuantity,
      onHold: held + arrived,
      inOrders: sold.get(id) ?? 0,
      putIn: Shelf.inPut(state, id)
    }
    const isBalanced = facts.stock + facts.onHold + facts.inOrders === facts.putIn
    return [
      ...(isBalanced ? [] : [new Audit.StockUnbalanced({ bookId: id, ...facts })]),
      ...LineAudit.lines(state, book, rows.get(id) ?? { waits: 0, holds: 0 })
    ]
  })
}

const recount = (state: State, id: BookId): Change<boolean> => {
  const book = Shelf.find(state, id)
  if (book === null) return leave(false, state)
  const { waiting, held, arrived } = LineAudit.counted(state, id)
  const left = Shelf.inPut(state, id) - (inOrders(state).get(id) ?? 0) - held
  if (left < 0 || left > maximumStock) return leave(false, state)
  const apart = waiting > 0 ? left : Math.min(arrived, left)
  return Either.gen(function* () {
    const [, shelved] = yield* Shelf.move(state, recounting, book, left - apart - book.stockQuantity)
    const [, next] = yield* Lines.arrive(shelved, recounting, id, apart - arrived)
    return [true, next] as const
  })
}

const recounting = "Auditor.recount"

const totals = (state: State): ReadonlyArray<Audit.TotalWrong> =>
  ordersOf(state).flatMap((order) => {
    const sum = total(order.lines.map(({ quantity, unitPrice }) => ({ quantity, price: unitPrice })))
    return sum === order.total ? [] : [new Audit.TotalWrong({ orderId: order.id, total: order.total, sum })]
  })

const isOrderEvent = (event: Event): event is OrderEvent => event._tag.startsWith("Order")

const events = (state: State): ReadonlyArray<Audit.EventMissing | Audit.EventRepeated | Audit.EventUnfounded> => {
  const told = [...HashMap.values(state.told)].flatMap(({ delivery: { event } }) =>
    isOrderEvent(event) ? [event] : []
  )
  const of = Array.groupBy(told, ({ orderId }) => orderId)
  const times = ({ id }: Order, kind: OrderEvent["_tag"]) => (of[id] ?? []).filter(({ _tag }) => _tag === kind).length
  const must = ordersOf(state).flatMap((order) => Audit.told[order.status].map((kind) => ({ order, kind })))
  const missing = must
    .filter(({ order, kind }) => times(order, kind) === 0)
    .map(({ order, kind }) => new Audit.EventMissing({ orderId: order.id, kind }))
  const repeated = must
    .filter(({ order, kind }) => times(order, kind) > 1)
    .map(({ order, kind }) => new Audit.EventRepeated({ orderId: order.id, kind, times: times(order, kind) }))
  const unfounded = told
    .filter(({ orderId, _tag }) => {
      const order = Option.getOrNull(HashMap.get(state.orders, orderId))
      return order === null || !Audit.told[order.status].includes(_tag)
    })
    .sort(byId)
    .map(({ id, orderId, _tag }) => new Audit.EventUnfounded({ eventId: id, orderId, kind: _tag }))
  return [...missing, ...repeated, ...unfounded]
}

const payments = (state: State): ReadonlyArray<Audit.PaymentShared | Audit.PaymentKeyShared> => {
  const orders = [...HashMap.values(state.orders)].sort(byId)
  return [
    ...shared(orders, (order) => ("paymentId" in order ? order.paymentId : null)).map(
      ([paymentId, orderIds]) => new Audit.PaymentShared({ paymentId, orderIds })
    ),
    ...shared(orders, ({ paymentKey }) => paymentKey).map(
      ([key, orderIds]) => new Audit.PaymentKeyShared({ key, orderIds })
    )
  ]
}

/** What several orders have in common. */
const shared = <K extends string>(orders: ReadonlyArray<Order>, of: (order: Order) => K | null) => {
  const by = new Map<K, ReadonlyArray<OrderId>>()
  for (const order of orders) {
    const name = of(order)
    if (name !== null) by.set(name, [...(by.get(name) ?? []), order.id])
  }
  return [...by].filter(([, ids]) => ids.length > 1).sort(([a], [b]) => Text.compare(a, b))
}

type Overdue = Effect.Effect.Success<ReturnType<Auditor["Type"]["overdue"]>>

const overdue = (state: State, before: DateTime.Utc): Overdue => {
  const late = (since: DateTime.Utc) => DateTime.lessThan(since, before)
  const orders = ordersOf(state)
  const deliveries = [...HashMap.values(state.told)]
    .map(({ delivery }) => delivery)
    .sort((a, b) => byId(a.event, b.event))
  return [
    ...orders.flatMap((order) =>
      OrderQuery.waits(order, "payment") && late(order.createdAt)
        ? [new Audit.PaymentStuck({ orderId: order.id, since: order.createdAt })]
        : []
    ),
    ...orders.flatMap((order) =>
      order.status === "cancelled" && late(order.cancelledAt)
        ? [new Audit.RefundStuck({ orderId: order.id, paymentId: order.paymentId, since: order.cancelledAt })]
        : []
    ),
    ...[...HashMap.values(state.refunds)]
      .flat()
      .flatMap(({ status, orderId, paymentId, dueAt }) =>
        status === "due" && late(dueAt) ? [new Audit.RefundStuck({ orderId, paymentId, since: dueAt })] : []
      ),
    ...LineAudit.overdue(state, before),
    ...deliveries.flatMap(({ event, error, state }) =>
      state === "parked" ? [new Audit.DeliveryParked({ eventId: event.id, kind: event._tag, error })] : []
    ),
    ...deliveries.flatMap(({ event, state, dueAt }) =>
      state === "waiting" && late(dueAt)
        ? [new Audit.DeliveryLate({ eventId: event.id, kind: event._tag, since: dueAt })]
        : []
    )
  ]
}
