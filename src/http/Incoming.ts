/** A request as it comes in, from whatever server. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { Stream } from "effect"

export interface Incoming {
  readonly method: string
  /** Path and query; behind some proxies the whole URL. */
  readonly target: string
  /** By lower-case name; what was sent several times is joined by commas. */
  readonly headers: Headers.Headers
  /** Read at most once; null where there is none. */
  readonly body: AsyncIterable<Uint8Array> | null
}

export const fromWeb = (request: Request): Incoming => ({
  method: request.method,
  target: request.url,
  headers: Headers.fromInput(request.headers),
  body: request.body === null ? null : chunks(request.body)
})

export const fromEffect = (request: HttpServerRequest.HttpServerRequest): Incoming => ({
  method: request.method,
  target: request.url,
  headers: request.headers,
  body: Stream.toAsyncIterable(request.stream)
})

// internal

/** Not every runtime has asynchronous iteration on its streams. Leaving early cancels the stream. */
async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
