import { SqlClient } from "@effect/sql/SqlClient"
import { Array, type Context, Effect, Layer, Random } from "effect"
import { expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Order from "../../src/domain/Order.js"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import type { Stores } from "../../src/ports/Stores.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { at, paid, seen, tagOf } from "../services/fulfilling.js"
import { onBoth, restockFacts, statementsOf } from "./sqlStores.js"

const rounds = 10 * Number(process.env.OCTAVO_ROUNDS ?? 4)

/** Transaction control included, and savepoints. */
const costs = {
  sqlite: { take: 9, renew: 9, pause: 9, complete: 9, dispatch: 14, refusedTake: 4, refusedPause: 4 },
  postgres: { take: 6, renew: 6, pause: 6, complete: 6, dispatch: 8, refusedTake: 4, refusedPause: 4 }
}

/** The bookstore of a process, over its own stores. */
const shopOn = (stores: Context.Context<Stores>) =>
  Layer.build(Layer.provideMerge(Bookstore.layer.pipe(Layer.provide(DemoGateway.layer)), Layer.succeedContext(stores)))

interface Refused {
  readonly _tag: string
}

/** Gives the money back, so that what was confirmed is no longer. */
const cancelled = (id: Order.OrderId) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const order = yield* orders.get(id, null)
    return order.status === "confirmed" && (yield* orders.move(yield* Order.cancel(order, yield* restockFacts)))
  })

onBoth(({ dialect, run, processes }) => {
  it("makes no more statements than a command may cost", () =>
    run(
      Effect.gen(function* () {
        const [fulfilments, id] = [yield* Fulfilments, yield* paid]
        const cost = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          Effect.map(statementsOf(Effect.exit(effect)), (texts) => texts.length)
        const made: typeof costs.sqlite = {
          take: yield* cost(fulfilments.take("a", id)),
          refusedTake: yield* cost(fulfilments.take("b", id)),
          refusedPause: yield* cost(fulfilments.pause("b", id)),
          renew: yield* cost(fulfilments.renew("a", id)),
          pause: yield* cost(fulfilments.pause("a", id)),
          complete: yield* Effect.zipRight(fulfilments.take("a", id), cost(fulfilments.complete("a", id))),
          dispatch: yield* Effect.flatMap(at("dispatch"), (id) =>
            Effect.zipRight(fulfilments.take("a", id), cost(fulfilments.complete("a", id)))
          )
        }
        expect(made).toEqual(costs[dialect])
        const box = yield* seen(id)
        expect(box.entries).toHaveLength(box.box.version)
      }).pipe(Effect.provide(Bookstore.layer), Effect.provide(DemoGateway.layer))
    ))

  it(
    "gives an order to one of many that take it at once, each from a client of its own",
    () =>
      run(
        Effect.scoped(
          Effect.gen(function* () {
            const clients = yield* Effect.flatMap(processes(dialect === "sqlite" ? 4 : 6), Effect.forEach(shopOn))
            for (const _ of Array.range(1, Math.ceil(rounds / 4))) {
              const id = yield* paid
              const exits = yield* Effect.forEach(
                Array.range(0, 11),
                (n) =>
                  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take(`worker ${n}`, id)).pipe(
                    Effect.exit,
                    Effect.provide(clients[n % clients.length] as (typeof clients)[number])
                  ),
                { concurrency: "unbounded" }
              )
              const tags = exits.map(tagOf).sort()
              expect(tags).toEqual([...Array.replicate("FulfilmentTaken", 11), "done"])
              const { entries, box, isIts } = yield* seen(id)
              expect([entries.length, box.version, box.epoch, isIts]).toEqual([1, 1, 1, true])
            }
          })
        )
      ),
    180_000
  )

  it(
    `lets no deadlock and no half write be seen where all reach for one order, ${rounds} times`,
    () =>
      run(
        Effect.scoped(
          Effect.gen(function* () {
            const clients = yield* Effect.flatMap(processes(4), Effect.forEach(shopOn))
            const held = Effect.flatMap(Fulfilments, (fulfilments) =>
              Effect.gen(function* () {
                const id = yield* (yield* Random.nextBoolean) ? at("dispatch") : paid
                const { epoch } = yield* fulfilments.take("holder", id)
                return { id, epoch }
              })
            )
            const shop = clients[0] as (typeof clients)[number]
            const seenTags = new Set<string>()
            for (const round of Array.range(1, rounds)) {
              const { id, epoch } = yield* Effect.provide(held, shop)
              const calls = Effect.map(Fulfilments, (fulfilments) => ({
                complete: fulfilments.complete("holder", id, { epoch }),
                renew: fulfilments.renew("holder", id),
                again: fulfilments.renew("holder", id, { epoch }),
                ...(round % 3 === 0 && { pause: fulfilments.pause("holder", id) }),
                ...(round % 4 === 0 && { revoke: fulfilments.revoke("admin", id) }),
                ...(round % 2 === 0 && { cancel: cancelled(id) }),
                take: fulfilments.take("other", id),
                steal: fulfilments.take("third", id)
              }))
              const names = Object.keys(yield* Effect.provide(calls, shop))
              const exits = yield* Effect.forEach(
                yield* Random.shuffle(names),
                (name, n) =>
                  Effect.flatMap(
                    calls,
                    (all) => (all as unknown as Record<string, Effect.Effect<unknown, Refused>>)[name] ?? Effect.void
                  ).pipe(Effect.exit, Effect.provide(clients[n % clients.length] as (typeof clients)[number])),
                { concurrency: "unbounded" }
              )
              const tags = exits.map(tagOf)
              for (const tag of tags) seenTags.add(tag)
              expect(exits.filter((_, n) => tags[n] === "StoreError" || tags[n] === "died")).toEqual([])
              const { box, entries } = yield* seen(id)
              expect(entries.map(({ version }) => version)).toEqual(Array.makeBy(box.version, (n) => n + 1))
              const order = yield* Effect.flatMap(OrderRepository, (orders) => orders.get(id, null))
              expect(order.status === "fulfilled").toBe(box.state === "done")
            }
            // They did get in each other's way.
            expect([...seenTags]).toEqual(expect.arrayContaining(["done", "ClaimLapsed", "FulfilmentTaken"]))
            if (dialect === "postgres") {
              const sql = yield* SqlClient
              // So long a session may keep to itself what it has counted.
              yield* Effect.sleep("2 seconds")
              const [row] = yield* sql`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`
              expect(Number(row?.deadlocks)).toBe(0)
            }
          })
        )
      ),
    rounds * 1000
  )

  it("keeps a row and its entry, or neither, when a part of it fails", () =>
    run(
      Effect.gen(function* () {
        const [fulfilments, repository] = [yield* Fulfilments, yield* FulfilmentRepository]
        const [id, other] = [yield* paid, yield* paid]
        yield* fulfilments.take("a", other)
        const [entry] = yield* repository.history(other)
        yield* fulfilments.take("a", id)
        const before = yield* seen(id)
        // The entry has the id of another one: its insertion is refused after the row was written.
        const box = { ...before.box, version: before.box.version + 1 } as never
        const told = yield* Effect.exit(
          repository.save({ next: box, entry: { ...entry, orderId: id, version: before.box.version + 1 } as never })
        )
        expect(tagOf(told)).toBe("StoreError")
        const { box: after, entries } = yield* seen(id)
        expect([after, entries]).toEqual([before.box, before.entries])
      }).pipe(Effect.provide(Bookstore.layer), Effect.provide(DemoGateway.layer))
    ))
})
