import { type DateTime, Effect, Either, HashMap, HashSet, Layer, Option, Schema } from "effect"
import * as Fulfilment from "../../domain/Fulfilment.js"
import * as FulfilmentQuery from "../../domain/FulfilmentQuery.js"
import { type Order, type OrderId, OrderNotFound } from "../../domain/Order.js"
import type { Position } from "../../domain/Page.js"
import * as Text from "../../domain/Text.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<FulfilmentRepository, never, Store> = Layer.effect(
  FulfilmentRepository,
  Effect.map(Store, (store) => ({
    get: (id) =>
      store.read((state) =>
        HashMap.get(state.orders, id).pipe(
          Either.fromOption(() => new OrderNotFound({ orderId: id })),
          Either.map((order) => ({ box: boxOf(state, order), status: order.status }))
        )
      ),

    save: (change) => store.change((state) => save(state, change)),

    history: (id) => store.read((state) => Either.right(entriesOf(state, id))),

    page: (query, now, { page, size }) =>
      store.read((state) => {
        const all = list(state, query, now)
        return Either.right({ items: all.slice((page - 1) * size, page * size), total: all.length })
      }),

    after: (query, now, position, limit) =>
      store.read((state) => {
        const all = list(state, query, now)
        const rest = position === null ? all : all.filter((box) => compare(FulfilmentQuery.position(box), position) > 0)
        return Either.right(rest.slice(0, limit))
      })
  }))
)

// internal

const boxOf = (state: State, order: Order): Fulfilment.Fulfilment =>
  Option.getOrElse(HashMap.get(state.boxes, order.id), () => Fulfilment.first(order))

const entriesOf = (state: State, id: OrderId): ReadonlyArray<Fulfilment.Entry> =>
  Option.getOrElse(HashMap.get(state.entries, id), () => [])

const isState = Schema.is(
  Schema.Union(
    Schema.Struct(Fulfilment.Ready.fields),
    Schema.Struct(Fulfilment.InProgress.fields),
    Schema.Struct(Fulfilment.Paused.fields),
    Schema.Struct(Fulfilment.Done.fields)
  )
)

const isEntry = Schema.is(Schema.Struct(Fulfilment.Entry.fields))

const save = (state: State, { next, entry }: Fulfilment.Change): Change<boolean> => {
  const order = Option.getOrNull(HashMap.get(state.orders, next.orderId))
  if (order?.status !== (next.state === "done" ? "fulfilled" : "confirmed")) return leave(false, state)
  const before = boxOf(state, order)
  if (before.version !== next.version - 1 || before.epoch > next.epoch) return leave(false, state)
  if (!isState(next) || !isEntry(entry)) return violation(saving, "a state and its entry are as their schemas say")
  if (entry.orderId !== next.orderId || entry.version !== next.version || entry.epoch !== next.epoch)
    return violation(saving, "an entry tells of the state that it is written with")
  if (HashSet.has(state.entryIds, entry.id)) return violation(saving, "an entry has an id of its own")
  return leave(true, {
    ...state,
    entryIds: HashSet.add(state.entryIds, entry.id),
    boxes: HashMap.set(state.boxes, order.id, next),
    entries: HashMap.set(state.entries, order.id, [...entriesOf(state, order.id), entry])
  })
}

const saving = "FulfilmentRepository.save"

const list = (
  state: State,
  query: FulfilmentQuery.FulfilmentQuery,
  now: DateTime.Utc
): ReadonlyArray<Fulfilment.Fulfilment> =>
  [...HashMap.values(state.orders)]
    .filter(({ status }) => status === (query.state === "done" ? "fulfilled" : "confirmed"))
    .map((order) => boxOf(state, order))
    .filter((box) => FulfilmentQuery.lists(query, box, now))
    .sort((a, b) => compare(FulfilmentQuery.position(a), FulfilmentQuery.position(b)))

const compare = ([time, id]: Position, [otherTime, otherId]: Position): number =>
  Number(time) - Number(otherTime) || Text.compare(String(id), String(otherId))
