/** A plain Node server with a route of the host's own, and octavo's routes under /shop. */
import { createServer } from "node:http"
import { Readable } from "node:stream"
import { Layer } from "effect"
import { Bookstore } from "octavo"
import * as DemoGateway from "octavo/demo"
import { Authentication, toWebHandler } from "octavo/http"
import * as Memory from "octavo/memory"

/** The host knows its users by a header that its own gateway sets; octavo asks it who is asking. */
const identity = Authentication.layer(({ headers }) => {
  const user = headers["x-user"]
  return user === undefined ? null : { customerId: user, role: user === "root" ? "admin" : "user" }
})

const stores = Layer.mergeAll(Memory.layer, DemoGateway.layer)
const shop = toWebHandler({
  prefix: "/shop",
  layer: Layer.mergeAll(Bookstore.layer, identity).pipe(Layer.provideMerge(stores))
})

export const server = createServer(async (incoming, outgoing) => {
  if (!incoming.url?.startsWith("/shop/")) {
    outgoing.end("the host's own page")
    return
  }
  const { method = "GET", url, headers } = incoming
  const body = method === "GET" || method === "HEAD" ? null : (Readable.toWeb(incoming) as ReadableStream)
  const request = new Request(`http://localhost${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body,
    ...(body === null ? {} : { duplex: "half" as const })
  })
  const response = await shop.handler(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(Buffer.from(await response.arrayBuffer()))
})

export const close = async () => {
  server.close()
  await shop.dispose()
}
