/** A bookstore with customers who wait, by HTTP on every store; on a database two servers share the work. */
import { type Duration, Effect, Layer } from "effect"
import { Bookstore, PreBookingSettings, PreBookings, type Stores } from "octavo"
import * as Demo from "octavo/demo"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import * as Postgres from "octavo/postgres"
import * as Sqlite from "octavo/sqlite"
import { afterAll, beforeAll, describe, expect } from "vitest"
import { timed } from "../../src/testing/laws/time.js"
import { onFile, onServer, type Place } from "../adapters/sqlStores.js"
import { type Answer, type Call, newCustomer, secret, useServer } from "./support.js"

export const rounds = Number(process.env.OCTAVO_ROUNDS ?? 3)

export type WaitingRoom = ReturnType<typeof useWaitingRoom>

/** The same tests on every store; each test says by which policy. */
export const onEveryStore = (tests: (open: (options: PreBookingSettings.Options) => WaitingRoom) => void) => {
  describe("memory", () => tests((options) => useWaitingRoom(options, [Memory.layer])))
  describe.each(["sqlite", "postgres"] as const)("%s", (dialect) => {
    tests((options) => {
      const place = usePlace(dialect === "sqlite" ? onFile : onServer)
      const store = Layer.suspend(() =>
        dialect === "sqlite" ? Sqlite.layer({ filename: place.at() }) : Postgres.layer({ url: place.at() })
      )
      return useWaitingRoom(options, [store, store])
    })
  })
}

export const useWaitingRoom = (
  options: PreBookingSettings.Options,
  stores: ReadonlyArray<Layer.Layer<Stores, unknown>> = [Memory.layer]
) => {
  const { clock, pass } = Effect.runSync(timed((pass) => Effect.map(Effect.clock, (clock) => ({ clock, pass }))))
  const sweeps: Array<PreBookings.PreBookings["Type"]["sweep"]> = []
  const servers = stores.map((store) => {
    // Each server has clients and services of its own.
    const shop = Layer.fresh(Bookstore.layer).pipe(
      Layer.provide(Demo.layer),
      Layer.provide(PreBookingSettings.layer(options)),
      Layer.provideMerge(Layer.fresh(store))
    )
    const swept = Layer.effectDiscard(Effect.map(PreBookings.PreBookings, ({ sweep }) => void sweeps.push(sweep))).pipe(
      Layer.provideMerge(shop)
    )
    return useServer({
      layer: Layer.merge(swept, Jwt.layer({ secret })).pipe(Layer.provideMerge(Layer.setClock(clock)))
    })
  })
  const [first] = servers
  if (first === undefined) throw new Error("a shop has a server")
  let count = 0
  /** Requests are spread over the servers. */
  const call = (method: string, path: string, request: Call = {}): Promise<Answer> =>
    (servers[count++ % servers.length] ?? first).call(method, path, request)
  return {
    call,
    url: first.url,
    addBook: first.addBook,
    waits: (as: string, book_id: string) => call("POST", "/prebooks", { as, body: { book_id } }),
    /** The customer's own, as it is now. */
    seen: async (as: string, id: string): Promise<Answer["json"]> =>
      (await call("GET", `/prebooks/${id}`, { as })).json,
    restock: async (book: string, delta: number) => {
      const { status, json } = await call("PATCH", `/books/${book}/stock`, { admin: true, body: { delta } })
      expect(status).toBe(200)
      return json
    },
    puts: (as: string, book_id: string) => call("POST", "/cart/items", { as, body: { book_id } }),
    pays: (as: string, body: object = {}) => call("POST", "/orders/checkout", { as, body }),
    book: async (id: string): Promise<Answer["json"]> => (await call("GET", `/books/${id}`)).json,
    /** All servers go by a clock that can be put forward. */
    pass: (time: Duration.DurationInput) => Effect.runSync(pass(time)),
    sweep: async () => Effect.runPromise(Effect.withClock(sweeps[0] ?? Effect.die("no server"), clock))
  }
}

export const customers = (count: number) => Array.from({ length: count }, newCustomer)

export const statuses = (answers: ReadonlyArray<{ readonly status: number }>) =>
  answers.map(({ status }) => status).sort()

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
