import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { setTimeout } from "node:timers/promises"
import { afterAll, beforeAll, inject } from "vitest"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** Resolves with what was printed on standard output and error so far, once that matches. */
  readonly says: (pattern: RegExp) => Promise<string>
}

export interface Program {
  /** An empty directory of this file's tests, where the program runs. */
  readonly directory: string
  /** What node runs. */
  readonly main: string
  readonly start: (args: ReadonlyArray<string>, env?: Record<string, string>) => Running
  readonly run: (args: ReadonlyArray<string>, env?: Record<string, string>, input?: string) => Promise<Ended>
  readonly write: (name: string, content: string | Uint8Array) => string
}

/** The real program, compiled once for all files that ask, and run as a process of its own. */
export const program = (): Program => {
  const built = inject("builtProgram")
  let directory = ""
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "octavo-cli-"))
    while (!existsSync(join(built, "done"))) {
      if (isFirst(built)) build(built)
      else await setTimeout(100)
    }
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  const main = () => join(built, "dist/cli/main.js")
  const start: Program["start"] = (args, env = {}) => {
    const child = spawn(process.execPath, [main(), ...args], {
      cwd: directory,
      env: { ...plainEnvironment(), ...env }
    })
    return observe(child)
  }
  return {
    get directory() {
      return directory
    },
    get main() {
      return main()
    },
    start,
    run: (args, env, input = "") => {
      const { child, ended } = start(args, env)
      child.stdin.on("error", () => {})
      child.stdin.end(input)
      return ended
    },
    write: (name, content) => {
      writeFileSync(join(directory, name), content)
      return name
    }
  }
}

// internal

/** Of all that would compile it; where the first fails, the next one is. */
const isFirst = (directory: string) => {
  try {
    mkdirSync(join(directory, "building"))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}

const build = (directory: string) => {
  const root = resolve(".")
  writeFileSync(join(directory, "package.json"), '{"type":"module"}')
  if (!existsSync(join(directory, "node_modules")))
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"), "junction")
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"))
  const options = ["--noCheck", "--declaration", "false", "--declarationMap", "false", "--sourceMap", "false"]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(typescript, "bin/tsc"), "-p", "tsconfig.build.json", "--outDir", join(directory, "dist"), ...options],
    { cwd: root, encoding: "utf8" }
  )
  if (status === 0) return writeFileSync(join(directory, "done"), "")
  rmdirSync(join(directory, "building"))
  throw new Error(`the program does not compile: ${stdout}${stderr}`)
}

const plainEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORT$|OCTAVO_|STRIPE_)/.test(name)))

const observe = (child: ChildProcessWithoutNullStreams): Running => {
  let stdout = ""
  let stderr = ""
  const listeners = new Set<() => void>()
  child.stdout.on("data", (chunk) => {
    stdout += chunk
    for (const listener of listeners) listener()
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
    for (const listener of listeners) listener()
  })
  const ended = new Promise<Ended>((done) => child.on("close", (code) => done({ code, stdout, stderr })))
  return {
    child,
    ended,
    says: (pattern) =>
      new Promise((done, fail) => {
        const look = () => {
          if (pattern.test(stdout + stderr)) {
            listeners.delete(look)
            done(stdout + stderr)
          }
        }
        listeners.add(look)
        look()
        void ended.then(() => fail(new Error(`ended without ${pattern}: ${stdout}${stderr}`)))
      })
  }
}
