import { DateTime, Effect } from "effect"
import { Delivery } from "../../../src/domain/Delivery.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (outbox: Ports["outbox"]) => Partial<Ports["outbox"]>) =>
  breaking(({ outbox }) => ({ outbox: { ...outbox, ...flaw(outbox) } }))

const parks = changing(({ failed }) => ({
  undeliverable: (id, token, error) => failed(id, token, { error, dueAt: null })
}))

const delivers = changing(({ delivered }) => ({
  undeliverable: (id, token, _reason, now) => delivered(id, token, now)
}))

const triesAgain = changing(({ failed }) => ({
  undeliverable: (id, token, error, now) => failed(id, token, { error, dueAt: DateTime.addDuration(now, "1 second") })
}))

const withoutReason = changing(({ undeliverable }) => ({
  undeliverable: (id, token, _reason, now) => undeliverable(id, token, "", now)
}))

const listedAsDelivered = changing(({ list }) => ({
  list: (state, position, limit) =>
    state === "delivered"
      ? Effect.map(
          Effect.all([list(state, position, limit), list("undeliverable", position, limit)]),
          ([told, untold]) =>
            [...told, ...untold.map((each) => new Delivery({ ...each, state: "delivered" }))]
              .toSorted((a, b) => (a.event.id < b.event.id ? -1 : 1))
              .slice(0, limit)
        )
      : list(state, position, limit)
}))

const anyClaimMarks = changing(({ claim, undeliverable }) => {
  const newest = new Map<string, Parameters<typeof undeliverable>[1]>()
  return {
    claim: (asked) =>
      Effect.tap(claim(asked), (all) => {
        for (const { event } of all) newest.set(event.id, asked.token)
      }),
    undeliverable: (id, token, reason, now) => undeliverable(id, newest.get(id) ?? token, reason, now)
  }
})

const marksAgain = changing(({ undeliverable }) => ({
  undeliverable: (...what) => Effect.as(undeliverable(...what), true)
}))

const allGoOn = changing(({ retry, list }) => ({
  retry: (id, now) =>
    id !== null
      ? retry(id, now)
      : Effect.gen(function* () {
          const untold = yield* list("undeliverable", null, 1_000_000)
          const counts = yield* Effect.forEach(untold, ({ event }) => retry(event.id, now))
          return counts.reduce((sum, each) => sum + each, yield* retry(null, now))
        })
}))

const neverGoesOn = changing(({ retry, list }) => ({
  retry: (id, now) =>
    Effect.flatMap(list("undeliverable", null, 1_000_000), (untold) =>
      untold.some(({ event }) => event.id === id) ? Effect.succeed(0) : retry(id, now)
    )
}))

/** It goes to the end: those that came after it are told first. */
const goesOnLast = changing(({ retry, claim, list, delivered }) => {
  const last = new Set<string>()
  const held: Array<Delivery> = []
  return {
    retry: (id, now) => Effect.tap(retry(id, now), () => void (id !== null && last.add(id))),
    claim: (asked) =>
      Effect.gen(function* () {
        const mine: Array<Delivery> = []
        for (const delivery of yield* claim(asked)) {
          const isLast = last.delete(delivery.event.id)
          if (isLast) yield* delivered(delivery.event.id, asked.token, asked.now)
          ;(isLast ? held : mine).push(delivery)
        }
        const others = yield* list("waiting", null, 1_000_000)
        return mine.length > 0 || others.length > 0 ? mine : held.splice(0)
      })
  }
})

const failuresKept = changing(({ list }) => {
  const failures = new Map<string, number>()
  return {
    list: (...asked) =>
      Effect.map(list(...asked), (all) =>
        all.map((delivery) => {
          const most = Math.max(delivery.attempts, failures.get(delivery.event.id) ?? 0)
          failures.set(delivery.event.id, most)
          return new Delivery({ ...delivery, attempts: most })
        })
      )
  }
})

export const undeliverable: Flaws = {
  "an undeliverable event is kept with its reason and its failures, listed as nothing else, and holds up nobody": {
    "it is parked": parks,
    "it is delivered": delivers,
    "it is tried again": triesAgain,
    "without the reason": withoutReason,
    "it is listed as delivered": listedAsDelivered
  },
  "what is undeliverable stays so: its claim marks it no more, and letting all parked events go leaves it alone": {
    "it is marked again": marksAgain,
    "all go on": allGoOn
  },
  "a claim whose time is over and was had by another puts nothing away as undeliverable": {
    "any claim does": anyClaimMarks
  },
  "an undeliverable event that is let go on is due at once as if it had not failed, before those that came after it": {
    "it never goes on": neverGoesOn,
    "it goes on last": goesOnLast,
    "its failures are kept": failuresKept
  },
  "a handler that finds nobody to tell puts its event away at once and goes on; let go, it is told like any other": {
    "it is parked": parks,
    "it is delivered": delivers,
    "it is tried again": triesAgain,
    "it never goes on": neverGoesOn
  }
}
