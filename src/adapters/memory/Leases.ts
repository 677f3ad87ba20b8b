import { DateTime, Duration, Effect, Either, HashMap, Layer, Option, Schema } from "effect"
import { Held, Lease, type LeaseKey, LeaseLost, LeaseTaken, LeaseToken } from "../../domain/Lease.js"
import { Leases } from "../../ports/Leases.js"
import type { StoreError } from "../../ports/StoreError.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Leases, never, Store> = Layer.effect(
  Leases,
  Effect.map(Store, (store) => ({
    acquire: (key, holder, ttl) =>
      store.changeAt((state, now): Change<Lease, LeaseTaken | StoreError> => {
        const running = runningOf(state, key, now)
        return running !== null
          ? Either.left(new LeaseTaken({ held: seen(running) }))
          : keep(state, "Leases.acquire", { key, holder, since: now, token: freshToken() }, ttl, now)
      }),

    renew: (key, token, ttl) =>
      store.changeAt((state, now): Change<Lease, LeaseLost | StoreError> => {
        const running = runningOf(state, key, now)
        return running?.token === token
          ? keep(state, "Leases.renew", running, ttl, now)
          : Either.left(new LeaseLost({ key }))
      }),

    release: (key, token) =>
      store.change((state) =>
        Option.getOrNull(HashMap.get(state.leases, key))?.token === token
          ? leave(true, { ...state, leases: HashMap.remove(state.leases, key) })
          : leave(false, state)
      ),

    current: (key) =>
      store.changeAt((state, now) => {
        const running = runningOf(state, key, now)
        return leave(running === null ? null : seen(running), state)
      })
  }))
)

// internal

const isSound = Schema.is(Schema.Struct(Lease.fields))

/** Known to nobody but its holder, and so not drawn from a source that others could foretell. */
const freshToken = () => LeaseToken.make(globalThis.crypto.randomUUID())

const runningOf = (state: State, key: LeaseKey, now: DateTime.Utc): Lease | null =>
  Option.getOrNull(
    Option.filter(HashMap.get(state.leases, key), ({ expiresAt }) => DateTime.greaterThan(expiresAt, now))
  )

const seen = ({ key, holder, since, expiresAt }: Lease) => new Held({ key, holder, since, expiresAt }, true)

const keep = (
  state: State,
  operation: string,
  { key, holder, since, token }: Omit<Lease, "expiresAt">,
  ttl: Duration.Duration,
  now: DateTime.Utc
): Change<Lease> => {
  if (!Duration.isFinite(ttl) || Duration.toMillis(ttl) <= 0)
    return violation(operation, "a lease has an end, later on")
  const lease = new Lease({ key, holder, since, token, expiresAt: DateTime.addDuration(now, ttl) }, true)
  return isSound(lease)
    ? leave(lease, { ...state, leases: HashMap.set(state.leases, key, lease) })
    : violation(operation, "a lease is as its schema says")
}
