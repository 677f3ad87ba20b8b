import { describe, expect, it } from "vitest"
import { newCustomer, problem, useServer } from "./support.js"

const { call, addBook, customerWith } = useServer()
const missing = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"

describe("the cart", () => {
  it("is empty when there is none", async () => {
    const { status, json } = await call("GET", "/cart", { as: newCustomer() })
    expect(status).toBe(200)
    expect(json).toEqual({ items: [], total_items: 0, total_price: "0.00", currency: "USD" })
  })

  it("takes books, changes quantities, gives them up, at today's prices", async () => {
    const as = newCustomer()
    const book_id = await addBook({ price: "10.10" }, 1)
    const added = await call("POST", "/cart/items", { as, body: { book_id } })
    expect(added.status).toBe(201)
    const item = {
      id: added.json.id,
      book_id,
      quantity: 1,
      book: {
        id: book_id,
        title: expect.any(String),
        author: "Somebody",
        price: "10.10",
        cover_image_url: null,
        in_stock: true
      }
    }
    expect(added.json).toEqual(item)
    const changed = await call("PUT", `/cart/items/${item.id}`, { as, body: { quantity: 99 } })
    expect([changed.status, changed.json.quantity]).toEqual([200, 99])
    const { json } = await call("GET", "/cart", { as })
    expect(json).toEqual({
      items: [{ ...item, quantity: 99 }],
      total_items: 99,
      total_price: "999.90",
      currency: "USD"
    })
    expect((await call("DELETE", `/cart/items/${item.id}`, { as })).status).toBe(204)
    expect((await call("DELETE", "/cart", { as })).status).toBe(204)
  })

  it("refuses what is not there, not in stock, or in it already", async () => {
    const soldOut = await addBook({}, 0)
    const book = await addBook()
    const as = await customerWith(book)
    const add = async (book_id: unknown) => (await call("POST", "/cart/items", { as, body: { book_id } })).json
    expect(await add(missing)).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field: "book_id" }))
    expect(await add("no id")).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field: "book_id" }))
    expect(await add(soldOut)).toMatchObject(problem(409, "CART_BOOK_OUT_OF_STOCK", { field: "book_id" }))
    expect(await add(book)).toMatchObject(problem(409, "CART_ITEM_DUPLICATE", { field: "book_id" }))
    expect(await add(7)).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "book_id" }))
  })

  it.each([0, 100, -1, 1.5, "2", true, null])("refuses the quantity %j", async (quantity) => {
    const book_id = await addBook()
    const as = await customerWith(book_id)
    const { json: cart } = await call("GET", "/cart", { as })
    const refused = problem(422, "VALIDATION_ERROR", { field: "quantity" })
    const path = `/cart/items/${cart.items[0].id}`
    expect((await call("PUT", path, { as, body: { quantity } })).json).toMatchObject(refused)
    expect((await call("POST", "/cart/items", { as, body: { book_id, quantity } })).json).toMatchObject(refused)
  })

  it("is full at a hundred lines", async () => {
    const books = await Promise.all(Array.from({ length: 101 }, () => addBook()))
    const as = await customerWith(...books.slice(1))
    const { json } = await call("POST", "/cart/items", { as, body: { book_id: books[0] } })
    expect(json).toMatchObject(problem(409, "CART_FULL"))
  })

  it("of somebody else does not exist", async () => {
    const as = await customerWith(await addBook())
    const { json: cart } = await call("GET", "/cart", { as })
    for (const id of [cart.items[0].id, missing, "1"]) {
      const refused = problem(404, "CART_ITEM_NOT_FOUND", { field: "item_id" })
      const other = newCustomer()
      expect((await call("PUT", `/cart/items/${id}`, { as: other, body: { quantity: 1 } })).json).toMatchObject(refused)
      expect((await call("DELETE", `/cart/items/${id}`, { as: other })).json).toMatchObject(refused)
    }
    expect((await call("GET", "/cart", { as })).json.items).toHaveLength(1)
  })
})
