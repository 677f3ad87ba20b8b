import { type AddressInfo, createServer } from "node:net"
import { Duration, Effect, Fiber, Option, Redacted, Schedule } from "effect"
import { createClient, ErrorReply, MaxCommandRedirectionsError } from "redis"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import * as Redis from "../../src/adapters/redis/index.js"
import type { LeaseKey } from "../../src/domain/Lease.js"
import { Leases } from "../../src/ports/Leases.js"
import { freshKey, hostsClient, me, other, ownPrefix, using } from "../support/redisLeases.js"
import * as RedisLink from "../support/redisLink.js"
import * as RedisServer from "../support/redisServer.js"

const server = await RedisServer.start()
const link = await RedisLink.start(server.url)
afterAll(async () => {
  link.close()
  await server.stop()
})
beforeEach(() => link.up())

const prefix = ownPrefix()
const hour = Duration.hours(1)
const overLink = Redis.layer({ url: link.url, prefix, commandTimeout: "300 millis" })

/** What is there, whatever the link does. */
const held = (key: LeaseKey) =>
  Effect.provide(
    Effect.flatMap(Leases, ({ current }) => current(key)),
    Redis.layer({ url: server.url, prefix })
  )

const troubled = <A, E>(call: Effect.Effect<A, E>, expected: object) =>
  Effect.map(Effect.flip(call), (error) => expect(error).toMatchObject({ _tag: "StoreError", ...expected }))

/** Nobody else has it, at the latest in a while. */
const free = (key: LeaseKey) =>
  Effect.flatMap(Leases, ({ acquire }) =>
    Effect.retry(acquire(key, other, hour), Schedule.intersect(Schedule.spaced("20 millis"), Schedule.recurs(50)))
  )

describe("a link that is lost", () => {
  it.each(["before", "reply"] as const)("at an acquisition (%s) leaves nobody with the lease", (when) =>
    using(
      overLink,
      Effect.gen(function* () {
        const { acquire } = yield* Leases
        const key = freshKey()
        link.lose(key, when)
        yield* troubled(acquire(key, me, hour), { outcome: "Unknown", retryable: true })
        expect(link.wasLost()).toBe(true)
        expect(yield* held(key)).toBeNull()
        expect((yield* acquire(key, other, hour)).holder).toBe(other)
      })
    )
  )

  it("at a renewal or a release says that it is not known, and at a look that nothing was done", () =>
    using(
      overLink,
      Effect.gen(function* () {
        const { acquire, release, renew, current } = yield* Leases
        const key = freshKey()
        const { token } = yield* acquire(key, me, hour)
        link.lose(key, "reply")
        yield* troubled(renew(key, token, hour), { outcome: "Unknown", retryable: true })
        link.lose(key, "reply")
        yield* troubled(current(key), { outcome: "RolledBack", retryable: true })
        link.lose(key, "reply")
        yield* troubled(release(key, token), { outcome: "Unknown", retryable: true })
        expect(yield* held(key)).toBeNull()
      })
    ))
})

describe("a link that hangs", () => {
  it.each(["hold", "mute"] as const)("ends an acquisition (%s), which is let go when Redis hears of it", (when) =>
    using(
      overLink,
      Effect.gen(function* () {
        const { acquire } = yield* Leases
        const key = freshKey()
        link.lose(key, when)
        yield* troubled(acquire(key, me, hour), { outcome: "Unknown", retryable: true })
        link.thaw()
        yield* free(key)
      })
    )
  )

  it("ends an acquisition that is interrupted, too, which leaves nothing behind", () =>
    using(
      overLink,
      Effect.gen(function* () {
        const { acquire } = yield* Leases
        for (const thaw of ["at once", "too late"]) {
          const key = freshKey()
          link.lose(key, "mute")
          const acquiring = yield* Effect.fork(acquire(key, me, hour))
          yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => link.wasLost() })
          const interrupting = yield* Effect.fork(Fiber.interrupt(acquiring))
          yield* Effect.sleep("50 millis")
          if (thaw === "at once") link.thaw()
          yield* Fiber.join(interrupting)
          link.thaw()
          yield* free(key)
        }
      })
    ))

  it("does not hold up an interruption of a look, a renewal or a release", () =>
    using(
      Redis.layer({ url: link.url, prefix, commandTimeout: "1 hour" }),
      Effect.gen(function* () {
        const { acquire, current, renew, release } = yield* Leases
        const key = freshKey()
        const { token } = yield* acquire(key, me, hour)
        for (const call of [current(key), renew(key, token, hour), release(key, token)]) {
          link.lose(key, "hold")
          expect(yield* Effect.timeoutOption<unknown, unknown, never>(call, "20 millis")).toEqual(Option.none())
          link.thaw()
        }
      })
    ))
})

describe("a server that is away", () => {
  it("is not sent what is too late, and serves again when it is back", () =>
    using(
      overLink,
      Effect.gen(function* () {
        const { acquire, current } = yield* Leases
        const key = freshKey()
        yield* acquire(freshKey(), me, hour)
        link.down()
        yield* Effect.sleep("50 millis")
        yield* troubled(acquire(key, me, hour), { outcome: "NotStarted", retryable: true })
        yield* troubled(current(key), { outcome: "NotStarted", retryable: true })
        yield* Effect.promise(() => link.up())
        yield* free(key)
        expect((yield* current(key))?.holder).toBe(other)
      })
    ))

  it("is one error at the opening, with no secret in it", async () => {
    const silent = createServer(() => {})
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening))
    const { port } = silent.address() as AddressInfo
    const cases = [
      { url: "redis://me:secret@127.0.0.1:1", told: "ECONNREFUSED" },
      { url: Redacted.make(`redis://me:secret@127.0.0.1:${port}`), told: "no word from Redis within 200ms" },
      { url: "https://me:secret@127.0.0.1", told: "the URL is none of Redis" },
      { url: "redis://me:secret@:::", told: "the URL is none of Redis" }
    ]
    for (const { url, told } of cases) {
      const opened = using(Redis.layer({ url, connectTimeout: "200 millis" }), Effect.void)
      const error = await opened.then(() => null, String)
      expect(error).toContain(`open (NotStarted): `)
      expect(error).toContain(told)
      expect(error).not.toContain("secret")
    }
    silent.close()
  })

  it("is told of at once by a host's client that is closed, or that does not wait", () =>
    Effect.gen(function* () {
      const key = freshKey()
      const call = (client: Redis.Client) =>
        Effect.provide(
          Effect.flatMap(Leases, ({ acquire }) => acquire(key, me, hour)),
          Redis.layerClient(client, { prefix })
        )
      const client = yield* hostsClient(server.url)
      client.destroy()
      yield* troubled(call(client), { outcome: "NotStarted", retryable: false })
      const hasty = createClient({ url: link.url, disableOfflineQueue: true }).on("error", () => {})
      yield* Effect.promise(() => hasty.connect())
      link.down()
      yield* Effect.sleep("50 millis")
      yield* troubled(call(hasty), { outcome: "NotStarted", retryable: true })
      hasty.destroy()
    }).pipe(Effect.scoped, Effect.runPromise))
})

describe("what Redis refuses", () => {
  it("is told for keys of others, which stay as they are", () =>
    Effect.gen(function* () {
      const client = yield* hostsClient(server.url)
      const { acquire, renew, release, current } = yield* Effect.provide(Leases, Redis.layerClient(client, { prefix }))
      const [list, text, json] = [freshKey(), freshKey(), freshKey()]
      yield* Effect.promise(() => client.rPush(prefix + list, "a"))
      yield* Effect.promise(() => client.set(prefix + text, "a text"))
      yield* Effect.promise(() => client.set(prefix + json, `{"token":"a","expiresAt":"9e15"}`))
      const token = (yield* acquire(freshKey(), me, hour)).token
      const refused = { outcome: "RolledBack", retryable: false }
      for (const key of [list, text]) {
        for (const call of [acquire(key, me, hour), renew(key, token, hour), release(key, token), current(key)]) {
          yield* troubled<unknown, unknown>(call, refused)
        }
      }
      for (const call of [acquire(json, me, hour), current(json)]) yield* troubled<unknown, unknown>(call, refused)
      expect(yield* Effect.promise(() => client.lRange(prefix + list, 0, -1))).toEqual(["a"])
      expect(yield* Effect.promise(() => client.get(prefix + text))).toBe("a text")
    }).pipe(Effect.scoped, Effect.runPromise))

  it.each([
    [new ErrorReply("READONLY You can't write against a read only replica."), true],
    [new ErrorReply("LOADING Redis is loading the dataset in memory"), true],
    [new ErrorReply("BUSY Redis is busy running a script."), true],
    [new ErrorReply("OOM command not allowed when used memory > 'maxmemory'."), true],
    [new ErrorReply("MOVED 3999 127.0.0.1:6381"), true],
    [new ErrorReply("CLUSTERDOWN Hash slot not served"), true],
    [new MaxCommandRedirectionsError(new ErrorReply("MOVED 3999 127.0.0.1:6381")), true],
    [new ErrorReply("NOPERM this user has no permissions to run the 'evalsha' command"), false],
    [new ErrorReply("NOAUTH Authentication required."), false]
  ])("has done nothing, and may pass or not: %s", (error, retryable) =>
    using(
      Redis.layerClient({
        withCommandOptions: () => ({ eval: () => Promise.reject(error), evalSha: () => Promise.reject(error) })
      }),
      Effect.flatMap(Leases, ({ acquire }) =>
        troubled(acquire(freshKey(), me, hour), { outcome: "RolledBack", retryable, cause: error })
      )
    )
  )

  it("is nothing that octavo can read: then it is not a defect either", () =>
    using(
      Redis.layerClient({ withCommandOptions: () => ({ eval: async () => 7, evalSha: async () => 7 }) }),
      Effect.flatMap(Leases, ({ acquire }) => troubled(acquire(freshKey(), me, hour), { retryable: false }))
    ))

  it("is a client's own trouble: what became of the call is not known", () =>
    using(
      Redis.layerClient({
        withCommandOptions: () => {
          throw new Error("out of order")
        }
      }),
      Effect.flatMap(Leases, ({ acquire }) => troubled(acquire(freshKey(), me, hour), { outcome: "Unknown" }))
    ))
})
