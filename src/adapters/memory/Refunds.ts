import { Effect, Either, HashMap, Layer, Option, Schema, Struct } from "effect"
import type { OrderId } from "../../domain/Order.js"
import type { Position } from "../../domain/Page.js"
import * as Refund from "../../domain/Refund.js"
import * as Text from "../../domain/Text.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import * as Outbox from "./Outbox.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<RefundRepository, never, Store> = Layer.effect(
  RefundRepository,
  Effect.map(Store, (store) => ({
    add: (refund) => store.change((state) => add(state, refund)),

    finish: (done) => store.change((state) => finish(state, done)),

    of: (customer, order) =>
      store.read((state) => Either.right(listed(state, order).filter(({ customerId }) => customerId === customer))),

    list: (status, position, limit) =>
      store.read(({ refunds }) =>
        Either.right(
          [...HashMap.values(refunds)]
            .flat()
            .filter(
              (refund) =>
                (status === null || refund.status === status) &&
                (position === null || compare(Refund.position(refund), position) > 0)
            )
            .sort(oldestFirst)
            .slice(0, limit)
        )
      )
  }))
)

// internal

const isDue = Schema.is(Schema.Struct(Refund.DueRefund.fields))
const isDone = Schema.is(Schema.Struct(Refund.DoneRefund.fields))

/** What is given back is what was listed. */
const listedAlike = Schema.equivalence(Schema.Struct(Struct.omit(Refund.DueRefund.fields, "status")))

const listed = (state: State, order: OrderId): ReadonlyArray<Refund.Refund> =>
  Option.getOrElse(HashMap.get(state.refunds, order), () => [])

const keep = (state: State, order: OrderId, refunds: ReadonlyArray<Refund.Refund>): State => ({
  ...state,
  refunds: HashMap.set(state.refunds, order, [...refunds].sort(oldestFirst))
})

const add = (state: State, refund: Refund.DueRefund): Change<boolean> => {
  const others = listed(state, refund.orderId)
  if (others.some(({ paymentId }) => paymentId === refund.paymentId)) return leave(false, state)
  if (!isDue(refund)) return violation("RefundRepository.add", "a refund is as its schema says")
  const order = Option.getOrNull(HashMap.get(state.orders, refund.orderId))
  return order?.customerId === refund.customerId
    ? leave(true, keep(state, refund.orderId, [...others, refund]))
    : violation("RefundRepository.add", "a refund is of an order of its customer's")
}

const finish = (state: State, { refund, event }: Refund.Return): Change<boolean> =>
  Either.gen(function* () {
    const all = listed(state, refund.orderId)
    const there = all.find(({ paymentId }) => paymentId === refund.paymentId)
    if (there?.status !== "due" || there.customerId !== refund.customerId) return [false, state] as const
    if (!isDone(refund)) yield* violation(finishing, "a refund is as its schema says")
    if (!listedAlike(there, refund)) yield* violation(finishing, "what was listed stays as it was")
    const done = all.map((other) => (other === there ? refund : other))
    const [, next] = yield* Outbox.tell(keep(state, refund.orderId, done), finishing, [event])
    return [true, next] as const
  })

const finishing = "RefundRepository.finish"

const oldestFirst = (a: Refund.Refund, b: Refund.Refund): number => compare(Refund.position(a), Refund.position(b))

const compare = ([time, order, payment]: Position, [otherTime, otherOrder, otherPayment]: Position): number =>
  Number(time) - Number(otherTime) ||
  Text.compare(String(order), String(otherOrder)) ||
  Text.compare(String(payment), String(otherPayment))
