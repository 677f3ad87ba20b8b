import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/**
 * What happens at a request: the link is cut `before` it is forwarded, or at its `reply`, which is not forwarded; or the
 * link hangs, and nobody is told: the request is on `hold`, or only what is answered is (`mute`).
 */
export type When = "before" | "reply" | "hold" | "mute"

/** A link to a Redis server that can be lost at a request. */
export interface RedisLink {
  readonly url: string
  /** At the next request with this text in it; then as ever. */
  readonly lose: (text: string, when: When) => void
  /** Whether it was lost as planned. */
  readonly wasLost: () => boolean
  /** What hangs goes on. */
  readonly thaw: () => void
  /** Cuts the links that are there, and refuses new ones. */
  readonly down: () => void
  readonly up: () => Promise<void>
  readonly close: () => void
}

export const start = async (url: string): Promise<RedisLink> => {
  const target = new URL(url)
  const links = new Set<Link>()
  let plan: { readonly text: string; readonly when: When } | null = null
  let wasLost = false

  const ask = (text: string): When | null => {
    if (plan === null || !text.includes(plan.text)) return null
    const { when } = plan
    plan = null
    wasLost = true
    return when
  }

  const server = createServer((near) => {
    links.add(open(near, connect(Number(target.port || 6379), target.hostname), ask))
  })
  const listen = (port: number) => new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const near = new URL(url)
  near.hostname = "127.0.0.1"
  near.port = String(port)
  const cut = () => {
    for (const link of links) link.cut()
    links.clear()
  }
  return {
    url: near.href,
    lose: (text, when) => {
      plan = { text, when }
      wasLost = false
    },
    wasLost: () => wasLost,
    thaw: () => {
      for (const link of links) link.thaw()
    },
    down: () => {
      server.close()
      cut()
    },
    up: async () => {
      if (!server.listening) await listen(port)
    },
    close: () => {
      cut()
      server.close()
    }
  }
}

// internal

interface Link {
  readonly cut: () => void
  readonly thaw: () => void
}

const open = (near: Socket, far: Socket, ask: (text: string) => When | null): Link => {
  let now: When | null = null
  let held: Array<() => void> = []
  const cut = () => {
    near.destroy()
    far.destroy()
  }
  for (const socket of [near, far]) {
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("close", cut)
  }
  near.on("data", (chunk) => {
    now ??= ask(chunk.toString("utf8"))
    if (now === "before") cut()
    else if (now === "hold") held.push(() => far.write(chunk))
    else far.write(chunk)
  })
  far.on("data", (chunk) => {
    if (now === "reply") cut()
    else if (now === null) near.write(chunk)
    else held.push(() => near.write(chunk))
  })
  return {
    cut,
    thaw: () => {
      now = null
      for (const go of held) go()
      held = []
    }
  }
}
