import { spawnSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, type KeptServer, keep } from "./keptServer.js"

export interface RedisServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** A server that keeps nothing on disk: it forgets everything when it is killed, and is started again on the same port. */
export interface OwnServer extends RedisServer, KeptServer {}

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
  const ready = "Ready to accept connections"
  const kept = await keep({ name: "Redis", ready, command: "sh", args, options: {}, directory })
  return { url: `redis://127.0.0.1:${port}`, ...kept }
}

// internal

const installed = (): string => {
  const found = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0)
  if (found !== undefined) return found
  throw new Error(
    "The tests need Redis: install it, so that `redis-server` is on the path (Debian and Ubuntu: apt-get install redis-server, macOS: brew install redis), or set OCTAVO_TEST_REDIS_URL to a server; those that kill Redis need the former."
  )
}
