/**
 * Where processes of the host's run, one after the other. To build all services costs more than a run: they are built
 * once for a machine, over a store, a gateway and a clock that lead to whatever run it is in. Of what they keep in memory,
 * the fibers at work are seen by nobody; a recovery with a limit remembers how far it came, and after one they are built
 * anew, so that no process knows what another one did.
 */
import {
  Chunk,
  Clock,
  Context,
  Duration,
  Effect,
  FiberRef,
  HashSet,
  Layer,
  Logger,
  LogLevel,
  Random,
  Runtime,
  RuntimeFlags,
  Scope
} from "effect"
import * as Auditor from "../../adapters/memory/Auditor.js"
import * as BookIndex from "../../adapters/memory/BookIndex.js"
import * as Books from "../../adapters/memory/Books.js"
import * as MemoryCarts from "../../adapters/memory/Carts.js"
import * as MemoryFulfilments from "../../adapters/memory/Fulfilments.js"
import * as Genres from "../../adapters/memory/Genres.js"
import * as Inbox from "../../adapters/memory/Inbox.js"
import * as Leases from "../../adapters/memory/Leases.js"
import * as MemoryOrders from "../../adapters/memory/Orders.js"
import * as Outbox from "../../adapters/memory/Outbox.js"
import * as MemoryPreBookings from "../../adapters/memory/PreBookings.js"
import * as Refunds from "../../adapters/memory/Refunds.js"
import { Store } from "../../adapters/memory/Store.js"
import * as StoreHealth from "../../adapters/memory/StoreHealth.js"
import * as Transactor from "../../adapters/memory/Transactor.js"
import * as Wishes from "../../adapters/memory/Wishes.js"
import * as FulfilmentSettings from "../../ports/FulfilmentSettings.js"
import { IdGenerator } from "../../ports/IdGenerator.js"
import { PaymentGateway } from "../../ports/PaymentGateway.js"
import * as PreBookingSettings from "../../ports/PreBookingSettings.js"
import type { Stores } from "../../ports/Stores.js"
import * as Audit from "../../services/Audit.js"
import type { Bookstore } from "../../services/Bookstore.js"
import * as Carts from "../../services/Carts.js"
import * as Catalog from "../../services/Catalog.js"
import * as Checkout from "../../services/Checkout.js"
import * as ConflictMonitor from "../../services/ConflictMonitor.js"
import { Digest } from "../../services/Digest.js"
import * as Fulfilments from "../../services/Fulfilments.js"
import * as Imports from "../../services/Imports.js"
import * as Orders from "../../services/Orders.js"
import * as PreBookings from "../../services/PreBookings.js"
import * as Relay from "../../services/Relay.js"
import * as Wishlists from "../../services/Wishlists.js"
import type { Dice } from "./Dice.js"
import * as Link from "./Link.js"

/** What a command can use. */
export type Shop = Bookstore | Stores | PaymentGateway

/** What a machine is connected to in a run. */
export interface Ends extends Link.Ends {
  readonly dice: Dice
  readonly gateway: PaymentGateway["Type"]
  /** What is done when copies of a book come in for which customers wait. */
  readonly policy: PreBookingSettings.PolicyOf
  /** How far its clock is ahead of the others'. */
  readonly skew: number
  readonly note: (line: () => string) => void
}

export interface Machine {
  readonly name: string
  readonly runtime: Runtime.Runtime<Shop>
  /** From now on a new process runs here, in the run that it is connected to. */
  readonly connect: (ends: Ends) => void
}

/** What a test may put in the place of what there is, to see that it is missed. */
export interface Parts {
  readonly stores: (real: Layer.Layer<Stores>, store: Context.Tag.Service<Store>) => Layer.Layer<Stores>
  readonly bookstore: Layer.Layer<Bookstore, never, Stores | PaymentGateway | IdGenerator>
}

export const make = (name: string, parts: Partial<Parts>, tracing: boolean): Machine => {
  let ends: Ends | null = null
  let ids = 0
  const there = () => {
    if (ends === null) throw new Error("a machine is in no run")
    return ends
  }

  const services = Layer.mergeAll(
    Layer.succeed(PaymentGateway, {
      charge: (request) => there().gateway.charge(request),
      lookup: (key) => there().gateway.lookup(key),
      refund: (request) => there().gateway.refund(request)
    }),
    Layer.succeed(IdGenerator, {
      next: Effect.sync(() => nextId(there().timeline.now() + there().skew, there().dice, ids++))
    })
  )
  const store = Link.make(there)
  const memory = Layer.provide(repositories, Layer.succeed(Store, store))
  const stores = parts.stores?.(memory, store) ?? memory
  const settings = PreBookingSettings.layer({
    policy: (book, copies) => there().policy(book, copies),
    hold,
    batch
  })
  const shop = (parts.bookstore ?? bookstore).pipe(
    Layer.provide(Layer.orDie(settings)),
    Layer.provideMerge(Layer.merge(stores, services))
  )

  // Nothing of this is ever closed: a process of the simulation ends by dying.
  const build = () =>
    Effect.runSync(
      Effect.flatMap(
        Effect.flatMap(Scope.make(), (scope) => Layer.buildWithScope(shop, scope)),
        (context) =>
          runtimeOf(
            context.pipe(
              Context.add(Checkout.Checkout, watched(Context.get(context, Checkout.Checkout))),
              Context.add(Digest, (text) => Effect.succeed(digest(text)))
            ),
            there,
            tracing
          )
      )
    )
  let remembers = false
  const watched = (checkout: Checkout.Checkout["Type"]): Checkout.Checkout["Type"] => ({
    ...checkout,
    recover: (options) => {
      if (options?.limit !== undefined) remembers = true
      return checkout.recover(options)
    }
  })
  let runtime = build()

  return {
    name,
    get runtime() {
      return runtime
    },
    connect: (to) => {
      if (remembers) runtime = build()
      remembers = false
      ends = to
      ids = 0
    }
  }
}

/** A UUIDv7 of the run's time and chance, ascending within a process. */
export const nextId = (now: number, dice: Dice, count: number): string => {
  const stamp = hex(now, 12)
  const tail = hex(dice.below(2 ** 32), 8) + hex(dice.below(2 ** 28), 7)
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(count & 0xfff, 3)}-8${tail.slice(0, 3)}-${tail.slice(3)}`
}

/** Shorter than many a standstill, in milliseconds. */
export const term = 30_000

/** So long a copy is held for a customer, in milliseconds: many a one who is slow comes too late. */
export const hold = 30_000

export const bookstore = Layer.mergeAll(
  Carts.layer,
  Catalog.layer,
  Layer.provide(Fulfilments.layer, [ConflictMonitor.layer, Layer.orDie(FulfilmentSettings.layer({ term }))]),
  Imports.layer,
  Orders.layer,
  PreBookings.layer,
  Relay.layer,
  Wishlists.layer,
  Audit.layer
).pipe(Layer.provideMerge(Checkout.layer))

// internal

/** Two are a crowd: the rest of those who wait is for a sweep. */
const batch = 2

const repositories = Layer.mergeAll(
  Auditor.layer,
  BookIndex.layer,
  Books.layer,
  MemoryCarts.layer,
  MemoryFulfilments.layer,
  Genres.layer,
  Inbox.layer,
  Leases.layer,
  MemoryOrders.layer,
  Outbox.layer,
  MemoryPreBookings.layer,
  Refunds.layer,
  StoreHealth.layer,
  Transactor.layer,
  Wishes.layer
)

/** Time, chance and log are the run's; spans, metrics and what else nobody looks at are off. */
const runtimeOf = <R>(context: Context.Context<R>, ends: () => Ends, tracing: boolean) => {
  const log = Logger.make<unknown, void>(({ message, logLevel }) =>
    ends().note(() => `log ${logLevel.label}: ${[message].flat().map(String).join(" ")}`)
  )
  return Effect.runtime<never>().pipe(
    Effect.withClock(clock(ends)),
    Effect.withRandom(random(ends)),
    Effect.withTracerEnabled(false),
    Effect.locally(FiberRef.currentMinimumLogLevel, tracing ? LogLevel.Info : LogLevel.None),
    Effect.locally(FiberRef.currentLoggers, HashSet.make(log)),
    Effect.map(({ fiberRefs, runtimeFlags }) =>
      Runtime.make({
        context,
        fiberRefs,
        runtimeFlags: RuntimeFlags.disable(runtimeFlags, RuntimeFlags.RuntimeMetrics)
      })
    )
  )
}

const clock = (ends: () => Ends): Clock.Clock => {
  const millis = () => ends().timeline.now() + ends().skew
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis),
    unsafeCurrentTimeNanos: () => BigInt(millis()) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => BigInt(millis()) * 1_000_000n),
    sleep: (duration) =>
      Effect.async((resume) => {
        const { timeline, process } = ends()
        if (!Duration.isFinite(duration)) return
        const timer = timeline.after(Duration.toMillis(duration), process, () => resume(Effect.void))
        return Effect.sync(() => {
          timer.cancelled = true
        })
      })
  }
}

const random = (ends: () => Ends): Random.Random => ({
  [Random.RandomTypeId]: Random.RandomTypeId,
  next: Effect.sync(() => ends().dice.next()),
  nextBoolean: Effect.sync(() => ends().dice.chance(0.5)),
  nextInt: Effect.sync(() => ends().dice.below(2 ** 32)),
  nextRange: (min, max) => Effect.sync(() => min + (max - min) * ends().dice.next()),
  nextIntBetween: (min, max) => Effect.sync(() => ends().dice.between(min, max - 1)),
  shuffle: (items) =>
    Effect.sync(() => {
      const { dice } = ends()
      const shuffled = Array.from(items)
      for (let at = shuffled.length - 1; at > 0; at--) {
        const other = dice.below(at + 1)
        const item = shuffled[at] as (typeof shuffled)[number]
        shuffled[at] = shuffled[other] as (typeof shuffled)[number]
        shuffled[other] = item
      }
      return Chunk.unsafeFromArray(shuffled)
    })
})

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, "0")

/** No secret and no seal here: equal for equal texts is all that is asked of it. */
const digest = (text: string) => `digest of ${text}`
