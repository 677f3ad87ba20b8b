import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, it } from "vitest"
import { close, server } from "./mounting.js"

let origin = ""
beforeAll(async () => {
  await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(close)

const send = async (method: string, path: string, user?: string, body?: object) => {
  const response = await fetch(origin + path, {
    method,
    headers: { "content-type": "application/json", ...(user === undefined ? {} : { "x-user": user }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  return { status: response.status, body: await response.json() }
}

it("the host's own route and a purchase under /shop live on one server", async () => {
  expect(await (await fetch(origin)).text()).toBe("the host's own page")
  const draft = { title: "Emma", author: "Jane Austen", price: "12.50" }
  expect((await send("POST", "/shop/books", undefined, draft)).status).toBe(401)
  expect((await send("POST", "/shop/books", "ada", draft)).status).toBe(403)
  const book = (await send("POST", "/shop/books", "root", draft)).body
  await send("PATCH", `/shop/books/${book.id}/stock`, "root", { quantity: 1 })
  expect((await send("POST", "/shop/cart/items", "ada", { book_id: book.id })).status).toBe(201)
  const order = await send("POST", "/shop/orders/checkout", "ada", {})
  expect(order).toMatchObject({ status: 201, body: { status: "confirmed", total_price: "12.50" } })
  expect((await send("GET", `/shop/orders/${order.body.id}`, "bob")).status).toBe(404)
})
