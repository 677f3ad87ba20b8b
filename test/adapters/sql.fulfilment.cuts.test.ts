import { Effect, Exit, Layer, Option, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { StoreError } from "../../src/ports/StoreError.js"
import { StoreHealth } from "../../src/ports/StoreHealth.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import { at, paid, type Shop, seen } from "../services/fulfilling.js"
import * as CutProxy from "../support/cutProxy.js"
import { onServer, type Place } from "./sqlStores.js"

let place: Place
let way: CutProxy.CutProxy
let scope: Scope.CloseableScope
let shop: Layer.Layer<Shop>
beforeAll(async () => {
  place = await onServer()
  way = await CutProxy.start(place.at)
  scope = Effect.runSync(Scope.make())
  const stores = PostgresStore.layer({ url: way.url, maxConnections: 4 })
  const all = Bookstore.layer.pipe(Layer.provide(DemoGateway.layer), Layer.provideMerge(stores))
  shop = Layer.succeedContext(await Effect.runPromise(Scope.extend(Layer.build(all), scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  way.close()
  await place.drop()
})

const run = <A, E>(effect: Effect.Effect<A, E, Shop>) => Effect.runPromise(Effect.provide(effect, shop))

/** What is there before, and the command. */
const calls = {
  "a take": [paid, (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("worker", id))],
  "the completion of a stage": [
    Effect.tap(paid, (id) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("worker", id))),
    (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.complete("worker", id))
  ],
  "the completion of the last stage": [
    Effect.tap(at("dispatch"), (id) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take("worker", id))),
    (id: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.complete("worker", id))
  ]
} as const

const whole = Effect.flatMap(StoreHealth, ({ check }) => Effect.repeatN(Effect.ignore(check), 4))

for (const [name, [begin, command]] of Object.entries(calls)) {
  it(`${name} is whole or not there, at whichever statement the link is lost`, { timeout: 180_000 }, async () => {
    const act = (id: string): Effect.Effect<unknown, unknown, Shop> => command(id)
    const first = await run(begin)
    way.plan(null)
    await run(act(first))
    const statements = [...way.requests()]
    expect(statements.filter((text) => text === "COMMIT")).toHaveLength(1)
    for (const [count, text] of statements.entries()) {
      for (const when of ["before", "amid", "reply"] as const) {
        const id = await run(begin)
        const before = await run(seen(id))
        way.plan({ at: (_, n) => n === count, when })
        const exit = Option.getOrThrow(await run(Effect.timeoutOption(Effect.exit(act(id)), "10 seconds")))
        expect(way.wasCut()).toBe(true)
        await run(whole)
        const { box, entries, lease, isIts } = await run(seen(id))
        const context = { text, when, exit: exit._tag }
        expect({ ...context, entries: entries.length }).toEqual({ ...context, entries: box.version })
        const order = await run(Effect.flatMap(OrderRepository, (orders) => orders.get(id, null)))
        expect({ ...context, status: order.status }).toEqual({
          ...context,
          status: box.state === "done" ? "fulfilled" : "confirmed"
        })
        // A commit that nobody answered is looked for, and made again.
        if (text === "COMMIT") expect(context).toEqual({ ...context, exit: "Success" })
        expect({ ...context, isIts }).toEqual({ ...context, isIts: box.state === "in_progress" ? true : null })
        if (Exit.isSuccess(exit)) {
          expect({ ...context, version: box.version }).toEqual({ ...context, version: before.box.version + 1 })
          expect({ ...context, isHeld: lease !== null }).toEqual({ ...context, isHeld: name === "a take" })
          continue
        }
        expect(await run(Effect.flip(exit))).toBeInstanceOf(StoreError)
        expect({ ...context, box, entries }).toEqual({ ...context, box: before.box, entries: before.entries })
        await run(act(id))
      }
    }
  })
}
