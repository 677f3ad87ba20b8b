import { type Context, DateTime, Duration, Effect } from "effect"
import { Lease, type LeaseKey, LeaseLost, LeaseTaken, LeaseToken } from "../../domain/Lease.js"
import type { Leases } from "../../ports/Leases.js"
import { StoreError } from "../../ports/StoreError.js"
import type { Database } from "./Database.js"
import { conflict } from "./Failure.js"
import * as Rows from "./Rows.js"

export const make = ({ sql, run, write }: Database): Context.Tag.Service<Leases> => {
  const running = (operation: string, key: LeaseKey) =>
    Effect.gen(function* () {
      const now = DateTime.formatIso(yield* DateTime.now)
      const [row] = yield* run(
        operation,
        sql<Rows.LeaseRow>`SELECT key, holder, since, expires_at FROM octavo_leases
WHERE key = ${key} AND expires_at > ${now}`
      )
      return row === undefined ? null : Rows.held(row)
    })

  return {
    acquire: (key, holder, ttl) =>
      Effect.gen(function* () {
        const token = LeaseToken.make(globalThis.crypto.randomUUID())
        for (let attempt = 0; attempt < 10; attempt++) {
          const since = yield* DateTime.now
          const expiresAt = yield* end(acquiring, since, ttl)
          const [at, until] = [DateTime.formatIso(since), DateTime.formatIso(expiresAt)]
          const taken = yield* write(
            acquiring,
            sql`INSERT INTO octavo_leases (key, holder, token, since, expires_at)
VALUES (${key}, ${holder}, ${token}, ${at}, ${until})
ON CONFLICT (key) DO UPDATE SET
holder = excluded.holder, token = excluded.token, since = excluded.since, expires_at = excluded.expires_at
WHERE octavo_leases.expires_at <= excluded.since`
          )
          if (taken > 0) return new Lease({ key, holder, token, since, expiresAt })
          // Whoever held it may have let it go in between.
          const held = yield* running(acquiring, key)
          if (held !== null) return yield* new LeaseTaken({ held })
        }
        return yield* conflict(acquiring, "the lease kept changing hands")
      }),

    renew: (key, token, ttl) =>
      Effect.gen(function* () {
        const now = yield* DateTime.now
        const expiresAt = yield* end(renewing, now, ttl)
        const [row] = yield* run(
          renewing,
          sql<Rows.LeaseRow>`UPDATE octavo_leases SET expires_at = ${DateTime.formatIso(expiresAt)}
WHERE key = ${key} AND token = ${token} AND expires_at > ${DateTime.formatIso(now)}
RETURNING key, holder, since, expires_at`
        )
        return row === undefined ? yield* new LeaseLost({ key }) : new Lease({ ...Rows.held(row), token })
      }),

    release: (key, token) =>
      Effect.map(
        write("Leases.release", sql`DELETE FROM octavo_leases WHERE key = ${key} AND token = ${token}`),
        (count) => count > 0
      ),

    current: (key) => running("Leases.current", key)
  }
}

// internal

const acquiring = "Leases.acquire"
const renewing = "Leases.renew"

const end = (operation: string, now: DateTime.Utc, ttl: Duration.Duration): Effect.Effect<DateTime.Utc, StoreError> =>
  Duration.isFinite(ttl) && Duration.toMillis(ttl) >= 1
    ? Effect.succeed(DateTime.addDuration(now, ttl))
    : Effect.fail(
        new StoreError({
          operation,
          outcome: "RolledBack",
          retryable: false,
          cause: new Error("a lease has an end, later on")
        })
      )
