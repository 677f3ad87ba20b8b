/** What Node's own parser refuses, told in the shape of every other error. */
import type { Duplex } from "node:stream"
import { mediaType, titles } from "./Problem.js"

/** For `server.on("clientError")`: answers when it still can, and closes. */
export const refuseConnection = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy()
    return
  }
  const status = statuses[error.code ?? ""] ?? 400
  const title = titles[status] ?? ""
  const problem = { type: "about:blank", title, status, detail: details[status] ?? "", code: `HTTP_${status}` }
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    ...(status === 405 ? ["allow: GET, HEAD, POST, PUT, PATCH, DELETE"] : []),
    `content-type: ${mediaType}`,
    `content-length: ${body.length}`,
    `x-request-id: ${globalThis.crypto.randomUUID()}`,
    "connection: close"
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy())
}

// internal

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
  431: "The headers are larger than this server takes."
}
