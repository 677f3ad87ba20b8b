import { SqlClient } from "@effect/sql/SqlClient"
import { Context, Duration, Effect, Layer } from "effect"
import { afterAll, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Redis from "../../src/adapters/redis/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Holder, LeaseKey } from "../../src/domain/Lease.js"
import { Audit, Bookstore, Carts, Catalog, Checkout, Fulfilments } from "../../src/index.js"
import { Leases } from "../../src/ports/Leases.js"
import { hostsClient, ownPrefix } from "../support/redisLeases.js"
import * as RedisServer from "../support/redisServer.js"
import { onFile } from "./sqlStores.js"

const server = await RedisServer.start()
const file = await onFile()
afterAll(async () => {
  await file.drop()
  await server.stop()
})

it("a host gives Redis the claims of its workers, and leaves the rest to its database, as docs/redis.md shows", () =>
  Effect.gen(function* () {
    const prefix = ownPrefix()
    const stores = SqliteStore.layer({ filename: file.at })
    const shop = Bookstore.layer.pipe(Layer.provide([stores, DemoGateway.layer]))
    const work = Layer.fresh(Bookstore.layer).pipe(
      Layer.provide([stores, Redis.layer({ url: server.url, prefix }), DemoGateway.layer]),
      Layer.map(Context.pick(Fulfilments.Fulfilments))
    )
    const all = yield* Layer.build(Layer.mergeAll(Layer.merge(shop, work), stores, SqliteStore.client(file.at)))
    yield* Effect.gen(function* () {
      const [catalog, carts, checkout] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Checkout.Checkout]
      const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "1.00" })
      yield* catalog.changeStock(book.id, { quantity: 1 })
      yield* carts.add("eve", { bookId: book.id })
      const { id } = yield* checkout.place("eve")
      yield* Effect.flatMap(Fulfilments.Fulfilments, ({ take }) => take("ada", id))

      const client = yield* hostsClient(server.url)
      expect(yield* Effect.promise(() => client.keys(`${prefix}*`))).toEqual([`${prefix}fulfilment/${id}`])
      const sql = yield* SqlClient
      expect(yield* sql`SELECT key FROM octavo_leases`).toEqual([])
      const { acquire } = yield* Leases
      yield* acquire(LeaseKey.make("audit"), Holder.make("another"), Duration.hours(1))
      const audited = yield* Effect.flip(Effect.flatMap(Audit.Audit, ({ run }) => run({ repair: true })))
      expect(audited).toMatchObject({ _tag: "LeaseTaken", held: { holder: "another" } })
    }).pipe(Effect.provide(all))
  }).pipe(Effect.scoped, Effect.runPromise))
