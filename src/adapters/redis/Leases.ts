import { type Context, DateTime, Duration, Effect, Schema } from "effect"
import { Held, Holder, Lease, type LeaseKey, LeaseLost, LeaseTaken, LeaseToken } from "../../domain/Lease.js"
import type { Leases } from "../../ports/Leases.js"
import { StoreError } from "../../ports/StoreError.js"
import type { Run } from "./Commands.js"
import { unreadable } from "./Failure.js"
import * as Scripts from "./Scripts.js"

export const make = (run: Run, prefix: string): Context.Tag.Service<Leases> => {
  const acquire = Effect.fnUntraced(function* (
    key: LeaseKey,
    holder: Holder,
    ttl: Duration.Duration,
    token: LeaseToken
  ) {
    const since = yield* DateTime.now
    const { expiresAt, lifetime } = yield* end(acquiring, since, ttl)
    const values = [millis(since), encode({ holder, token, since, expiresAt }), lifetime]
    const answer = yield* run(acquiring, "Unknown", Scripts.acquire, prefix + key, values)
    if (answer === null) return new Lease({ key, holder, token, since, expiresAt })
    return yield* new LeaseTaken({ held: shown(key, yield* stored(acquiring, answer)) })
  })

  const release = (key: LeaseKey, token: LeaseToken) =>
    Effect.map(run("Leases.release", "Unknown", Scripts.release, prefix + key, [token]), (count) => count === 1)

  return {
    // Nobody else knows the token: what nobody will have been told of is let go.
    acquire: (key, holder, ttl) =>
      Effect.uninterruptibleMask((restore) => {
        const token = LeaseToken.make(globalThis.crypto.randomUUID())
        const letGo = Effect.ignore(release(key, token))
        return acquire(key, holder, ttl, token).pipe(
          Effect.tapError((error) => (isUnknown(error) ? letGo : Effect.void)),
          Effect.tap(() => Effect.onInterrupt(restore(Effect.void), () => letGo))
        )
      }),

    renew: (key, token, ttl) =>
      Effect.gen(function* () {
        const now = yield* DateTime.now
        const { expiresAt, lifetime } = yield* end(renewing, now, ttl)
        const values = [millis(now), token, millis(expiresAt), lifetime]
        const answer = yield* run(renewing, "Unknown", Scripts.renew, prefix + key, values)
        return answer === null
          ? yield* new LeaseLost({ key })
          : new Lease({ key, ...(yield* stored(renewing, answer)) })
      }),

    release,

    current: (key) =>
      Effect.gen(function* () {
        const answer = yield* run(looking, "RolledBack", Scripts.current, prefix + key, [])
        if (answer === null) return null
        const lease = yield* stored(looking, answer)
        return DateTime.greaterThan(lease.expiresAt, yield* DateTime.now) ? shown(key, lease) : null
      })
  }
}

// internal

const [acquiring, renewing, looking] = ["Leases.acquire", "Leases.renew", "Leases.current"] as const

/** Lua reads numbers, and would write them with fewer digits. */
const Instant = Schema.compose(Schema.NumberFromString, Schema.DateTimeUtcFromNumber)

const Stored = Schema.Struct({ holder: Holder, token: LeaseToken, since: Instant, expiresAt: Instant })

const encode = Schema.encodeSync(Schema.parseJson(Stored))
const decode = Schema.decodeUnknown(Schema.parseJson(Stored))

const stored = (operation: string, answer: unknown) =>
  Effect.mapError(decode(answer), (why) => unreadable(operation, why))

const shown = (key: LeaseKey, { holder, since, expiresAt }: typeof Stored.Type) =>
  new Held({ key, holder, since, expiresAt })

const isUnknown = (error: LeaseTaken | StoreError) => error._tag === "StoreError" && error.outcome === "Unknown"

const millis = (at: DateTime.Utc) => String(DateTime.toEpochMillis(at))

/** Redis forgets a lease by its own clock, a while after its end: it can still be released then, as in any store. */
const kept = Duration.toMillis("1 minute")

const lastInstant = 8.64e15

const end = (operation: string, now: DateTime.Utc, ttl: Duration.Duration) => {
  const lasts = Math.floor(Duration.toMillis(ttl))
  const until = DateTime.toEpochMillis(now) + lasts
  return lasts >= 1 && until <= lastInstant
    ? Effect.succeed({ expiresAt: DateTime.unsafeMake(until), lifetime: String(lasts + kept) })
    : Effect.fail(
        new StoreError({
          operation,
          outcome: "NotStarted",
          retryable: false,
          cause: new Error("a lease has an end, later on")
        })
      )
}
