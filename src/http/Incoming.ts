/** A request as it comes in, from whatever server. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { Effect, Stream } from "effect"

export interface Incoming {
  readonly method: string
  /** Path and query; behind some proxies the whole URL. */
  readonly target: string
  /** By lower-case name; what was sent several times is joined by commas. */
  readonly headers: Headers.Headers
  /** Null where there is none. */
  readonly body: Body | null
}

/** Hands the body on part by part, until there is no more or no more is wanted; at most once. Rejects when it breaks off. */
export type Body = (take: (part: Uint8Array) => boolean) => Promise<void>

export const fromWeb = (request: Request): Incoming => ({
  method: request.method,
  target: request.url,
  headers: Headers.fromInput(request.headers),
  body: request.body === null ? null : drain(request.body)
})

export const fromEffect = (request: HttpServerRequest.HttpServerRequest): Incoming => ({
  method: request.method,
  target: request.url,
  headers: request.headers,
  body: (take) => Effect.runPromise(Stream.runForEachWhile(request.stream, (part) => Effect.sync(() => take(part))))
})

// internal

const drain =
  (stream: ReadableStream<Uint8Array>): Body =>
  async (take) => {
    const reader = stream.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (!take(value)) return void reader.cancel().catch(() => {})
    }
  }
