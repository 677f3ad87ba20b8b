/** The provider's process: its options on the command line as JSON, where it listens on standard output. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { Account } from "./Account.js"
import type { Script } from "./Behaviour.js"
import type { Order, Setup } from "./Control.js"
import * as Ledger from "./Ledger.js"
import { Server } from "./Server.js"
import { Webhooks } from "./Webhooks.js"

const setup: Setup = JSON.parse(process.argv[2] ?? "{}")

const webhooks = new Webhooks()
let twice = false
const account = new Account(Ledger.open(setup.ledger), (books, entry) => webhooks.take(books, entry, twice))
webhooks.subscribe(setup.subscription ?? null)
const server = new Server(account, setup.settings, (now) => {
  twice = now
})
server.script(setup.script ?? {})

/** What the test orders, on a port of its own, so that it is heard while the provider is down. */
const obey = async (order: Order): Promise<unknown> => {
  switch (order.do) {
    case "script":
      return server.script(order.script satisfies Script)
    case "set":
      server.settings = { ...server.settings, ...order.settings }
      return
    case "down":
      return server.down(order.milliseconds)
    case "finish":
      return account.finish(order.id, order.end)?.body
    case "forget":
      return account.forgetKeys()
    case "events":
      return webhooks.events
    case "deliver":
      return webhooks.deliver(order.delivery)
    case "subscribe":
      return webhooks.subscribe(order.delivery)
  }
}

const textOf = async (request: IncomingMessage) => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString("utf8")
}

const control = createServer((request, response) => {
  textOf(request)
    .then((body) => obey(JSON.parse(body)))
    .then(
      (said) => response.end(JSON.stringify({ said })),
      (error: unknown) => response.writeHead(500).end(String(error))
    )
})

control.listen(setup.controlPort, "127.0.0.1", async () => {
  const port = await server.listen(setup.port)
  const { port: controlPort } = control.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ port, controlPort })}\n`)
})

// It never outlives the process that started it, however that one ends.
process.stdin.resume()
process.stdin.on("close", () => process.exit(0))
