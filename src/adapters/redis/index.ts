/**
 * Leases in Redis 5 or newer, or Valkey: for hosts that want contention for work off their database. What it rests on,
 * and when not to use it, is told in docs/redis.md.
 */
import { Duration, Effect, Layer, Redacted } from "effect"
import { createClient } from "redis"
import { Leases } from "../../ports/Leases.js"
import { StoreError } from "../../ports/StoreError.js"
import * as Commands from "./Commands.js"
import { storeError } from "./Failure.js"
import * as RedisLeases from "./Leases.js"

export type { Client } from "./Commands.js"

export interface LeasesOptions {
  /** Of every key: `octavo:` unless said otherwise. Those who are to share their leases have the same. */
  readonly prefix?: string | undefined
  /**
   * How long to wait for an answer: 1 second unless said otherwise. Then the call fails with a `StoreError` that says
   * what is known: `NotStarted` for what was not sent, and never will be, `Unknown` for what was.
   */
  readonly commandTimeout?: Duration.DurationInput | undefined
}

export interface Options extends LeasesOptions {
  /** `redis://…`, or `rediss://…` for an encrypted connection. */
  readonly url: string | Redacted.Redacted
  /** How long to wait for a connection: 5 seconds unless said otherwise. */
  readonly connectTimeout?: Duration.DurationInput | undefined
}

/**
 * The leases over a connection of their own, which is made again whenever it is lost. Merged after a store, they are
 * instead of the store's own: `Layer.merge(Postgres.layer({ url }), Redis.layer({ url: redisUrl }))`.
 */
export const layer = ({ url, connectTimeout, ...options }: Options): Layer.Layer<Leases, StoreError> =>
  Layer.scoped(
    Leases,
    Effect.map(connected(url, Duration.decode(connectTimeout ?? "5 seconds")), (client) => make(client, options))
  )

/** The leases over the host's own client, which the host connects, watches for errors, and ends. */
export const layerClient = (client: Commands.Client, options: LeasesOptions = {}): Layer.Layer<Leases> =>
  Layer.sync(Leases, () => make(client, options))

// internal

const make = (client: Commands.Client, { prefix = "octavo:", commandTimeout = "1 second" }: LeasesOptions) =>
  RedisLeases.make(Commands.make(client, Duration.decode(commandTimeout)), prefix)

const connected = (url: Options["url"], patience: Duration.Duration) =>
  Effect.tap(
    Effect.acquireRelease(opened(url, patience), (client) =>
      Effect.sync(() => (client.isOpen ? client.destroy() : undefined))
    ),
    (client) =>
      Effect.tryPromise({
        try: () => client.connect(),
        catch: (error) => storeError("open", error, "NotStarted")
      }).pipe(Effect.timeoutFail({ duration: patience, onTimeout: () => unheard(patience) }))
  )

const opened = (url: Options["url"], patience: Duration.Duration) =>
  Effect.try({
    try: () => {
      const client = createClient({
        url: Redacted.isRedacted(url) ? Redacted.value(url) : url,
        // A link that has gone dead without a word is noticed, and made anew.
        pingInterval: 2000,
        socket: {
          connectTimeout: Duration.toMillis(patience),
          socketTimeout: Math.max(5000, Duration.toMillis(patience)),
          reconnectStrategy: (retries) =>
            hasConnected ? Math.min(20 * 2 ** retries, 1000) * (0.5 + Math.random() / 2) : false
        }
      })
      let hasConnected = false
      client.on("ready", () => {
        hasConnected = true
      })
      // Each call tells its own trouble; without a listener the client would end the process.
      client.on("error", () => {})
      return client
    },
    // The driver's own error has the URL, and the password in it.
    catch: () =>
      new StoreError({
        operation: "open",
        outcome: "NotStarted",
        retryable: false,
        cause: new Error("the URL is none of Redis: redis://[user:password@]host[:port][/database], or rediss://…")
      })
  })

const unheard = (patience: Duration.Duration) =>
  new StoreError({
    operation: "open",
    outcome: "NotStarted",
    retryable: true,
    cause: new Error(`no word from Redis within ${Duration.format(patience)}`)
  })
