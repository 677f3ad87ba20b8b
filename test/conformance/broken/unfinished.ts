import { Effect } from "effect"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (unfinished: Ports["orders"]["unfinished"], real: Ports) => Ports["orders"]["unfinished"]) =>
  breaking((real) => ({ orders: { ...real.orders, unfinished: flaw(real.orders.unfinished, real) } }))

const cancelledToo = changing(
  (unfinished, { orders }) =>
    (query, position, limit) =>
      query.waiting === "refund"
        ? Effect.map(orders.after({ customerId: null, status: null }, position, limit), (all) =>
            all.filter(({ status }) => status === "cancelled" || status === "refunded")
          )
        : unfinished(query, position, limit)
)

const anyFailure = changing(
  (unfinished, { orders }) =>
    (query, position, limit) =>
      query.waiting === "charge"
        ? orders.after({ customerId: null, status: "payment_failed" }, position, limit)
        : unfinished(query, position, limit)
)

export const nothingLeft = changing(() => () => Effect.succeed([]))

export const noWindow = changing(
  (unfinished, { orders }) =>
    ({ waiting, since, before }, position, limit) =>
      waiting === "payment"
        ? Effect.map(orders.after({ customerId: null, status: "pending_payment" }, null, 1000), (all) =>
            position === null ? all.toReversed().slice(0, limit) : []
          )
        : unfinished({ waiting, since, before }, position, limit)
)

const newestFirst = changing(
  (unfinished) => (query, position, limit) =>
    Effect.map(unfinished(query, position, limit), (found) => found.toReversed())
)

const skipsOne = changing(
  (unfinished) => (query, position, limit) =>
    position === null
      ? unfinished(query, null, limit)
      : Effect.map(unfinished(query, position, limit + 1), (found) => found.slice(1))
)

export const unfinished: Flaws = {
  "unfinished are exactly the orders that wait for that and were placed in the window, with all that they say": {
    "refunded ones, too": cancelledToo,
    "those that were declined, too": anyFailure,
    "none is": nothingLeft
  },
  "unfinished orders come oldest first, ties by id, from the start of the window to before its end, each once from cursor to cursor":
    { "newest first": newestFirst, "one is skipped": skipsOne, "no window": noWindow }
}
