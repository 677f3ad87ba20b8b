/** Events on their way: shared among relays, in order, tried again, parked. */
import { Array, DateTime, type Duration, Effect } from "effect"
import type { Delivery } from "../../domain/Delivery.js"
import { aggregate, BookRestocked, type Event, EventId } from "../../domain/Event.js"
import { LeaseToken } from "../../domain/Lease.js"
import type { Position } from "../../domain/Page.js"
import { Outbox } from "../../ports/Outbox.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { holdBack } from "./alone.js"
import { transacted } from "./done.js"

const freshToken = Effect.map(Given.id, (text) => LeaseToken.make(text))

const ids = (deliveries: ReadonlyArray<Delivery>) => deliveries.map(({ event }) => event.id)

/** Events that nobody has been told of, of so many books, so many each; the ids ascend as the events are written. */
export const written = (books: number, each = 1) =>
  Effect.gen(function* () {
    const outbox = yield* Outbox
    yield* holdBack
    const shelf = yield* Given.shelf(books, 0)
    const prefix = (yield* Given.id).slice(0, 24)
    const events: Array<BookRestocked> = []
    for (let i = 0; i < each; i++) {
      for (const { id: bookId } of shelf) {
        const id = EventId.make(`${prefix}${numbered(events.length + 1)}`)
        const event = new BookRestocked({ id, at: Given.at(events.length), bookId })
        yield* outbox.append([event])
        events.push(event)
      }
    }
    return events
  })

/** More than other laws leave behind in the store that they share. */
const many = 100_000

/** A share of what is due, so long from now, for a minute; of these events alone. */
export const claim = (events: ReadonlyArray<Event>, limit = many, fromNow: Duration.DurationInput = 0) =>
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const token = yield* freshToken
    const now = DateTime.addDuration(yield* DateTime.now, fromNow)
    const until = DateTime.addDuration(now, "1 minute")
    const claimed = yield* outbox.claim({ token, now, until, limit })
    yield* holds("no share is larger than asked for", claimed.length <= limit)
    const own = new Set<string>(events.map(({ id }) => id))
    return { token, now, claimed: claimed.filter(({ event }) => own.has(event.id)) }
  })

export const deliver = (deliveries: ReadonlyArray<Delivery>, token: LeaseToken) =>
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const now = yield* DateTime.now
    return yield* Effect.forEach(deliveries, ({ event }) => outbox.delivered(event.id, token, now))
  })

const numbered = (n: number) => String(n).padStart(12, "0")

/** Where a list begins with an event. */
export const just = ({ id }: Event): Position => [`${id.slice(0, 24)}${numbered(Number(id.slice(24)) - 1)}`]

/** The delivery of an event. */
export const deliveryOf = (event: Event) =>
  Effect.gen(function* () {
    const outbox = yield* Outbox
    for (const state of ["waiting", "parked", "delivered", "undeliverable"] as const) {
      const [found] = yield* outbox.list(state, just(event), 1)
      if (found?.event.id === event.id) return found
    }
    return null
  })

/** How it stands. */
export const stateOf = (event: Event) =>
  Effect.map(deliveryOf(event), (found) => found && [found.state, found.attempts, found.error])

const appended = law(
  "events are written with what they tell: kept, waiting and as they were given, or rolled back",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const [first] = yield* written(1)
    if (first === undefined) return
    const [undone, kept] = Array.map([2, 3], (n) => {
      const id = EventId.make(`${first.id.slice(0, 24)}${numbered(n)}`)
      return new BookRestocked({ id, at: Given.at(n), bookId: first.bookId })
    })
    if (undone === undefined || kept === undefined) return
    yield* Effect.exit(transacted(Effect.zipRight(outbox.append([undone]), Effect.fail("undone"))))
    yield* transacted(outbox.append([kept]))
    yield* same("what was rolled back", yield* deliveryOf(undone), null)
    const found = yield* deliveryOf(kept)
    yield* same("what was kept", found?.event, kept)
    yield* same("its state", yield* stateOf(kept), ["waiting", 0, null])
  })
)

const shared = race(
  "ten relays that claim at once share the events: each is in one hand, and one of a book at a time, in their order",
  Effect.gen(function* () {
    const events = yield* written(8, 3)
    const told: Array<Event> = []
    for (let turn = 0; turn < 24 && told.length < events.length; turn++) {
      const { successes, failures } = yield* atOnce(10, () => claim(events, 2))
      yield* onlyRefusals(failures, [])
      const books = successes.flatMap(({ claimed }) => claimed.map(({ event }) => aggregate(event)))
      yield* same("how many books have two events in hand", books.length - new Set(books).size, 0)
      for (const { claimed, token } of successes) {
        told.push(...claimed.map(({ event }) => event))
        yield* same(
          "whether they were delivered",
          yield* deliver(claimed, token),
          Array.map(claimed, () => true)
        )
      }
    }
    yield* same("what is left", ids((yield* claim(events)).claimed), [])
    for (const [book, of] of Object.entries(Array.groupBy(told, aggregate))) {
      const expected = events.filter((event) => aggregate(event) === book)
      yield* same("the events of a book", of, expected)
    }
  })
)

const oldestFirst = law(
  "the oldest events are claimed first, no more than asked for",
  Effect.gen(function* () {
    const events = yield* written(5)
    const found: Array<string> = []
    for (let i = 0; i < 3; i++) found.push(...ids((yield* claim(events, 2)).claimed))
    yield* same("the order of claims", found, ids(events.map((event) => ({ event }) as Delivery)))
  })
)

const lapsed = law(
  "what is claimed is nobody else's until its time is over; then it is claimed again, and the old claim marks nothing",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(1)
    const [event] = events
    if (event === undefined) return
    const first = yield* claim(events)
    yield* same("the first claim", ids(first.claimed), [event.id])
    yield* same("a second", ids((yield* claim(events, many, "59 seconds")).claimed), [])
    const again = yield* claim(events, many, "61 seconds")
    yield* same("one when its time is over", ids(again.claimed), [event.id])
    yield* same("delivered by the first", yield* outbox.delivered(event.id, first.token, first.now), false)
    const failure = { error: "no", dueAt: null }
    yield* same("failed by the first", yield* outbox.failed(event.id, first.token, failure), false)
    yield* same("its state", yield* stateOf(event), ["waiting", 0, null])
    yield* same("by the second", yield* outbox.delivered(event.id, again.token, again.now), true)
  })
)

const final = law(
  "what is delivered stays so: it is not claimed, not marked and not retried again",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(1)
    const [event] = events
    if (event === undefined) return
    const { token, now, claimed } = yield* claim(events)
    yield* same("whether it was delivered", yield* deliver(claimed, token), [true])
    yield* same("again", yield* outbox.delivered(event.id, token, now), false)
    yield* same("failed", yield* outbox.failed(event.id, token, { error: "no", dueAt: null }), false)
    yield* same("retried", yield* outbox.retry(event.id, now), 0)
    yield* same("claimed", ids((yield* claim(events, many, "50 minutes")).claimed), [])
    yield* same("its state", yield* stateOf(event), ["delivered", 0, null])
  })
)

const backedOff = law(
  "a delivery that failed is not claimed before it is due, and its failures are counted",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(1)
    const [event] = events
    if (event === undefined) return
    for (let failures = 1; failures <= 3; failures++) {
      const fromNow = `${10 * failures} minutes` as const
      const { token, now, claimed } = yield* claim(events, many, fromNow)
      yield* same("the failures before", claimed[0]?.attempts, failures - 1)
      const dueAt = DateTime.addDuration(now, "5 minutes")
      yield* same("failed", yield* outbox.failed(event.id, token, { error: `no ${failures} — é`, dueAt }), true)
      yield* same("failed again", yield* outbox.failed(event.id, token, { error: "twice", dueAt }), false)
      yield* same("a claim too soon", ids((yield* claim(events, many, `${10 * failures + 4} minutes`)).claimed), [])
      yield* same("its state", yield* stateOf(event), ["waiting", failures, `no ${failures} — é`])
    }
  })
)

const parked = law(
  "a parked event holds up those of its book and nobody else's, until it is let go on as if it had not failed",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(2, 2)
    const [first, other, second, otherSecond] = events
    if (!first || !other || !second || !otherSecond) return
    const { token, claimed } = yield* claim(events)
    yield* same("the first claim", ids(claimed), [first.id, other.id])
    yield* outbox.failed(first.id, token, { error: "no", dueAt: null })
    yield* outbox.delivered(other.id, token, yield* DateTime.now)
    yield* same("the state of the first", yield* stateOf(first), ["parked", 1, "no"])
    yield* same("the claims then", ids((yield* claim(events, many, "10 minutes")).claimed), [otherSecond.id])
    const now = yield* DateTime.now
    yield* same("how many are let go on of those that wait", yield* outbox.retry(second.id, now), 0)
    yield* same("how many are let go on", yield* outbox.retry(first.id, now), 1)
    yield* same("how many again", yield* outbox.retry(first.id, now), 0)
    const after = yield* claim([first, second])
    yield* same(
      "the claim after it",
      after.claimed.map(({ event, attempts }) => [event.id, attempts]),
      [[first.id, 0]]
    )
    yield* outbox.failed(first.id, after.token, { error: "again", dueAt: null })
    yield* holds("all that are parked are let go on", (yield* outbox.retry(null, now)) >= 1)
    const last = yield* claim([first, second])
    yield* same("the claim after all", ids(last.claimed), [first.id])
    yield* deliver(last.claimed, last.token)
    yield* same("the next", ids((yield* claim([first, second])).claimed), [second.id])
  })
)

const backOffHoldsUp = law(
  "an event that is tried again later holds up those of its book, and is told before them",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(1, 2)
    const [first, second] = events
    if (!first || !second) return
    const { token, now } = yield* claim(events)
    yield* outbox.failed(first.id, token, { error: "no", dueAt: DateTime.addDuration(now, "10 minutes") })
    yield* same("a claim meanwhile", ids((yield* claim(events, many, "5 minutes")).claimed), [])
    const again = yield* claim(events, many, "11 minutes")
    yield* same("a claim then", ids(again.claimed), [first.id])
    yield* deliver(again.claimed, again.token)
    yield* same("the next", ids((yield* claim(events, many, "11 minutes")).claimed), [second.id])
  })
)

const listed = law(
  "deliveries are listed by their state and the id of their event, each once from cursor to cursor",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(9)
    const [first] = events
    if (first === undefined) return
    const { token, claimed } = yield* claim(events)
    yield* deliver(claimed.slice(0, 3), token)
    for (const { event } of claimed.slice(3, 6)) yield* outbox.failed(event.id, token, { error: "no", dueAt: null })
    const own = new Set<string>(ids(claimed))
    for (const [i, state] of (["delivered", "parked", "waiting"] as const).entries()) {
      for (const size of [1, 2, 1000]) {
        const found: Array<string> = []
        let at = just(first)
        while (found.every((id) => own.has(id))) {
          const page = yield* outbox.list(state, at, size)
          yield* holds("no page is longer than asked for", page.length <= size)
          yield* same(
            "their state",
            Array.dedupe(page.map((delivery) => delivery.state)),
            page.length > 0 ? [state] : []
          )
          found.push(...ids(page))
          const last = page.at(-1)
          if (last === undefined) break
          at = [last.event.id]
        }
        const expected = ids(claimed.slice(3 * i, 3 * i + 3))
        yield* same(
          `those that are ${state}, by ${size}`,
          found.filter((id) => own.has(id)),
          expected
        )
        yield* same("their order", found, found.toSorted())
      }
    }
  })
)

export const claims: ReadonlyArray<Law> = [
  appended,
  shared,
  oldestFirst,
  lapsed,
  final,
  backedOff,
  parked,
  backOffHoldsUp,
  listed
]
