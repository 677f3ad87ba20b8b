/** The least that a contract can be, on the framework's own server: what any request costs on this stack. */
import { createServer } from "node:http"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"

export const serve = async () => {
  const runtime = ManagedRuntime.make(server)
  const { address } = await runtime.runPromise(HttpServer.HttpServer)
  if (address._tag !== "TcpAddress") throw new Error("not a port")
  return { url: `http://127.0.0.1:${address.port}`, close: () => runtime.dispose() }
}

// internal

const Line = Schema.Struct({ book_id: Schema.String, quantity: Schema.optional(Schema.Int) })

const api = HttpApi.make("trivial").add(
  HttpApiGroup.make("lines")
    .add(HttpApiEndpoint.get("get", "/lines").addSuccess(Line))
    .add(HttpApiEndpoint.post("add", "/lines").setPayload(Line).addSuccess(Line))
)

const lines = HttpApiBuilder.group(api, "lines", (handlers) =>
  handlers
    .handle("get", () => Effect.succeed({ book_id: "1", quantity: 1 }))
    .handle("add", ({ payload }) => Effect.succeed(payload))
)

const server = HttpApiBuilder.serve().pipe(
  Layer.provide(HttpApiBuilder.api(api).pipe(Layer.provide(lines))),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)
