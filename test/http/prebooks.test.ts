import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect, Layer, Logger } from "effect"
import { Bookstore, PreBooking, PreBookingRepository, StoreError } from "octavo"
import { Api } from "octavo/contract"
import * as Demo from "octavo/demo"
import { openapi } from "octavo/http"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { describe, expect, it } from "vitest"
import { newCustomer, problem, secret, token, useServer } from "./support.js"
import { customers, useWaitingRoom } from "./waitingRoom.js"

const unknown = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
const hour = 3_600_000

const open = { notified_at: null, cancelled_at: null, expires_at: null }

describe("by the policy broadcast", () => {
  const { call, addBook, waits, seen, restock, puts, pays, book } = useWaitingRoom({})

  it("everyone who waits for a book is told when there are copies again, and may buy one", async () => {
    const [ada, ben] = [newCustomer(), newCustomer()]
    const id = await addBook({ title: "Emma", author: "Jane Austen" }, 0)
    const { status, json: first } = await waits(ada, id)
    expect(status).toBe(201)
    expect(first).toEqual({
      id: expect.any(String),
      book_id: id,
      book_title: "Emma",
      book_author: "Jane Austen",
      status: "waiting",
      created_at: instant,
      ...open
    })
    const { json: second } = await waits(ben, id)
    expect(await seen(ada, first.id)).toEqual({ ...first, position: 1 })
    expect(await seen(ben, second.id)).toEqual({ ...second, position: 2 })

    expect(await restock(id, 2)).toMatchObject({ stock_quantity: 2, in_stock: true })
    const told = { status: "notified", notified_at: instant, cancelled_at: null, expires_at: null }
    expect(await seen(ada, first.id)).toEqual({ ...first, ...told, position: null })
    expect(await seen(ben, second.id)).toEqual({ ...second, ...told, position: null })
    const { notified_at } = await seen(ada, first.id)
    expect((await seen(ben, second.id)).notified_at).toBe(notified_at)
    // From some to more tells nobody.
    await restock(id, 1)
    expect((await seen(ada, first.id)).notified_at).toBe(notified_at)

    expect((await puts(newCustomer(), id)).status).toBe(201)
    await puts(ben, id)
    expect((await pays(ben)).status).toBe(201)
    expect((await seen(ben, second.id)).status).toBe("notified")
    expect((await book(id)).stock_quantity).toBe(2)
  })

  it("one waits for a book once, and again after cancelling or after having been told", async () => {
    const as = newCustomer()
    const id = await addBook({}, 0)
    const first = (await waits(as, id)).json
    const twice = await waits(as, id)
    expect(twice.status).toBe(409)
    expect(twice.json).toMatchObject(problem(409, "PREBOOK_DUPLICATE", { field: "book_id" }))
    const cancelled = await call("DELETE", `/prebooks/${first.id}`, { as })
    expect([cancelled.status, cancelled.text]).toEqual([204, ""])
    expect(await seen(as, first.id)).toEqual({
      ...first,
      status: "cancelled",
      cancelled_at: instant,
      position: null
    })
    const second = await waits(as, id)
    expect(second.status).toBe(201)
    await restock(id, 1)
    const inStock = await waits(as, id)
    expect(inStock.json).toMatchObject(problem(409, "PREBOOK_BOOK_IN_STOCK", { field: "book_id" }))
    await restock(id, -1)
    expect((await waits(as, id)).status).toBe(201)
    expect((await call("GET", "/prebooks", { as })).json.items).toMatchObject([
      { status: "waiting" },
      { status: "notified" },
      { status: "cancelled" }
    ])
  })

  it("one who was told may still cancel, once", async () => {
    const as = newCustomer()
    const id = await addBook({}, 0)
    const { id: booking } = (await waits(as, id)).json
    await restock(id, 1)
    expect((await call("DELETE", `/prebooks/${booking}`, { as })).status).toBe(204)
    expect(await seen(as, booking)).toMatchObject({ status: "cancelled", notified_at: instant, cancelled_at: instant })
    expect((await call("DELETE", `/prebooks/${booking}`, { as })).json).toMatchObject(
      problem(409, "PREBOOK_ALREADY_CANCELLED", { prebook_status: "cancelled" })
    )
    expect((await book(id)).stock_quantity).toBe(1)
  })

  it("with its book an open pre-booking is cancelled, and keeps what it says", async () => {
    const as = newCustomer()
    const id = await addBook({ title: "Persuasion" }, 0)
    const waiting = (await waits(as, id)).json
    expect((await call("DELETE", `/books/${id}`, { admin: true })).status).toBe(204)
    expect(await seen(as, waiting.id)).toEqual({
      ...waiting,
      status: "cancelled",
      cancelled_at: instant,
      position: null
    })
    expect((await call("DELETE", `/prebooks/${waiting.id}`, { as })).json).toMatchObject(
      problem(409, "PREBOOK_ALREADY_CANCELLED", { prebook_status: "cancelled" })
    )
    expect((await waits(as, id)).json).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field: "book_id" }))
  })

  it.each([unknown, "nonsense", ""])("a book that is not there is 404: %j", async (book_id) => {
    expect((await waits(newCustomer(), book_id)).json).toMatchObject(
      problem(404, "BOOK_NOT_FOUND", { field: "book_id" })
    )
  })

  it("what is not the customer's own does not exist", async () => {
    const id = await addBook({}, 0)
    const { json } = await waits(newCustomer(), id)
    const missing = problem(404, "PREBOOK_NOT_FOUND", { field: "prebook_id" })
    for (const booking of [json.id, unknown, "nonsense"]) {
      for (const method of ["GET", "DELETE"]) {
        const answer = await call(method, `/prebooks/${booking}`, { as: "somebody else" })
        expect([answer.status, answer.json]).toEqual([404, expect.objectContaining(missing)])
      }
    }
    expect((await call("GET", "/prebooks", { as: "somebody else" })).json).toEqual({ items: [] })
  })

  it("what does not fit is refused before anything else is looked at", async () => {
    const as = newCustomer()
    const refused = (path: string) =>
      problem(422, "VALIDATION_ERROR", { errors: [{ path, message: expect.any(String) }] })
    for (const body of [{}, { book_id: null }, { book_id: 7 }])
      expect((await call("POST", "/prebooks", { as, body })).json).toMatchObject(refused("book_id"))
    expect((await call("POST", "/prebooks", { as, raw: "{" })).json).toMatchObject(problem(400, "MALFORMED_JSON"))
    expect(
      (await call("POST", "/prebooks", { as, raw: "x", headers: { "content-type": "text/plain" } })).json
    ).toMatchObject(problem(415, "HTTP_415"))
    expect((await call("GET", "/prebooks?page=0", { as })).json).toMatchObject(refused("page"))
    expect((await call("GET", "/prebooks?size=101", { as })).json).toMatchObject(refused("size"))
    expect((await call("GET", "/prebooks?after=x", { as })).json).toMatchObject(refused("after"))
    expect((await call("GET", "/prebooks?page=1&after=", { as })).json).toMatchObject(refused("page"))
    for (const [method, path] of [
      ["POST", "/prebooks"],
      ["GET", "/prebooks"],
      ["GET", `/prebooks/${unknown}`],
      ["DELETE", `/prebooks/${unknown}`]
    ] as const)
      expect((await call(method, path, { body: method === "POST" ? {} : undefined })).json).toMatchObject(
        problem(401, "HTTP_401")
      )
    const put = await call("PUT", "/prebooks", { as, body: {} })
    expect(put.json).toMatchObject(problem(405, "HTTP_405"))
    expect(put.headers.get("allow")).toBe("POST, GET, HEAD")
  })

  it("the list has all states, newest first: the newest 100, a page, or from a cursor on", async () => {
    const as = newCustomer()
    const ids: Array<string> = []
    for (let i = 0; i < 105; i++) {
      const { json } = await waits(as, await addBook({}, 0))
      ids.unshift(json.id)
      if (i % 3 === 0) await call("DELETE", `/prebooks/${json.id}`, { as })
    }
    const list = async (query = "") => (await call("GET", `/prebooks${query}`, { as })).json
    const idsOf = (answer: { readonly items: ReadonlyArray<{ readonly id: string }> }) =>
      answer.items.map(({ id }) => id)
    const newest = await list()
    expect(Object.keys(newest)).toEqual(["items"])
    expect(idsOf(newest)).toEqual(ids.slice(0, 100))
    const { items, ...page } = await list("?page=11&size=10")
    expect(page).toEqual({ total: 105, page: 11, size: 10 })
    expect(idsOf({ items })).toEqual(ids.slice(100))
    expect(await list("?size=2&page=90")).toEqual({ items: [], total: 105, page: 90, size: 2 })
    const seen: Array<string> = []
    for (let after: string | null = ""; after !== null; ) {
      const slice: { readonly items: ReadonlyArray<{ readonly id: string }>; readonly next: string | null } =
        await list(`?size=40&after=${encodeURIComponent(after)}`)
      expect(Object.keys(slice).sort()).toEqual(["items", "next"])
      seen.push(...idsOf(slice))
      after = slice.next
    }
    expect(seen).toEqual(ids)
    const { next } = await list("?size=1&after=")
    const others = await call("GET", `/prebooks?after=${encodeURIComponent(next)}`, { as: newCustomer() })
    expect(others.json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "after" }))
  })
})

describe("by the policy queue", () => {
  const { call, url, addBook, waits, seen, restock, puts, pays, book, pass } = useWaitingRoom({
    policy: "queue",
    hold: "2 hours"
  })

  it("a copy is held for the first in line, who buys it although the shelf shows none; then it is the next one's turn", async () => {
    const [ada = "", ben = "", outsider = ""] = customers(3)
    const id = await addBook({ title: "Emma", author: "Jane Austen" }, 0)
    const first = (await waits(ada, id)).json
    const second = (await waits(ben, id)).json
    expect((await seen(ben, second.id)).position).toBe(2)

    expect(await restock(id, 1)).toMatchObject({ stock_quantity: 0, in_stock: false })
    const held = await seen(ada, first.id)
    expect(held).toEqual({
      ...first,
      status: "held",
      notified_at: instant,
      expires_at: instant,
      position: null
    })
    expect(Date.parse(held.expires_at) - Date.parse(held.notified_at)).toBe(2 * hour)
    expect(await seen(ben, second.id)).toEqual({ ...second, position: 1 })
    for (const as of [outsider, ben])
      expect((await puts(as, id)).json).toMatchObject(problem(409, "CART_BOOK_OUT_OF_STOCK", { field: "book_id" }))
    expect((await waits(ada, id)).json).toMatchObject(problem(409, "PREBOOK_DUPLICATE", { field: "book_id" }))

    expect((await puts(ada, id)).status).toBe(201)
    const bought = await pays(ada)
    expect([bought.status, bought.json.status]).toEqual([201, "confirmed"])
    expect(await seen(ada, first.id)).toEqual({ ...held, status: "fulfilled", position: null })
    expect((await call("DELETE", `/prebooks/${first.id}`, { as: ada })).json).toMatchObject(
      problem(409, "PREBOOK_NOT_CANCELLABLE", { prebook_status: "fulfilled" })
    )

    await restock(id, 3)
    expect((await seen(ben, second.id)).status).toBe("held")
    expect(await book(id)).toMatchObject({ stock_quantity: 2, in_stock: true })
    expect((await puts(outsider, id)).status).toBe(201)
  })

  it("a copy that is given up, or whose time is over, goes to the next in line, and at the end back on sale", async () => {
    const [ada = "", ben = "", cleo = ""] = customers(3)
    const id = await addBook({}, 0)
    const bookings: Array<string> = []
    for (const as of [ada, ben, cleo]) bookings.push((await waits(as, id)).json.id)
    const [first = "", second = "", third = ""] = bookings
    await restock(id, 1)
    expect((await call("DELETE", `/prebooks/${first}`, { as: ada })).status).toBe(204)
    expect(await seen(ada, first)).toMatchObject({
      status: "cancelled",
      notified_at: instant,
      expires_at: instant,
      cancelled_at: instant
    })
    expect((await seen(ben, second)).status).toBe("held")

    pass("2 hours")
    // Nobody has swept: its end alone ends it.
    expect(await seen(ben, second)).toMatchObject({ status: "expired", expires_at: instant, cancelled_at: null })
    expect((await puts(ben, id)).json).toMatchObject(problem(409, "CART_BOOK_OUT_OF_STOCK"))
    expect((await call("DELETE", `/prebooks/${second}`, { as: ben })).json).toMatchObject(
      problem(409, "PREBOOK_NOT_CANCELLABLE", { prebook_status: "expired" })
    )
    // Whoever reaches for the book has noticed; so it is held for the one who waits.
    expect((await seen(cleo, third)).status).toBe("held")
    expect((await call("DELETE", `/prebooks/${third}`, { as: cleo })).status).toBe(204)
    expect(await book(id)).toMatchObject({ stock_quantity: 1, in_stock: true })
    expect((await waits(ben, id)).json).toMatchObject(problem(409, "PREBOOK_BOOK_IN_STOCK"))
  })

  it("a declined payment leaves the copy held, and a cancelled order gives it to the next in line", async () => {
    const [ada = "", ben = ""] = customers(2)
    const id = await addBook({}, 0)
    const first = (await waits(ada, id)).json.id
    const second = (await waits(ben, id)).json.id
    await restock(id, 1)
    const held = await seen(ada, first)
    await puts(ada, id)
    expect((await pays(ada, { payment_method: "decline" })).json).toMatchObject(problem(402, "ORDER_PAYMENT_FAILED"))
    expect(await seen(ada, first)).toEqual(held)
    expect((await seen(ben, second)).position).toBe(1)
    const { json: order } = await pays(ada)
    expect(order.status).toBe("confirmed")
    expect((await call("POST", `/orders/${order.id}/cancel`, { as: ada })).status).toBe(200)
    expect((await seen(ben, second)).status).toBe("held")
    expect((await seen(ada, first)).status).toBe("fulfilled")
  })

  it("a client that is derived from the contract waits, meets refusals as values, and sees every kind of list", async () => {
    const clientOf = async (customerId: string, role: "user" | "admin" = "user") =>
      HttpApiClient.make(Api, {
        baseUrl: url(),
        transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(await token(customerId, role)))
      })
    const id = await addBook({}, 0)
    const [forAdmin, forAda] = [await clientOf("admin", "admin"), await clientOf(newCustomer())]
    const seen = await Effect.runPromise(
      Effect.gen(function* () {
        const [admin, ada] = [yield* forAdmin, yield* forAda]
        const waiting = yield* ada.prebooks.request({ payload: { book_id: id } })
        const path = { id: waiting.id }
        const twice = yield* Effect.flip(ada.prebooks.request({ payload: { book_id: id } }))
        const line = yield* ada.prebooks.get({ path })
        yield* admin.catalog.changeStock({ path: { id }, payload: { quantity: 1 } })
        const lists = {
          newest: yield* ada.prebooks.list({ urlParams: {} }),
          page: yield* ada.prebooks.list({ urlParams: { page: 1 } }),
          slice: yield* ada.prebooks.list({ urlParams: { after: "" } })
        }
        yield* ada.prebooks.cancel({ path })
        const again = yield* Effect.flip(ada.prebooks.cancel({ path }))
        const missing = yield* Effect.flip(admin.prebooks.get({ path }))
        return { line, lists, refusals: [twice, again, missing] }
      }).pipe(Effect.provide(FetchHttpClient.layer))
    )
    expect(seen.line).toMatchObject({ status: "waiting", position: 1 })
    const items = [expect.objectContaining({ status: "held", expires_at: instant })]
    expect(seen.lists).toEqual({
      newest: { items },
      page: { items, total: 1, page: 1, size: 20 },
      slice: { items, next: null }
    })
    expect(seen.refusals).toMatchObject([
      { code: "PREBOOK_DUPLICATE", members: { field: "book_id" } },
      { code: "PREBOOK_ALREADY_CANCELLED", members: { prebook_status: "cancelled" } },
      { code: "PREBOOK_NOT_FOUND", members: { field: "prebook_id" } }
    ])
  })
})

describe("the OpenAPI document", () => {
  it("tells of each route of pre-booking what it refuses, and what it answers", async () => {
    const { paths, components } = JSON.parse(JSON.stringify(await openapi()))
    const codes = (path: string, method: string) =>
      Object.entries<{ readonly description: string }>(paths[path][method].responses)
        .flatMap(([status, { description }]) => (Number(status) < 400 ? [] : description.split(", ")))
        .filter((code) => /^(BOOK|PREBOOK)_/.test(code))
        .sort()
    expect(codes("/prebooks", "post")).toEqual(["BOOK_NOT_FOUND", "PREBOOK_BOOK_IN_STOCK", "PREBOOK_DUPLICATE"])
    expect(codes("/prebooks", "get")).toEqual([])
    expect(codes("/prebooks/{id}", "get")).toEqual(["PREBOOK_NOT_FOUND"])
    expect(codes("/prebooks/{id}", "delete")).toEqual([
      "PREBOOK_ALREADY_CANCELLED",
      "PREBOOK_NOT_CANCELLABLE",
      "PREBOOK_NOT_FOUND"
    ])
    expect(Object.keys(paths["/prebooks"].post.responses)).toContain("201")
    expect(Object.keys(paths["/prebooks/{id}"].delete.responses)).toContain("204")
    const fields = ["book_author", "book_id", "book_title", "cancelled_at", "created_at", "expires_at", "id"]
    expect(paths["/prebooks"].post.responses[201].content["application/json"].schema).toEqual({
      $ref: "#/components/schemas/PreBooking"
    })
    const schema = components.schemas.PreBooking
    expect(schema.required.sort()).toEqual([...fields, "notified_at", "status"])
    expect(schema.properties.status.enum).toEqual(PreBooking.Status.literals)
  })
})

describe("a store that cannot be reached", () => {
  const trouble = new StoreError.StoreError({
    operation: "request",
    outcome: "NotStarted",
    retryable: true,
    cause: new Error("down")
  })
  const broken = Layer.effect(
    PreBookingRepository.PreBookingRepository,
    Effect.map(PreBookingRepository.PreBookingRepository, (preBookings) => ({ ...preBookings, request: () => trouble }))
  ).pipe(Layer.provideMerge(Memory.layer))
  const { call, addBook } = useServer({
    layer: Layer.merge(
      Bookstore.layer.pipe(Layer.provide(Demo.layer), Layer.provideMerge(broken)),
      Jwt.layer({ secret })
    ).pipe(Layer.provideMerge(Logger.remove(Logger.defaultLogger)))
  })

  it("is 503 with Retry-After", async () => {
    const { json, headers } = await call("POST", "/prebooks", { as: "ada", body: { book_id: await addBook({}, 0) } })
    expect(json).toMatchObject(problem(503, "STORE_UNAVAILABLE"))
    expect(headers.get("retry-after")).toBe("1")
  })
})
