/**
 * A process of a worker's, with a bookstore of its own: it does what it is told, and tells what came of it. Told to stop
 * midway it does so by itself, inside the transaction, between its look at the lease and what it writes.
 */
import { Effect, Layer } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Bookstore, FulfilmentSettings, Fulfilments, Leases, type Stores } from "../../src/index.js"

export interface Spec {
  readonly dialect: "sqlite" | "postgres"
  readonly at: string
  readonly worker: string
  readonly seconds: number
}

export interface Order {
  readonly command: "take" | "pause" | "complete" | "renew"
  readonly orders: ReadonlyArray<string>
  readonly epoch?: number
  readonly stopsMidway?: boolean
}

/** `done`, or the refusal's tag, for each order; or that it stops. */
export type Told = { readonly results: ReadonlyArray<string> } | { readonly stops: true }

const { dialect, at, worker, seconds }: Spec = JSON.parse(process.argv[2] ?? "")

let stopsMidway = false

const tell = (told: Told) => Effect.async<void>((resume) => void process.send?.(told, () => resume(Effect.void)))

const stop = Effect.suspend(() => {
  if (!stopsMidway) return Effect.void
  stopsMidway = false
  return Effect.zipRight(
    tell({ stops: true }),
    Effect.sync(() => process.kill(process.pid, "SIGSTOP"))
  )
})

const over = (stores: Layer.Layer<Stores, unknown>) =>
  Layer.provideMerge(
    Layer.effect(
      Leases.Leases,
      Effect.map(Leases.Leases, (leases) => ({
        ...leases,
        current: (key) => Effect.tap(leases.current(key), () => stop)
      }))
    ),
    stores
  )

const shop = Bookstore.layer.pipe(
  Layer.provide([
    over(dialect === "sqlite" ? SqliteStore.layer({ filename: at }) : PostgresStore.layer({ url: at })),
    DemoGateway.layer,
    FulfilmentSettings.layer({ term: `${seconds} seconds` })
  ])
)

const outcome = <E extends { readonly _tag: string }>(effect: Effect.Effect<unknown, E>): Effect.Effect<string> =>
  Effect.match(effect, { onFailure: ({ _tag }) => _tag, onSuccess: () => "done" })

const program = Effect.gen(function* () {
  const fulfilments = yield* Fulfilments.Fulfilments
  const obey = (order: Order) =>
    Effect.gen(function* () {
      stopsMidway = order.stopsMidway === true
      const options = order.epoch === undefined ? {} : { epoch: order.epoch }
      const one = (id: string) =>
        order.command === "take"
          ? outcome(fulfilments.take(worker, id))
          : outcome(fulfilments[order.command](worker, id, options))
      yield* tell({ results: yield* Effect.forEach(order.orders, one, { concurrency: 5 }) })
    })
  yield* Effect.async<never>(() => {
    process.on("message", (order: Order) => void Effect.runPromise(obey(order)))
    process.send?.({ results: [] } satisfies Told)
  })
})

process.on("disconnect", () => process.exit())
await Effect.runPromise(Effect.provide(program, shop))
