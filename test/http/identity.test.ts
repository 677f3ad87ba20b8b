import { Effect, Either, Layer } from "effect"
import { SignJWT, UnsecuredJWT } from "jose"
import { Authentication } from "octavo/http"
import * as Jwt from "octavo/jwt"
import { describe, expect, it } from "vitest"
import { problem, secret, shop, token, useServer } from "./support.js"

const key = (text: string) => new TextEncoder().encode(text)
const signed = (claims: object, { alg = "HS256", with: by = secret, exp = "1h", header = {} }: Signing = {}) => {
  const jwt = new SignJWT({ sub: "someone", role: "user", ...claims }).setProtectedHeader({ alg, ...header })
  return (exp === null ? jwt : jwt.setExpirationTime(exp)).sign(key(by), { crit: { b64: true, x: true } })
}

describe("a token", () => {
  const { call, raw } = useServer()
  const ask = (authorization: string, path = "/cart") => call("GET", path, { headers: { authorization } })

  it("is taken when it holds, whatever the case of the scheme", async () => {
    expect((await ask(`bearer ${await signed({})}`)).status).toBe(200)
    expect((await ask(`Bearer ${await signed({ role: "admin" })}`, "/admin/orders")).status).toBe(200)
  })

  it.each<[string, () => Promise<string> | string]>([
    ["has no signature", () => new UnsecuredJWT({ sub: "a", role: "admin" }).setExpirationTime("1h").encode()],
    ["has no exp", () => signed({}, { exp: null })],
    ["is signed with another key", () => signed({}, { with: "another secret of thirty-two bytes" })],
    ["is of another algorithm", () => signed({}, { alg: "HS512", with: secret.repeat(3) })],
    ["has an unknown critical header", () => signed({}, { header: { crit: ["x"], x: 1 } })],
    ["is not valid yet", () => signed({ nbf: Math.floor(Date.now() / 1000) + 600 })],
    ["has no sub", () => signed({ sub: undefined })],
    ["has an empty sub", () => signed({ sub: "" })],
    ["has a sub that cannot be kept", () => signed({ sub: "a\u0000" })],
    ["has no role", () => signed({ role: undefined })],
    ["has another role", () => signed({ role: "root" })],
    ["is junk", () => "abc.def.ghi"],
    [
      "was tampered with",
      async () =>
        (await signed({})).replace(
          /\.[^.]+\./,
          `.${btoa('{"sub":"x","role":"admin","exp":9999999999}').replaceAll("=", "")}.`
        )
    ]
  ])("that %s is AUTH_TOKEN_INVALID", async (_, make) => {
    const answer = await ask(`Bearer ${await make()}`)
    expect(answer.json).toMatchObject(problem(401, "AUTH_TOKEN_INVALID"))
    expect(answer.headers.get("www-authenticate")).toBe("Bearer")
  })

  it("that has expired is AUTH_TOKEN_EXPIRED, also when it was good before", async () => {
    const soon = await signed({}, { exp: Math.floor(Date.now() / 1000) + 1 })
    await ask(`Bearer ${soon}`)
    const past = await signed({}, { exp: "-1s" })
    expect((await ask(`Bearer ${past}`)).json).toMatchObject(problem(401, "AUTH_TOKEN_EXPIRED"))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await ask(`Bearer ${soon}`)).json).toMatchObject(problem(401, "AUTH_TOKEN_EXPIRED"))
  })

  it.each(["", "Bearer", "Bearer ", "Basic YTpi", "Token abc", "Bearer a b", "Bearer a, Bearer b"])(
    "in %j is HTTP_401",
    async (authorization) => {
      const answer = await ask(authorization)
      expect(answer.json).toMatchObject(problem(401, "HTTP_401"))
      expect(answer.headers.get("www-authenticate")).toBe("Bearer")
    }
  )

  it("that is missing, or comes twice, is HTTP_401", async () => {
    expect((await call("GET", "/cart")).json).toMatchObject(problem(401, "HTTP_401"))
    const header = `Authorization: Bearer ${await token("a")}\r\n`
    expect(await raw(`GET /cart HTTP/1.1\r\nHost: x\r\n${header}${header}Connection: close\r\n\r\n`)).toContain(
      '"HTTP_401"'
    )
  })

  it("of a user does not open what is the admin's", async () => {
    const routes = [
      ["POST", "/books"],
      ["PUT", "/books/1"],
      ["DELETE", "/books/1"],
      ["PATCH", "/books/1/stock"],
      ["POST", "/genres"],
      ["GET", "/admin/orders"]
    ] as const
    for (const [method, path] of routes) {
      const body = method === "GET" || method === "DELETE" ? {} : { body: {} }
      expect((await call(method, path, { as: "user", ...body })).json).toMatchObject(problem(403, "AUTH_FORBIDDEN"))
    }
  })

  it("is not looked at by a public route", async () => {
    for (const path of ["/health", "/books", "/genres", "/openapi.json"])
      expect((await ask("Bearer junk", path)).status).toBe(200)
  })
})

describe("the secret", () => {
  it("has at least 32 bytes, in UTF-8", async () => {
    const build = (bytes: string) =>
      Effect.runPromise(Effect.either(Effect.scoped(Layer.build(Jwt.layer({ secret: bytes })))))
    expect(Either.isLeft(await build("x".repeat(31)))).toBe(true)
    expect(Either.isRight(await build("é".repeat(16)))).toBe(true)
  })
})

describe("claims of other names", () => {
  const options = { secret, customerClaim: "uid", roleClaim: "https://example.com/role" }
  const { call } = useServer({ layer: Layer.merge(shop, Jwt.layer(options)) })

  it("are read, and written", async () => {
    const minted = await Effect.runPromise(Jwt.sign({ customerId: "7", role: "admin" }, options))
    expect((await call("GET", "/admin/orders", { headers: { authorization: `Bearer ${minted}` } })).status).toBe(200)
    const usual = await call("GET", "/cart", { as: "somebody" })
    expect(usual.json).toMatchObject(problem(401, "AUTH_TOKEN_INVALID"))
  })
})

describe("the host's own function", () => {
  const { call } = useServer({
    layer: Layer.merge(
      shop,
      Authentication.layer(({ headers }) => {
        switch (headers["x-user"]) {
          case undefined:
            return null
          case "later":
            return Promise.resolve({ customerId: "later", role: "user" })
          case "effect":
            return Effect.succeed({ customerId: "effect", role: "admin" } as const)
          case "old":
            return Promise.resolve(new Authentication.TokenExpired())
          case "nobody":
            return { customerId: "", role: "user" }
          case "bug":
            throw new Error("a bug of the host's")
          default:
            return { customerId: "now", role: "user" }
        }
      })
    )
  })

  it.each([
    [undefined, 401],
    ["now", 200],
    ["later", 200],
    ["effect", 200],
    ["old", 401],
    ["nobody", 500],
    ["bug", 500]
  ])("says who asks: %s is %d", async (user, status) => {
    const answer = await call("GET", "/cart", user === undefined ? {} : { headers: { "x-user": user } })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain("a bug of the host's")
  })
})

// internal

interface Signing {
  readonly alg?: string
  readonly with?: string
  readonly exp?: string | number | null
  readonly header?: object
}
