import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export interface RedisServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** A server that keeps nothing on disk: it forgets everything when it is killed, and is started again on the same port. */
export interface OwnServer extends RedisServer {
  /** Without a word to anybody; resolves once it has ended. */
  readonly kill: () => Promise<void>
  /** Resolves once it accepts connections again. */
  readonly restart: () => Promise<void>
}

/** A real Redis server: the one at `OCTAVO_TEST_REDIS_URL`, else one of our own, which stops with this process, however it ends. */
export const start = async (): Promise<RedisServer> => {
  const url = process.env.OCTAVO_TEST_REDIS_URL
  return url ? { url, stop: async () => {} } : startOwn()
}

/** A server of one's own, whatever the environment names. */
export const startOwn = async (): Promise<OwnServer> => {
  const redis = installed()
  const directory = mkdtempSync(join(tmpdir(), "octavo-redis-"))
  const port = await freePort()
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
  // Its log is what the keeper listens to.
  const args = ["-c", `exec ${redis} "$@" 1>&2`, redis, ...settings, "--dir", directory]
  return { url: `redis://127.0.0.1:${port}`, ...(await keep({ command: "sh", args, options: {}, directory })) }
}

// internal

const installed = (): string => {
  const found = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0)
  if (found !== undefined) return found
  throw new Error(
    "The tests need Redis: install it, so that `redis-server` is on the path (Debian and Ubuntu: apt-get install redis-server, macOS: brew install redis), or set OCTAVO_TEST_REDIS_URL to a server; those that kill Redis need the former."
  )
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The keeper of the PostgreSQL servers keeps any server. */
const keeper = fileURLToPath(new URL("./postgresKeeper.mjs", import.meta.url))

/** Resolves once the server accepts connections. */
const keep = async (server: object): Promise<Omit<OwnServer, "url">> => {
  const child = spawn(process.execPath, [keeper, JSON.stringify(server)], {
    detached: true,
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
  child.on("exit", () => fail(new Error(`Redis did not stay: ${log}`)))
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
    kill: () => tell("SIGKILL", "the server has ended"),
    restart: () => tell("start", ready)
  }
}

const ready = "Ready to accept connections"
