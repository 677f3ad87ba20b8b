import { fork } from "node:child_process"
import { once } from "node:events"
import { SqlClient } from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Audit, Bookstore, Catalog, PreBookingSettings, PreBookings, Transactor } from "../../src/index.js"
import { bundle } from "../support/bundle.js"
import { onBoth } from "./sqlStores.js"

const waiting = 300
const kills = Math.max(3, Math.ceil(Number(process.env.OCTAVO_ROUNDS ?? 3)))

let program: Awaited<ReturnType<typeof bundle>>
beforeAll(async () => {
  program = await bundle("test/support/restocker.ts")
})
afterAll(() => program.remove())

onBoth(({ dialect, at, run }) => {
  const inShop = <A, E>(effect: Effect.Effect<A, E, Bookstore.Bookstore | Transactor.Transactor>) => {
    const stores =
      dialect === "sqlite" ? SqliteStore.layer({ filename: at() }) : Layer.orDie(PostgresStore.layer({ url: at() }))
    const shop = Layer.provideMerge(Bookstore.layer, Layer.merge(stores, DemoGateway.layer))
    const settings = Layer.orDie(PreBookingSettings.layer({ policy: "queue" }))
    return Effect.runPromise(Effect.provide(effect, Layer.provide(shop, settings)))
  }

  /** A book that is sold out, and those who wait for it. */
  const crowd = () =>
    inShop(
      Effect.gen(function* () {
        const catalog = yield* Catalog.Catalog
        const preBookings = yield* PreBookings.PreBookings
        const { transact } = yield* Transactor.Transactor
        const { id } = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "9.00" })
        const ask = (i: number) => preBookings.request(`customer ${i}`, { bookId: id })
        yield* transact(
          Effect.forEach(
            Array.from({ length: waiting }, (_, i) => i),
            ask
          )
        )
        return id
      })
    )

  /** How many were told of, and how often the one who was most often. */
  const told = (bookId: string) =>
    run(
      Effect.flatMap(
        SqlClient,
        (sql) =>
          sql<{
            customers: number | string
            most: number | string
          }>`SELECT count(*) AS customers, coalesce(max(n), 0) AS most
FROM (SELECT aggregate_id, count(*) AS n FROM octavo_outbox WHERE aggregate_id IN (
  SELECT id FROM octavo_prebooks WHERE book_id = ${bookId}
) GROUP BY aggregate_id) AS v`
      )
    ).then(([row]) => ({ customers: Number(row?.customers), most: Number(row?.most) }))

  const statuses = (bookId: string) =>
    run(
      Effect.flatMap(
        SqlClient,
        (sql) =>
          sql<{ status: string; n: number | string }>`SELECT status, count(*) AS n FROM octavo_prebooks
WHERE book_id = ${bookId} GROUP BY status`
      )
    ).then((rows) => Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)])))

  const starts = (policy: string, bookId: string, copies: number) => {
    const child = fork(program.path, [dialect, at(), policy, bookId, String(copies)], { execArgv: [] })
    const ended = once(child, "exit")
    let done = false
    const begun = new Promise<void>((go, fail) => {
      child.on("message", (message) => {
        if (message === "done") done = true
        go()
      })
      child.on("exit", () => fail(new Error("the process ended before it began")))
    })
    return { child, begun, ended: () => ended.then(() => done) }
  }

  it.each([["broadcast", "notified"] as const, ["queue", "held"] as const])(
    "a restock by %s that is killed again and again tells everyone who waited, once",
    async (policy, status) => {
      const bookId = await crowd()
      let done = false
      let killed = 0
      for (let copies = waiting; !done; copies = 0) {
        const before = await told(bookId)
        const { child, begun, ended } = starts(policy, bookId, copies)
        await begun
        if (killed < kills) {
          // As soon as it has got on by more than a batch: then it is in the middle of the next ones.
          await expect
            .poll(async () => (await told(bookId)).customers, { interval: 2, timeout: 20_000 })
            .toBeGreaterThan(before.customers + 15)
          child.kill("SIGKILL")
        }
        done = await ended()
        if (!done) killed++
      }
      expect(killed).toBeGreaterThan(0)
      expect(await told(bookId)).toEqual({ customers: waiting, most: 1 })
      expect(await statuses(bookId)).toEqual({ [status]: waiting })
      const { findings } = await inShop(Effect.flatMap(Audit.Audit, (audit) => audit.run()))
      expect(findings).toEqual([])
    },
    120_000
  )
})
