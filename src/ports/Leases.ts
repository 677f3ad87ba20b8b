import { Context, type Duration, type Effect } from "effect"
import type { Held, Holder, Lease, LeaseKey, LeaseLost, LeaseTaken, LeaseToken } from "../domain/Lease.js"
import type { StoreError } from "./StoreError.js"

/**
 * Who may work on something now. A lease that has run out is nobody's, without anybody sweeping; time is Effect's
 * Clock. It does not stop a holder who goes on after his time: what he writes must be guarded where it is written.
 */
export class Leases extends Context.Tag("octavo/Leases")<
  Leases,
  {
    /** Of concurrent callers one has it; the holder himself is refused, too, until he releases it or its time is over. */
    readonly acquire: (
      key: LeaseKey,
      holder: Holder,
      ttl: Duration.Duration
    ) => Effect.Effect<Lease, LeaseTaken | StoreError>
    /** From now on for `ttl`; refused once its time is over. */
    readonly renew: (
      key: LeaseKey,
      token: LeaseToken,
      ttl: Duration.Duration
    ) => Effect.Effect<Lease, LeaseLost | StoreError>
    /** Whether the token still had the lease, running or run out; it is nobody's now. */
    readonly release: (key: LeaseKey, token: LeaseToken) => Effect.Effect<boolean, StoreError>
    /** The lease that is running; null when it is nobody's. */
    readonly current: (key: LeaseKey) => Effect.Effect<Held | null, StoreError>
  }
>() {}
