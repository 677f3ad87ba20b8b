/** What Node refuses by itself, told in the shape of every other error. */
import type { ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { mediaType, titles } from "./Problem.js"

/** For `server.on("clientError")`: answers when it still can, and closes. */
export const refuseConnection = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy()
    return
  }
  const status = statuses[error.code ?? ""] ?? 400
  const { headers, body } = problem(status)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${status} ${titles[status]}`, ...lines].join("\r\n")
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy())
}

/** For a request that Node reads, but would answer without a body. */
export const refuseRequest = (status: 400 | 417, response: ServerResponse): void => {
  const { headers, body } = problem(status)
  response.writeHead(status, headers).end(body)
}

// internal

const problem = (status: number) => {
  const body = JSON.stringify({
    type: "about:blank",
    title: titles[status] ?? "",
    status,
    detail: details[status] ?? "",
    code: `HTTP_${status}`
  })
  const headers = {
    ...(status === 405 ? { allow: "GET, HEAD, POST, PUT, PATCH, DELETE" } : {}),
    "content-type": mediaType,
    "content-length": String(body.length),
    "x-request-id": globalThis.crypto.randomUUID(),
    connection: "close"
  }
  return { headers, body }
}

const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_INVALID_METHOD: 405,
  ERR_HTTP_REQUEST_TIMEOUT: 408
}

const details: Readonly<Record<number, string>> = {
  400: "This is not an HTTP request.",
  405: "There is no such method here.",
  408: "The request did not come in time.",
  413: "The body is larger than this server takes.",
  417: "This server does not do what Expect asks for.",
  431: "The headers are larger than this server takes."
}
