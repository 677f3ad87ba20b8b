/** A command on one order: loads, decides and writes as one, and again while others are faster. */
import { DateTime, Effect, Either, Exit, Random, Schema } from "effect"
import { EventId } from "../domain/Event.js"
import * as Domain from "../domain/Fulfilment.js"
import type { LeaseToken } from "../domain/Lease.js"
import * as Order from "../domain/Order.js"
import * as Retry from "../domain/Retry.js"
import { FulfilmentRepository } from "../ports/FulfilmentRepository.js"
import { FulfilmentSettings } from "../ports/FulfilmentSettings.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { Leases } from "../ports/Leases.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"
import { ConflictMonitor } from "./ConflictMonitor.js"
import * as Facts from "./Facts.js"
import * as Forwarding from "./Forwarding.js"

/** The box before and after a command. */
export interface Handled {
  readonly before: Domain.Fulfilment
  readonly after: Domain.Fulfilment
}

export type Refusal = Order.OrderNotFound | Domain.Refusal | Domain.NotClaimed | Domain.VersionConflict | StoreError

export const make = Effect.gen(function* () {
  const fulfilments = yield* FulfilmentRepository
  const orders = yield* OrderRepository
  const leases = yield* Leases
  const { transact } = yield* Transactor
  const { term, retry } = yield* FulfilmentSettings
  const ids = yield* IdGenerator
  const monitor = yield* ConflictMonitor
  const facts = yield* Facts.make
  const forward = yield* Forwarding.make

  const save = (change: Domain.Change) => Effect.filterOrFail(fulfilments.save(change), Boolean, () => new Overtaken())

  /** The order leaves the house with its last stage. */
  const leave = (orderId: Order.OrderId) =>
    Effect.gen(function* () {
      const order = yield* orders.get(orderId, null)
      const left = order.status === "confirmed" && (yield* orders.move(Order.fulfil(order, yield* facts.ofMove)))
      if (!left) yield* new Overtaken()
    })

  /** One command, tried until it takes effect, is refused, or has been tried often enough. */
  const handle = (orderId: Order.OrderId, command: Domain.Command): Effect.Effect<Handled, Refusal> =>
    Effect.suspend(() => handling(orderId, command))

  const handling = (orderId: Order.OrderId, command: Domain.Command): Effect.Effect<Handled, Refusal> => {
    const key = Domain.leaseKey(orderId)
    /** Of a lease that no row tells of yet. */
    let token: LeaseToken | null = null
    let written: Written | null = null

    const letGo = Effect.suspend(() => {
      const had = token
      token = null
      return had === null ? Effect.void : Effect.ignoreLogged(leases.release(key, had))
    })

    const acquire = leases.acquire(key, command.by, term).pipe(
      Effect.tap((lease) => Effect.sync(() => (token = lease.token))),
      Effect.catchTag("LeaseTaken", ({ held: { holder, since, expiresAt } }) =>
        Effect.fail(new Domain.FulfilmentTaken({ orderId, holder, since, expiresAt }))
      ),
      Effect.uninterruptible
    )

    const follow = Effect.fnUntraced(function* (step: Domain.Step) {
      switch (step._tag) {
        case "Acquire": {
          const change = step.taken(yield* acquire)
          yield* save(change)
          return change
        }
        case "Extend": {
          const change = step.renewed(DateTime.addDuration(yield* DateTime.now, term))
          // The row is written before its lease, as where a claim ends: the other way round the two would deadlock.
          yield* save(change)
          yield* Effect.catchTag(leases.renew(key, step.claim.token, term), "LeaseLost", () => new Overtaken())
          return change
        }
        case "Release": {
          const { claim, change } = step
          if (change.next.state === "done") yield* leave(orderId)
          yield* save(change)
          // A claim that can be revoked may have lapsed long ago; one that is given back is still there.
          const released = yield* leases.release(key, claim.token)
          if (!released && command._tag !== "Revoke") yield* new Overtaken()
          return change
        }
      }
    })

    const isTold = (id: EventId) =>
      Effect.map(fulfilments.history(orderId), (entries) => entries.some((entry) => entry.id === id))

    const attempt = (id: EventId, isLost: boolean) =>
      transact(
        Effect.gen(function* () {
          // A commit that nobody answered may have been made late.
          if (isLost && written !== null && (yield* isTold(id))) return written
          // Of an attempt that the store has undone, where leases are not of the store.
          yield* letGo
          const { box, status } = yield* fulfilments.get(orderId)
          const lease = yield* leases.current(key)
          const step = yield* Domain.decide(box, command, { id, status, lease, now: yield* DateTime.now })
          const change = yield* follow(step)
          written = { before: box, after: change.next, change }
          return written
        })
      )

    /** Whether a commit that nobody answered was made after all; null while the store does not say. */
    const made = (id: EventId) => Effect.catchTag(isTold(id), "StoreError", () => Effect.succeed(null))

    const tries = Effect.gen(function* () {
      const id = EventId.make(yield* ids.next)
      let conflicts = 0
      let lost: StoreError | null = null
      const met = (succeeded: boolean, lostTake = false) => monitor.saw({ orderId, conflicts, lostTake, succeeded })
      for (let failures = 1; ; failures++) {
        const result: Attempted = yield* Effect.either(attempt(id, lost !== null))
        if (Either.isLeft(result) && isUnknown(result.left)) lost = result.left
        // An attempt after one that was lost may be refused because of what that one did.
        const isMade = Either.isRight(result) || (lost !== null && (yield* made(id)))
        if (isMade === true && written !== null) {
          if (written.after.state !== "in_progress" || written.after.token !== token) yield* letGo
          yield* met(true)
          yield* forward(written.change.entry)
          return written
        }
        const refusal = Either.isLeft(result) ? result.left : yield* Effect.dieMessage("nothing was written")
        const failure = isMade === null && lost !== null ? lost : refusal
        if (failure instanceof Overtaken) conflicts++
        else if (!isUnknown(failure)) {
          yield* met(false, failure._tag === "FulfilmentTaken")
          return yield* failure
        }
        const pause = Retry.pause(retry, failures, yield* Random.next)
        if (pause === null) {
          yield* met(false)
          return yield* failure instanceof Overtaken
            ? new Domain.VersionConflict({ orderId, attempts: failures })
            : failure
        }
        yield* Effect.sleep(pause)
      }
    })
    return Effect.onExit(tries, (exit) => (Exit.isSuccess(exit) ? Effect.void : letGo))
  }
  return { handle }
})

// internal

interface Written extends Handled {
  readonly change: Domain.Change
}

type Attempted = Either.Either<Written, Refusal | Overtaken>

/** Somebody was faster: what was read is no longer so, and nothing was written. */
class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", {}) {}

const isUnknown = (failure: unknown): failure is StoreError =>
  failure instanceof StoreError && failure.outcome === "Unknown"
