import { Array, DateTime, Effect, Either, HashMap, Layer, Option, Schema, Struct } from "effect"
import * as Checkout from "../../domain/Checkout.js"
import type { BookRestocked } from "../../domain/Event.js"
import type { CustomerId } from "../../domain/Id.js"
import * as Order from "../../domain/Order.js"
import * as OrderQuery from "../../domain/OrderQuery.js"
import type { Position } from "../../domain/Page.js"
import * as Text from "../../domain/Text.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import * as Carts from "./Carts.js"
import * as Lines from "./Lines.js"
import * as Outbox from "./Outbox.js"
import * as Shelf from "./Shelf.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<OrderRepository, never, Store> = Layer.effect(
  OrderRepository,
  Effect.map(Store, (store) => ({
    add: (order) => store.change((state) => add(state, order)),

    get: (id, customer) =>
      store.read(({ orders }) =>
        HashMap.get(orders, id).pipe(
          Option.filter((order) => customer === null || order.customerId === customer),
          Either.fromOption(() => new Order.OrderNotFound({ orderId: id }))
        )
      ),

    find: (customer, key) => store.read((state) => Either.right(find(state, customer, key))),

    move: (move) => store.change((state) => moved(state, move)),

    unfinished: (query, position, limit) =>
      store.read((state) => Either.right(unfinished(state, query, position).slice(0, limit))),

    page: (query, { page, size }) =>
      store.read((state) => {
        const all = list(state, query)
        return Either.right({ items: all.slice((page - 1) * size, page * size), total: all.length })
      }),

    after: (query, position, limit) =>
      store.read((state) => {
        const all = list(state, query)
        const rest =
          position === null ? all : all.filter((order) => newestFirst(OrderQuery.position(order), position) > 0)
        return Either.right(rest.slice(0, limit))
      })
  }))
)

// internal

const of = (state: State, customer: CustomerId): ReadonlyArray<Order.Order> =>
  Option.getOrElse(HashMap.get(state.ordersOf, customer), () => []).flatMap((id) =>
    Option.toArray(HashMap.get(state.orders, id))
  )

const byKey = (state: State, customer: CustomerId, key: Order.IdempotencyKey): Order.Order | null =>
  of(state, customer).find(({ attempt }) => attempt?.key === key) ?? null

const find = (state: State, customer: CustomerId, key: Order.IdempotencyKey | null): Order.Order | null =>
  key === null
    ? (list(state, { customerId: customer, status: "pending_payment" })[0] ?? null)
    : byKey(state, customer, key)

const isLine = Schema.is(Schema.Struct(Order.OrderLine.fields))

const isSound = Schema.is(
  Schema.Struct(Order.PendingOrder.fields).pipe(
    Schema.filter(({ lines }) => lines.every(isLine) && new Set(lines.map(({ id }) => id)).size === lines.length)
  )
)

const isState = Schema.is(
  Schema.Union(
    Schema.Struct(Order.PendingOrder.fields),
    Schema.Struct(Order.ConfirmedOrder.fields),
    Schema.Struct(Order.FailedOrder.fields),
    Schema.Struct(Order.CancelledOrder.fields),
    Schema.Struct(Order.RefundedOrder.fields),
    Schema.Struct(Order.FulfilledOrder.fields)
  )
)

/** Lines, total and keys: a caller that holds another version of the order must not write them over. */
const placedAlike = Schema.equivalence(Schema.Struct(Struct.omit(Order.PendingOrder.fields, "status")))

const add = (state: State, order: Order.PendingOrder): Change<boolean> => {
  const { id, customerId, attempt } = order
  if (attempt !== null && byKey(state, customerId, attempt.key) !== null) return leave(false, state)
  if (HashMap.has(state.orders, id)) return violation("OrderRepository.add", "an order has an id of its own")
  if (!isSound(order)) return violation("OrderRepository.add", "an order is as its schema says, its line ids distinct")
  return leave(true, {
    ...state,
    orders: HashMap.set(state.orders, id, order),
    ordersOf: HashMap.modifyAt(state.ordersOf, customerId, (ids) =>
      Option.some(
        Array.append(
          Option.getOrElse(ids, () => []),
          id
        )
      )
    )
  })
}

const moved = (state: State, { from, order, event, restock, restocked, refill }: Order.Move): Change<boolean> =>
  Either.gen(function* () {
    const there = Option.getOrNull(HashMap.get(state.orders, order.id))
    if (there?.status !== from || there.customerId !== order.customerId) return [false, state] as const
    if (!isState(order)) yield* violation(moving, "an order is as its schema says")
    if (!placedAlike(there, order)) yield* violation(moving, "what was placed stays as it was")
    let next: State = { ...state, orders: HashMap.set(state.orders, order.id, order) }
    let told: ReadonlyArray<BookRestocked> = []
    let copies: ReadonlyArray<Lines.Count> = Checkout.copies(order)
    if (refill) [copies, next] = yield* Lines.restore(next, moving, order, copies, event.at)
    if (restock) [told, next] = yield* Shelf.restock(next, moving, copies, restocked)
    if (refill) [, next] = yield* Carts.put(next, moving, order.customerId, Order.cartLines(order))
    ;[, next] = yield* Outbox.tell(next, moving, [event, ...told])
    return [true, next] as const
  })

const moving = "OrderRepository.move"

const list = (state: State, query: OrderQuery.OrderQuery): ReadonlyArray<Order.Order> =>
  [...(query.customerId === null ? HashMap.values(state.orders) : of(state, query.customerId))]
    .filter((order) => OrderQuery.lists(query, order))
    .sort((a, b) => newestFirst(OrderQuery.position(a), OrderQuery.position(b)))

const unfinished = (
  state: State,
  { waiting, since, before }: OrderQuery.Unfinished,
  position: Position | null
): ReadonlyArray<Order.Order> =>
  [...HashMap.values(state.orders)]
    .filter(
      (order) =>
        OrderQuery.waits(order, waiting) &&
        DateTime.lessThan(order.createdAt, before) &&
        (since === null || DateTime.greaterThanOrEqualTo(order.createdAt, since)) &&
        (position === null || newestFirst(OrderQuery.position(order), position) < 0)
    )
    .sort((a, b) => newestFirst(OrderQuery.position(b), OrderQuery.position(a)))

const newestFirst = ([time, id]: Position, [otherTime, otherId]: Position): number =>
  Number(otherTime) - Number(time) || Text.compare(String(otherId), String(id))
