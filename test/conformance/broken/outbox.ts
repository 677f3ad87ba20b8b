import { Array, DateTime, Effect } from "effect"
import { Delivery } from "../../../src/domain/Delivery.js"
import type { Event, OrderEvent } from "../../../src/domain/Event.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (outbox: Ports["outbox"], real: Ports) => Partial<Ports["outbox"]>) =>
  breaking((real) => ({ outbox: { ...real.outbox, ...flaw(real.outbox, real) } }))

const moving = (flaw: (move: Ports["orders"]["move"], real: Ports) => Ports["orders"]["move"]) =>
  breaking((real) => ({ orders: { ...real.orders, move: flaw(real.orders.move, real) } }))

const waiting = (event: Event) => new Delivery({ event, state: "waiting", attempts: 0, dueAt: event.at, error: null })

const cancellationsUntold = changing(({ list }) => ({
  list: (...asked) => Effect.map(list(...asked), (all) => all.filter(({ event }) => event._tag !== "OrderCancelled"))
}))

const toldOutside = breaking(({ orders, outbox }) => {
  const told: globalThis.Array<OrderEvent> = []
  return {
    orders: {
      ...orders,
      move: (next) => Effect.tap(orders.move(next), (moved) => void (moved && told.push(next.event)))
    },
    outbox: { ...outbox, list: (_state, _position, limit) => Effect.sync(() => told.slice(0, limit).map(waiting)) }
  }
})

const newestEvents = changing(({ list }) => ({
  list: (state, position, limit) =>
    Effect.map(list(state, position, 1_000_000), (all) => all.toReversed().slice(0, limit))
}))

export const appendsNothing = changing(() => ({ append: () => Effect.void }))

const appendsOutside = changing(({ list }) => {
  const told: globalThis.Array<Event> = []
  return {
    append: (events) => Effect.sync(() => void told.push(...events)),
    list: (state, position, limit) =>
      state === "waiting"
        ? Effect.sync(() =>
            told
              .filter(({ id }) => position === null || id > String(position[0]))
              .toSorted((a, b) => (a.id < b.id ? -1 : 1))
              .map(waiting)
              .slice(0, limit)
          )
        : list(state, position, limit)
  }
})

/** Everything that waits, whoever has it, in whatever order: as if there were no claims. */
const claimsAll = (real: Ports["outbox"], accept: (delivery: Delivery, now: DateTime.Utc) => boolean = () => true) => {
  const tokens = new Map<string, string>()
  return {
    claim: ({ token, now, limit }) =>
      Effect.map(real.list("waiting", null, 1_000_000), (all) => {
        const mine = all.filter((delivery) => accept(delivery, now)).slice(0, limit)
        for (const { event } of mine) tokens.set(event.id, token)
        return mine
      }),
    delivered: (id, token, now) => (tokens.get(id) === token ? deliveredAnyway(real, id, now) : Effect.succeed(false))
  } satisfies Partial<Ports["outbox"]>
}

/** Marked by a claim of its own. */
const deliveredAnyway = (real: Ports["outbox"], id: Event["id"], now: DateTime.Utc) =>
  Effect.gen(function* () {
    const token = id as unknown as Parameters<typeof real.delivered>[1]
    const far = DateTime.addDuration(now, "1 day")
    yield* real.claim({ token, now: far, until: far, limit: 1_000_000 })
    return yield* real.delivered(id, token, now)
  })

export const unclaimed = changing((real) => claimsAll(real, ({ dueAt }, now) => DateTime.lessThanOrEqualTo(dueAt, now)))

/** Claims wait for nothing before them. */
export const noQueues = changing((real) => {
  const held = new Map<string, DateTime.Utc>()
  const all = claimsAll(real)
  return {
    ...all,
    claim: (claim) =>
      Effect.map(all.claim({ ...claim, limit: 1_000_000 }), (found) => {
        const free = found.filter(({ event, dueAt }) => {
          const until = held.get(event.id)
          return (
            DateTime.lessThanOrEqualTo(dueAt, claim.now) &&
            (until === undefined || DateTime.lessThanOrEqualTo(until, claim.now))
          )
        })
        for (const { event } of free.slice(0, claim.limit)) held.set(event.id, claim.until)
        return free.slice(0, claim.limit)
      })
  }
})

const newestClaimed = changing(({ claim, failed }) => ({
  claim: (asked) =>
    Effect.gen(function* () {
      const all = yield* claim({ ...asked, limit: 1_000_000 })
      const kept = all.toReversed().slice(0, asked.limit)
      // What is not wanted is let go again.
      for (const { event, dueAt } of all) {
        if (!kept.some((other) => other.event.id === event.id))
          yield* failed(event.id, asked.token, { error: "", dueAt })
      }
      return kept
    })
}))

export const neverLapses = changing(({ claim }) => ({
  claim: (asked) => claim({ ...asked, until: DateTime.addDuration(asked.until, "1 day") })
}))

const oldClaimMarks = changing(({ claim, delivered, failed }) => {
  const newest = new Map<string, Parameters<typeof delivered>[1]>()
  return {
    claim: (asked) =>
      Effect.tap(claim(asked), (all) => {
        for (const { event } of all) newest.set(event.id, asked.token)
      }),
    delivered: (id, token, now) => delivered(id, newest.get(id) ?? token, now),
    failed: (id, token, what) => failed(id, newest.get(id) ?? token, what)
  }
})

const retriesAll = changing(({ retry }) => ({
  retry: (id, now) => Effect.map(retry(id, now), (count) => Math.max(count, 1))
}))

const deliveredAgain = changing(({ delivered }) => ({ delivered: (...what) => Effect.as(delivered(...what), true) }))

export const dueAtOnce = changing(({ failed }) => ({
  failed: (id, token, { error, dueAt }) =>
    failed(id, token, { error, dueAt: dueAt === null ? null : DateTime.unsafeMake(0) })
}))

const notCounted = changing(({ claim }) => ({
  claim: (asked) =>
    Effect.map(
      claim(asked),
      Array.map((delivery) => new Delivery({ ...delivery, attempts: 0 }))
    )
}))

/** What is parked is out of the way. */
const parkedIsDelivered = changing(({ failed, delivered }) => ({
  failed: (id, token, what) =>
    what.dueAt === null ? Effect.flatMap(DateTime.now, (now) => delivered(id, token, now)) : failed(id, token, what)
}))

const parkedWaits = changing(({ failed }) => ({
  failed: (id, token, { error, dueAt }) => failed(id, token, { error, dueAt: dueAt ?? DateTime.unsafeMake(0) })
}))

const failuresKept = changing(({ list, claim }) => {
  const failures = new Map<string, number>()
  return {
    list: (...asked) =>
      Effect.tap(list(...asked), (all) => {
        for (const { event, attempts } of all) failures.set(event.id, Math.max(attempts, failures.get(event.id) ?? 0))
      }),
    claim: (asked) =>
      Effect.map(
        claim(asked),
        Array.map((delivery) => new Delivery({ ...delivery, attempts: failures.get(delivery.event.id) ?? 0 }))
      )
  }
})

const skipsOne = changing(({ list }) => ({
  list: (state, position, limit) =>
    position === null
      ? list(state, null, limit)
      : Effect.map(list(state, position, limit + 1), (found) => found.slice(1))
}))

const ofAnyState = changing(({ list }) => ({
  list: (_state, position, limit) => list("waiting", position, limit)
}))

export const outbox: Flaws = {
  "each move that was made has one event, as it was given": { "cancellations are not told": cancellationsUntold },
  "no event tells of a move that was rolled back": { "events are written outside": toldOutside },
  "the oldest events come first, by id, and no more than asked for": { "newest first": newestEvents },
  "events are written with what they tell: kept, waiting and as they were given, or rolled back": {
    "nothing is written": appendsNothing,
    "events are written outside": appendsOutside
  },
  "ten relays that claim at once share the events: each is in one hand, and one of a book at a time, in their order": {
    "no claims": unclaimed,
    "no order": noQueues
  },
  "the oldest events are claimed first, no more than asked for": { "newest first": newestClaimed },
  "what is claimed is nobody else's until its time is over; then it is claimed again, and the old claim marks nothing":
    {
      "no claims": unclaimed,
      "a claim is never over": neverLapses,
      "the old claim marks": oldClaimMarks
    },
  "what is delivered stays so: it is not claimed, not marked and not retried again": {
    "it is delivered again": deliveredAgain,
    "it is retried": retriesAll
  },
  "a delivery that failed is not claimed before it is due, and its failures are counted": {
    "due at once": dueAtOnce,
    "failures are not counted": notCounted
  },
  "a parked event holds up those of its book and nobody else's, until it is let go on as if it had not failed": {
    "it is out of the way": parkedIsDelivered,
    "it waits": parkedWaits,
    "others pass": noQueues,
    "its failures are kept": failuresKept
  },
  "an event that is tried again later holds up those of its book, and is told before them": { "others pass": noQueues },
  "deliveries are listed by their state and the id of their event, each once from cursor to cursor": {
    "one is skipped": skipsOne,
    "of any state": ofAnyState,
    "newest first": newestEvents
  }
}

/** The first restock of a move is told, whether or not the shelf was empty. */
export const toldAlways = moving(
  (move, { outbox }) =>
    (next) =>
      Effect.tap(move({ ...next, restocked: [] }), (moved) =>
        moved && Array.isNonEmptyReadonlyArray(next.restocked)
          ? Effect.ignore(outbox.append(next.restocked))
          : Effect.void
      )
)

export const toldNever = moving((move) => (next) => move({ ...next, restocked: [] }))

/** Looks at the shelf first: whoever looks at the same time sees it empty, too. */
const lookedFirst = moving(
  (move, { books, outbox }) =>
    (next) =>
      Effect.gen(function* () {
        const empty = yield* Effect.filter(next.restocked, ({ bookId }) =>
          Effect.match(books.get(bookId), { onFailure: () => false, onSuccess: ({ inStock }) => !inStock })
        )
        yield* Effect.yieldNow()
        const moved = yield* move({ ...next, restocked: [] })
        if (moved && Array.isNonEmptyArray(empty)) yield* outbox.append(empty)
        return moved
      })
)

const restocksOutside = breaking(({ orders, outbox }) => {
  const told: globalThis.Array<Event> = []
  return {
    orders: {
      ...orders,
      move: (next) =>
        Effect.tap(orders.move({ ...next, restocked: [] }), (moved) => void (moved && told.push(...next.restocked)))
    },
    outbox: {
      ...outbox,
      list: (...asked) => Effect.map(outbox.list(...asked), (all) => [...all, ...told.map(waiting)])
    }
  }
})

export const restocks: Flaws = {
  "a failed or cancelled order tells of each book whose shelf was empty that there are copies again, and of no other": {
    "of every book": toldAlways,
    "of none": toldNever
  },
  "of orders that give copies back to an empty shelf at once the first tells of it, and no other": {
    "the shelf is looked at first": lookedFirst
  },
  "copies that come back to an empty shelf while others buy are told each time that it was empty": {
    never: toldNever,
    "of every book": toldAlways
  },
  "a restock that is rolled back is told nobody, and the next one is": { "it is told outside": restocksOutside }
}
