/** Events that can reach nobody: put away with a reason, in nobody's way, and let go on when somebody says so. */
import { Effect, Logger, LogLevel } from "effect"
import { aggregate } from "../../domain/Event.js"
import { Outbox } from "../../ports/Outbox.js"
import { Catalog } from "../../services/Catalog.js"
import { type Handle, Relay, Undeliverable } from "../../services/Relay.js"
import * as Given from "../Given.js"
import { type Law, law, same } from "../Law.js"
import { claim, deliver, deliveryOf, just, stateOf, written } from "./claims.js"
import { recovering } from "./trade.js"

const ids = (deliveries: ReadonlyArray<{ readonly event: { readonly id: string } }>) =>
  deliveries.map(({ event }) => event.id)

const reason = "nobody knows this customer — é"

/** The first of a book's three events is undeliverable, after it has failed once. */
const putAway = Effect.gen(function* () {
  const outbox = yield* Outbox
  const events = yield* written(1, 3)
  const [first] = events
  if (first === undefined) return yield* Effect.dieMessage("there are three events")
  const before = yield* claim(events)
  yield* outbox.failed(first.id, before.token, { error: "no", dueAt: before.now })
  const { token, now, claimed } = yield* claim(events)
  yield* same("what is claimed first", ids(claimed), [first.id])
  yield* same("whether it was put away", yield* outbox.undeliverable(first.id, token, reason, now), true)
  return { events, first, token, now }
})

const kept = law(
  "an undeliverable event is kept with its reason and its failures, listed as nothing else, and holds up nobody",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const { events, first } = yield* putAway
    yield* same("its state", yield* stateOf(first), ["undeliverable", 1, reason])
    yield* same("the event", (yield* deliveryOf(first))?.event, first)
    for (const state of ["waiting", "parked", "delivered"] as const) {
      const [other] = yield* outbox.list(state, just(first), 1)
      yield* same(`whether it is listed as ${state}`, other?.event.id === first.id, false)
    }
    const next = yield* claim(events)
    yield* same("what is claimed next", ids(next.claimed), ids([{ event: events[1] ?? first }]))
    yield* deliver(next.claimed, next.token)
    yield* same("and then", ids((yield* claim(events)).claimed), ids([{ event: events[2] ?? first }]))
    yield* same(
      "after a day",
      ids((yield* claim(events, undefined, "1 day")).claimed),
      ids([{ event: events[2] ?? first }])
    )
  })
)

const final = law(
  "what is undeliverable stays so: its claim marks it no more, and letting all parked events go leaves it alone",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const { events, first, token, now } = yield* putAway
    yield* same("undeliverable again", yield* outbox.undeliverable(first.id, token, "again", now), false)
    yield* same("delivered", yield* outbox.delivered(first.id, token, now), false)
    yield* same("failed", yield* outbox.failed(first.id, token, { error: "no", dueAt: null }), false)
    const second = yield* claim(events)
    for (const { event } of second.claimed) {
      yield* outbox.failed(event.id, second.token, { error: "no", dueAt: null })
      yield* outbox.retry(null, now)
      yield* same("the state of a parked one then", yield* stateOf(event), ["waiting", 0, "no"])
    }
    yield* same("its own state", yield* stateOf(first), ["undeliverable", 1, reason])
  })
)

const lapsed = law(
  "a claim whose time is over and was had by another puts nothing away as undeliverable",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const events = yield* written(1)
    const [event] = events
    if (event === undefined) return
    const [old, own] = [yield* claim(events), yield* claim(events, undefined, "61 seconds")]
    yield* same("by the old claim", yield* outbox.undeliverable(event.id, old.token, reason, old.now), false)
    yield* same("its state", yield* stateOf(event), ["waiting", 0, null])
    yield* same("by the other", yield* outbox.undeliverable(event.id, own.token, reason, own.now), true)
  })
)

const letGo = law(
  "an undeliverable event that is let go on is due at once as if it had not failed, before those that came after it",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    const { events, first, now } = yield* putAway
    yield* stateOf(first)
    const second = yield* claim(events)
    yield* same("how many go on", yield* outbox.retry(first.id, now), 1)
    yield* same("its state", (yield* stateOf(first))?.slice(0, 2), ["waiting", 0])
    yield* same("how many go on a second time", yield* outbox.retry(first.id, now), 0)
    yield* deliver(second.claimed, second.token)
    const order: Array<string> = []
    for (let i = 0; i < 3; i++) {
      const { claimed, token } = yield* claim(events)
      order.push(...ids(claimed))
      yield* deliver(claimed, token)
    }
    yield* same("the order in which they are told", order, [first.id, ...events.slice(2).map(({ id }) => id)])
    yield* same("its state in the end", (yield* stateOf(first))?.[0], "delivered")
  })
)

const told = law(
  "a handler that finds nobody to tell puts its event away at once and goes on; let go, it is told like any other",
  recovering(() =>
    Effect.gen(function* () {
      const [catalog, relay] = [yield* Catalog, yield* Relay]
      const book = yield* Given.shelved(0)
      yield* catalog.changeStock(book.id, { delta: 1 })
      const handled: Array<string> = []
      let isKnown = false
      const handle: Handle = (event) =>
        aggregate(event) !== book.id
          ? Effect.fail("not of this check")
          : Effect.suspend(() => {
              if (event._tag === "StockChanged" && !isKnown) return new Undeliverable({ reason })
              return Effect.sync(() => handled.push(event._tag))
            })
      const pass = Logger.withMinimumLogLevel(relay.deliver(handle), LogLevel.None)
      yield* same("how many were undeliverable", (yield* pass).undeliverable, 1)
      yield* same("what was told", handled, ["BookRestocked"])
      const listed = (yield* Outbox).list("undeliverable", null, 1_000_000)
      const away = (yield* listed).find(({ event }) => aggregate(event) === book.id)
      yield* same("the reason", [away?.error, away?.attempts], [reason, 0])
      isKnown = true
      yield* same("how many go on", yield* relay.retry(away?.event.id ?? ""), 1)
      yield* pass
      yield* same("what was told in the end", handled, ["BookRestocked", "StockChanged"])
    })
  )
)

export const undeliverable: ReadonlyArray<Law> = [kept, final, lapsed, letGo]
export const untold: ReadonlyArray<Law> = [told]
