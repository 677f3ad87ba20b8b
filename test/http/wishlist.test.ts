import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect } from "effect"
import { Api } from "octavo/contract"
import { describe, expect, it } from "vitest"
import { newCustomer, problem, token, useServer } from "./support.js"

const { call, addBook, customerWith, url } = useServer()
const missing = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"

const wish = (as: string, book_id: unknown) => call("POST", "/wishlist", { as, body: { book_id } })
const idsOf = async (as: string, query = "") =>
  (await call("GET", `/wishlist${query}`, { as })).json.items.map((item: { book_id: string }) => item.book_id)

describe("the wishlist", () => {
  it("is empty when nothing was wished for", async () => {
    const as = newCustomer()
    const { status, json } = await call("GET", "/wishlist", { as })
    expect([status, json]).toEqual([200, { items: [] }])
    expect((await call("GET", "/wishlist?page=1", { as })).json).toEqual({ items: [], total: 0, page: 1, size: 20 })
    expect((await call("GET", "/wishlist?after=", { as })).json).toEqual({ items: [], next: null })
  })

  it("takes books, in stock or not, shows them at today's prices and stock, gives them up", async () => {
    const as = newCustomer()
    const cover_image_url = "https://example.com/emma.png"
    const [first, second] = [await addBook({ title: "Emma", price: "10.10", cover_image_url }, 0), await addBook()]
    const added = await wish(as, first)
    expect(added.status).toBe(201)
    const item = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      book_id: first,
      added_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      book: { id: first, title: "Emma", author: "Somebody", price: "10.10", stock_quantity: 0, cover_image_url }
    }
    expect(added.json).toEqual(item)
    const other = (await wish(as, second)).json
    expect(other.book.cover_image_url).toBe(null)
    await call("PUT", `/books/${first}`, { admin: true, body: { price: "9.99", cover_image_url: null } })
    await call("PATCH", `/books/${first}/stock`, { admin: true, body: { quantity: 3 } })
    const today = { ...added.json, book: { ...item.book, price: "9.99", stock_quantity: 3, cover_image_url: null } }
    expect((await call("GET", "/wishlist", { as })).json).toEqual({ items: [other, today] })
    const removed = await call("DELETE", `/wishlist/${second}`, { as })
    expect([removed.status, removed.text]).toEqual([204, ""])
    expect((await call("GET", "/wishlist", { as })).json).toEqual({ items: [today] })
    await call("DELETE", `/books/${first}`, { admin: true })
    expect((await call("GET", "/wishlist", { as })).json).toEqual({ items: [] })
  })

  it("refuses what is not there, or on it already", async () => {
    const [as, book] = [newCustomer(), await addBook()]
    await wish(as, book)
    const field = "book_id"
    expect((await wish(as, book)).json).toMatchObject(problem(409, "WISHLIST_ITEM_DUPLICATE", { field }))
    expect((await wish(as, book.toUpperCase())).json).toMatchObject(problem(409, "WISHLIST_ITEM_DUPLICATE", { field }))
    expect((await wish(as, missing)).json).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field }))
    expect((await wish(as, "no id")).json).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field }))
    for (const id of [7, null, undefined]) {
      expect((await wish(as, id)).json).toMatchObject(problem(422, "VALIDATION_ERROR", { field }))
    }
    expect(await idsOf(as)).toEqual([book])
  })

  it("answers one 201 of ten that come at once", async () => {
    const [as, book] = [newCustomer(), await addBook()]
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => wish(as, book)))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, ...Array(9).fill(409)])
    expect(await idsOf(as)).toEqual([book])
  })

  it("of somebody else does not exist, and there is none without a token", async () => {
    const [as, other, book] = [newCustomer(), newCustomer(), await addBook()]
    await wish(as, book)
    const refused = problem(404, "WISHLIST_ITEM_NOT_FOUND", { field: "book_id" })
    for (const id of [book, missing, "1"]) {
      expect((await call("DELETE", `/wishlist/${id}`, { as: other })).json).toMatchObject(refused)
      expect((await call("POST", `/wishlist/${id}/cart`, { as: other })).json).toMatchObject(refused)
    }
    expect(await idsOf(other)).toEqual([])
    expect(await idsOf(as)).toEqual([book])
    for (const [method, path] of [
      ["GET", "/wishlist"],
      ["POST", "/wishlist"],
      ["DELETE", `/wishlist/${book}`],
      ["POST", `/wishlist/${book}/cart`]
    ] as const) {
      const body = method === "POST" ? { body: {} } : {}
      expect((await call(method, path, { as: null, ...body })).json).toMatchObject(problem(401, "HTTP_401"))
    }
  })

  it("is listed by page and by cursor, the newest hundred when neither is asked for", async () => {
    const as = newCustomer()
    const books = await Promise.all(Array.from({ length: 102 }, () => addBook()))
    for (const book of books) await wish(as, book)
    const newest = books.toReversed()
    const all = await call("GET", "/wishlist", { as })
    expect(Object.keys(all.json)).toEqual(["items"])
    expect(await idsOf(as)).toEqual(newest.slice(0, 100))
    const { items, ...page } = (await call("GET", "/wishlist?page=2&size=40", { as })).json
    expect(page).toEqual({ total: 102, page: 2, size: 40 })
    expect(items.map(({ book_id }: { book_id: string }) => book_id)).toEqual(newest.slice(40, 80))
    expect((await call("GET", "/wishlist?size=3", { as })).json).toMatchObject({ total: 102, page: 1, size: 3 })
    const past = { items: [], total: 102, page: 9, size: 100 }
    expect((await call("GET", "/wishlist?page=9&size=100", { as })).json).toEqual(past)
    const walked: Array<string> = []
    for (let after = ""; ; ) {
      const { json } = await call("GET", `/wishlist?size=50&after=${after}`, { as })
      expect(Object.keys(json).toSorted()).toEqual(["items", "next"])
      walked.push(...json.items.map(({ book_id }: { book_id: string }) => book_id))
      if (json.next === null) break
      after = json.next
    }
    expect(walked).toEqual(newest)
    const { next } = (await call("GET", "/wishlist?size=1&after=", { as })).json
    const invalid = (path: string) => problem(422, "VALIDATION_ERROR", { errors: [{ path }] })
    expect((await call("GET", `/wishlist?after=${next}`, { as: newCustomer() })).json).toMatchObject(invalid("after"))
    expect((await call("GET", `/wishlist?after=${next}x`, { as })).json).toMatchObject(invalid("after"))
    expect((await call("GET", "/wishlist?after=&page=1", { as })).json).toMatchObject(invalid("page"))
    for (const size of ["0", "101", "ten"]) {
      expect((await call("GET", `/wishlist?size=${size}`, { as })).json).toMatchObject(invalid("size"))
    }
  })
})

describe("a client derived from the contract", () => {
  it("reads lists as they were asked for, and moves a wish to the cart", async () => {
    const [as, book] = [newCustomer(), await addBook()]
    const bearer = await token(as)
    const seen = await Effect.gen(function* () {
      const { wishlist } = yield* HttpApiClient.make(Api, {
        baseUrl: url(),
        transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(bearer))
      })
      const wish = yield* wishlist.add({ payload: { book_id: book } })
      const lists = yield* Effect.forEach([{}, { page: 1 }, { after: "" }], (urlParams) => wishlist.list({ urlParams }))
      const item = yield* wishlist.moveToCart({ path: { book_id: book }, payload: { quantity: 2 } })
      const missing = yield* Effect.flip(wishlist.remove({ path: { book_id: book } }))
      return { wish, lists, item, missing }
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.runPromise)
    const items = [seen.wish]
    expect(seen.lists).toEqual([{ items }, { items, total: 1, page: 1, size: 20 }, { items, next: null }])
    expect(seen.item).toMatchObject({ book_id: book, quantity: 2 })
    expect(seen.missing).toMatchObject({ code: "WISHLIST_ITEM_NOT_FOUND", members: { field: "book_id" } })
  })
})

describe("a wish that is moved to the cart", () => {
  const move = (as: string, book: string, options: object = {}) =>
    call("POST", `/wishlist/${book}/cart`, { as, ...options })

  it.each<[string, object, number]>([
    ["no body at all", {}, 1],
    ["an empty object", { body: {} }, 1],
    ["a quantity", { body: { quantity: 99 } }, 99]
  ])("is a line of it then, by %s", async (_, options, quantity) => {
    const [as, book] = [newCustomer(), await addBook({ title: "Emma", price: "7.50" }, 1)]
    await wish(as, book)
    const { status, json } = await move(as, book, options)
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.any(String),
      book_id: book,
      quantity,
      book: { id: book, title: "Emma", author: "Somebody", price: "7.50", cover_image_url: null, in_stock: true }
    })
    expect((await call("GET", "/cart", { as })).json.items).toEqual([json])
    expect(await idsOf(as)).toEqual([])
    expect((await move(as, book, options)).json).toMatchObject(problem(404, "WISHLIST_ITEM_NOT_FOUND"))
  })

  it("stays where the cart refuses the book", async () => {
    const [book, soldOut] = [await addBook(), await addBook({}, 0)]
    const as = await customerWith(book)
    const books = [book, soldOut]
    for (const each of books) await wish(as, each)
    const field = "book_id"
    expect((await move(as, book)).json).toMatchObject(problem(409, "CART_ITEM_DUPLICATE", { field }))
    expect((await move(as, soldOut)).json).toMatchObject(problem(409, "CART_BOOK_OUT_OF_STOCK", { field }))
    for (const quantity of [0, 100, 1.5, "2", true, null]) {
      const refused = problem(422, "VALIDATION_ERROR", { field: "quantity" })
      expect((await move(as, book, { body: { quantity } })).json).toMatchObject(refused)
    }
    expect(await idsOf(as)).toEqual(books.toReversed())
    expect((await call("GET", "/cart", { as })).json.total_items).toBe(1)
  })

  it("stays where the cart is full", async () => {
    const books = await Promise.all(Array.from({ length: 101 }, () => addBook()))
    const as = await customerWith(...books.slice(1))
    const [book = ""] = books
    await wish(as, book)
    expect((await move(as, book)).json).toMatchObject(problem(409, "CART_FULL"))
    expect(await idsOf(as)).toEqual([book])
  })

  it("is one line of ten requests at once", async () => {
    const [as, book] = [newCustomer(), await addBook()]
    await wish(as, book)
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => move(as, book)))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, ...Array(9).fill(404)])
    expect((await call("GET", "/cart", { as })).json.total_items).toBe(1)
    expect(await idsOf(as)).toEqual([])
  })
})
