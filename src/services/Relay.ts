/** Tells the host what has happened, after the commit: each event at least once, those of one aggregate in their order. */
import { Cause, Context, DateTime, Duration, Effect, Exit, Fiber, Layer, Option, Random, Schedule } from "effect"
import * as Delivery from "../domain/Delivery.js"
import type { Event } from "../domain/Event.js"
import { EventId } from "../domain/Event.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import { LeaseToken } from "../domain/Lease.js"
import * as Page from "../domain/Page.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { Outbox } from "../ports/Outbox.js"
import type { StoreError } from "../ports/StoreError.js"

export { Undeliverable } from "../domain/Delivery.js"

/**
 * What a host does about an event. It may be called again for the same event, known by its `id`. Where there is nobody to
 * be told it fails with `Undeliverable`.
 */
export type Handle<R = never> = (event: Event) => Effect.Effect<unknown, unknown, R>

export interface Settings {
  /** How many events are taken at a time; 100 unless said otherwise. */
  readonly batch?: number
  /** How many are handled at once; 8 unless said otherwise. */
  readonly concurrency?: number
  /** How long one handling may take; 30 seconds unless said otherwise. */
  readonly timeLimit?: Duration.DurationInput
  /** After so many failures an event is parked; 12 unless said otherwise. */
  readonly attempts?: number
  /** The pause after the first failure; each one doubles the one before. One second unless said otherwise. */
  readonly backoff?: Duration.DurationInput
  /** No pause is longer; one hour unless said otherwise. */
  readonly longest?: Duration.DurationInput
  /** How often `run` looks for events when there were none; one second unless said otherwise. */
  readonly interval?: Duration.DurationInput
}

export interface Report {
  readonly delivered: number
  /** Will be tried again. */
  readonly failed: number
  /** Given up until somebody lets them go on. */
  readonly parked: number
  /** There was nobody to be told; kept with the reason. */
  readonly undeliverable: number
  /** Left to a later share because time ran out; some of them may have been handled, and are handled again. */
  readonly lapsed: number
}

const make = Effect.gen(function* () {
  const outbox = yield* Outbox
  const ids = yield* IdGenerator

  const delivered = (event: Event, token: LeaseToken) =>
    Effect.gen(function* () {
      const kept = yield* outbox.delivered(event.id, token, yield* DateTime.now)
      return kept ? ("delivered" as const) : ("lapsed" as const)
    })

  const undeliverable = (event: Event, token: LeaseToken, reason: string) =>
    Effect.gen(function* () {
      const log = Effect.logWarning("An event is undeliverable", reason)
      yield* Effect.annotateLogs(log, { eventId: event.id, event: event._tag })
      const kept = yield* outbox.undeliverable(event.id, token, inWords(reason), yield* DateTime.now)
      return kept ? ("undeliverable" as const) : ("lapsed" as const)
    })

  const failed = (event: Event, token: LeaseToken, failures: number, patience: Delivery.Patience, error: unknown) =>
    Effect.gen(function* () {
      const dueAt = Delivery.again(failures, patience, { now: yield* DateTime.now, jitter: yield* Random.next })
      const log =
        dueAt === null ? Effect.logError("An event is parked", error) : Effect.logWarning("An event failed", error)
      yield* Effect.annotateLogs(log, { eventId: event.id, event: event._tag, failures })
      const kept = yield* outbox.failed(event.id, token, { error: inWords(error), dueAt })
      return kept ? (dueAt === null ? ("parked" as const) : ("failed" as const)) : ("lapsed" as const)
    })

  /** One share of what is due; what cannot be begun in time for its claim is left to the next one. */
  const share = <R>(handle: Handle<R>, settings: Settings) =>
    Effect.gen(function* () {
      const { batch = 100, concurrency = 8, timeLimit = "30 seconds" } = settings
      const token = LeaseToken.make(yield* ids.next)
      const now = yield* DateTime.now
      const until = DateTime.addDuration(now, Duration.times(timeLimit, 2))
      const lastStart = DateTime.subtractDuration(until, timeLimit)
      const hand = ({ event, attempts }: Delivery.Delivery): Effect.Effect<keyof Report, StoreError, R> =>
        within(
          timeLimit,
          Effect.suspend(() => handle(event))
        ).pipe(
          Effect.matchCauseEffect({
            onSuccess: () => delivered(event, token),
            onFailure: (cause) => {
              const none = nobody(cause)
              return none === null
                ? failed(event, token, attempts + 1, patienceOf(settings), Cause.squash(cause))
                : undeliverable(event, token, none.reason)
            }
          })
        )
      return yield* Effect.forEach(
        yield* outbox.claim({ token, now, until, limit: batch }),
        (delivery) =>
          Effect.flatMap(DateTime.now, (at) =>
            DateTime.greaterThan(at, lastStart) ? Effect.succeed("lapsed" as const) : hand(delivery)
          ),
        { concurrency }
      )
    })

  /** Share after share, until nothing is due. */
  const deliver = <R>(handle: Handle<R>, settings: Settings = {}): Effect.Effect<Report, StoreError, R> =>
    Effect.gen(function* () {
      const report = { delivered: 0, failed: 0, parked: 0, undeliverable: 0, lapsed: 0 }
      for (;;) {
        const done = yield* share(handle, settings)
        for (const what of done) report[what]++
        if (done.length === 0) return report
      }
    })

  return {
    /** Hands what is due to the host, until nothing is. Any number of processes share the work. */
    deliver: <R = never>(handle: Handle<R>, settings: Settings = {}) =>
      Effect.withSpan(deliver(handle, settings), "Relay.deliver"),

    /** As `deliver`, again and again, until it is interrupted. Trouble with the store is logged, and passes. */
    run: <R = never>(handle: Handle<R>, settings: Settings = {}): Effect.Effect<never, never, R> =>
      deliver(handle, settings).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("The outbox could not be read", cause)),
        Effect.repeat(Schedule.spaced(settings.interval ?? "1 second")),
        Effect.zipRight(Effect.never)
      ),

    /** Deliveries in a state, oldest first, from a cursor on. */
    list: Effect.fn("Relay.list")(function* (state: Delivery.State, request: Page.SliceRequestInput = {}) {
      const query = yield* decodeState(state)
      const { after, size } = yield* decodeSlice(request)
      const position = yield* Page.read(query, after, isPosition)
      return Page.slice(yield* outbox.list(query, position, size + 1), size, query, ({ event }) => [event.id])
    }),

    /** Lets one parked or undeliverable event go on, or all that are parked. How many there were. */
    retry: Effect.fn("Relay.retry")(function* (eventId: string | null = null) {
      const now = yield* DateTime.now
      if (eventId === null) return yield* outbox.retry(null, now)
      const id = Id.read(EventId)(eventId)
      return id._tag === "None" ? 0 : yield* outbox.retry(id.value, now)
    })
  }
})

/** The way of events to the host. */
export class Relay extends Context.Tag("octavo/Relay")<Relay, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(Relay, make)

// internal

const decodeState = Input.decode(Delivery.State)
const decodeSlice = Input.decode(Page.SliceRequest)

const isPosition = (value: unknown): value is Page.Position =>
  Array.isArray(value) && value.length === 1 && typeof value[0] === "string"

const patienceOf = ({ attempts = 12, backoff = "1 second", longest = "1 hour" }: Settings): Delivery.Patience => ({
  attempts,
  base: Duration.decode(backoff),
  cap: Duration.decode(longest)
})

/** A handler that failed in another way, too, is tried again. */
const nobody = (cause: Cause.Cause<unknown>): Delivery.Undeliverable | null => {
  const errors = [...Cause.failures(cause), ...Cause.defects(cause)]
  const [first] = errors
  return first instanceof Delivery.Undeliverable && errors.every((error) => error instanceof Delivery.Undeliverable)
    ? first
    : null
}

/** Past its time a handler is left behind, even where it cannot be interrupted; whoever stops the relay waits for it. */
const within = <A, E, R>(timeLimit: Duration.DurationInput, work: Effect.Effect<A, E, R>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(work)), (fiber) =>
      restore(
        Effect.timeoutFail(Fiber.join(fiber), {
          duration: timeLimit,
          onTimeout: () => new Error("the handler took too long")
        })
      ).pipe(Effect.onExit((exit) => (Exit.isInterrupted(exit) ? Fiber.interrupt(fiber) : Fiber.interruptFork(fiber))))
    )
  )

/** What every store can hold of a failure, which may be anything, also what cannot be made a text. */
const inWords = (error: unknown) =>
  Option.getOrElse(textOf(error), () => "a failure without words")
    .toWellFormed()
    .replaceAll("\0", "")
    .slice(0, 1000)

const textOf = Option.liftThrowable((error: unknown) => String(error instanceof Error ? error.message : error))
