import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { bundle } from "../support/bundle.js"

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

/** The real program as one file, which starts more than twice as fast as its modules, and runs as a process of its own. */
export const program = (): Program => {
  let directory = ""
  let bundled: Awaited<ReturnType<typeof bundle>> | undefined
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "octavo-cli-"))
    bundled = await bundle("src/cli/main.ts")
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
    bundled?.remove()
  })
  const main = () => bundled?.path ?? ""
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

/** What a process says, and how it ends. */
export const observe = (child: ChildProcessWithoutNullStreams): Running => {
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

// internal

const plainEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORT$|OCTAVO_|STRIPE_)/.test(name)))
