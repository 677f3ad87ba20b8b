import { Context, Effect, Fiber, Layer, Random, Schedule } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as Redis from "../../src/adapters/redis/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Bookstore, Carts, Catalog, Checkout, Fulfilments } from "../../src/index.js"
import { Leases } from "../../src/ports/Leases.js"
import type { Stores } from "../../src/ports/Stores.js"
import * as RedisServer from "../support/redisServer.js"
import { onFile, onServer, type Place } from "./sqlStores.js"

const server = await RedisServer.startOwn()
afterAll(() => server.stop())

const forget = Effect.uninterruptible(
  Effect.promise(async () => {
    await server.kill()
    await server.restart()
  })
)

const [{ Fulfilments: Fulfilling }, stages] = [Fulfilments, ["pick", "pack", "dispatch"]]

/** Ids of as many paid orders. */
const sold = (count: number) =>
  Effect.gen(function* () {
    const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
    const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "1.00" })
    yield* catalog.changeStock(book.id, { quantity: count })
    return yield* Effect.forEach(Array.from({ length: count }).keys(), (n) =>
      Effect.gen(function* () {
        const customer = `customer ${n} of ${book.id}`
        yield* carts.add(customer, { bookId: book.id })
        return (yield* checkout.place(customer)).id
      })
    )
  })

/** Once more where Redis was away for a moment. */
const patiently = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, {
    while: ({ _tag }) => _tag === "StoreError",
    schedule: Schedule.intersect(Schedule.spaced("20 millis"), Schedule.recurs(250))
  })

const shopOver = <E1, E2>(store: Layer.Layer<Stores, E1>, leases: Layer.Layer<Leases, E2>) =>
  Layer.build(Bookstore.layer.pipe(Layer.provide([Layer.merge(store, leases), DemoGateway.layer])))

describe.each([
  // Whoever waits for Redis keeps all others from an SQLite file: fewer orders take as long.
  ["SQLite", onFile, (at: string) => SqliteStore.layer({ filename: at }), 6],
  ["PostgreSQL", onServer, (at: string) => PostgresStore.layer({ url: at }), 20]
] as const)("rows in %s are guarded while Redis forgets who holds what", (_, make, store, orders) => {
  let place: Place
  beforeAll(async () => {
    place = await make()
  })
  afterAll(() => place.drop())

  /** As a process of its own has it. */
  const shop = Effect.suspend(() => shopOver(store(place.at), Redis.layer({ url: server.url })))

  it("what was forgotten is taken by another, or by its holder in another tab, and who comes late is refused", () =>
    Effect.gen(function* () {
      const mine = yield* shop
      const [his, hers] = [Context.get(mine, Fulfilling), Context.get(yield* shop, Fulfilling)]
      const [first = "", second = ""] = yield* Effect.provide(sold(2), mine)
      const [late, older] = [yield* his.take("ada", first), yield* his.take("ada", second)]
      yield* forget
      const taken = yield* patiently(hers.take("bob", first))
      const newer = yield* patiently(his.take("ada", second))
      expect([taken.epoch, newer.epoch]).toEqual([late.epoch + 1, older.epoch + 1])
      expect((yield* Effect.flip(his.complete("ada", first, late)))._tag).toBe("NotHolder")
      expect((yield* Effect.flip(his.complete("ada", second, older)))._tag).toBe("ClaimLapsed")
      expect(yield* hers.complete("bob", first, taken)).toMatchObject({ state: "ready", stage: "pack" })
      expect(yield* his.complete("ada", second, newer)).toMatchObject({ state: "ready", stage: "pack" })
      // Also he whose claim nobody has taken over has it no more.
      const lost = yield* his.take("ada", first)
      yield* forget
      expect((yield* Effect.flip(patiently(his.complete("ada", first, lost))))._tag).toBe("ClaimLapsed")
    }).pipe(Effect.scoped, Effect.runPromise))

  it("no stage is completed twice, and every order leaves the house once, while Redis is killed over and over", () =>
    Effect.gen(function* () {
      const ids = yield* Effect.flatMap(shop, (shop) => Effect.provide(sold(orders), shop))
      const completed: Array<string> = []
      let forgotten = 0
      const work = (worker: string) =>
        Effect.gen(function* () {
          const fulfilments = Context.get(yield* shop, Fulfilling)
          for (;;) {
            const { items } = yield* fulfilments.list({}, { size: 100 })
            const open = items.filter(({ box }) => ids.includes(box.orderId))
            if (open.length === 0) return
            const { orderId } = (yield* Random.choice(open)).box
            yield* Effect.gen(function* () {
              const claim = yield* fulfilments.take(worker, orderId)
              yield* Effect.sleep(`${yield* Random.nextIntBetween(5, 40)} millis`)
              yield* fulfilments.complete(worker, orderId, claim)
              completed.push(`${orderId} ${claim.stage}`)
            }).pipe(
              // Redis is away, or another has it, or had it in between.
              Effect.catchIf(
                (error) => refusals.includes(error._tag),
                () => Effect.sleep("5 millis")
              )
            )
          }
        })
      const killing = yield* Effect.fork(
        Effect.forever(
          Effect.gen(function* () {
            // Long enough for some of them to get ahead.
            const before = completed.length
            yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => completed.length >= before + 5 })
            yield* forget
            forgotten++
          })
        )
      )
      yield* Effect.all(
        ["ada", "bob", "cy", "dee"].map((worker) => work(worker)),
        { concurrency: "unbounded" }
      )
      yield* Fiber.interrupt(killing)
      expect(forgotten).toBeGreaterThan(1)

      const fulfilments = Context.get(yield* shop, Fulfilling)
      let lapsed = 0
      for (const id of ids) {
        const { history, status } = yield* fulfilments.get(id)
        expect(status).toBe("fulfilled")
        const done = history.filter(({ kind }) => kind === "completed")
        expect(done.map(({ stage }) => stage)).toEqual(stages)
        expect(history.map(({ version }) => version)).toEqual(history.map((_, i) => i + 1))
        const takes = history.filter(({ kind }) => kind === "taken")
        expect(takes.map(({ epoch }) => epoch)).toEqual(takes.map((_, i) => i + 1))
        // Who completes has taken it last.
        for (const { version, epoch, worker } of done)
          expect(history[version - 2]).toMatchObject({ kind: "taken", epoch, worker })
        lapsed += takes.length - done.length
      }
      expect(completed.toSorted()).toEqual(ids.flatMap((id) => stages.map((stage) => `${id} ${stage}`)).toSorted())
      expect(lapsed, "takes of what Redis had forgotten").toBeGreaterThan(0)
    }).pipe(Effect.scoped, Effect.runPromise))
})

it("who was found to hold it is refused at the row when Redis forgets him, and another is faster, before he writes", async () => {
  const place = await onServer()
  const store = PostgresStore.layer({ url: place.at })
  let meanwhile: Effect.Effect<unknown, unknown> = Effect.void
  /** What happens between the look at the lease and the write. */
  const slow = Layer.effect(
    Leases,
    Effect.map(Leases, (leases) => ({
      ...leases,
      current: (key) =>
        Effect.tap(leases.current(key), () => {
          const happens = meanwhile
          meanwhile = Effect.void
          // Not in this one's transaction.
          return Effect.promise(() => Effect.runPromise(happens))
        })
    }))
  )
  await Effect.gen(function* () {
    const ada = yield* shopOver(store, Layer.provide(slow, Redis.layer({ url: server.url })))
    const [his, hers] = [ada, yield* shopOver(store, Redis.layer({ url: server.url }))].map(Context.get(Fulfilling))
    if (his === undefined || hers === undefined) return expect.unreachable()
    for (const isDone of [false, true]) {
      const [id = ""] = yield* Effect.provide(sold(1), ada)
      const claim = yield* patiently(his.take("ada", id))
      meanwhile = Effect.gen(function* () {
        yield* forget
        const taken = yield* patiently(hers.take("bob", id))
        if (isDone) yield* hers.complete("bob", id, taken)
      })
      expect((yield* Effect.flip(his.complete("ada", id, claim)))._tag).toBe("NotHolder")
      const { history } = yield* hers.get(id)
      const kinds = history.map(({ kind, worker }) => `${worker} ${kind}`)
      expect(kinds).toEqual(["ada taken", "bob taken", ...(isDone ? ["bob completed"] : [])])
    }
  }).pipe(Effect.scoped, Effect.runPromise, (run) => run.finally(place.drop))
})

// internal

const refusals = [
  "StoreError",
  "FulfilmentTaken",
  "StageNotReady",
  "OrderNotPaid",
  "NotHolder",
  "ClaimLapsed",
  "VersionConflict"
]
