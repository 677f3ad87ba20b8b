import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect } from "effect"
import { Api, Problem } from "octavo/contract"
import { describe, expect, it } from "vitest"
import { token, useServer } from "./support.js"

const { url } = useServer()

const clientOf = async (customerId: string, role: "user" | "admin" = "user") => {
  const bearer = await token(customerId, role)
  return HttpApiClient.make(Api, {
    baseUrl: url(),
    transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(bearer))
  })
}

const run = <A, E>(effect: Effect.Effect<A, E, HttpClient.HttpClient>) =>
  Effect.runPromise(Effect.provide(effect, FetchHttpClient.layer))

describe("a client derived from the contract", () => {
  it("buys a book, and meets refusals as values", async () => {
    const forAdmin = await clientOf("admin", "admin")
    const forBuyer = await clientOf("buyer")
    const seen = await run(
      Effect.gen(function* () {
        const admin = yield* forAdmin
        const buyer = yield* forBuyer
        const book = yield* admin.catalog.add({ payload: { title: "Emma", author: "Jane Austen", price: "7.50" } })
        yield* admin.catalog.changeStock({ path: { id: book.id }, payload: { quantity: 3 } })
        const found = yield* buyer.catalog.browse({ urlParams: { q: "emma", in_stock: true, size: 5 } })
        yield* buyer.cart.add({ payload: { book_id: book.id, quantity: 2 } })
        const cart = yield* buyer.cart.view({})
        const order = yield* buyer.orders.checkout({ payload: {}, headers: { "idempotency-key": "k" } })
        yield* buyer.cart.clear({})
        const again = yield* Effect.flip(buyer.orders.checkout({ payload: {}, headers: {} }))
        const missing = yield* Effect.flip(buyer.catalog.get({ path: { id: "none" } }))
        const invalid = yield* Effect.flip(admin.catalog.add({ payload: { title: "", author: "A", price: "x" } }))
        return { book, found, cart, order, refusals: [again, missing, invalid] }
      })
    )
    expect(seen.found.items).toHaveLength(1)
    expect(seen.cart.total_price).toBe("15.00")
    expect(seen.order).toMatchObject({ status: "confirmed", total_price: "15.00" })
    expect(seen.refusals.every((refusal) => refusal instanceof Problem.Problem)).toBe(true)
    expect(seen.refusals).toMatchObject([
      { code: "ORDER_CART_EMPTY", status: 422 },
      { code: "BOOK_NOT_FOUND", members: { field: "book_id" } },
      { code: "VALIDATION_ERROR", members: { errors: [{ path: "title" }, { path: "price" }] } }
    ])
  })
})
