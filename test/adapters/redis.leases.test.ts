import { Duration, Effect, Layer } from "effect"
import { createClient, createClientPool, RESP_TYPES } from "redis"
import { afterAll, expect, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Redis from "../../src/adapters/redis/index.js"
import { Leases } from "../../src/ports/Leases.js"
import { freshKey, hostsClient, me, other, ownPrefix, using } from "../support/redisLeases.js"
import * as RedisServer from "../support/redisServer.js"

const server = await RedisServer.start()
afterAll(() => server.stop())

const prefix = ownPrefix()
const leases = (options: Partial<Redis.Options> = {}) => Redis.layer({ url: server.url, prefix, ...options })
const hour = Duration.hours(1)

const rounds = Number(process.env.OCTAVO_ROUNDS ?? 5)

it(
  "gives a lease to one of several processes, again and again, each at work alone",
  () =>
    Effect.gen(function* () {
      const key = freshKey()
      let atWork = 0
      let turns = 0
      const work = Effect.gen(function* () {
        const leases = yield* Leases
        while (turns < 20 * rounds) {
          const lease = yield* Effect.catchTag(leases.acquire(key, me, hour), "LeaseTaken", () => Effect.succeed(null))
          if (lease === null) continue
          expect(++atWork, "how many are at work").toBe(1)
          turns++
          yield* Effect.yieldNow()
          atWork--
          expect(yield* leases.release(key, lease.token)).toBe(true)
        }
      })
      const processes = yield* Effect.replicateEffect(Layer.build(Layer.fresh(leases())), 4)
      yield* Effect.all(
        processes.flatMap((process) => [Effect.provide(work, process), Effect.provide(work, process)]),
        { concurrency: "unbounded" }
      )
      expect(atWork).toBe(0)
    }).pipe(Effect.scoped, Effect.runPromise),
  60_000 + 1000 * rounds
)

it("gives a lease that runs out by itself to one of those who wait, while its late holder is refused", () =>
  using(
    leases(),
    Effect.gen(function* () {
      const leases = yield* Leases
      for (let round = 0; round < rounds; round++) {
        const key = freshKey()
        const late = yield* leases.acquire(key, me, Duration.millis(30))
        const waiting = Effect.eventually(leases.acquire(key, other, hour))
        const next = yield* Effect.raceAll(Array.from({ length: 5 }, () => waiting))
        expect(next.since.epochMillis).toBeGreaterThanOrEqual(late.expiresAt.epochMillis)
        expect((yield* Effect.flip(leases.renew(key, late.token, hour)))._tag).toBe("LeaseLost")
        expect(yield* leases.release(key, late.token)).toBe(false)
      }
    })
  ))

it("keeps one key for a lease, under the prefix, for a minute longer than the lease, and none that was released", () =>
  Effect.gen(function* () {
    const client = yield* hostsClient(server.url)
    const leases = yield* Effect.provide(Leases, Redis.layerClient(client, { prefix }))
    const key = freshKey()
    const { token } = yield* leases.acquire(key, me, hour)
    const stored = JSON.parse((yield* Effect.promise(() => client.get(prefix + key))) ?? "")
    expect(stored).toMatchObject({ holder: me, token })
    const lifetime = Effect.promise(() => client.pTTL(prefix + key))
    const most = Duration.toMillis(hour) + 60_000
    expect(yield* lifetime).toBeGreaterThan(most - 10_000)
    expect(yield* lifetime).toBeLessThanOrEqual(most)
    yield* leases.renew(key, token, Duration.minutes(1))
    expect(yield* lifetime).toBeLessThanOrEqual(120_000)
    expect(yield* leases.release(key, token)).toBe(true)
    expect(yield* Effect.promise(() => client.exists(prefix + key))).toBe(0)
  }).pipe(Effect.scoped, Effect.runPromise))

it("is asked again in full by a server that has forgotten its scripts", () =>
  Effect.gen(function* () {
    const client = yield* hostsClient(server.url)
    const leases = yield* Effect.provide(Leases, Redis.layerClient(client, { prefix }))
    const forget = Effect.promise(() => client.scriptFlush())
    const key = freshKey()
    yield* forget
    const { token } = yield* leases.acquire(key, me, hour)
    yield* forget
    expect((yield* leases.current(key))?.holder).toBe(me)
    yield* forget
    expect((yield* leases.renew(key, token, hour)).holder).toBe(me)
    yield* forget
    expect(yield* leases.release(key, token)).toBe(true)
  }).pipe(Effect.scoped, Effect.runPromise))

it("refuses a lease without an end to come, and asks Redis nothing", () =>
  using(
    leases(),
    Effect.gen(function* () {
      const leases = yield* Leases
      const key = freshKey()
      for (const ttl of [Duration.zero, Duration.millis(0.5), Duration.infinity, Duration.millis(1e16)]) {
        const refused = yield* Effect.flip(leases.acquire(key, me, ttl))
        expect(refused).toMatchObject({ _tag: "StoreError", outcome: "NotStarted", retryable: false })
      }
      expect(yield* leases.current(key)).toBeNull()
    })
  ))

it("keeps leases of another prefix apart", () =>
  Effect.gen(function* () {
    const client = yield* hostsClient(server.url)
    const mine = yield* Effect.provide(Leases, Redis.layerClient(client, { prefix }))
    const others = yield* Effect.provide(Leases, Redis.layerClient(client, { prefix: ownPrefix() }))
    const key = freshKey()
    yield* mine.acquire(key, me, hour)
    expect(yield* others.current(key)).toBeNull()
  }).pipe(Effect.scoped, Effect.runPromise))

it("stands in for the leases of a store that is named before it", () =>
  Effect.gen(function* () {
    const client = yield* hostsClient(server.url)
    for (const stores of [
      Layer.merge(Memory.layer, leases()),
      Layer.mergeAll(Memory.layer, leases()),
      Layer.provide(Layer.effect(Leases, Leases), [Memory.layer, leases()])
    ]) {
      const key = freshKey()
      yield* Effect.provide(
        Effect.flatMap(Leases, ({ acquire }) => acquire(key, me, hour)),
        stores
      )
      expect(yield* Effect.promise(() => client.exists(prefix + key))).toBe(1)
    }
  }).pipe(Effect.scoped, Effect.runPromise))

it.each([
  [
    "of buffers for texts",
    () => createClient({ url: server.url, commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } })
  ],
  ["of the older protocol", () => createClient({ url: server.url, RESP: 2 })],
  ["of several connections", () => createClientPool({ url: server.url })]
])("is content with a host's client %s", async (_, make) => {
  const client = make()
  await client.on("error", () => {}).connect()
  try {
    await using(
      Redis.layerClient(client, { prefix }),
      Effect.gen(function* () {
        const leases = yield* Leases
        const key = freshKey()
        const { token } = yield* leases.acquire(key, me, hour)
        expect((yield* Effect.flip(leases.acquire(key, other, hour)))._tag).toBe("LeaseTaken")
        expect((yield* leases.renew(key, token, hour)).token).toBe(token)
        expect((yield* leases.current(key))?.holder).toBe(me)
        expect(yield* leases.release(key, token)).toBe(true)
        expect(yield* leases.current(key)).toBeNull()
      })
    )
  } finally {
    client.destroy()
  }
})
