import { connect } from "node:net"
import { Layer } from "effect"
import { toWebHandler } from "octavo/http"
import * as Jwt from "octavo/jwt"
import { afterAll, describe, expect, it } from "vitest"
import { problem, secret, shop, token, useServer } from "./support.js"

const { call, raw, port } = useServer()
const web = toWebHandler({ layer: Layer.merge(shop, Jwt.layer({ secret })), prefix: "shop/" })
afterAll(() => web.dispose())

const json = { "content-type": "application/json" }
const nested = (depth: number) => `{"name":${"[".repeat(depth)}${"]".repeat(depth)}}`

describe("paths and methods", () => {
  it.each([
    "/",
    "/nothing",
    "/books/",
    "//books",
    "/books/1/2",
    "/Books",
    "/books/%00",
    "/books/%E0%A4%A",
    "/cart/items//"
  ])("there is nothing at %s", async (path) => {
    expect((await call("GET", path)).json).toEqual({
      ...problem(404, "HTTP_404"),
      title: "Not Found",
      detail: expect.any(String)
    })
  })

  it.each([
    ["DELETE", "/books", "GET, HEAD, POST"],
    ["POST", "/health", "GET, HEAD"],
    ["OPTIONS", "/cart", "DELETE, GET, HEAD"],
    ["GET", "/orders/checkout", "POST"],
    ["PATCH", "/orders/1", "GET, HEAD"],
    ["PROPFIND", "/genres", "GET, HEAD, POST"]
  ])("%s %s is 405 with Allow: %s, before anything else", async (method, path, allow) => {
    const answer = await call(method, path, { as: null, ...(method === "GET" ? {} : { raw: "not json" }) })
    expect(answer.json).toMatchObject(problem(405, "HTTP_405"))
    expect(answer.headers.get("allow")?.split(", ").sort()).toEqual(allow.split(", ").sort())
  })

  it("TRACE and methods that nobody knows are 405 as well", async () => {
    for (const method of ["TRACE", "NOSUCH"]) {
      const answer = await raw(`${method} /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 405 /)
      expect(answer.toLowerCase()).toContain("allow: get, head, post")
      expect(answer).toContain('"code":"HTTP_405"')
    }
  })

  it("HEAD is GET without its body", async () => {
    const get = await call("GET", "/genres")
    const head = await call("HEAD", "/genres")
    expect([head.status, head.text]).toEqual([200, ""])
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"))
    expect((await call("HEAD", "/nothing")).status).toBe(404)
  })

  it("a whole URL is a path, too", async () => {
    expect(await raw("GET http://elsewhere/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain(
      "200 OK"
    )
  })
})

describe("queries", () => {
  it.each([
    ["q=%ff", "q"],
    ["q=50%", "q"],
    ["size=1&author=%zz&sort=title", "author"],
    ["q=%ed%a0%80", "q"],
    ["page=%E0%A4%A", "page"]
  ])("that are not percent-encoded UTF-8 are no text: %s", async (query, field) => {
    expect((await call("GET", `/books?${query}`)).json).toMatchObject(problem(422, "VALIDATION_ERROR", { field }))
  })

  it("are read as they were encoded otherwise", async () => {
    for (const query of ["q=", "author=caf%C3%A9+50%25&q=&size=1", "%ff=1", "q&size=1", "q=%26%3D%2B"]) {
      expect((await call("GET", `/books?${query}`)).status).toBe(200)
    }
  })
})

describe("bodies", () => {
  it.each([
    ["{", 400],
    ["", 400],
    ["nul", 400],
    ['{"name":1}}', 400],
    [nested(32), 400],
    [nested(30_000), 400],
    [nested(31), 422],
    ["[]", 422],
    ['"text"', 422],
    ["null", 422],
    ['{"name":"a\\u0000"}', 422],
    ['{"name":"\\ud800"}', 422],
    ['{"__proto__":{"name":"x"}}', 422]
  ])("%.40s is %d", async (body, status) => {
    const answer = await call("POST", "/genres", { admin: true, raw: body, headers: json })
    expect(answer.json).toMatchObject(problem(status, status === 400 ? "MALFORMED_JSON" : "VALIDATION_ERROR"))
  })

  it("that are not UTF-8 are malformed", async () => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])
    const answer = await call("POST", "/genres", { admin: true, raw: bytes, headers: json })
    expect(answer.json).toMatchObject(problem(400, "MALFORMED_JSON"))
  })

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "application/problem+json",
    "application/json; charset=latin1",
    "application/json, text/plain"
  ])("of %s are not taken", async (type) => {
    const answer = await call("POST", "/genres", { admin: true, raw: "{}", headers: { "content-type": type } })
    expect(answer.json).toMatchObject(problem(415, "HTTP_415"))
  })

  it.each(["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf-8"'])(
    "of %s are",
    async (type) => {
      const answer = await call("POST", "/genres", { admin: true, raw: "{}", headers: { "content-type": type } })
      expect(answer.status).toBe(422)
    }
  )

  it("without a content type are not taken, nor compressed ones", async () => {
    const head = `POST /genres HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n`
    expect(await raw(`${head}\r\n{}`)).toContain('"HTTP_415"')
    expect(await raw(`${head}Content-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n{}`)).toContain(
      '"HTTP_415"'
    )
  })

  it("may be left out at checkout, whatever type is said of nothing", async () => {
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const answer = await call("POST", "/orders/checkout", {
        as: "nobody",
        raw: "",
        headers: { "content-type": type }
      })
      expect(answer.json).toMatchObject(problem(422, "ORDER_CART_EMPTY"))
    }
  })

  it("over the limit are refused, declared or not", async () => {
    const large = JSON.stringify({ name: "x".repeat(256 * 1024) })
    const declared = await call("POST", "/genres", { admin: true, raw: large })
    expect(declared.json).toMatchObject(problem(413, "PAYLOAD_TOO_LARGE", { limit: 256 * 1024 }))
    const just = await call("POST", "/genres", { admin: true, raw: `{}${" ".repeat(256 * 1024 - 2)}` })
    expect(just.status).toBe(422)
    const lie = await raw(
      "POST /genres HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n{"
    )
    expect(lie).toContain('"PAYLOAD_TOO_LARGE"')
  })

  it("of a hundred megabytes are refused early, and not kept", async () => {
    const chunk = new Uint8Array(64 * 1024).fill(0x20)
    let pulled = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += chunk.byteLength
          if (pulled > 100 * 1024 * 1024) controller.close()
          else controller.enqueue(chunk)
        }
      })
    const init = { method: "POST", headers: json, body: endless(), duplex: "half" }
    const answer = await web.handler(new Request("http://host/shop/genres", init))
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, "PAYLOAD_TOO_LARGE"])
    expect(pulled).toBeLessThan(1024 * 1024)
  })

  it("of a hundred megabytes over a socket are answered before they are sent", async () => {
    const before = process.memoryUsage().arrayBuffers
    const { answer, sent } = await upload(port(), 100 * 1024 * 1024)
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(sent).toBeLessThan(100 * 1024 * 1024)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024)
  })
})

describe("the order of checks", () => {
  it("is route, identity, role, input, rule", async () => {
    const bad = { raw: '{"title":1}' }
    expect((await call("POST", "/nothing", bad)).status).toBe(404)
    expect((await call("POST", "/books", bad)).status).toBe(401)
    expect((await call("POST", "/books", { ...bad, as: "user" })).status).toBe(403)
    expect((await call("POST", "/books", { ...bad, admin: true })).status).toBe(422)
    const path = "/books/01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d/stock"
    expect((await call("PATCH", path, { admin: true, body: {} })).status).toBe(422)
    expect((await call("PATCH", path, { admin: true, body: { delta: 1 } })).status).toBe(404)
    expect((await call("GET", "/admin/orders?page=0", {})).status).toBe(401)
    expect((await call("GET", "/admin/orders?page=0", { as: "user" })).status).toBe(403)
    expect((await call("GET", "/admin/orders?page=0", { admin: true })).status).toBe(422)
  })
})

describe("every answer", () => {
  it("has a request id: one that came along when it is sane, its own otherwise", async () => {
    expect((await call("GET", "/health", { headers: { "x-request-id": "abc-1" } })).headers.get("x-request-id")).toBe(
      "abc-1"
    )
    for (const given of ["a b", "x".repeat(129), "<script>"]) {
      const { headers } = await call("GET", "/nothing", { headers: { "x-request-id": given } })
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it("that is an error is application/problem+json", async () => {
    for (const [method, path] of [
      ["GET", "/nothing"],
      ["POST", "/health"],
      ["GET", "/cart"],
      ["GET", "/books?page=0"],
      ["GET", "/books/1"]
    ] as const) {
      expect((await call(method, path)).headers.get("content-type")).toBe("application/problem+json")
    }
    for (const junk of [
      "junk\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(20_000)}\r\n\r\n`,
      "GET /health HTTP/1.1\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n"
    ]) {
      const answer = await raw(junk)
      expect(answer).toContain("content-type: application/problem+json")
      expect(answer).toContain("x-request-id: ")
    }
  })
})

describe("mounted under a prefix, for web requests", () => {
  const ask = (path: string, init: RequestInit = {}) => web.handler(new Request(`http://host${path}`, init))

  it("answers below it and nowhere else", async () => {
    await web.ready()
    expect((await ask("/shop/health")).status).toBe(200)
    for (const path of ["/health", "/shophealth", "/shop", "/"]) expect((await ask(path)).status).toBe(404)
    const head = await ask("/shop/genres", { method: "HEAD" })
    expect([head.status, await head.text()]).toEqual([200, ""])
    const document = (await (await ask("/shop/openapi.json")).json()) as { servers: unknown }
    expect(document.servers).toEqual([{ url: "/shop" }])
    const authorization = `Bearer ${await token("a", "admin")}`
    const added = await ask("/shop/genres", {
      method: "POST",
      headers: { ...json, authorization },
      body: '{"name":"X"}'
    })
    expect(added.status).toBe(201)
  })

  it("rejects ready with the reason when the bookstore cannot be opened", async () => {
    const closed = toWebHandler({ layer: Layer.merge(shop, Jwt.layer({ secret: "short" })) })
    await expect(closed.ready()).rejects.toThrow()
    await closed.dispose()
  })
})

// internal

/** Sends a body without end until it is answered; how much was taken from us by then. */
const upload = (port: number, total: number) =>
  new Promise<{ readonly answer: string; readonly sent: number }>((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const chunk = Buffer.alloc(64 * 1024, "x")
    let sent = 0
    let answered = false
    const push = () => {
      while (!answered && sent < total) {
        sent += chunk.byteLength
        if (!socket.write(`${chunk.byteLength.toString(16)}\r\n${chunk.toString()}\r\n`)) return
      }
    }
    socket.write(
      "POST /genres HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      push
    )
    socket.on("drain", push)
    socket.on("error", () => {})
    socket.once("data", (data) => {
      answered = true
      socket.destroy()
      resolve({ answer: data.toString(), sent })
    })
  })
