/** Paid orders and those who work on them, by HTTP on every store; on a database two servers share the work. */
import { Effect, Layer } from "effect"
import { Bookstore, type Stores } from "octavo"
import * as Demo from "octavo/demo"
import * as Jwt from "octavo/jwt"
import * as Postgres from "octavo/postgres"
import * as Sqlite from "octavo/sqlite"
import { afterAll, beforeAll, describe, expect } from "vitest"
import { timed } from "../../src/testing/laws/time.js"
import { onFile, onServer, type Place } from "../adapters/sqlStores.js"
import { type Answer, newCustomer, secret, shop, useServer } from "./support.js"

export const rounds = Number(process.env.OCTAVO_ROUNDS ?? 3)

export interface Warehouse {
  /** What a worker does with an order; workers are spread over the servers. */
  readonly does: (worker: string, command: string, order: string, body?: object) => Promise<Answer>
  readonly takesMany: (worker: string, orders: ReadonlyArray<string>) => Promise<Answer>
  /** An order as people see it. */
  readonly view: (order: string) => Promise<Answer["json"]>
  readonly paid: () => Promise<string>
  /** All servers go by a clock that can be put forward. */
  readonly pass: (time: `${number} minutes`) => void
}

export const onEveryStore = (tests: (warehouse: Warehouse) => void) => {
  describe("memory", () => tests(useWarehouse([shop])))
  onDatabases(tests)
}

export interface Where {
  readonly dialect: "sqlite" | "postgres"
  /** The filename, or the URL. */
  readonly at: string
}

export const onDatabases = (
  tests: (warehouse: Warehouse, where: () => Where) => void,
  dialects: ReadonlyArray<Where["dialect"]> = ["sqlite", "postgres"]
) => {
  describe.each(dialects)("%s", (dialect) => {
    const place = usePlace(dialect === "sqlite" ? onFile : onServer)
    const store = () =>
      Layer.suspend(() =>
        over(dialect === "sqlite" ? Sqlite.layer({ filename: place.at() }) : Postgres.layer({ url: place.at() }))
      )
    tests(useWarehouse([store(), store()]), () => ({ dialect, at: place.at() }))
  })
}

// internal

/** A database for the tests of a group. */
const usePlace = (make: () => Promise<Place>) => {
  let place: Place
  beforeAll(async () => {
    place = await make()
  })
  afterAll(() => place.drop())
  return { at: () => place.at }
}

const over = (store: Layer.Layer<Stores, unknown>) =>
  Bookstore.layer.pipe(Layer.provide(Demo.layer), Layer.provideMerge(store))

const useWarehouse = (shops: ReadonlyArray<ReturnType<typeof over>>): Warehouse => {
  const { clock, pass } = Effect.runSync(timed((pass) => Effect.map(Effect.clock, (clock) => ({ clock, pass }))))
  const servers = shops.map((store) =>
    useServer({ layer: Layer.merge(store, Jwt.layer({ secret })).pipe(Layer.provideMerge(Layer.setClock(clock))) })
  )
  const [first] = servers
  if (first === undefined) throw new Error("a warehouse has a server")
  let count = 0
  const next = () => (servers[count++ % servers.length] ?? first).call
  let book: string
  beforeAll(async () => {
    book = await first.addBook({}, 1_000_000)
  })
  return {
    does: (worker, command, order, body) =>
      next()("POST", `/fulfilment/${order}/${command}`, { staff: worker, ...(body === undefined ? {} : { body }) }),
    takesMany: (worker, order_ids) => next()("POST", "/fulfilment/take-batch", { staff: worker, body: { order_ids } }),
    view: async (order) => (await next()("GET", `/fulfilment/${order}`, { staff: "anybody" })).json,
    paid: async () => {
      const as = newCustomer()
      await first.call("POST", "/cart/items", { as, body: { book_id: book } })
      const { status, json } = await first.call("POST", "/orders/checkout", { as })
      expect(status).toBe(201)
      return json.id
    },
    pass: (time) => Effect.runSync(pass(time))
  }
}
