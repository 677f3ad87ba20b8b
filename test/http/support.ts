/** A bookstore in memory behind a real socket. */
import { connect } from "node:net"
import { Effect, Layer } from "effect"
import { Bookstore } from "octavo"
import * as Demo from "octavo/demo"
import type { Services } from "octavo/http"
import * as Jwt from "octavo/jwt"
import * as Memory from "octavo/memory"
import { type Started, serve } from "octavo/node"
import { afterAll, beforeAll } from "vitest"

export const secret = "a secret of at least thirty-two bytes"

export const shop = Bookstore.layer.pipe(Layer.provide(Demo.layer), Layer.provideMerge(Memory.layer))

export const token = (customerId: string, role: Role = "user") =>
  Effect.runPromise(Jwt.sign({ customerId, role }, { secret }))

export type Role = "user" | "staff" | "admin"

export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Tests reach into answers as a client without types does, and fail where a member is missing.
  readonly json: ReturnType<typeof JSON.parse>
}

export interface Call {
  readonly as?: string | null
  readonly admin?: boolean
  /** Of the role staff. */
  readonly staff?: string
  readonly body?: unknown
  readonly raw?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

type ServeOptions = Omit<Parameters<typeof serve>[0], "layer"> & { readonly layer?: Layer.Layer<Services, unknown> }

/** A server for the tests of a file. */
export const useServer = (options: ServeOptions = {}) => {
  let started: Started
  beforeAll(async () => {
    const layer = options.layer ?? Layer.merge(shop, Jwt.layer({ secret }))
    started = await serve({ port: 0, host: "127.0.0.1", demoPayments: true, ...options, layer })
  })
  afterAll(() => started.close())

  const call = async (
    method: string,
    path: string,
    { as, admin, staff, body, raw, headers }: Call = {}
  ): Promise<Answer> => {
    const bearer = as === null ? undefined : (as ?? staff ?? (admin ? "admin" : undefined))
    const role = admin ? "admin" : staff === undefined ? "user" : "staff"
    const authorization = bearer === undefined ? {} : { authorization: `Bearer ${await token(bearer, role)}` }
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(started.url + path, {
      method,
      headers: { ...authorization, ...(sent === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(sent === undefined ? {} : { body: sent, duplex: "half" })
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get("content-type") ?? "")
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined
    }
  }

  const addBook = async (fields: Json = {}, stock = 10): Promise<string> => {
    const title = `Book ${++count}`
    const { json } = await call("POST", "/books", {
      admin: true,
      body: { title, author: "Somebody", price: "10.00", ...fields }
    })
    await call("PATCH", `/books/${json.id}/stock`, { admin: true, body: { quantity: stock } })
    return json.id
  }

  /** A customer of its own with these books in the cart. */
  const customerWith = async (...books: ReadonlyArray<string>) => {
    const as = newCustomer()
    for (const book_id of books) await call("POST", "/cart/items", { as, body: { book_id } })
    return as
  }

  return {
    call,
    addBook,
    customerWith,
    url: () => started.url,
    port: () => started.port,
    close: () => started.close(),
    raw: (text: string | Uint8Array) => rawRequest(started.port, text)
  }
}

export const newCustomer = () => `customer-${++count}`

/** Writes bytes to a socket and answers all that comes back until it is closed. */
export const rawRequest = (port: number, text: string | Uint8Array) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    let received = ""
    socket.on("data", (data) => {
      received += data.toString()
    })
    socket.on("close", () => resolve(received))
    socket.on("error", (error) => (received === "" ? reject(error) : resolve(received)))
  })

/** What every problem must be. */
export const problem = (status: number, code: string, more: Json = {}) => ({
  status,
  code,
  type: "about:blank",
  ...more
})

// internal

let count = 0
