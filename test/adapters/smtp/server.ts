/** A real SMTP server on loopback that does what a test says: takes mail, is slow, refuses, drops the link, or is away. */
import { connect } from "node:net"
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server"
import { type Message, parse } from "./Message.js"

export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly raw: string
  readonly message: Message
  readonly isEncrypted: boolean
  readonly user: string | null
}

/** What becomes of one mail: `taken`, refused by an answer such as `550 5.1.1 no such user`, or the link is dropped. */
export interface Behaviour {
  readonly onFrom?: (address: string) => string | null
  readonly onRecipient?: (address: string) => string | null
  /** Once the whole mail is there; a promise keeps the client waiting. */
  readonly onData?: (received: Received) => Verdict | Promise<Verdict>
  /** When so much of a mail has come in the link is dropped. */
  readonly cutAt?: number
  readonly onLogin?: (user: string, password: string) => string | null
}

/** Null takes it; `cut` takes it and drops the link instead of an answer. */
export type Verdict = string | null | "cut"

export interface Options {
  readonly port?: number
  readonly server?: SMTPServerOptions
}

/** Listens at once; on a port of its own unless one is given. */
export const start = async (options: Options = {}) => {
  let behaviour: Behaviour = {}
  const received: Array<Received> = []
  let connections = 0
  const sockets = new Map<string, { destroy: () => void }>()
  const cut = (session: SMTPServerSession) => sockets.get(session.id)?.destroy()

  const open = (port: number) => {
    const server = new SMTPServer({
      disabledCommands: ["STARTTLS", ...(behaviour.onLogin === undefined ? ["AUTH"] : [])],
      allowInsecureAuth: true,
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      ...options.server,
      onConnect: (_session, done) => {
        connections++
        for (const connection of server.connections) {
          const { id, _socket: socket } = connection as unknown as { id: string; _socket: { destroy: () => void } }
          sockets.set(id, socket)
        }
        done()
      },
      onAuth: ({ username, password }, _session, done) => {
        const verdict = behaviour.onLogin?.(username ?? "", password ?? "") ?? null
        if (verdict === null) return done(null, { user: username })
        done(refusal(verdict))
      },
      onMailFrom: ({ address }, _session, done) => done(failureOf(behaviour.onFrom?.(address) ?? null)),
      onRcptTo: ({ address }, _session, done) => done(failureOf(behaviour.onRecipient?.(address) ?? null)),
      onData: (stream, session, done) => {
        const chunks: Array<Buffer> = []
        let size = 0
        stream.on("data", (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size >= (behaviour.cutAt ?? Infinity)) cut(session)
        })
        stream.on("end", async () => {
          const raw = Buffer.concat(chunks).toString("utf8")
          const { mailFrom, rcptTo } = session.envelope
          const mail: Received = {
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw,
            message: parse(raw),
            isEncrypted: session.secure,
            user: session.user ?? null
          }
          const verdict = (await behaviour.onData?.(mail)) ?? null
          if (verdict === null || verdict === "cut") received.push(mail)
          if (verdict === "cut") return cut(session)
          done(failureOf(verdict))
        })
      }
    })
    // A client that went away in the middle of something is what the tests are about.
    server.on("error", () => {})
    return new Promise<SMTPServer>((resolve) => {
      server.listen(port, "127.0.0.1", () => resolve(server))
    })
  }

  let server = await open(options.port ?? 0)
  const address = server.server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  let isOpen = true

  const away = async () => {
    if (!isOpen) return
    isOpen = false
    for (const socket of sockets.values()) socket.destroy()
    sockets.clear()
    await new Promise<void>((resolve) => server.close(resolve))
  }

  return {
    port,
    url: (credentials = "") => `smtp://${credentials}127.0.0.1:${port}`,
    received,
    /** How many connections were ever made. */
    connections: () => connections,
    /** How many there are now. */
    open: () => server.connections.size,
    behave: (next: Behaviour) => {
      behaviour = next
    },
    /** Nobody listens any more, and every link is dropped. */
    away,
    back: async () => {
      server = await open(port)
      isOpen = true
    },
    stop: away
  }
}

export type Server = Awaited<ReturnType<typeof start>>

/** Whether anybody listens there. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
      .on("connect", () => resolve(socket.destroy() !== undefined))
      .on("error", () => resolve(false))
  })

// internal

const failureOf = (answer: string | null) => (answer === null ? null : refusal(answer))

const refusal = (answer: string) =>
  Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) })
