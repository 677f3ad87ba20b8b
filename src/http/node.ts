/** The routes on a Node server of their own. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Headers from "@effect/platform/Headers"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Context, Data, Duration, Effect, Layer, ManagedRuntime, Runtime } from "effect"
import type * as Incoming from "./Incoming.js"
import { refuseConnection, refuseRequest } from "./NodeErrors.js"
import * as Promised from "./Promised.js"
import * as Routing from "./Routing.js"
import type * as Settings from "./Settings.js"

export interface ServerOptions {
  /** 3000 unless said otherwise; 0 for any that is free. */
  readonly port?: number | undefined
  /** The address to listen on; all of them unless said otherwise. */
  readonly host?: string | undefined
  /** How long a request may take to come in; 5 seconds unless said otherwise. */
  readonly receiveTimeout?: Duration.DurationInput | undefined
  /** How many clients may be connected; 4096 unless said otherwise. */
  readonly maximumConnections?: number | undefined
  /** How long closing waits for what is in flight; 10 seconds unless said otherwise. */
  readonly closeTimeout?: Duration.DurationInput | undefined
}

/** The server could not listen; `code` is the system's, such as `EADDRINUSE`. */
export class ListenError extends Data.TaggedError("ListenError")<{ readonly code: string; readonly cause: Error }> {}

/** A server that listens. */
export class NodeServer extends Context.Tag("octavo/http/NodeServer")<
  NodeServer,
  { readonly server: Server; readonly port: number; readonly url: string }
>() {}

/** Serves the routes until the scope closes: then no more is taken in, and what is in flight is finished. */
export const layer = (options: ServerOptions = {}): Layer.Layer<NodeServer, ListenError, Routing.Routing> =>
  Layer.scoped(NodeServer, listen(options))

export interface Started {
  readonly port: number
  readonly url: string
  /** Takes no more in, finishes what is in flight, and closes the bookstore. */
  readonly close: () => Promise<void>
}

/** Serves the routes over the services that `layer` provides; for hosts without Effect. Rejects with what failed, such as a `ListenError`. */
export const serve = async <E>(
  options: ServerOptions & Settings.Options & { readonly layer: Layer.Layer<Routing.Services, E> }
): Promise<Started> => {
  const runtime = ManagedRuntime.make(
    layer(options).pipe(Layer.provide(Routing.layer(options)), Layer.provide(options.layer))
  )
  const close = () => runtime.dispose()
  try {
    const { port, url } = await Promised.run(runtime, NodeServer)
    return { port, url, close }
  } catch (error) {
    await close()
    throw error
  }
}

// internal

const listen = Effect.fnUntraced(function* (options: ServerOptions) {
  const { answer } = yield* Routing.Routing
  const run = Runtime.runFork(yield* Effect.runtime<never>())
  const underway = new Set<ServerResponse>()
  const receiveTimeout = Duration.toMillis(options.receiveTimeout ?? "5 seconds")
  const server = createServer({
    requestTimeout: receiveTimeout,
    headersTimeout: receiveTimeout,
    connectionsCheckingInterval: Math.min(1000, receiveTimeout),
    keepAliveTimeout: 10_000,
    requireHostHeader: false
  })
  server.maxConnections = options.maximumConnections ?? 4096
  server.on("clientError", refuseConnection)
  server.on("checkExpectation", (_, response) => refuseRequest(417, response))
  // Nothing here interrupts: a client that leaves does not undo what it asked for.
  server.on("request", (request, response) => {
    // RFC 9112, 3.2; Node's own check answers without a body.
    if (request.headers.host === undefined && request.httpVersion === "1.1") return refuseRequest(400, response)
    underway.add(response)
    run(Effect.map(answer(incoming(request)), (answered) => write(request, response, answered))).addObserver(() =>
      underway.delete(response)
    )
  })
  yield* Effect.acquireRelease(bind(server, options), () => close(server, underway, options))
  const address = server.address() as AddressInfo
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address
  return { server, port: address.port, url: `http://${everywhere.has(host) ? "localhost" : host}:${address.port}` }
})

const everywhere = new Set(["0.0.0.0", "[::]"])

const bind = (server: Server, { port = 3000, host }: ServerOptions) =>
  Effect.async<void, ListenError>((resume) => {
    const failed = (cause: NodeJS.ErrnoException) =>
      resume(Effect.fail(new ListenError({ code: cause.code ?? "UNKNOWN", cause })))
    server.once("error", failed)
    server.listen({ port, host }, () => {
      server.off("error", failed)
      resume(Effect.void)
    })
  })

const close = (server: Server, underway: ReadonlySet<ServerResponse>, { closeTimeout }: ServerOptions) =>
  Effect.gen(function* () {
    const closed = Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
    })
    for (const response of underway) if (!response.headersSent) response.setHeader("connection", "close")
    // A client that has left is not waited for by the server, but what it asked for is.
    const done = Effect.repeat(Effect.sleep("10 millis"), { until: () => underway.size === 0 })
    yield* Effect.zip(closed, done, { concurrent: true }).pipe(
      Effect.interruptible,
      Effect.timeoutOption(closeTimeout ?? "10 seconds")
    )
    server.closeAllConnections()
  })

const incoming = (request: IncomingMessage): Incoming.Incoming => {
  const headers: Record<string, string> = {}
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase()
    const value = rawHeaders[i + 1] ?? ""
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return {
    method: request.method ?? "GET",
    target: request.url ?? "/",
    headers: Headers.unsafeFromRecord(headers),
    body: bodyOf(request)
  }
}

const bodyOf =
  (request: IncomingMessage): Incoming.Body =>
  (take) =>
    new Promise((resolve, reject) => {
      const onData = (part: Buffer) => {
        if (take(part)) return
        request.off("data", onData).pause()
        resolve()
      }
      request.on("data", onData).once("end", resolve).once("error", reject).once("close", reject)
    })

const write = (request: IncomingMessage, response: ServerResponse, answered: HttpServerResponse.HttpServerResponse) => {
  const { status, headers, body } = answered
  response.writeHead(status, headers)
  if (body._tag === "Uint8Array") response.end(body.body)
  else if (body._tag === "Raw") response.end(String(body.body))
  else response.end()
  if (!request.complete) linger(request)
}

/** A body that was not wanted is let pass for a moment, so that the client reads its answer before it is cut off. */
const linger = (request: IncomingMessage) => {
  request.resume()
  setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, 1000).unref()
}
