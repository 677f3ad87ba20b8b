import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/**
 * What happens at a request: the link is cut `before` it is forwarded, `amid` its answer, or at the complete `reply`,
 * which is not forwarded; or the link hangs, and nobody is told: the request is on `hold`, or only its answer is (`mute`).
 */
export type When = "before" | "amid" | "reply" | "hold" | "mute"

export interface Plan {
  /** Whether it happens here; `count` is that of the requests since the plan was made, from 0. */
  readonly at: (text: string, count: number) => boolean
  readonly when: When
}

/** A link to a PostgreSQL server that can be cut at a statement, and that can stop forwarding without a word. */
export interface CutProxy {
  readonly url: string
  /** The statements since the last plan, each as one request, transaction control included. */
  readonly requests: () => ReadonlyArray<string>
  /** Forgets the requests so far. The plan is carried out once. */
  readonly plan: (plan: Plan | null) => void
  /** Whether the plan was carried out. */
  readonly wasCut: () => boolean
  readonly cut: () => void
  /** Refuses new links while it is down. */
  readonly state: { isUp: boolean }
  /** Nothing passes any more, on links that come later neither, and nobody is told. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly close: () => void
}

export const start = async (url: string): Promise<CutProxy> => {
  const target = new URL(url)
  const links = new Set<Link>()
  const state = { isUp: true }
  let plan: Plan | null = null
  let requests: Array<string> = []
  let wasCut = false
  let isFrozen = false

  const ask = (text: string): When | null => {
    if (settling.test(text)) return null
    const count = requests.push(text) - 1
    if (plan === null || !plan.at(text, count)) return null
    const { when } = plan
    plan = null
    wasCut = true
    return when
  }

  const server = createServer((near) => {
    if (!state.isUp) return near.destroy()
    const link = open(near, connect(Number(target.port), target.hostname), ask)
    links.add(link)
    if (isFrozen) link.freeze()
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const near = new URL(url)
  near.port = String((server.address() as AddressInfo).port)
  const cut = () => {
    for (const link of links) link.cut()
  }
  return {
    url: near.href,
    requests: () => requests,
    plan: (next) => {
      plan = next
      requests = []
      wasCut = false
    },
    wasCut: () => wasCut,
    cut,
    state,
    freeze: () => {
      isFrozen = true
      for (const link of links) link.freeze()
    },
    thaw: () => {
      isFrozen = false
      for (const link of links) link.thaw()
    },
    close: () => {
      cut()
      server.close()
    }
  }
}

// internal

/** What a new connection is set up with, which no plan counts. */
const settling = /set_config\(/

interface Link {
  readonly cut: () => void
  readonly freeze: () => void
  readonly thaw: () => void
}

const open = (near: Socket, far: Socket, ask: (text: string) => When | null): Link => {
  let hangs = false
  const cut = () => {
    near.destroy()
    far.destroy()
  }
  for (const socket of [near, far]) {
    socket.setNoDelay(true)
    socket.on("error", () => {})
    // Behind a link that hangs, neither side hears that the other has gone.
    socket.on("close", () => hangs || cut())
  }
  const statements = new Map<string, string>()
  let text = ""
  let isNew = true
  let now: When | null = null
  let answer: Array<Buffer> = []

  near.on(
    "data",
    messages(true, (type, body, whole) => {
      if (now === "hold") return
      // A request ends with its Query or, of several messages, with its Sync.
      if (type === "P") {
        const [name = "", parsed = ""] = strings(body)
        statements.set(name, parsed)
        text = parsed
      } else if (type === "B") {
        const [, name = ""] = strings(body)
        text = statements.get(name) ?? text
      } else if (type === "Q") text = strings(body)[0] ?? ""
      if (isNew && (type === "P" || type === "B" || type === "Q")) {
        isNew = false
        now ??= ask(text)
        hangs ||= now === "hold" || now === "mute"
        if (now === "before") return cut()
        if (now === "hold") return
      }
      if (type === "Q" || type === "S") isNew = true
      far.write(whole)
    })
  )

  far.on(
    "data",
    messages(false, (type, _, whole) => {
      if (now === null) near.write(whole)
      if (now === null || now === "mute") return
      answer.push(whole)
      if (type !== "Z") return
      const held = Buffer.concat(answer.slice(0, -1))
      answer = []
      if (now === "reply") return cut()
      // Half a message is on its way when the link goes.
      near.end(held.subarray(0, Math.ceil(held.length / 2)))
      near.on("finish", cut)
    })
  )

  return {
    cut,
    freeze: () => {
      hangs = true
      near.pause()
      far.pause()
    },
    thaw: () => {
      hangs = false
      near.resume()
      far.resume()
    }
  }
}

/** Cuts a stream into protocol messages; the first of the client has no type. */
const messages = (
  fromClient: boolean,
  each: (type: string, body: Buffer, whole: Buffer) => unknown
): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  let isFirst = fromClient
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const header = isFirst ? 0 : 1
      if (rest.length < header + 4) return
      const length = header + rest.readUInt32BE(header)
      if (rest.length < length) return
      const whole = rest.subarray(0, length)
      rest = rest.subarray(length)
      each(isFirst ? "" : String.fromCharCode(whole[0] ?? 0), whole.subarray(header + 4), whole)
      isFirst = false
    }
  }
}

const strings = (body: Buffer): ReadonlyArray<string> => body.toString("utf8").split("\0", 3)
