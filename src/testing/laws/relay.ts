/** The host is told of each event at least once, of one aggregate's in their order, whatever becomes of its handler. */
import { Array, Deferred, Effect, Fiber, FiberId } from "effect"
import { aggregate, type Event } from "../../domain/Event.js"
import { Catalog } from "../../services/Catalog.js"
import { Orders } from "../../services/Orders.js"
import { type Handle, Relay, type Settings } from "../../services/Relay.js"
import * as Given from "../Given.js"
import { holds, type Law, LawBroken, law, race, same } from "../Law.js"
import { place, recovering, shopper, spread } from "./trade.js"

/** Hands on what is due; a relay that tells the same again and again is stopped. */
const relay = ({ handle, tooMany }: Listener, settings?: Settings) =>
  Effect.flatMap(Relay, (relay) => Effect.raceFirst(relay.deliver(handle, settings), Deferred.await(tooMany)))

/** An order that is confirmed, cancelled and refunded, so that three events tell of it. */
const refunded = Effect.gen(function* () {
  const orders = yield* Orders
  const { customer } = yield* shopper([yield* Given.onSale()])
  const order = yield* place(customer)
  yield* orders.cancel(customer, order.id)
  return order.id as string
})

const story = ["OrderConfirmed", "OrderCancelled", "OrderRefunded"]

interface Listener {
  readonly handle: Handle
  readonly tooMany: Deferred.Deferred<never, LawBroken>
  /** What was told of one, in order. */
  readonly kinds: (id: string) => ReadonlyArray<string>
}

/** Writes down what it is told of these; of the others it will have nothing. */
const listening = (
  ids: ReadonlyArray<string>,
  work: (event: Event) => Effect.Effect<unknown, unknown> = () => Effect.void
): Listener => {
  const told: Array<Event> = []
  const tooMany = Deferred.unsafeMake<never, LawBroken>(FiberId.none)
  const write = (event: Event) =>
    Effect.suspend(() =>
      told.push(event) > 100
        ? Deferred.fail(tooMany, new LawBroken({ message: "the same is told again and again" }))
        : Effect.void
    )
  return {
    handle: (event) =>
      ids.includes(aggregate(event)) ? Effect.zipRight(work(event), write(event)) : Effect.fail("not of this check"),
    tooMany,
    kinds: (id) => told.filter((event) => aggregate(event) === id).map(({ _tag }) => _tag)
  }
}

const shared = race(
  "relays in several processes share the events: each is told once, no two of one order at a time, in their order",
  recovering(() =>
    Effect.gen(function* () {
      const ids = yield* Effect.forEach(Array.range(1, 4), () => refunded)
      const busy = new Set<string>()
      let overlaps = 0
      const listener = listening(ids, (event) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            if (busy.has(aggregate(event))) overlaps++
            busy.add(aggregate(event))
          }),
          () => Effect.repeatN(Effect.yieldNow(), 5),
          () => Effect.sync(() => busy.delete(aggregate(event)))
        )
      )
      const reports = yield* Effect.forEach(Array.range(0, 3), (i) => spread(i, relay(listener, { batch: 2 })), {
        concurrency: "unbounded"
      })
      // Whoever found nothing due has gone while the last were handled.
      reports.push(yield* relay(listener))
      for (const id of ids) yield* same("what was told of an order", listener.kinds(id), story)
      yield* same("how often two of one order were handled at a time", overlaps, 0)
      yield* same(
        "how many were delivered",
        reports.reduce((sum, { delivered }) => sum + delivered, 0),
        12
      )
    })
  )
)

const failing = law(
  "an event whose handler fails is told again later and later, then parked, and holds up those of its order alone",
  recovering((pass) =>
    Effect.gen(function* () {
      const relays = yield* Relay
      const [bad, good] = [yield* refunded, yield* refunded]
      let isFailing = true
      let tries = 0
      const listener = listening([bad, good], (event) =>
        Effect.suspend(() => {
          if (aggregate(event) !== bad) return Effect.void
          tries++
          return isFailing ? Effect.fail(new Error("no — é")) : Effect.void
        })
      )
      const settings = { attempts: 3, backoff: "1 minute", longest: "10 minutes" } as const
      yield* relay(listener, settings)
      yield* relay(listener, settings)
      yield* same("how often it was tried", tries, 1)
      yield* pass("61 seconds")
      yield* relay(listener, settings)
      yield* same("how often after a minute", tries, 2)
      yield* pass("61 seconds")
      const parked =
        (yield* relay(listener, settings)).parked +
        (yield* Effect.zipRight(pass("60 seconds"), relay(listener, settings))).parked
      yield* same("how often in the end, and how many are parked", [tries, parked], [3, 1])
      yield* pass("10 minutes")
      yield* relay(listener, settings)
      yield* same("how often when it is parked", tries, 3)
      yield* same("what was told of its order", listener.kinds(bad), [])
      yield* same("what was told of the other", listener.kinds(good), story)
      const listed = yield* ofOrder(bad)
      yield* same("what is parked", listed, [["OrderConfirmed", 3, "no — é"]])
      isFailing = false
      const [event] = yield* parkedOf(bad)
      yield* same("how many are let go on", yield* relays.retry(event?.event.id ?? ""), 1)
      yield* relay(listener, settings)
      yield* same("what was told of its order then", listener.kinds(bad), story)
    })
  )
)

const parkedOf = (id: string) =>
  Effect.gen(function* () {
    const relays = yield* Relay
    let after = ""
    for (;;) {
      const { items, next } = yield* relays.list("parked", { after, size: 100 })
      const own = items.filter(({ event }) => aggregate(event) === id)
      if (own.length > 0 || next === null) return own
      after = next
    }
  })

const ofOrder = (id: string) =>
  Effect.map(parkedOf(id), (all) => all.map(({ event, attempts, error }) => [event._tag, attempts, error]))

const misbehaving = law(
  "a handler that dies, throws, takes too long or interrupts itself has failed, and the others go on",
  recovering((pass) =>
    Effect.gen(function* () {
      const catalog = yield* Catalog
      const books = yield* Effect.forEach(Array.range(0, 4), () => Given.shelved(0))
      for (const { id } of books) yield* catalog.changeStock(id, { delta: 1 })
      const ids = books.map(({ id }) => id as string)
      const troubles: ReadonlyArray<() => Effect.Effect<unknown, unknown>> = [
        () => Effect.die(new Error("a defect")),
        () => {
          throw new Error("thrown")
        },
        () => Effect.never,
        () => Effect.interrupt,
        () => Effect.void
      ]
      const seen = new Set<string>()
      const listener = listening(ids, (event) => {
        const trouble = troubles[ids.indexOf(aggregate(event))]
        if (seen.has(event.id) || trouble === undefined) return Effect.void
        seen.add(event.id)
        return trouble()
      })
      const settings = { timeLimit: "500 millis", backoff: "1 minute", attempts: 5 } as const
      yield* same("how many failed", (yield* relay(listener, settings)).failed >= 4, true)
      yield* same(
        "what was told",
        Array.map(ids, (id) => listener.kinds(id).length),
        [0, 0, 0, 0, 2]
      )
      // Each of the two events of a book has its trouble once.
      for (let i = 0; i < 2; i++) yield* Effect.zipRight(pass("61 seconds"), relay(listener, settings))
      for (const id of ids)
        yield* same("what was told in the end", listener.kinds(id), ["StockChanged", "BookRestocked"])
    })
  )
)

const interrupted = race(
  "events that were in the hands of a relay that was stopped are told by another when its time is over",
  recovering((pass) =>
    Effect.gen(function* () {
      const ids = [yield* refunded, yield* refunded]
      const reached = yield* Deferred.make<void>()
      const stopped = listening(ids, () => Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never))
      const fiber = yield* Effect.fork(relay(stopped))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(fiber)
      const listener = listening(ids)
      yield* relay(listener)
      yield* holds(
        "they are told by one at a time",
        ids.every((id) => listener.kinds(id).length === 0 || listener.kinds(id).length === 3)
      )
      yield* pass("61 seconds")
      yield* spread(0, relay(listener))
      for (const id of ids) yield* same("what was told of an order", listener.kinds(id), story)
    })
  )
)

export const relays: ReadonlyArray<Law> = [shared, failing, misbehaving, interrupted]
