import { DateTime, Effect } from "effect"
import { OrderNotFound, type PendingOrder } from "../../../src/domain/Order.js"
import { recountsNothing } from "./auditing.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { anybodys } from "./leases.js"
import { addsNothing, noRefill, noRestock, refundForgotten, withoutGuard } from "./orders.js"
import { appendsNothing, dueAtOnce, neverLapses, noQueues, unclaimed } from "./outbox.js"
import { dueHidden, listedTwice, notListed } from "./refunds.js"
import { nothingLeft } from "./unfinished.js"

const changing = (flaw: (orders: Ports["orders"]) => Partial<Ports["orders"]>) =>
  breaking(({ orders }) => ({ orders: { ...orders, ...flaw(orders) } }))

const anyAge = changing(({ unfinished }) => ({
  unfinished: (query, position, limit) =>
    unfinished({ ...query, before: DateTime.unsafeMake("9999-01-01T00:00:00Z") }, position, limit)
}))

const neverListed = breaking(({ refunds }) => ({ refunds: { ...refunds, add: () => Effect.succeed(false) } }))

/** Whoever asks for an order that nobody made gets the newest. */
const newestForNone = changing(({ add, get }) => {
  let newest: PendingOrder | null = null
  return {
    add: (order) =>
      Effect.suspend(() => {
        newest = order
        return add(order)
      }),
    get: (id, customer) =>
      Effect.catchTag(get(id, customer), "OrderNotFound", (refusal) =>
        newest === null ? refusal : get(newest.id, customer)
      )
  }
})

/** As if the order had not been written yet. */
const waitingNotFound = changing(({ get }) => ({
  get: (id, customer) =>
    Effect.filterOrFail(
      get(id, customer),
      ({ status }) => status !== "pending_payment",
      () => new OrderNotFound({ orderId: id })
    )
}))

/** Each call by itself, and an event takes its time to be written, another time each. */
const toldLate = breaking(({ outbox, transactor }) => {
  let turn = 0
  return {
    outbox: {
      ...outbox,
      append: (events) =>
        Effect.suspend(() =>
          Effect.zipRight(Effect.repeatN(Effect.yieldNow(), (7 * turn++) % 20), outbox.append(events))
        )
    },
    transactor: { ...transactor, transact: (effect) => effect }
  }
})

const deaf = breaking(() => ({ inbox: { accept: () => Effect.succeed(false) } }))

/** Every notice is news, each call is by itself, and a move that has been made is made again. */
const forgetful = breaking((real) => ({
  inbox: { accept: () => Effect.succeed(true) },
  orders: withoutGuard(real),
  transactor: { ...real.transactor, transact: (effect) => effect }
}))

const failureIsDelivery = breaking(({ outbox }) => ({
  outbox: {
    ...outbox,
    failed: (id, token) => Effect.flatMap(DateTime.now, (now) => outbox.delivered(id, token, now))
  }
}))

export const recovery: Flaws = {
  "recovery confirms an order whose money was taken, once": { "nothing is left to do": nothingLeft },
  "recovery gives up an order that was declined or never charged: copies and lines are back": {
    "no lines": noRefill,
    "no copies": noRestock
  },
  "while the gateway cannot be reached an order waits, its copies kept, and is in the report": {
    "nothing is left to do": nothingLeft
  },
  "an order whose time is not over is left to whoever is at work on it": { "orders of any age": anyAge },
  "a capture of another amount settles nothing: the order waits and is in the report": {
    "nothing is left to do": nothingLeft
  },
  "of ten processes that recover at once each order is settled by one, and asked about once": {
    "everybody has the lease": anybodys
  },
  "the refund of a cancelled order that is outstanding is made by recovery, once, and is in the report until then": {
    "the refund is forgotten": refundForgotten,
    "nothing is left to do": nothingLeft
  },
  "recovery beside place, settle and cancel: the order ends in one state, and all that was taken is kept or given back":
    { "no copies": noRestock, "it is listed by nobody": neverListed },
  "a capture that comes after its order was given up is given back once and listed, whoever brings it": {
    "it is not listed": notListed,
    "it is listed by nobody": neverListed,
    "what is due is not found": dueHidden
  },
  "a late capture that recoveries, notices and settlements bring at once is given back once and listed once": {
    "it is listed again": listedTwice
  },
  "a late capture whose refund the gateway did not make stays listed as due until recovery has made it": {
    "what is due is not found": dueHidden
  },
  "a notice that is told ten times at once has its effect once": {
    "it is not heard": deaf,
    "it is heard each time, and its effect has no guard": forgetful
  },
  "notices come in any order: a decline never overwrites a success, and a capture that nobody keeps goes back once": {
    "it is listed by nobody": neverListed
  },
  "a notice of an order that nobody made, or with another key than the order's, changes nothing": {
    "it is the newest's": newestForNone
  },
  "a provider that tells of money that is back ends the refund of a cancelled order, or a listed one, unasked and once":
    { "the refund is forgotten": refundForgotten, "it is not listed": notListed },
  "an order whose commit was lost after it was kept is one order with one charge": {
    "the waiting order is not found": waitingNotFound
  },
  "an order whose commit was lost before it was kept is one order with one charge": {
    "the order is not written": addsNothing
  },
  "a change of stock tells from what and to what, and that there are copies again after there were none": {
    "nothing is written": appendsNothing
  },
  "an import tells of the stock that it changes of books that were there, and of no other": {
    "nothing is written": appendsNothing
  },
  "changes of one book's stock that several processes make at once are told in the order in which they were made": {
    "each call by itself": toldLate
  },
  "relays in several processes share the events: each is told once, no two of one order at a time, in their order": {
    "no claims": unclaimed,
    "no order": noQueues
  },
  "an event whose handler fails is told again later and later, then parked, and holds up those of its order alone": {
    "due at once": dueAtOnce
  },
  "a handler that dies, throws, takes too long or interrupts itself has failed, and the others go on": {
    "a failure is a delivery": failureIsDelivery
  },
  "events that were in the hands of a relay that was stopped are told by another when its time is over": {
    "a claim is never over": neverLapses
  },
  "an audit finds nothing where customers bought, were declined and cancelled, nor in the provider's books": {
    "no copies": noRestock
  },
  "an audit changes nothing unless it may repair; then stock, payments, refunds and deliveries are put right": {
    "nothing is recounted": recountsNothing,
    "the refund is forgotten": refundForgotten
  },
  "an audit against the provider's books names captures that nobody keeps, and repairs them; and payments it has none of":
    { "it is listed by nobody": neverListed }
}
