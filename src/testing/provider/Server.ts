/** Stripe's protocol over HTTP, for the calls that octavo's adapter makes, with troubles on the way. */
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { type Account, type Intent, internal, invalid, noSuch, type Reply } from "./Account.js"
import { accept, type Behaviour, draw, type Kind, type Script, type Weights } from "./Behaviour.js"
import * as Form from "./Form.js"

export interface Settings {
  /** The one key that is let in. */
  readonly secretKey: string
  readonly seed: number
  /** What is drawn from once the script is over. */
  readonly weights: Weights
  /** How many milliseconds a search does not find what is new, as Stripe's does for up to a minute. */
  readonly searchLag: number
}

export class Server {
  readonly #sockets = new Set<Socket>()
  readonly #script = new Map<Kind, Array<Behaviour>>()
  readonly #asked = new Map<string, number>()
  readonly #atWork = new Set<string>()
  #listening: HttpServer | null = null
  #port = 0

  constructor(
    readonly account: Account,
    public settings: Settings,
    /** Whether what is written now is told twice. */
    readonly twice: (twice: boolean) => void
  ) {}

  async listen(port: number): Promise<number> {
    const server = createServer((request, response) => void this.#serve(request, response))
    server.keepAliveTimeout = 60_000
    server.on("connection", (socket) => {
      this.#sockets.add(socket)
      socket.on("close", () => this.#sockets.delete(socket))
    })
    await new Promise<void>((done, fail) => server.once("error", fail).listen(port, "127.0.0.1", done))
    this.#listening = server
    this.#port = (server.address() as AddressInfo).port
    return this.#port
  }

  /** Replaces what is left of the script for the kinds that are named. */
  script(script: Script): void {
    for (const [kind, steps] of Object.entries(script)) this.#script.set(kind as Kind, [...steps])
  }

  /** Refuses connections for so long, those that are open included. */
  down(milliseconds: number): void {
    // First, so that whoever hears of the reset and calls again is refused.
    const listening = this.#listening
    this.#listening = null
    listening?.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    if (listening !== null) setTimeout(() => void this.listen(this.#port), milliseconds)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Array<Uint8Array> = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // The caller went before it had asked.
    }
    const url = new URL(request.url ?? "/", "http://provider")
    const call: Call = {
      method: request.method ?? "GET",
      path: url.pathname,
      key: header(request, "idempotency-key"),
      form: Form.parse(request.method === "POST" ? Buffer.concat(chunks).toString("utf8") : url.searchParams.toString())
    }
    if (header(request, "authorization") !== `Bearer ${this.settings.secretKey}`) {
      return answer(response, invalid({ message: "Invalid API Key provided" }, 401))
    }
    await this.#treat(call, this.#next(call), response)
  }

  async #treat(call: Call, behaviour: Behaviour, response: ServerResponse): Promise<void> {
    const cut = () => void response.socket?.resetAndDestroy()
    switch (behaviour.do) {
      case "slow":
        await this.#whileInUse(call.key, behaviour.milliseconds)
        return this.#treat(call, behaviour.next ?? accept, response)
      case "drop_before":
        return cut()
      case "down":
        return this.down(behaviour.milliseconds)
      case "fail_before":
        return answer(response, internal, { "stripe-should-retry": "true" })
      case "rate_limit":
        return answer(response, invalid({ code: "rate_limit", message: "Too many requests" }, 429))
      case "drop_reply":
        this.#reply(call, accept)
        return cut()
      case "answer_twice":
        return this.#twice(call, response)
      default:
        return answer(response, this.#reply(call, behaviour))
    }
  }

  /** A key that is being worked on is refused to others, as Stripe does. */
  async #whileInUse(key: string | null, milliseconds: number): Promise<void> {
    if (key !== null) this.#atWork.add(key)
    await new Promise((done) => setTimeout(done, milliseconds))
    if (key !== null) this.#atWork.delete(key)
  }

  #twice(call: Call, response: ServerResponse): void {
    this.twice(true)
    const reply = this.#reply(call, accept)
    this.twice(false)
    const body = JSON.stringify(reply.body)
    const head = `HTTP/1.1 ${reply.status} OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    response.socket?.write(`${head}${body}${head}${body}`)
  }

  #reply(call: Call, behaviour: Behaviour): Reply {
    const { key, method, path, form } = call
    if (key === null || method !== "POST") return this.#execute(call, behaviour)
    const known = this.account.saved(key)
    if (known !== undefined) return known.request === fingerprint(call) ? known : otherParameters(key)
    if (this.#atWork.has(key)) return inUse(key)
    return this.#execute({ key, method, path, form }, behaviour)
  }

  #execute(call: Call, behaviour: Behaviour): Reply {
    const { account } = this
    const { key, method, path, form } = call
    const asked = { key, request: fingerprint(call), failing: behaviour.do === "fail_after" }
    const [, version, noun, id, verb] = path.split("/")
    const route = `${method} ${version} ${noun}${id === undefined ? "" : id === "search" ? " search" : " id"}${verb === undefined ? "" : ` ${verb}`}`
    switch (route) {
      case "POST v1 payment_intents":
        return account.create(asked, form, behaviour)
      case "GET v1 payment_intents":
        return this.#list(form)
      case "GET v1 payment_intents search":
        return this.#search(form)
      case "GET v1 payment_intents id":
        return this.#find(id ?? "", form)
      case "POST v1 payment_intents id cancel":
        return account.cancel(asked, id ?? "")
      case "POST v1 refunds":
        return account.refund(asked, form, behaviour)
      case "GET v1 refunds": {
        const of = form.text("payment_intent")
        return page([...account.refunds.values()].filter((refund) => refund.payment_intent === of).toReversed(), form)
      }
      default:
        return invalid({ message: `Unrecognized request URL (${method}: ${path}).` }, 404)
    }
  }

  #find(id: string, form: Form.Form): Reply {
    const intent = this.account.intents.get(id)
    if (intent === undefined) return noSuch("payment_intent", id)
    return { status: 200, body: this.account.shown(intent, form.all("expand").includes("latest_charge")) }
  }

  /** Newest first. */
  #list(form: Form.Form): Reply {
    const since = form.whole("created[gte]") ?? 0
    return page([...this.account.intents.values()].filter(({ created }) => created >= since).toReversed(), form)
  }

  /** `metadata['name']:'value'` alone is understood. */
  #search(form: Form.Form): Reply {
    const match = /^metadata\['([^']+)'\]:'((?:[^'\\]|\\.)*)'$/.exec(form.text("query") ?? "")
    if (match === null) return invalid({ message: "The query could not be understood.", param: "query" })
    const [, name = "", quoted = ""] = match
    const value = quoted.replaceAll(/\\(.)/g, "$1")
    const before = Date.now() - this.settings.searchLag
    const old = new Set(this.account.entries.flatMap(({ at, intent }) => (Date.parse(at) <= before ? [intent.id] : [])))
    const found = [...this.account.intents.values()].filter((intent) => old.has(intent.id))
    return {
      status: 200,
      body: {
        object: "search_result",
        has_more: false,
        next_page: null,
        data: found.filter((intent) => intent.metadata[name]?.toLowerCase() === value.toLowerCase())
      }
    }
  }

  #next(call: Call): Behaviour {
    const kind = kindOf(call)
    const step = this.#script.get(kind)?.shift()
    if (step !== undefined) return step
    const key = call.key !== null && kind !== "cancel" ? call.key : `${call.path} ${call.form.fingerprint}`
    const before = this.#asked.get(key) ?? 0
    this.#asked.set(key, before + 1)
    return draw(this.settings.weights, this.settings.seed, kind, { key, before })
  }
}

// internal

interface Call {
  readonly method: string
  readonly path: string
  readonly key: string | null
  readonly form: Form.Form
}

const header = ({ headers }: IncomingMessage, name: string) => {
  const value = headers[name]
  return typeof value === "string" ? value : null
}

const kindOf = ({ method, path, form }: Call): Kind => {
  if (method !== "POST") return "read"
  if (path.endsWith("/cancel")) return "cancel"
  if (path.endsWith("/refunds")) return "refund"
  return form.text("confirm") === "true" ? "charge" : "open"
}

const fingerprint = ({ method, path, form }: Call) => `${method} ${path} ${form.fingerprint}`

const page = (all: ReadonlyArray<Intent | { readonly id: string }>, form: Form.Form): Reply => {
  const after = form.text("starting_after")
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const limit = form.whole("limit") ?? 10
  return {
    status: 200,
    body: { object: "list", has_more: all.length > start + limit, data: all.slice(start, start + limit) }
  }
}

const otherParameters = (key: string): Reply => ({
  status: 400,
  body: {
    error: {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with (${key}).`
    }
  }
})

const inUse = (key: string): Reply =>
  invalid(
    { type: "idempotency_error", code: "idempotency_key_in_use", message: `Another request works on ${key}.` },
    409
  )

const answer = (response: ServerResponse, { status, body }: Reply, headers: Record<string, string> = {}) => {
  const again = status === 500 ? { "stripe-should-retry": "false" } : {}
  response.writeHead(status, { "content-type": "application/json", "request-id": "req_test", ...again, ...headers })
  response.end(JSON.stringify(body))
}
