/** Orders listed by how far they are. */
import { DateTime, Effect } from "effect"
import { EventId } from "../../domain/Event.js"
import * as Fulfilment from "../../domain/Fulfilment.js"
import * as FulfilmentQuery from "../../domain/FulfilmentQuery.js"
import { LeaseToken } from "../../domain/Lease.js"
import type * as Order from "../../domain/Order.js"
import type { Position } from "../../domain/Page.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import * as Given from "../Given.js"
import { type Law, law, same } from "../Law.js"
import { cancelled, failed, move } from "./done.js"
import { fulfil, holder, paid, saved } from "./fulfilGiven.js"

/** When the lists are asked for. */
const now = Given.at(10_000)

const queries = [null, ...FulfilmentQuery.State.literals].flatMap((state) =>
  [null, ...Fulfilment.Stage.literals].map((stage) => ({ state, stage }))
)

/** What a list must know an order by. */
interface Listed {
  readonly box: Fulfilment.Fulfilment
  readonly state: Fulfilment.State
  readonly stage: Fulfilment.Stage | null
}

/** A box that has come to a state in one step. */
const boxAt = (order: Order.ConfirmedOrder, state: Fulfilment.State, stage: Fulfilment.Stage, expiresAt = now) => {
  const common = {
    ...Fulfilment.first(order),
    version: Fulfilment.Version.make(1),
    pickedAt: stage === "pick" ? null : Given.at(5000),
    packedAt: stage === "dispatch" ? Given.at(6000) : null,
    stage
  }
  const [lastHolder, token] = [holder("ada"), LeaseToken.make(`token of ${order.id}`)]
  switch (state) {
    case "ready":
      return new Fulfilment.Ready({ ...common, lastHolder, state })
    case "paused":
      return new Fulfilment.Paused({ ...common, lastHolder, state })
    case "done":
      return new Fulfilment.Done({ ...common, lastHolder, state, dispatchedAt: Given.at(7000) })
    default:
      return new Fulfilment.InProgress({
        ...common,
        state: "in_progress",
        holder: lastHolder,
        token,
        takenAt: Given.at(5000),
        expiresAt
      })
  }
}

const millis = (count: number) => DateTime.addDuration(now, count)

/** What orders come to: for a claim with its end. */
const ends = [
  ["ready", now],
  ["in_progress", millis(1)],
  ["in_progress", millis(3_600_000)],
  ["lapsed", now],
  ["lapsed", millis(-1)],
  ["paused", now]
] as const

/** Orders in every state, several of one moment, older than all that are there; and others that no list may show. */
const crowd = Effect.gen(function* () {
  const fulfilments = yield* FulfilmentRepository
  const oldest = (yield* Effect.forEach([null, "done"] as const, (state) =>
    fulfilments.after({ state, stage: null }, now, null, 1)
  )).flatMap((boxes) => boxes.map(({ orderedAt }) => orderedAt))
  const start = DateTime.subtract([...oldest, Given.at(0)].reduce(DateTime.min), { seconds: 1 })
  let count = 0
  const next = Effect.suspend(() => paid({ createdAt: DateTime.addDuration(start, count++ % 4) }))
  const listed: Array<Listed> = []
  const written = (box: Fulfilment.Fulfilment) =>
    Effect.gen(function* () {
      const { orderId, version, epoch } = box
      const id = EventId.make(yield* Given.id)
      const [worker, stage] = [holder("ada"), box.state === "done" ? "dispatch" : box.stage] as const
      const entry = new Fulfilment.Entry({ id, orderId, version, epoch, kind: "taken", stage, worker, at: now })
      yield* saved({ next: box, entry })
    })

  for (const stage of Fulfilment.Stage.literals) {
    for (const [state, expiresAt] of ends) {
      const box = boxAt(yield* next, state, stage, expiresAt)
      yield* written(box)
      listed.push({ box, state, stage })
    }
    listed.push({ box: Fulfilment.first(yield* next), state: "ready", stage: "pick" })
    const left = yield* next
    yield* fulfil(left)
    const done = boxAt(left, "done", "dispatch")
    yield* written(done)
    listed.push({ box: done, state: "done", stage: null })
  }

  for (const state of ["ready", "paused"] as const) {
    const given = yield* next
    yield* written(boxAt(given, state, "pick"))
    yield* move(yield* cancelled(given))
  }
  const book = yield* Given.onSale()
  yield* Given.ordered(yield* Given.customer, [book], { createdAt: start })
  yield* move(yield* failed(yield* Given.ordered(yield* Given.customer, [book], { createdAt: start })))
  return listed
})

const expectedOf = (listed: ReadonlyArray<Listed>, { state, stage }: FulfilmentQuery.FulfilmentQuery) =>
  listed
    .filter((one) => (state === null ? one.state !== "done" : one.state === state))
    .filter((one) => stage === null || one.stage === stage)
    .map(({ box }) => box)
    .toSorted(
      (a, b) =>
        DateTime.toEpochMillis(a.orderedAt) - DateTime.toEpochMillis(b.orderedAt) || (a.orderId < b.orderId ? -1 : 1)
    )

const totals = Effect.gen(function* () {
  const fulfilments = yield* FulfilmentRepository
  return yield* Effect.forEach(queries, (query) =>
    Effect.map(fulfilments.page(query, now, { page: 1, size: 1 }), ({ total }) => total)
  )
})

const filtered = law(
  "orders are listed by state and stage, oldest first, ties by id: a claim is lapsed from its end on, what is done only when asked for, what is not paid never",
  Effect.gen(function* () {
    const fulfilments = yield* FulfilmentRepository
    const before = yield* totals
    const listed = yield* crowd
    for (const [i, query] of queries.entries()) {
      const expected = expectedOf(listed, query)
      const what = `${query.state}, ${query.stage}`
      const size = Math.max(1, expected.length)
      const { items, total } = yield* fulfilments.page(query, now, { page: 1, size })
      yield* same(`how many more there are, ${what}`, total - (before[i] ?? 0), expected.length)
      if (expected.length === 0) continue
      yield* same(`the page, ${what}`, items, expected)
      const classes = (boxes: ReadonlyArray<object>) => boxes.map((box) => box.constructor.name)
      yield* same(`the classes, ${what}`, classes(items), classes(expected))
      yield* same(`the orders, ${what}`, yield* fulfilments.after(query, now, null, size), expected)
    }
  })
)

const walked = law(
  "pages and cursors walk through the same orders to be fulfilled, each once, and a page past the end has the total",
  Effect.gen(function* () {
    const fulfilments = yield* FulfilmentRepository
    const listed = yield* crowd
    for (const state of [null, ...FulfilmentQuery.State.literals]) {
      const query = { state, stage: null }
      const expected = expectedOf(listed, query)
      const { total } = yield* fulfilments.page(query, now, { page: 1, size: 1 })
      const paged: Array<Fulfilment.Fulfilment> = []
      for (let page = 1; paged.length < expected.length; page++) {
        const { items } = yield* fulfilments.page(query, now, { page, size: 2 })
        if (items.length === 0) break
        paged.push(...items)
      }
      yield* same(`by pages, ${state}`, paged.slice(0, expected.length), expected)
      const slices: Array<Fulfilment.Fulfilment> = []
      for (let position: Position | null = null; slices.length < expected.length; ) {
        const slice: ReadonlyArray<Fulfilment.Fulfilment> = yield* fulfilments.after(query, now, position, 2)
        const last = slice.at(-1)
        if (last === undefined) break
        slices.push(...slice)
        position = FulfilmentQuery.position(last)
      }
      yield* same(`by cursors, ${state}`, slices.slice(0, expected.length), expected)
      const past = yield* fulfilments.page(query, now, { page: Math.ceil(total / 7) + 1, size: 7 })
      yield* same("past the end", past, { items: [], total })
    }
  })
)

export const fulfilLists: ReadonlyArray<Law> = [filtered, walked]
