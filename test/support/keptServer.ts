/** Servers in processes of their own, which end with the process that asked for them, however that one ends. */
import { spawn } from "node:child_process"
import { type AddressInfo, createServer } from "node:net"
import { fileURLToPath } from "node:url"

export interface KeptServer {
  readonly stop: () => Promise<void>
  /** Without a word to anybody, unless SIGQUIT asks the server to give up at once by itself; resolves once it has ended. */
  readonly kill: (signal?: "SIGKILL" | "SIGQUIT") => Promise<void>
  /** Resolves once it accepts connections again. */
  readonly restart: () => Promise<void>
}

/** What is started, where it keeps its files, and what it says on standard error once it accepts connections. */
export interface Kept {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly options: object
  /** That of this process unless said otherwise; never among the arguments, which everybody can read. */
  readonly env?: NodeJS.ProcessEnv
  readonly directory: string
  readonly ready: string
}

/** Resolves once the server accepts connections. */
export const keep = async ({ name, ready, env = process.env, ...server }: Kept): Promise<KeptServer> => {
  const child = spawn(process.execPath, [keeper, JSON.stringify(server)], {
    detached: true,
    env,
    stdio: ["pipe", "ignore", "pipe"]
  })
  const exited = new Promise<void>((done) => child.on("exit", () => done()))
  let log = ""
  let look = () => {}
  let fail = (_: Error) => {}
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-10_000)
    look()
  })
  child.on("error", (error) => fail(error))
  child.on("exit", () => fail(new Error(`${name} did not stay: ${log}`)))
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      log = ""
      look = () => {
        if (log.includes(text)) resolve()
      }
      fail = reject
    })
  const tell = (line: string, answer: string) => {
    const answered = says(answer)
    child.stdin.write(`${line}\n`)
    return answered
  }
  await says(ready)
  return {
    stop: () => {
      child.stdin.end()
      return exited
    },
    kill: (signal = "SIGKILL") => tell(signal, "the server has ended"),
    restart: () => tell("start", ready)
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

// internal

const keeper = fileURLToPath(new URL("./serverKeeper.mjs", import.meta.url))
