import { describe, expect, it } from "vitest"
import { newCustomer, problem, useServer } from "./support.js"

const { call, addBook, customerWith } = useServer()

describe("checkout", () => {
  it("is a purchase from a new book to a cancelled order", async () => {
    const book_id = await addBook({ title: "Emma", price: "12.34" }, 5)
    const as = await customerWith(book_id)
    const placed = await call("POST", "/orders/checkout", {
      as,
      body: { payment_method: "card", expected_total: "12.34" }
    })
    expect(placed.status).toBe(201)
    expect(placed.json).toEqual({
      id: expect.any(String),
      status: "confirmed",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      items: [
        {
          id: expect.any(String),
          book_id,
          quantity: 1,
          unit_price: "12.34",
          book: { id: book_id, title: "Emma", author: "Somebody", cover_image_url: null, price: "12.34" }
        }
      ],
      total_price: "12.34",
      currency: "USD"
    })
    expect((await call("GET", "/cart", { as })).json.items).toEqual([])
    expect((await call("GET", `/books/${book_id}`)).json.stock_quantity).toBe(4)
    expect((await call("GET", `/orders/${placed.json.id}`, { as })).json).toEqual(placed.json)
    const cancelled = await call("POST", `/orders/${placed.json.id}/cancel`, { as })
    expect([cancelled.status, cancelled.json.status]).toEqual([200, "refunded"])
    expect((await call("GET", `/books/${book_id}`)).json.stock_quantity).toBe(5)
    const again = await call("POST", `/orders/${placed.json.id}/cancel`, { as })
    expect(again.json).toMatchObject(problem(409, "ORDER_NOT_CANCELLABLE"))
  })

  it.each<[string, Parameters<typeof call>[2]]>([
    ["an empty object", { body: {} }],
    ["no body at all", {}],
    ["an empty body with a content type", { raw: "", headers: { "content-type": "application/json" } }]
  ])("takes %s", async (_, options) => {
    const as = await customerWith(await addBook())
    expect((await call("POST", "/orders/checkout", { as, ...options })).status).toBe(201)
  })

  it.each([{ payment_method: "decline" }, { force_payment_failure: true }])(
    "declines %j, and nothing is changed",
    async (body) => {
      const book_id = await addBook({}, 1)
      const as = await customerWith(book_id)
      const { json } = await call("POST", "/orders/checkout", { as, body })
      expect(json).toMatchObject(problem(402, "ORDER_PAYMENT_FAILED", { reason: "declined" }))
      expect((await call("GET", "/cart", { as })).json.total_items).toBe(1)
      expect((await call("GET", `/books/${book_id}`)).json.stock_quantity).toBe(1)
      expect((await call("GET", "/orders", { as })).json).toEqual([])
      expect((await call("GET", "/orders?status=payment_failed", { as })).json).toHaveLength(1)
    }
  )

  it("refuses an empty cart, a changed price, and names every line that falls short", async () => {
    const refused = async (as: string, body: object) => (await call("POST", "/orders/checkout", { as, body })).json
    expect(await refused(newCustomer(), {})).toMatchObject(problem(422, "ORDER_CART_EMPTY"))
    const [a, b] = [await addBook({ price: "1.00" }, 1), await addBook({ price: "2.00" }, 1)]
    const as = await customerWith(a, b)
    expect(await refused(as, { expected_total: "3.01" })).toMatchObject(
      problem(409, "ORDER_PRICE_CHANGED", { total_price: "3.00" })
    )
    for (const id of [a, b]) await call("PATCH", `/books/${id}/stock`, { admin: true, body: { quantity: 0 } })
    const { items, ...rest } = await refused(as, {})
    expect(rest).toMatchObject(problem(409, "ORDER_INSUFFICIENT_STOCK"))
    const short = { title: expect.any(String), requested: 1, available: 0 }
    expect(items).toEqual(
      expect.arrayContaining([
        { book_id: a, ...short },
        { book_id: b, ...short }
      ])
    )
  })

  it.each<[string, Parameters<typeof call>[2]]>([
    ["payment_method", { body: { payment_method: "\u0000" } }],
    ["payment_method", { body: { payment_method: "\ud800" } }],
    ["payment_method", { body: { payment_method: 5 } }],
    ["expected_total", { body: { expected_total: "1.234" } }],
    ["expected_total", { body: { expected_total: true } }],
    ["force_payment_failure", { body: { force_payment_failure: "yes" } }],
    ["Idempotency-Key", { headers: { "idempotency-key": "x".repeat(256) } }],
    ["Idempotency-Key", { headers: { "idempotency-key": "a b" } }],
    ["Idempotency-Key", { headers: { "idempotency-key": "" } }],
    ["Idempotency-Key", { headers: { "idempotency-key": "\u00e9" } }]
  ])("refuses a bad %s: %j", async (path, options) => {
    const as = await customerWith(await addBook())
    const { json } = await call("POST", "/orders/checkout", { as, ...options })
    expect(json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: path, errors: [{ path }] }))
  })
})

describe("the Idempotency-Key", () => {
  const buy = (as: string, key: string, body: object = {}) =>
    call("POST", "/orders/checkout", { as, body, headers: { "idempotency-key": key } })

  it("makes one order of ten that come at once", async () => {
    const book = await addBook({}, 10)
    const as = await customerWith(book)
    const answers = await Promise.all(Array.from({ length: 10 }, () => buy(as, "one")))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201))
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
    expect((await call("GET", "/orders", { as })).json).toHaveLength(1)
    expect((await call("GET", `/books/${book}`)).json.stock_quantity).toBe(9)
  })

  it("is refused with another body, is each customer's own, and replays a decline", async () => {
    const book = await addBook()
    const as = await customerWith(book)
    const first = await buy(as, "two")
    expect((await buy(as, "two", { payment_method: "other" })).json).toMatchObject(
      problem(422, "IDEMPOTENCY_KEY_REUSED")
    )
    const other = await buy(await customerWith(book), "two")
    expect(other.json.id).not.toBe(first.json.id)
    const declined = await customerWith(book)
    for (let i = 0; i < 2; i++) {
      expect((await buy(declined, "three", { payment_method: "decline" })).json).toMatchObject(
        problem(402, "ORDER_PAYMENT_FAILED")
      )
    }
    const kept = newCustomer()
    expect((await buy(kept, "four")).json).toMatchObject(problem(422, "ORDER_CART_EMPTY"))
    await call("POST", "/cart/items", { as: kept, body: { book_id: book } })
    expect((await buy(kept, "four")).status).toBe(201)
  })
})

describe("orders", () => {
  it("are listed bare, by page and by cursor, newest first, and by status", async () => {
    const book = await addBook({}, 10)
    const as = newCustomer()
    const ids: Array<string> = []
    for (let i = 0; i < 3; i++) {
      await call("POST", "/cart/items", { as, body: { book_id: book } })
      ids.unshift((await call("POST", "/orders/checkout", { as })).json.id)
    }
    const idsOf = (items: ReadonlyArray<{ readonly id: string }>) => items.map(({ id }) => id)
    const list = async (query: string) => (await call("GET", `/orders${query}`, { as })).json
    expect(idsOf(await list(""))).toEqual(ids)
    const page = await list("?size=2")
    expect([idsOf(page.items), page.total, page.page, page.size]).toEqual([ids.slice(0, 2), 3, 1, 2])
    const slice = await list("?after=&size=2")
    const rest = await list(`?after=${slice.next}&size=2`)
    expect([...idsOf(slice.items), ...idsOf(rest.items)]).toEqual(ids)
    expect(rest.next).toBeNull()
    expect(await list("?status=refunded")).toEqual([])
    expect(await list("?status=lost")).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "status" }))
    expect(await list("?page=1&after=")).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "page" }))
    const all = await call("GET", "/admin/orders?size=1", { admin: true })
    expect(all.json.items[0]).toMatchObject({ id: ids[0], customer_id: as })
    expect((await call("GET", "/admin/orders", { admin: true })).json[0].customer_id).toBe(as)
    expect((await call("GET", "/admin/orders?after=", { admin: true })).json.items[0].customer_id).toBe(as)
    expect(await list("")).not.toHaveProperty("0.customer_id")
  })

  it("of somebody else do not exist", async () => {
    const as = await customerWith(await addBook())
    const { json } = await call("POST", "/orders/checkout", { as })
    const refused = problem(404, "ORDER_NOT_FOUND", { field: "order_id" })
    for (const id of [json.id, "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d", "x"]) {
      expect((await call("GET", `/orders/${id}`, { as: newCustomer() })).json).toMatchObject(refused)
      expect((await call("POST", `/orders/${id}/cancel`, { as: newCustomer() })).json).toMatchObject(refused)
    }
  })

  it("keep what they say when the book changes and goes", async () => {
    const book = await addBook({ title: "First title", price: "5.00" })
    const as = await customerWith(book)
    const { json } = await call("POST", "/orders/checkout", { as })
    await call("PUT", `/books/${book}`, { admin: true, body: { title: "Second", price: "9.00" } })
    await call("DELETE", `/books/${book}`, { admin: true })
    expect((await call("GET", `/orders/${json.id}`, { as })).json).toEqual(json)
  })
})
