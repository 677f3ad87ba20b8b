/** What tests of the leases in Redis need. */
import { randomUUID } from "node:crypto"
import { Effect, type Layer } from "effect"
import { createClient } from "redis"
import { Holder, LeaseKey } from "../../src/domain/Lease.js"
import type { Leases } from "../../src/ports/Leases.js"

/** Of keys that nobody else has, on a server that others may use. */
export const ownPrefix = () => `octavo-test:${randomUUID()}:`

export const [me, other] = [Holder.make("me — é"), Holder.make("somebody else")]

export const freshKey = () => LeaseKey.make(`work/${randomUUID()}`)

/** Runs with leases that are built for it. */
export const using = <A, E, E2>(leases: Layer.Layer<Leases, E2>, effect: Effect.Effect<A, E, Leases>) =>
  Effect.runPromise(Effect.provide(effect, leases))

/** A client as a host has it, for as long as the scope. */
export const hostsClient = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      createClient({ url })
        .on("error", () => {})
        .connect()
    ),
    (client) => Effect.sync(() => (client.isOpen ? client.destroy() : undefined))
  )
