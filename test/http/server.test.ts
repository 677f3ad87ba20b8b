import { connect, type Socket } from "node:net"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import { Context, Deferred, Effect, Layer, ManagedRuntime } from "effect"
import { Bookstore, PaymentGateway } from "octavo"
import * as Demo from "octavo/demo"
import { httpApp, layer, Routing } from "octavo/http"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { ListenError, serve } from "octavo/node"
import { afterEach, describe, expect, it } from "vitest"
import { rawRequest, secret, shop, token, useServer } from "./support.js"

/** What is awaited comes in its own time. */
const patient = { timeout: 30_000 }

const sockets: Array<Socket> = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})
const open = (port: number) => {
  const socket = connect(port, "127.0.0.1")
  socket.on("error", () => {}).resume()
  sockets.push(socket)
  return socket
}
const closed = (socket: Socket) => expect.poll(() => socket.closed, patient).toBe(true)

describe("slow clients", () => {
  const { call, port } = useServer({ receiveTimeout: "400 millis" })

  it("are cut off, and nobody waits for them", async () => {
    const heads = Array.from({ length: 50 }, () => open(port()))
    for (const socket of heads) socket.write("GET /health HTTP/1.1\r\nHost: x\r\n")
    const bodies = Array.from({ length: 50 }, () => open(port()))
    for (const socket of bodies) {
      socket.write("POST /genres HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    }
    expect((await call("GET", "/health")).status).toBe(200)
    await Promise.all([...heads, ...bodies].map(closed))
    expect((await call("GET", "/health")).status).toBe(200)
  })
})

describe("connections", () => {
  const { port } = useServer({ maximumConnections: 5 })

  it("are no more than the limit", async () => {
    const all = Array.from({ length: 20 }, () => open(port()))
    await Promise.all(all.slice(5).map(closed))
    expect(all.filter((socket) => !socket.destroyed)).toHaveLength(5)
  })
})

/** A gateway that answers when it is told to. */
const slowGateway = () => {
  const asked = Effect.runSync(Deferred.make<void>())
  const go = Effect.runSync(Deferred.make<void>())
  const gateway = Layer.effect(
    PaymentGateway.PaymentGateway,
    Effect.map(PaymentGateway.PaymentGateway, (demo) => ({
      ...demo,
      charge: (request: PaymentGateway.ChargeRequest) =>
        Deferred.succeed(asked, undefined).pipe(
          Effect.zipRight(Deferred.await(go)),
          Effect.zipRight(demo.charge(request))
        )
    }))
  ).pipe(Layer.provide(Demo.layer))
  const store = Layer.merge(
    Bookstore.layer.pipe(Layer.provide(gateway), Layer.provideMerge(Memory.layer)),
    Jwt.layer({ secret })
  )
  return { store, asked: Deferred.await(asked), go: Deferred.succeed(go, undefined) }
}

const checkoutText = async (as: string) =>
  `POST /orders/checkout HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await token(as)}\r\nContent-Length: 0\r\n\r\n`

describe("a client that leaves during its checkout", () => {
  const { store, asked, go } = slowGateway()
  const { call, addBook, customerWith, port } = useServer({ layer: store })

  it("finds its order confirmed", async () => {
    const as = await customerWith(await addBook())
    const socket = open(port())
    socket.write(await checkoutText(as))
    await Effect.runPromise(asked)
    socket.destroy()
    await closed(socket)
    await Effect.runPromise(go)
    await expect.poll(async () => (await call("GET", "/orders", { as })).json[0]?.status, patient).toBe("confirmed")
  })
})

describe("closing", () => {
  const { store, asked, go } = slowGateway()
  const { addBook, customerWith, port, close } = useServer({ layer: store })

  it("finishes what is in flight and takes nothing more in", async () => {
    const as = await customerWith(await addBook())
    const answer = rawRequest(port(), await checkoutText(as))
    await Effect.runPromise(asked)
    const closing = close()
    await expect
      .poll(() => rawRequest(port(), "GET /health HTTP/1.1\r\n\r\n").catch(() => "refused"), patient)
      .toBe("refused")
    await Effect.runPromise(go)
    expect(await answer).toMatch(/^HTTP\/1.1 201 [\s\S]*"confirmed"/)
    await closing
  })

  it("does not wait for ever", async () => {
    const { store } = slowGateway()
    const server = await serve({ port: 0, host: "127.0.0.1", layer: store, closeTimeout: "50 millis" })
    const socket = open(server.port)
    socket.write("POST /genres HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
    await Promise.all([server.close(), closed(socket)])
  })
})

describe("a port that is taken", () => {
  const { port } = useServer()

  it("is told as a ListenError with the system's code", async () => {
    const again = serve({ port: port(), host: "127.0.0.1", layer: Layer.merge(shop, Jwt.layer({ secret })) })
    await expect(again).rejects.toThrow(ListenError)
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" })
  })
})

describe("a host's own router", () => {
  it("mounts the routes", async () => {
    const services = layer().pipe(Layer.provide(Layer.merge(shop, Jwt.layer({ secret }))))
    const runtime = ManagedRuntime.make(services)
    const routing = Context.make(Routing, await runtime.runPromise(Routing))
    const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/shop", Effect.provide(httpApp, routing)))
    const handler = HttpApp.toWebHandler(Effect.orDie(router))
    const ask = async (path: string, init: RequestInit = {}) =>
      (await handler(new Request(`http://host${path}`, init))).status
    const authorization = `Bearer ${await token("a", "admin")}`
    const headers = { authorization, "content-type": "application/json" }
    expect(await ask("/shop/health")).toBe(200)
    expect(await ask("/shop/genres", { method: "POST", headers, body: '{"name":"X"}' })).toBe(201)
    expect(await ask("/shop/genres", { method: "POST", headers, body: "{" })).toBe(400)
    expect(await ask("/shop/nothing")).toBe(404)
    await runtime.dispose()
  })
})
