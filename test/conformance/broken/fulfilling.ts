import { DateTime, Duration, Effect } from "effect"
import * as Fulfilment from "../../../src/domain/Fulfilment.js"
import { Held, Lease, LeaseToken } from "../../../src/domain/Lease.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { notTold } from "./fulfilments.js"
import { neverOver } from "./leases.js"
import { refundForgotten, unguarded, withoutGuard } from "./orders.js"

const leasing = (flaw: (leases: Ports["leases"]) => Partial<Ports["leases"]>) =>
  breaking(({ leases }) => ({ leases: { ...leases, ...flaw(leases) } }))

const keeping = (flaw: (fulfilments: Ports["fulfilments"], real: Ports) => Partial<Ports["fulfilments"]>) =>
  breaking((real) => ({ fulfilments: { ...real.fulfilments, ...flaw(real.fulfilments, real) } }))

/** Everybody may have it, and nobody has it. */
const forgetful = leasing(() => ({
  acquire: (key, holder, ttl) =>
    Effect.map(DateTime.now, (since) => {
      const [expiresAt, token] = [DateTime.addDuration(since, ttl), LeaseToken.make(globalThis.crypto.randomUUID())]
      return new Lease({ key, holder, token, since, expiresAt })
    }),
  release: () => Effect.succeed(true),
  current: () => Effect.succeed(null)
}))

/** Of the one who has it another start is told. */
const sinceNow = leasing(({ current }) => ({
  current: (key) =>
    Effect.map(current(key), (held) =>
      held === null ? null : new Held({ ...held, since: DateTime.addDuration(held.since, "1 second") })
    )
}))

const halfTheTime = leasing(({ acquire }) => ({
  acquire: (key, holder, ttl) => acquire(key, holder, Duration.times(ttl, 0.5))
}))

const notRenewed = leasing(({ renew }) => ({
  renew: (key, token) => Effect.map(renew(key, token, Duration.minutes(5)), (lease) => longer(lease))
}))

const longer = (lease: Lease) =>
  new Lease({ ...lease, expiresAt: DateTime.addDuration(lease.expiresAt, Duration.minutes(55)) })

const neverReleased = leasing(() => ({ release: () => Effect.succeed(true) }))

/** Leases live outside the store, and are released by nobody. */
const outsideForEver = breaking(({ leases, transactor }) => {
  const outside = new Map<string, Lease>()
  return {
    transactor,
    leases: {
      ...leases,
      acquire: (key, holder, ttl) =>
        Effect.tap(leases.acquire(key, holder, ttl), (lease) => void outside.set(key, lease)),
      release: () => Effect.succeed(true),
      current: (key) =>
        Effect.sync(() => {
          const lease = outside.get(key)
          return lease === undefined ? null : new Held({ ...lease })
        })
    }
  }
})

const oneEpoch = keeping(({ get }) => ({
  get: (id) =>
    Effect.map(get(id), ({ box, status }) => ({
      box: box.state === "in_progress" ? new Fulfilment.InProgress({ ...box, epoch: Fulfilment.Epoch.make(1) }) : box,
      status
    }))
}))

/** An order is paid as long as somebody has it. */
const paidForEver = keeping(({ get }) => ({
  get: (id) =>
    Effect.map(get(id), ({ box, status }) => ({ box, status: box.state === "in_progress" ? "confirmed" : status }))
}))

const stageForgotten = keeping(({ get }) => ({
  get: (id) =>
    Effect.map(get(id), ({ box, status }) => ({
      box:
        box.state === "ready" ? new Fulfilment.Ready({ ...box, stage: "pick", pickedAt: null, packedAt: null }) : box,
      status
    }))
}))

/** In place of its worker the token of its claim. */
const tokenTold = keeping(({ get, history }) => ({
  history: (id) =>
    Effect.zipWith(history(id), Effect.orDie(get(id)), (all, { box }) =>
      all.map((entry) =>
        box.state === "in_progress" ? Object.assign(new Fulfilment.Entry({ ...entry }), { of: box.token }) : entry
      )
    )
}))

const neverLeaves = breaking(({ orders }) => ({
  orders: {
    ...orders,
    move: (move) => (move.order.status === "fulfilled" ? Effect.succeed(false) : orders.move(move))
  }
}))

/** Neither that it has left nor that it was given up. */
const endsSilently = breaking(({ outbox }) => ({
  outbox: {
    ...outbox,
    list: (...asked) =>
      Effect.map(outbox.list(...asked), (all) =>
        all.filter(({ event }) => event._tag !== "OrderFulfilled" && event._tag !== "OrderCancelled")
      )
  }
}))

/** No guard, and much happens between what is read and what is written. */
const readLongAgo = breaking((real) => {
  const orders = withoutGuard(real)
  return {
    orders: {
      ...orders,
      get: (...asked) => Effect.zipLeft(orders.get(...asked), Effect.repeatN(Effect.yieldNow(), 400))
    }
  }
})

export const fulfilling: Flaws = {
  "of ten workers in several processes that take an order at once one has it, and the others are told who, since when and until when":
    { "leases are forgotten": forgetful, "since another time": sinceNow },
  "of ten orders of which three are taken a worker has the other seven at once, answered in the order asked": {
    "leases are forgotten": forgetful
  },
  "an order is taken at its next stage alone, and at another only when that is its next": {
    "its stage is forgotten": stageForgotten
  },
  "every command that takes effect leaves one entry and a refused one none, and nothing that is told shows the token of a claim":
    { "no entry": notTold, "the token is told": tokenTold },
  "a take that could not be written leaves no lease behind: another has the order at once": {
    "it is left outside the store": outsideForEver
  },
  "of five that pause, and of five that complete, an order at once its holder does, whenever he comes, and four are told that they do not have it":
    { "leases are forgotten": forgetful },
  "of five completions of one claim by its holder at once one counts, four are told that it is over, and another takes the next stage":
    {
      "leases are not released": neverReleased
    },
  "a claim holds for 59 minutes; after 61 another takes the order, and what the first does then is refused": {
    "it is never over": neverOver,
    "it is half as long": halfTheTime
  },
  "a worker who has taken an order again is refused with the epoch of before, and nobody's work is lost by it": {
    "there is one epoch": oneEpoch
  },
  "a claim that is renewed holds from then on for its whole time, with its epoch and since when": {
    "for five minutes": notRenewed
  },
  "a claim that is revoked, running or lapsed, is over at once: its epoch is old, and another takes the order": {
    "leases are not released": neverReleased
  },
  "an order whose last stage is complete is fulfilled, told once, and can be neither cancelled nor taken again": {
    "it never leaves": neverLeaves,
    "nothing is told": endsSilently
  },
  "an order that is cancelled while somebody has it is his no more, and nobody can take it": {
    "it is paid for ever": paidForEver,
    "the refund is forgotten": refundForgotten
  },
  "of a last completion and a cancellation at once one happens: the order has left with its copies and money, or both are back":
    { "no guard": readLongAgo, "it is told by nobody": endsSilently },
  "a cancellation that has read the order before its last stage was complete is refused, and nothing comes back": {
    "no guard": unguarded
  }
}
