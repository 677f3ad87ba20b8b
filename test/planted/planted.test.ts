import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { type Bug, read } from "./Bug.js"

/** What takes longer to find would not be found at a desk. */
const limit = 60_000

const directory = mkdtempSync(join(tmpdir(), "octavo-planted-"))
beforeAll(() => {
  for (const part of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    cpSync(part, join(directory, part), { recursive: true, filter: (path) => !path.includes("test/planted") })
  }
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"))
})
afterAll(() => {
  runner?.kill("SIGKILL")
  rmSync(directory, { recursive: true, force: true })
})

const bugs = read("test/planted/bugs.md")

describe("a planted bug is caught", () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))(
    "%s",
    async (_, bug) => {
      const source = readFileSync(bug.file, "utf8")
      expect(source.split(bug.find).length, `${bug.file} has the text that is to be replaced, once`).toBe(2)
      writeFileSync(
        join(directory, bug.file),
        source.replace(bug.find, () => bug.replace)
      )
      try {
        const { failed, reasons } = await run([bug])
        expect(failed).toBeGreaterThan(0)
        // A copy that does not even load proves nothing.
        expect(reasons.filter((reason) => /is not defined|SyntaxError|Cannot find/.test(reason))).toEqual([])
      } finally {
        writeFileSync(join(directory, bug.file), source)
      }
    },
    limit + 5000
  )

  it(
    "by tests that hold without it",
    async () => {
      // Each run has its races once more, and those on PostgreSQL take long.
      const quick = bugs.filter(({ suite }) => !suite.includes("postgres"))
      expect(await run(quick)).toMatchObject({ failed: 0, reasons: [] })
    },
    limit + 5000
  )
})

// internal

let runner: ChildProcess | undefined

/** The tests that are to notice these bugs, on the copy. */
const run = async (bugs: ReadonlyArray<Bug>): Promise<Verdict> => {
  runner ??= await start()
  runner.send({
    files: bugs.map(({ file }) => join(directory, file)),
    suites: [...new Set(bugs.map(({ suite }) => suite))],
    tests: bugs.map(({ tests }) => tests.replace(/[.*+?^${}()[\]\\]/g, "\\$&")).join("|")
  })
  const late = AbortSignal.timeout(limit)
  try {
    const verdict = await answer<Verdict>(runner, late)
    expect(verdict.passed + verdict.failed, "the tests that are named are there").toBeGreaterThan(0)
    return verdict
  } catch (error) {
    runner.kill("SIGKILL")
    runner = undefined
    throw late.aborted ? new Error("the tests did not come to an end in time") : error
  }
}

/** What the runner says next; it has failed when it ends instead. */
const answer = <A>(runner: ChildProcess, signal?: AbortSignal): Promise<A> =>
  Promise.race([
    once(runner, "message", { signal }).then(([said]) => said),
    once(runner, "exit").then(([code, killed]) => Promise.reject(new Error(`the runner has ended: ${code ?? killed}`)))
  ])

const start = async () => {
  const child = fork(resolve("test/planted/runner.mjs"), [directory], {
    cwd: directory,
    env: { OCTAVO_ROUNDS: "5", ...process.env, OCTAVO_TEST_PG_URL: inject("postgresUrl") },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  await answer(child)
  return child
}

interface Verdict {
  readonly passed: number
  readonly failed: number
  readonly reasons: ReadonlyArray<string>
}
