import { readFileSync } from "node:fs"
import { Effect, Layer } from "effect"
import { PaymentNotices } from "octavo"
import { openapi } from "octavo/http"
import * as Jwt from "octavo/jwt"
import { describe, expect, it } from "vitest"
import { codes } from "../../src/http/Problem.js"
import { version } from "../../src/http/version.js"
import { type Json, secret, shop, useServer } from "./support.js"

const notices = Layer.succeed(PaymentNotices.PaymentNotices, { read: () => Effect.succeed(null) })
const { call } = useServer({ layer: Layer.mergeAll(shop, Jwt.layer({ secret }), notices) })

interface Operation {
  readonly operationId: string
  readonly security: ReadonlyArray<Json>
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly required: boolean }>
  readonly requestBody?: { readonly required: boolean; readonly content: Json }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Json }>>
}

const document = async () => JSON.parse(JSON.stringify(await openapi()))
const operations = async () =>
  Object.entries<Readonly<Record<string, Operation>>>((await document()).paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, ...operation }))
  )
const codesOf = (operation: Operation) =>
  Object.entries(operation.responses).flatMap(([status, { description }]) =>
    Number(status) < 400 ? [] : description.split(", ")
  )

describe("the OpenAPI document", () => {
  it("bounds the size of a page, and tells the defaults", async () => {
    const { parameters } = (await document()).paths["/books"].get
    const named = (wanted: string) => parameters.find(({ name }: { readonly name: string }) => name === wanted)
    expect(named("size")).toMatchObject({ description: "1 to 100; 20 unless said otherwise." })
    expect(named("size").schema).toMatchObject({ minimum: 1, maximum: 100 })
    expect(named("page")).toMatchObject({ description: "From 1, which it is unless said otherwise." })
    expect(named("page").schema).toMatchObject({ minimum: 1 })
  })

  it("is 3.1, served as it is made, of this version, with every route", async () => {
    const served = await call("GET", "/openapi.json")
    expect(served.headers.get("content-type")).toBe("application/json")
    expect(served.json).toEqual(await document())
    expect(served.json.openapi).toMatch(/^3\.1\./)
    expect(served.json.info.version).toBe(JSON.parse(readFileSync("package.json", "utf8")).version)
    expect(served.json.info.version).toBe(version)
    expect((await operations()).map(({ name }) => name).sort()).toEqual([
      "DELETE /books/{id}",
      "DELETE /cart",
      "DELETE /cart/items/{item_id}",
      "DELETE /prebooks/{id}",
      "DELETE /wishlist/{book_id}",
      "GET /admin/orders",
      "GET /books",
      "GET /books/{id}",
      "GET /cart",
      "GET /docs",
      "GET /fulfilment",
      "GET /fulfilment/conflicts",
      "GET /fulfilment/{order_id}",
      "GET /genres",
      "GET /health",
      "GET /health/ready",
      "GET /openapi.json",
      "GET /orders",
      "GET /orders/{id}",
      "GET /prebooks",
      "GET /prebooks/{id}",
      "GET /wishlist",
      "PATCH /books/{id}/stock",
      "POST /books",
      "POST /cart/items",
      "POST /fulfilment/take-batch",
      "POST /fulfilment/{order_id}/complete",
      "POST /fulfilment/{order_id}/pause",
      "POST /fulfilment/{order_id}/renew",
      "POST /fulfilment/{order_id}/revoke",
      "POST /fulfilment/{order_id}/take",
      "POST /genres",
      "POST /orders/checkout",
      "POST /orders/{id}/cancel",
      "POST /payments/webhook",
      "POST /prebooks",
      "POST /wishlist",
      "POST /wishlist/{book_id}/cart",
      "PUT /books/{id}",
      "PUT /cart/items/{item_id}"
    ])
  })

  it("has every schema that it refers to, and every operation an id of its own", async () => {
    const all = await document()
    const references = JSON.stringify(all).match(/"\$ref":"[^"]+"/g) ?? []
    for (const reference of new Set(references)) {
      const name = reference.slice('"$ref":"#/components/schemas/'.length, -1)
      expect(Object.keys(all.components.schemas)).toContain(name)
    }
    const ids = (await operations()).map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(JSON.stringify(all)).not.toContain("HttpApiDecodeError")
  })

  it("declares each path parameter, its security, and what each route may refuse", async () => {
    for (const { name, path, ...operation } of await operations()) {
      const inPath = operation.parameters
        .filter((parameter) => parameter.in === "path")
        .map((parameter) => parameter.name)
      expect(inPath, name).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter))
      const told = codesOf(operation)
      expect(told, name).toContain("INTERNAL_ERROR")
      expect(
        told.every((code) => code in codes),
        name
      ).toBe(true)
      const isOpen = operation.security.length === 0
      expect(told.includes("AUTH_TOKEN_EXPIRED"), name).toBe(!isOpen)
      expect(told.includes("PAYLOAD_TOO_LARGE"), name).toBe(operation.requestBody !== undefined)
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) >= 400) expect(Object.keys(content ?? {}), name).toEqual(["application/problem+json"])
      }
    }
    const told = (await operations()).flatMap(codesOf)
    const untold = Object.keys(codes).filter((code) => !told.includes(code))
    expect(untold.sort()).toEqual(["HTTP_404", "HTTP_405"])
  })

  it("leaves the body of a checkout optional, describes queries, and gives examples", async () => {
    const { paths, components } = await document()
    expect(paths["/orders/checkout"].post.requestBody.required).toBe(false)
    for (const command of ["take", "pause", "complete", "renew"])
      expect(paths[`/fulfilment/{order_id}/${command}`].post.requestBody.required, command).toBe(false)
    expect(paths["/wishlist/{book_id}/cart"].post.requestBody.required).toBe(false)
    expect(paths["/fulfilment/take-batch"].post.requestBody.required).toBe(true)
    expect(paths["/books"].post.requestBody.required).toBe(true)
    expect(paths["/books"].post.requestBody.content["application/json"].schema.examples).toHaveLength(1)
    expect(paths["/books"].get.parameters.map(({ name }: { name: string }) => name)).toContain("sort_dir")
    expect(components.schemas.Book.examples).toHaveLength(1)
    expect(components.securitySchemes.bearer).toMatchObject({ type: "http", scheme: "bearer", bearerFormat: "JWT" })
  })
})

describe("the documentation page", () => {
  it("needs nothing from anywhere else", async () => {
    const { text, headers, status } = await call("GET", "/docs")
    expect(status).toBe(200)
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8")
    const markup = text.replace(/<script.*?<\/script>/gs, "")
    expect([...markup.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)).toEqual(["data:,"])
    expect(markup).not.toMatch(/@import|url\(/)
    const data = /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(text)?.[1] ?? ""
    expect(JSON.parse(data)).toEqual(await document())
  })

  it("has a script that runs as it is written", async () => {
    const { text } = await call("GET", "/docs")
    const script = /<script>(.*?)<\/script>\s*<\/body>/s.exec(text)?.[1] ?? ""
    expect(script.length).toBeGreaterThan(1000)
    expect(() => new Function(script)).not.toThrow()
    expect(script).not.toContain("__name")
    expect(script).not.toContain("import(")
  })
})
