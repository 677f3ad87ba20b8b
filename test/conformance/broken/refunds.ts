import { Effect } from "effect"
import { DueRefund, type Refund, type Return } from "../../../src/domain/Refund.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (refunds: Ports["refunds"], real: Ports) => Partial<Ports["refunds"]>) =>
  breaking((real) => ({ refunds: { ...real.refunds, ...flaw(real.refunds, real) } }))

const oncePerOrder = changing(({ add, of }) => ({
  add: (refund) =>
    Effect.flatMap(of(refund.customerId, refund.orderId), (known) =>
      known.length > 0 ? Effect.succeed(false) : add(refund)
    )
}))

/** Looks first: each that looked at the same time is listed. */
export const listedTwice = changing(({ add }) => ({
  add: (refund) =>
    Effect.flatMap(add(refund), (isNew) =>
      isNew
        ? Effect.succeed(true)
        : Effect.as(add(new DueRefund({ ...refund, paymentId: `${refund.paymentId} again` })), true)
    )
}))

const alwaysDone = changing(({ finish }) => ({ finish: (done) => Effect.as(finish(done), true) }))

const eventOutside = breaking(({ outbox, refunds }) => ({
  refunds: {
    ...refunds,
    finish: (done) => Effect.tap(refunds.finish(done), (isDone) => (isDone ? Effect.void : told(outbox, done)))
  }
}))

const told = (outbox: Ports["outbox"], { event }: Return) => Effect.ignore(outbox.append([event]))

/** Refunds live outside the store, and know nothing of its transactions. */
const outside = breaking(() => {
  const all = new Map<string, Refund>()
  return {
    refunds: {
      add: (refund) =>
        Effect.sync(() => {
          if (all.has(refund.paymentId)) return false
          all.set(refund.paymentId, refund)
          return true
        }),
      finish: ({ refund }) =>
        Effect.sync(() => {
          if (all.get(refund.paymentId)?.status !== "due") return false
          all.set(refund.paymentId, refund)
          return true
        }),
      of: (_customer, order) => Effect.sync(() => [...all.values()].filter(({ orderId }) => orderId === order)),
      list: () => Effect.sync(() => [...all.values()])
    }
  }
})

const newestFirst = changing(({ of }) => ({ of: (...asked) => Effect.map(of(...asked), (all) => all.toReversed()) }))

const ofAnybody = changing(({ of }, { orders }) => ({
  of: (_customer, order) =>
    Effect.flatMap(Effect.orDie(orders.get(order, null)), ({ customerId }) => of(customerId, order))
}))

const ofAnyState = changing(({ list }) => ({ list: (_status, position, limit) => list(null, position, limit) }))

const skipsOne = changing(({ list }) => ({
  list: (status, position, limit) =>
    position === null
      ? list(status, null, limit)
      : Effect.map(list(status, position, limit + 1), (found) => found.slice(1))
}))

export const notListed = changing(() => ({ of: () => Effect.succeed([]), list: () => Effect.succeed([]) }))

export const dueHidden = changing(({ list }) => ({
  list: (status, position, limit) => (status === "due" ? Effect.succeed([]) : list(status, position, limit))
}))

export const refunds: Flaws = {
  "of ten that list a payment at once one does, and the first stays as it was": {
    "listed again": listedTwice,
    "one payment an order": oncePerOrder
  },
  "of ten that finish a refund at once one does, with its event, and nobody later": {
    "no guard": alwaysDone,
    "told all the same": eventOutside
  },
  "what is listed or finished in a transaction that is rolled back is not, nor is it told": {
    "outside the transaction": outside
  },
  "refunds are those of one order and one customer, oldest first": {
    "newest first": newestFirst,
    "of any customer": ofAnybody
  },
  "refunds are listed by state, oldest first, ties by order and payment, each once from cursor to cursor": {
    "of any state": ofAnyState,
    "one is skipped": skipsOne
  }
}
