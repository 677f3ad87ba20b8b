import { DateTime, Effect } from "effect"
import * as Fulfilment from "../../../src/domain/Fulfilment.js"
import type { OrderId, Status } from "../../../src/domain/Order.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (fulfilments: Ports["fulfilments"], real: Ports) => Partial<Ports["fulfilments"]>) =>
  breaking((real) => ({ fulfilments: { ...real.fulfilments, ...flaw(real.fulfilments, real) } }))

type There = { readonly box: Fulfilment.Fulfilment; readonly status: Status }

type Guard = (there: There, next: Fulfilment.Fulfilment) => boolean

/** States and entries beside the store and its transactions, under guards of their own: one looks first, one writes. */
const beside = (writes: Guard, looks: Guard | null = null) =>
  changing(({ get }) => {
    const boxes = new Map<OrderId, Fulfilment.Fulfilment>()
    const entries = new Map<OrderId, ReadonlyArray<Fulfilment.Entry>>()
    const look = (id: OrderId) =>
      Effect.map(get(id), ({ box, status }): There => ({ box: boxes.get(id) ?? box, status }))
    return {
      get: look,
      history: (id) => Effect.sync(() => entries.get(id) ?? []),
      save: ({ next, entry }) =>
        Effect.gen(function* () {
          const id = next.orderId
          if (looks !== null) {
            if (!looks(yield* look(id), next)) return false
            yield* Effect.sleep("3 millis")
          }
          if (!writes(yield* look(id), next)) return false
          boxes.set(id, next)
          entries.set(id, [...(entries.get(id) ?? []), entry])
          return true
        }).pipe(Effect.catchTag("OrderNotFound", () => Effect.succeed(false)))
    }
  })

const isNext: Guard = ({ box }, next) => box.version === next.version - 1

const isKept: Guard = ({ status }, next) => status === (next.state === "done" ? "fulfilled" : "confirmed")

const withoutGuard = beside(() => true)
const anyVersion = beside(isKept)
const anyStatus = beside(isNext)
/** As it must be, but for epochs, the ids of entries and transactions. */
const versionAlone = beside((there, next) => isNext(there, next) && isKept(there, next))
const versionFirst = beside(isKept, isNext)
const statusFirst = beside(isNext, isKept)

/** The first state of an order is another one. */
const firstIs = (facts: Partial<ConstructorParameters<typeof Fulfilment.Ready>[0]>) =>
  changing(({ get }) => ({
    get: (id) =>
      Effect.map(get(id), ({ box, status }) => ({
        box: box.state === "ready" && box.version === 0 ? new Fulfilment.Ready({ ...box, ...facts }) : box,
        status
      }))
  }))

const foundAnyway = changing(({ get }) => {
  const seen: Array<There> = []
  return {
    get: (id) =>
      Effect.tap(get(id), (there) => void seen.push(there)).pipe(
        Effect.catchTag("OrderNotFound", (refusal) => {
          const [first] = seen
          return first === undefined ? refusal : Effect.succeed(first)
        })
      )
  }
})

const seenAs = (as: (box: Fulfilment.Fulfilment) => Fulfilment.Fulfilment) =>
  changing(({ get }) => ({ get: (id) => Effect.map(get(id), ({ box, status }) => ({ box: as(box), status })) }))

const toTheSecond = (at: DateTime.Utc) => DateTime.startOf(at, "second")

const instantsCut = seenAs((box) =>
  box.state === "in_progress" ? new Fulfilment.InProgress({ ...box, takenAt: toTheSecond(box.takenAt) }) : box
)
const holderForgotten = seenAs((box) =>
  box.state === "ready" ? new Fulfilment.Ready({ ...box, lastHolder: null }) : box
)
/** What was picked is told only until it is packed. */
const pickForgotten = seenAs((box) => (box.state === "done" ? new Fulfilment.Done({ ...box, pickedAt: null }) : box))

export const notTold = changing(() => ({ history: () => Effect.succeed([]) }))

const newestFirst = changing(({ history }) => ({ history: (id) => Effect.map(history(id), (all) => all.toReversed()) }))

const byTheClock = changing(({ history }) => ({
  history: (id) =>
    Effect.map(history(id), (all) =>
      all.toSorted((a, b) => DateTime.toEpochMillis(a.at) - DateTime.toEpochMillis(b.at))
    )
}))

/** Of a change that writes no state, too. */
const entryAllTheSame = changing(({ history, save }) => {
  const more = new Map<OrderId, ReadonlyArray<Fulfilment.Entry>>()
  return {
    save: (change) =>
      Effect.tap(save(change), (made) => {
        if (!made) more.set(change.entry.orderId, [...(more.get(change.entry.orderId) ?? []), change.entry])
      }),
    history: (id) => Effect.map(history(id), (all) => [...all, ...(more.get(id) ?? [])])
  }
})

const saidAnyway = changing(({ save }) => ({ save: (change) => Effect.as(save(change), true) }))

export const fulfilments: Flaws = {
  "an order that nobody has touched is ready to be picked at version 0, and one that nobody made is not found": {
    "at version 1": firstIs({ version: Fulfilment.Version.make(1) }),
    "at another stage": firstIs({ stage: "pack", pickedAt: DateTime.unsafeMake(0) }),
    "one that nobody made is another": foundAnyway
  },
  "what is saved is found, the state and what was done, in every state and at every stage, in every field": {
    "instants are cut": instantsCut,
    "the last holder is forgotten": holderForgotten,
    "when it was picked is forgotten": pickForgotten,
    "no entry": notTold
  },
  "a save from another version than the one that is there, older or newer, writes neither state nor entry": {
    "any version will do": anyVersion,
    "an entry all the same": entryAllTheSame,
    "it is said to be made": saidAnyway
  },
  "of an order that is not confirmed nothing is saved, and that all is done only of one that has left the house": {
    "any status will do": anyStatus,
    "an entry all the same": entryAllTheSame
  },
  "an epoch never falls: nothing is saved with an older one": { "any epoch will do": versionAlone },
  "a save in a transaction that is rolled back leaves neither state nor entry": {
    "outside the transaction": versionAlone
  },
  "what was done is in the order of its versions, of one order alone": {
    "newest first": newestFirst,
    "by the clock": byTheClock
  },
  "an entry has an id of its own: a save with another's is refused, and nothing is written": {
    "any id will do": versionAlone
  },
  "of ten that save from one version at once one does, with its entry": {
    "the version is looked at first": versionFirst,
    "no guard": withoutGuard
  },
  "once an order is given up nothing more is saved of it, whoever was about to": {
    "the status is looked at first": statusFirst,
    "any status will do": anyStatus
  }
}

const listedAs = (flaw: (after: Ports["fulfilments"]["after"], real: Ports) => Ports["fulfilments"]["after"]) =>
  changing(({ after }, real) => ({ after: flaw(after, real) }))

const backwards = listedAs(
  (after) => (query, now, position, limit) =>
    Effect.map(after(query, now, position, limit), (found) => found.toReversed())
)

const anyStage = listedAs(
  (after) =>
    ({ state }, now, position, limit) =>
      after({ state, stage: null }, now, position, limit)
)

/** A millisecond after its end. */
const lapsedLate = changing(({ after, page }) => {
  const before = (now: DateTime.Utc) => DateTime.subtract(now, { millis: 1 })
  return {
    after: (query, now, position, limit) => after(query, before(now), position, limit),
    page: (query, now, request) => page(query, before(now), request)
  }
})

const doneToo = changing(({ page }) => ({
  page: (query, now, request) =>
    Effect.zipWith(page(query, now, request), page({ ...query, state: "done" }, now, request), (open, done) =>
      query.state === null ? { ...open, total: open.total + done.total } : open
    )
}))

const givenUpToo = listedAs(
  (after, { fulfilments, orders }) =>
    (query, now, position, limit) =>
      Effect.gen(function* () {
        const found = yield* after(query, now, position, limit)
        if (query.state !== "paused" || position !== null) return found
        const cancelled = yield* orders.after({ customerId: null, status: "cancelled" }, null, 1000)
        const boxes = yield* Effect.orDie(Effect.forEach(cancelled, ({ id }) => fulfilments.get(id)))
        return [...boxes.map(({ box }) => box).filter(({ state }) => state === "paused"), ...found].slice(0, limit)
      })
)

const skipsOne = listedAs(
  (after) => (query, now, position, limit) =>
    position === null
      ? after(query, now, null, limit)
      : Effect.map(after(query, now, position, limit + 1), (found) => found.slice(1))
)

const totalOfPage = changing(({ page }) => ({
  page: (query, now, request) => Effect.map(page(query, now, request), ({ items }) => ({ items, total: items.length }))
}))

export const fulfilmentLists: Flaws = {
  "orders are listed by state and stage, oldest first, ties by id: a claim is lapsed from its end on, what is done only when asked for, what is not paid never":
    {
      "newest first": backwards,
      "at any stage": anyStage,
      "it lapses after its end": lapsedLate,
      "what is done, too": doneToo,
      "what was given up, too": givenUpToo
    },
  "pages and cursors walk through the same orders to be fulfilled, each once, and a page past the end has the total": {
    "one order is skipped": skipsOne,
    "the total is the page's": totalOfPage
  }
}
