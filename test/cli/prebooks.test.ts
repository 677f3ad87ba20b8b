/** How `octavo` serves those who wait for books, as real processes. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Bookstore, Catalog, PreBookingSettings, PreBookings } from "octavo"
import * as Demo from "octavo/demo"
import * as Sqlite from "octavo/sqlite"
import { describe, expect, inject, it } from "vitest"
import * as CutProxy from "../support/cutProxy.js"
import { freshDatabase } from "../support/postgres.js"
import { program } from "./program.js"
import { serve } from "./served.js"
import { inFile, stocked } from "./shop.js"

const cli = program()
const file = (name: string) => join(cli.directory, name)

const waits = (customer: string, bookId: string) =>
  Effect.flatMap(PreBookings.PreBookings, ({ request }) => request(customer, { bookId }))

const statusesOf = (name: string, customers: ReadonlyArray<string>) =>
  inFile(
    file(name),
    Effect.gen(function* () {
      const { list } = yield* PreBookings.PreBookings
      const lists = yield* Effect.forEach(customers, (customer) => list(customer))
      return lists.map(({ items }) => items.map(({ status }) => status).join())
    })
  )

describe("octavo serve", () => {
  it("holds a copy for the first in line, and passes it on by itself when the time is over", async () => {
    const book = await inFile(file("queue.db"), stocked(0))
    const server = await serve(cli, [
      "--sqlite",
      "queue.db",
      "--events",
      "orders",
      "--restock-policy",
      "queue",
      "--hold",
      "3s"
    ])
    for (const as of ["ada", "ben"]) await server.ask(as, "POST", "/prebooks", { book_id: book })
    await server.ask("admin", "PATCH", `/books/${book}/stock`, { quantity: 1 })
    const [{ expires_at, notified_at }] = (await server.ask("ada", "GET", "/prebooks")).json.items
    expect(Date.parse(expires_at) - Date.parse(notified_at)).toBe(3000)
    await server.says(new RegExp(`PreBookingHeld prebook=\\S+ customer="ada" book=${book} until=${expires_at}\n`))
    // Nobody asks for anything meanwhile.
    await server.says(/PreBookingExpired prebook=\S+ customer="ada"[\s\S]*PreBookingHeld prebook=\S+ customer="ben"/)
    expect((await server.buy("ben", book)).status).toBe("confirmed")
    expect((await server.stop()).code).toBe(0)
    expect(await statusesOf("queue.db", ["ada", "ben"])).toEqual(["expired", "fulfilled"])
  })

  it("tells everyone by the policy broadcast, also those whom a restock elsewhere has left to be told", async () => {
    const customers = Array.from({ length: 7 }, (_, i) => `customer ${i}`)
    const little = Bookstore.layer.pipe(
      Layer.provide(Demo.layer),
      Layer.provide(PreBookingSettings.layer({ batch: 2 })),
      Layer.provideMerge(Sqlite.layer({ filename: file("broadcast.db") }))
    )
    await Effect.runPromise(
      Effect.gen(function* () {
        const book = yield* stocked(0)
        yield* Effect.forEach(customers, (customer) => waits(customer, book))
        const { changeStock } = yield* Catalog.Catalog
        yield* changeStock(book, { quantity: 1 })
      }).pipe(Effect.provide(little))
    )
    const server = await serve(cli, ["--sqlite", "broadcast.db", "--events", "orders"])
    await server.says(/(PreBookingNotified[\s\S]*){7}/)
    const { stderr, code } = await server.stop()
    expect(code).toBe(0)
    const told = [...stderr.matchAll(/PreBookingNotified prebook=\S+ customer="([^"]+)"/g)].map(
      ([, customer]) => customer
    )
    expect(told.sort()).toEqual(customers)
  })

  it("outlives its database: the trouble of the sweep is told once, and passes", async () => {
    const database = await freshDatabase(inject("postgresUrl"))
    const proxy = await CutProxy.start(database.url)
    try {
      const server = await serve(cli, ["--postgres", proxy.url])
      proxy.state.isUp = false
      proxy.cut()
      await server.says(/WARN the sweep of pre-bookings does not work; it is tried again: [^\n]+\n/)
      proxy.state.isUp = true
      const said = await server.says(/INFO the sweep of pre-bookings works again\n/)
      expect(said.match(/the sweep of pre-bookings does not work/g)).toHaveLength(1)
      expect((await server.stop()).code).toBe(0)
    } finally {
      proxy.close()
      await database.drop()
    }
  })

  it.each([
    [["--restock-policy", "fair"], '--restock-policy takes broadcast or queue, not "fair"', {}],
    [[], 'OCTAVO_RESTOCK_POLICY takes broadcast or queue, not "fair"', { OCTAVO_RESTOCK_POLICY: "fair" }],
    [["--hold", "24h"], "--hold goes with --restock-policy queue, which alone keeps copies", {}],
    [["--restock-policy", "queue", "--hold", "24"], '--hold takes a time such as 90s, 15m, 1h or 30d, not "24"', {}],
    [["--restock-policy", "queue", "--hold", "91d"], '--hold takes at most 90d, not "91d"', {}],
    [
      ["--restock-policy", "queue"],
      'OCTAVO_HOLD takes a time such as 90s, 15m, 1h or 30d, not "x"',
      { OCTAVO_HOLD: "x" }
    ]
  ])("refuses %j", async (args, message, env) => {
    expect(await cli.run(["serve", "--memory", ...args], env)).toEqual({
      code: 2,
      stdout: "",
      stderr: `octavo: ${message}\n`
    })
  })
})

describe("octavo import", () => {
  it("serves those who wait by the policy that it is told", async () => {
    const customers = ["ada", "ben", "cleo"]
    const put = (name: string) =>
      inFile(
        file(name),
        Effect.gen(function* () {
          const book = yield* stocked(0)
          yield* Effect.forEach(customers, (customer) => waits(customer, book))
          const { get } = yield* Catalog.Catalog
          return yield* get(book)
        })
      )
    for (const [name, env, statuses] of [
      ["told.db", {}, ["notified", "notified", "notified"]],
      ["kept.db", { OCTAVO_RESTOCK_POLICY: "queue" }, ["held", "held", "waiting"]]
    ] as const) {
      const { title, author } = await put(name)
      cli.write("books.csv", `title,author,price,stock\n${title},${author},10.00,2\n`)
      const { code, stdout } = await cli.run(["import", "books.csv", "--sqlite", name], env)
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/updated: +1\n/) })
      expect(await statusesOf(name, customers)).toEqual(statuses)
    }
  })
})
