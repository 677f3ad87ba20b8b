/** A real SMTP server on loopback that a test can take away and bring back. */
import { type AddressInfo, createServer } from "node:net"
import { SMTPServer } from "smtp-server"

export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** The whole mail, as it came. */
  readonly raw: string
}

export interface MailServer {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** How long it thinks about each mail, in milliseconds. */
  slowness: number
}

/** On a port of its own, which it keeps; not listening yet. */
export const make = async (): Promise<MailServer> => {
  const port = await freePort()
  const received: Array<Received> = []
  let server: SMTPServer | undefined
  const mailServer: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    received,
    slowness: 0,
    start: () =>
      new Promise((done) => {
        server = new SMTPServer({
          authOptional: true,
          disabledCommands: ["STARTTLS"],
          disableReverseLookup: true,
          onData: (stream, { envelope: { mailFrom, rcptTo } }, answer) => {
            let raw = ""
            stream.on("data", (chunk) => {
              raw += chunk
            })
            stream.on("end", () =>
              setTimeout(() => {
                const from = mailFrom === false ? "" : mailFrom.address
                received.push({ from, to: rcptTo.map(({ address }) => address), raw })
                answer()
              }, mailServer.slowness)
            )
          }
        })
        server.listen(port, "127.0.0.1", done)
      }),
    stop: () =>
      new Promise((done) => {
        if (server === undefined) done()
        else server.close(() => done())
      })
  }
  return mailServer
}

/** A header of a mail, unfolded and as it was written. */
export const header = ({ raw }: Received, name: string): string => {
  const [head = ""] = raw.split(/\r?\n\r?\n/)
  const line = head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .find((each) => each.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim() ?? ""
}

// internal

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
