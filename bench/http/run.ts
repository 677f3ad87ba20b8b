/** The operations over HTTP beside the same service calls, in turn, and beside a trivial contract. */
import { median, progress, seconds } from "../measure.js"
import { booksOf, draw, fill } from "../operations/carts.js"
import type { Place, Side } from "../shop.js"
import * as Client from "./client.js"
import * as Trivial from "./trivial.js"

export interface HttpResult {
  readonly store: Place["store"] | "none"
  readonly operation: string
  /** Microseconds of a request, and of the service call that it makes, under the same number of clients. */
  readonly request: number
  readonly call: number
}

/** Clients at once. */
const clients = 8

export const run = async (place: Place, texts: ReadonlyArray<string>, count: number, rounds: number) => {
  const side = place.ours
  if (side.serve === undefined) throw new Error("nothing to serve")
  const load = Client.start()
  const server = await side.serve()
  const trivial = await Trivial.serve()
  const results: Array<HttpResult> = []
  try {
    for (const { operation, prepare } of operations(side, texts)) {
      progress(`${place.store}: ${operation} over HTTP`)
      const requests: Array<number> = []
      const calls: Array<number> = []
      for (let i = 0; i <= rounds; i++) {
        const { request, call } = await prepare(count)
        const url = operation.startsWith("trivial") ? trivial.url : server.url
        const half = count / 2
        const all = Array.from({ length: half }, (_, i) => request(i))
        const [asked, called] = [
          await load.send(url, clients, all),
          await seconds((i) => call(half + i), half, clients)
        ]
        if (i === 0) continue
        requests.push((asked / half) * 1e6)
        calls.push((called / half) * 1e6)
      }
      results.push({ store: place.store, operation, request: median(requests), call: median(calls) })
    }
    return results
  } finally {
    await load.close()
    await trivial.close()
    await server.close()
  }
}

// internal

interface Prepared {
  readonly request: (i: number) => Client.Request
  readonly call: (i: number) => unknown
}

const operations = (side: Side, texts: ReadonlyArray<string>) => {
  const { shop } = side
  const get = (path: string, customer?: string): Client.Request => ({
    method: "GET",
    path,
    ...(customer === undefined ? {} : { customer })
  })
  const post = (path: string, body: object, customer?: string): Client.Request => ({
    method: "POST",
    path,
    body: JSON.stringify(body),
    ...(customer === undefined ? {} : { customer })
  })
  const text = (i: number) => texts[i % texts.length] ?? ""
  const page = (i: number) => 1 + ((i * 7) % 40)
  const carts = (count: number) => fill(side, count, (ids, random) => [...draw(ids, random)])
  const nothing = () => undefined
  const all: ReadonlyArray<{ operation: string; prepare: (count: number) => Prepared | Promise<Prepared> }> = [
    { operation: "trivial GET", prepare: () => ({ request: () => get("/lines"), call: nothing }) },
    { operation: "trivial POST", prepare: () => ({ request: () => post("/lines", { book_id: "1" }), call: nothing }) },
    {
      operation: "page of 20 books",
      prepare: () => ({ request: (i) => get(`/books?page=${page(i)}`), call: (i) => shop.page(page(i)) })
    },
    {
      operation: "search",
      prepare: () => ({
        request: (i) => get(`/books?q=${encodeURIComponent(text(i))}`),
        call: (i) => shop.search(text(i))
      })
    },
    {
      operation: "add to cart",
      prepare: async (count) => {
        const { ids } = await booksOf(side)
        // A book that is in the cart already would be refused: these carts have none of the last ten.
        const customers = await fill(side, count, (ids, random) => [...draw(ids.slice(0, -10), random)])
        const other = (i: number) => ids.at(-1 - (i % 10)) ?? ""
        return {
          request: (i) => post("/cart/items", { book_id: other(i) }, customers[i]),
          call: (i) => shop.add(customers[i] ?? "", other(i))
        }
      }
    },
    {
      operation: "view a cart of three lines",
      prepare: async (count) => {
        const customers = await carts(count)
        return { request: (i) => get("/cart", customers[i]), call: (i) => shop.view(customers[i] ?? "") }
      }
    },
    {
      operation: "checkout of three lines",
      prepare: async (count) => {
        const customers = await carts(count)
        return {
          request: (i) => post("/orders/checkout", {}, customers[i]),
          call: (i) => shop.checkout(customers[i] ?? "")
        }
      }
    }
  ]
  return all
}
