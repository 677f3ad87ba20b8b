import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect, Layer, Logger } from "effect"
import { Bookstore, FulfilmentRepository, StoreError } from "octavo"
import { Api } from "octavo/contract"
import * as Demo from "octavo/demo"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { describe, expect, it } from "vitest"
import { newCustomer, problem, secret, token, useServer } from "./support.js"

const server = useServer()
const { call, addBook, customerWith } = server

const unknown = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

/** A paid order and its customer. */
const bought = async () => {
  const as = await customerWith(await addBook())
  const { json } = await call("POST", "/orders/checkout", { as })
  return { as, order: json.id as string }
}

const does = (staff: string, command: string, order: string, body?: unknown) =>
  call("POST", `/fulfilment/${order}/${command}`, { staff, ...(body === undefined ? {} : { body }) })

const view = async (order: string) => (await call("GET", `/fulfilment/${order}`, { staff: "anybody" })).json

const untouched = {
  order_status: "confirmed",
  state: "ready",
  stage: "pick",
  holder: null,
  last_holder: null,
  epoch: 0,
  taken_at: null,
  expires_at: null,
  picked_at: null,
  packed_at: null,
  dispatched_at: null
}

describe("an order", () => {
  it("goes from hand to hand until it is fulfilled, and tells all of it but the token of a lease", async () => {
    const { as, order } = await bought()
    expect(await view(order)).toEqual({ order_id: order, ...untouched, history: [] })
    const texts: Array<string> = []
    const answered = async (worker: string, command: string, body?: object) => {
      const { status, json, text } = await does(worker, command, order, body)
      expect(status).toBe(200)
      texts.push(text)
      return json
    }
    expect(await answered("ann", "take", { stage: "pick" })).toEqual({
      order_id: order,
      stage: "pick",
      holder: "ann",
      epoch: 1,
      taken_at: instant,
      expires_at: instant,
      previous_holder: null
    })
    const seen = { ...untouched, order_id: order, last_holder: "ann", epoch: 1 }
    const held = { state: "in_progress", holder: "ann", taken_at: instant, expires_at: instant }
    expect(await answered("ann", "renew")).toEqual({ ...seen, ...held })
    expect(await answered("ann", "pause")).toEqual({ ...seen, state: "paused" })
    expect(await answered("bob", "take")).toMatchObject({ epoch: 2, previous_holder: "ann" })
    expect(await answered("bob", "complete", { epoch: 2 })).toEqual({
      ...seen,
      stage: "pack",
      last_holder: "bob",
      epoch: 2,
      picked_at: instant
    })
    await answered("cleo", "take", { stage: null })
    await answered("cleo", "complete", { epoch: null })
    await answered("dan", "take", { stage: "dispatch" })
    const done = {
      order_id: order,
      order_status: "fulfilled",
      state: "done",
      stage: null,
      holder: null,
      last_holder: "dan",
      epoch: 4,
      taken_at: null,
      expires_at: null,
      picked_at: instant,
      packed_at: instant,
      dispatched_at: instant
    }
    expect(await answered("dan", "complete", { epoch: 4 })).toEqual(done)
    const { history, ...last } = await view(order)
    expect(last).toEqual(done)
    expect(
      history.map(({ kind, stage, worker, epoch }: Record<string, unknown>) => [kind, stage, worker, epoch])
    ).toEqual([
      ["taken", "pick", "ann", 1],
      ["renewed", "pick", "ann", 1],
      ["paused", "pick", "ann", 1],
      ["taken", "pick", "bob", 2],
      ["completed", "pick", "bob", 2],
      ["taken", "pack", "cleo", 3],
      ["completed", "pack", "cleo", 3],
      ["taken", "dispatch", "dan", 4],
      ["completed", "dispatch", "dan", 4]
    ])
    expect(history[0].at).toEqual(instant)
    expect((await call("GET", `/orders/${order}`, { as })).json.status).toBe("fulfilled")
    // A token is a UUID; the order's id is the only one that is told.
    const ids = [...texts, JSON.stringify(history)].join().match(/[0-9a-f]{8}-[0-9a-f-]{27}/g)
    expect(new Set(ids)).toEqual(new Set([order]))
  })

  it("is taken at its next stage alone, and only while it is paid", async () => {
    const { as, order } = await bought()
    expect((await does("ann", "take", order, { stage: "pack" })).json).toMatchObject(
      problem(400, "STAGE_NOT_READY", { next_stage: "pick" })
    )
    await does("ann", "take", order)
    await call("POST", `/orders/${order}/cancel`, { as })
    expect((await does("ann", "complete", order, { epoch: 1 })).json).toMatchObject(
      problem(410, "FULFILMENT_CLAIM_LAPSED")
    )
    expect((await does("bob", "take", order)).json).toMatchObject(
      problem(400, "ORDER_NOT_PAID", { order_status: "refunded" })
    )
    expect(await view(order)).toMatchObject({
      order_status: "refunded",
      state: "closed",
      holder: null,
      last_holder: "ann",
      taken_at: null,
      expires_at: null
    })
  })

  it("whose claim is revoked is anybody's, and its holder's no more", async () => {
    const { order } = await bought()
    const revoke = () => call("POST", `/fulfilment/${order}/revoke`, { admin: true })
    expect((await revoke()).json).toMatchObject(problem(409, "FULFILMENT_NOT_CLAIMED"))
    await does("ann", "take", order)
    expect((await revoke()).json).toEqual({ ...untouched, order_id: order, last_holder: "ann", epoch: 2 })
    expect((await does("ann", "complete", order)).json).toMatchObject(problem(410, "FULFILMENT_CLAIM_LAPSED"))
    expect((await does("bob", "take", order)).json).toMatchObject({ epoch: 3, previous_holder: "ann" })
    expect((await view(order)).history[1]).toMatchObject({ kind: "revoked", worker: "admin", epoch: 2 })
  })

  it("is in the hands of the one whom the token names, whatever the body says", async () => {
    const { order } = await bought()
    const body = { worker: "bob", holder: "bob", customer_id: "bob", by: "bob" }
    expect((await does("ann", "take", order, body)).json.holder).toBe("ann")
    expect((await does("bob", "complete", order, { ...body, holder: "ann" })).status).toBe(403)
  })

  it("is taken by an admin as by anybody of the staff", async () => {
    const { order } = await bought()
    expect((await call("POST", `/fulfilment/${order}/take`, { as: "boss", admin: true })).json.holder).toBe("boss")
    expect((await call("POST", `/fulfilment/${order}/complete`, { as: "boss", admin: true })).status).toBe(200)
  })
})

const routes = {
  staff: [
    ["GET", "/fulfilment"],
    ["GET", `/fulfilment/${unknown}`],
    ["POST", "/fulfilment/take-batch"],
    ["POST", `/fulfilment/${unknown}/take`],
    ["POST", `/fulfilment/${unknown}/pause`],
    ["POST", `/fulfilment/${unknown}/complete`],
    ["POST", `/fulfilment/${unknown}/renew`]
  ],
  admin: [
    ["GET", "/fulfilment/conflicts"],
    ["POST", `/fulfilment/${unknown}/revoke`]
  ]
} as const

describe("the roles", () => {
  it.each([...routes.staff, ...routes.admin])("close %s %s to strangers and customers", async (method, path) => {
    expect((await call(method, path, method === "POST" ? { body: {} } : {})).json).toMatchObject(
      problem(401, "HTTP_401")
    )
    const refused = await call(method, path, { as: "ann", ...(method === "POST" ? { body: { epoch: "x" } } : {}) })
    expect(refused.json).toMatchObject(problem(403, "AUTH_FORBIDDEN"))
  })

  it.each(routes.staff)("open %s %s to staff and admin", async (method, path) => {
    const body = method === "POST" ? { body: {} } : {}
    for (const who of [{ staff: "ann" }, { admin: true }])
      expect([200, 404, 422]).toContain((await call(method, path, { ...who, ...body })).status)
  })

  it.each(routes.admin)("open %s %s to admin alone", async (method, path) => {
    expect((await call(method, path, { staff: "ann" })).json).toMatchObject(problem(403, "AUTH_FORBIDDEN"))
    expect([200, 404]).toContain((await call(method, path, { admin: true })).status)
  })

  it.each([
    ["GET", "/admin/orders"],
    ["POST", "/books"]
  ])("keep staff from %s %s", async (method, path) => {
    const body = method === "POST" ? { body: {} } : {}
    expect((await call(method, path, { staff: "ann", ...body })).json).toMatchObject(problem(403, "AUTH_FORBIDDEN"))
  })
})

describe("bad input", () => {
  const invalid = (path: string) => problem(422, "VALIDATION_ERROR", { field: path, errors: [{ path }] })
  const malformed = problem(422, "VALIDATION_ERROR")

  it.each(["take", "pause", "complete", "renew", "revoke"])("no order: %s is 404", async (command) => {
    for (const id of [unknown, "x", "%20", "7", "conflicts", "x".repeat(5000)]) {
      const { json } = await call("POST", `/fulfilment/${id}/${command}`, { as: "boss", admin: true })
      expect(json).toMatchObject(problem(404, "ORDER_NOT_FOUND", { field: "order_id" }))
    }
  })

  it("no order: to look at it is 404", async () => {
    for (const id of [unknown, "x", "take", "%F0%9F%93%9A"]) {
      const { json } = await call("GET", `/fulfilment/${id}`, { staff: "ann" })
      expect(json).toMatchObject(problem(404, "ORDER_NOT_FOUND", { field: "order_id" }))
    }
  })

  it.each(["1", "", 1.5, -1, 2 ** 31, true, [], {}, "\u0000"])("an epoch that is %j", async (epoch) => {
    for (const command of ["pause", "complete", "renew"])
      expect((await does("ann", command, unknown, { epoch })).json).toMatchObject(invalid("epoch"))
  })

  it.each(["ship", "", "PICK", 1, true, [], "\ud800"])("a stage that is %j", async (stage) => {
    expect((await does("ann", "take", unknown, { stage })).json).toMatchObject(invalid("stage"))
  })

  it.each([[[]], [null], ["x"], [5]])("a body that is %j", async (body) => {
    for (const command of ["take", "pause", "complete", "renew"])
      expect((await does("ann", command, unknown, body)).json).toMatchObject(malformed)
  })

  it.each([
    ["none", {}],
    ["no list", { order_ids: "x" }],
    ["null", { order_ids: null }],
    ["numbers", { order_ids: [1, 2] }],
    ["nobody's", { order_ids: [] }],
    ["51", { order_ids: Array.from({ length: 51 }, (_, n) => `order-${n}`) }],
    ["repeated", { order_ids: [unknown, "x", unknown] }],
    ["repeated in another case", { order_ids: [unknown, unknown.toUpperCase()] }]
  ])("a batch of orders that are %s", async (_, body) => {
    const { json } = await call("POST", "/fulfilment/take-batch", { staff: "ann", body })
    expect(json).toMatchObject(malformed)
    for (const { path, message } of json.errors) {
      expect(path).toMatch(/^order_ids/)
      expect(message).not.toMatch(/Expected|undefined|actual/)
    }
  })

  it.each(["state=lost", "state=", "state=READY", "state=closed", "state=ready&state=done"])("%s", async (query) => {
    expect((await call("GET", `/fulfilment?${query}`, { staff: "ann" })).json).toMatchObject(invalid("state"))
  })

  it.each(["stage=ship", "stage="])("%s", async (query) => {
    expect((await call("GET", `/fulfilment?${query}`, { staff: "ann" })).json).toMatchObject(invalid("stage"))
  })

  it.each([
    ["page", "page=0"],
    ["size", "size=101"],
    ["size", "size=x"],
    ["after", "after=x"],
    ["page", "page=1&after="]
  ])("a bad %s: %s", async (path, query) => {
    expect((await call("GET", `/fulfilment?${query}`, { staff: "ann" })).json).toMatchObject(invalid(path))
  })

  it.each(["", "a,a", Array.from({ length: 51 }, (_, n) => n).join()])("conflicts of orders %j", async (ids) => {
    const { json } = await call("GET", `/fulfilment/conflicts?order_ids=${ids}`, { admin: true })
    expect(json).toMatchObject(invalid("order_ids"))
  })

  it("a worker whose name nobody can see", async () => {
    expect((await does("\u200b", "take", unknown)).json).toMatchObject(invalid("worker"))
    expect((await call("POST", `/fulfilment/${unknown}/revoke`, { as: " ", admin: true })).json).toMatchObject(
      invalid("worker")
    )
  })
})

describe("a batch", () => {
  it("answers for each order in the order asked, also for what no order can be called", async () => {
    const [{ order: a }, { order: b }, { order: c, as }] = [await bought(), await bought(), await bought()]
    await does("bob", "take", b)
    await call("POST", `/orders/${c}/cancel`, { as })
    const order_ids = ["x", a.toUpperCase(), b, unknown, c]
    const { status, json } = await call("POST", "/fulfilment/take-batch", { staff: "ann", body: { order_ids } })
    expect(status).toBe(200)
    expect(json).toEqual({
      total: 5,
      succeeded: 1,
      failed: 4,
      details: [
        { order_id: "x", success: false, code: "ORDER_NOT_FOUND" },
        {
          order_id: a.toUpperCase(),
          success: true,
          claim: {
            order_id: a,
            stage: "pick",
            holder: "ann",
            epoch: 1,
            taken_at: instant,
            expires_at: instant,
            previous_holder: null
          }
        },
        { order_id: b, success: false, code: "FULFILMENT_TAKEN" },
        { order_id: unknown, success: false, code: "ORDER_NOT_FOUND" },
        { order_id: c, success: false, code: "ORDER_NOT_PAID" }
      ]
    })
  })
})

describe("the list", () => {
  it("has what waits for hands, oldest first, bare, by page and by cursor, by state and by stage", async () => {
    const list = async (query: string) => (await call("GET", `/fulfilment${query}`, { staff: "ann" })).json
    const before = new Set((await list("")).map(({ order_id }: { order_id: string }) => order_id))
    const [first, second, third] = [(await bought()).order, (await bought()).order, (await bought()).order]
    await does("ann", "take", second)
    for (const stage of ["pick", "pack"]) {
      await does("ann", "take", third, { stage })
      await does("ann", "complete", third)
    }
    const mine = (items: ReadonlyArray<{ readonly order_id: string }>) =>
      items.map(({ order_id }) => order_id).filter((id) => !before.has(id))
    expect(mine(await list(""))).toEqual([first, second, third])
    expect(mine(await list("?state=ready"))).toEqual([first, third])
    expect(mine(await list("?state=in_progress&size=100").then(({ items }) => items))).toEqual([second])
    expect(mine(await list("?stage=dispatch"))).toEqual([third])
    expect(mine(await list("?state=ready&stage=pick"))).toEqual([first])
    const done = await list("?state=done")
    expect(await list("?state=lapsed")).toEqual([])
    const { items, total, page, size } = await list("?page=2&size=2")
    expect([items.length, total, page, size]).toEqual([2, before.size + 3, 2, 2])
    const seen: Array<{ readonly order_id: string }> = []
    let next: string | null = ""
    while (next !== null) {
      const slice: { items: ReadonlyArray<{ order_id: string }>; next: string | null } = await list(
        `?after=${next}&size=2`
      )
      seen.push(...slice.items)
      next = slice.next
    }
    expect(mine(seen)).toEqual([first, second, third])
    expect(seen).toHaveLength(before.size + 3)
    expect(seen.at(-3)).toEqual({ order_id: first, ...untouched })
    const { history: _, ...one } = await view(second)
    expect(seen.at(-2)).toEqual(one)
    await does("ann", "take", third)
    await does("ann", "complete", third)
    expect(mine(await list(""))).toEqual([first, second])
    expect((await list("?state=done")).slice(done.length)).toEqual([expect.objectContaining({ order_id: third })])
  })
})

describe("conflicts", () => {
  it("are told of all orders, or of some, by a path that is no order", async () => {
    const ask = async (query = "") => (await call("GET", `/fulfilment/conflicts${query}`, { admin: true })).json
    const [{ order: hot }, { order: calm }] = [await bought(), await bought()]
    await does("ann", "take", hot)
    for (let i = 0; i < 12; i++) await does("bob", "take", hot)
    const count = { conflicts: 0, lost_takes: 12, episodes: 12, succeeded: 0, failed: 0 }
    const spot = { order_id: hot, ...count, attempts: 0 }
    const told = { ...count, mean_attempts: 0, success_rate: 1, hot_spots: [spot], recommendation: "spread_workers" }
    expect(await ask(`?order_ids=${hot},${calm}`)).toEqual(told)
    expect(await ask(`?order_ids=${calm}&order_ids=${hot}`)).toEqual(told)
    expect(await ask(`?order_ids=${calm},x`)).toEqual({
      conflicts: 0,
      lost_takes: 0,
      episodes: 0,
      succeeded: 0,
      failed: 0,
      mean_attempts: 0,
      success_rate: 1,
      hot_spots: [],
      recommendation: null
    })
    expect((await ask()).hot_spots).toContainEqual(spot)
    expect((await call("POST", "/fulfilment/conflicts", { admin: true })).headers.get("allow")).toBe("GET, HEAD")
  })
})

describe("a store that fails for one order", () => {
  const lost = new StoreError.StoreError({
    operation: "get",
    outcome: "NotStarted",
    retryable: true,
    cause: new Error("host db.internal is down")
  })
  const failing = new Set<string>()
  const stores = Layer.effect(
    FulfilmentRepository.FulfilmentRepository,
    Effect.map(FulfilmentRepository.FulfilmentRepository, (fulfilments) => ({
      ...fulfilments,
      get: (id) => (failing.has(id) ? Effect.fail(lost) : fulfilments.get(id))
    }))
  ).pipe(Layer.provideMerge(Memory.layer))
  const logged: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.map(Logger.stringLogger, (line) => void logged.push(line))
  )
  const broken = useServer({
    layer: Layer.merge(
      Bookstore.layer.pipe(Layer.provide(Demo.layer), Layer.provideMerge(stores)),
      Jwt.layer({ secret })
    ).pipe(Layer.provideMerge(logger))
  })

  it("answers for that one in a batch, and logs why; for all of them it is one problem", async () => {
    const orders: Array<string> = []
    for (let i = 0; i < 3; i++) {
      const as = await broken.customerWith(await broken.addBook())
      orders.push((await broken.call("POST", "/orders/checkout", { as })).json.id)
    }
    const [, second = ""] = orders
    const take = (staff: string) =>
      broken.call("POST", "/fulfilment/take-batch", { staff, body: { order_ids: orders } })
    failing.add(second)
    const { json, text } = await take("ann")
    expect(json).toMatchObject({ total: 3, succeeded: 2, failed: 1 })
    expect(json.details[1]).toEqual({ order_id: second, success: false, code: "STORE_UNAVAILABLE" })
    expect(text).not.toContain("db.internal")
    expect(logged.some((line) => line.includes("STORE_UNAVAILABLE") && line.includes("db.internal"))).toBe(true)
    for (const order of orders) failing.add(order)
    const down = await take("bob")
    expect(down.json).toMatchObject(problem(503, "STORE_UNAVAILABLE"))
    expect(down.headers.get("retry-after")).toBe("1")
  })
})

describe("a client derived from the contract", () => {
  it("takes and completes an order, and meets refusals as values", async () => {
    const { order } = await bought()
    const worker = newCustomer()
    const bearer = await token(worker, "staff")
    const seen = await Effect.runPromise(
      Effect.gen(function* () {
        const { fulfilment } = yield* HttpApiClient.make(Api, {
          baseUrl: server.url(),
          transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(bearer))
        })
        const path = { order_id: order }
        const claim = yield* fulfilment.take({ path, payload: { stage: "pick" } })
        const again = yield* Effect.flip(fulfilment.take({ path, payload: {} }))
        const batch = yield* fulfilment.takeBatch({ payload: { order_ids: [order] } })
        const after = yield* fulfilment.complete({ path, payload: { epoch: claim.epoch } })
        const list = yield* fulfilment.list({ urlParams: { state: "ready", stage: "pack" } })
        const one = yield* fulfilment.get({ path })
        const forbidden = yield* Effect.flip(fulfilment.conflicts({ urlParams: { order_ids: order } }))
        return { claim, again, batch, after, list, one, forbidden }
      }).pipe(Effect.provide(FetchHttpClient.layer))
    )
    expect(seen.claim).toMatchObject({ order_id: order, holder: worker, epoch: 1 })
    expect(seen.again).toMatchObject({ code: "FULFILMENT_TAKEN", status: 409, members: { holder: worker } })
    expect(seen.batch.details).toEqual([{ order_id: order, success: false, code: "FULFILMENT_TAKEN" }])
    expect(seen.after).toMatchObject({ state: "ready", stage: "pack" })
    expect(seen.list).toContainEqual(seen.after)
    expect(seen.one.history).toHaveLength(2)
    expect(seen.forbidden).toMatchObject({ code: "AUTH_FORBIDDEN" })
  })
})
