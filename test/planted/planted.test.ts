import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
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
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe("a planted bug is caught", () => {
  it.each(read("test/planted/bugs.md").map((bug) => [bug.name, bug] as const))(
    "%s",
    async (_, bug) => {
      const source = readFileSync(bug.file, "utf8")
      expect(source.split(bug.find).length, `${bug.file} has the text that is to be replaced, once`).toBe(2)
      writeFileSync(
        join(directory, bug.file),
        source.replace(bug.find, () => bug.replace)
      )
      try {
        const { failed, reasons } = await run(bug)
        expect(failed).toBeGreaterThan(0)
        // A copy that does not even load proves nothing.
        expect(reasons.filter((reason) => /is not defined|SyntaxError|Cannot find/.test(reason))).toEqual([])
      } finally {
        writeFileSync(join(directory, bug.file), source)
      }
    },
    limit + 5000
  )
})

// internal

const vitest = resolve("node_modules/vitest/vitest.mjs")

/** The tests that are named, on the copy. */
const run = async ({ suite, tests }: Bug) => {
  const output = join(directory, "verdict.json")
  rmSync(output, { force: true })
  const names = tests.replace(/[.*+?^${}()[\]\\]/g, "\\$&")
  const options = ["--testNamePattern", names, "--reporter=json", "--outputFile", output, "--bail=1"]
  const child = spawn(process.execPath, [vitest, "run", suite, ...options], {
    cwd: directory,
    env: { OCTAVO_ROUNDS: "5", ...process.env, OCTAVO_TEST_PG_URL: inject("postgresUrl") },
    stdio: "ignore",
    timeout: limit,
    killSignal: "SIGKILL"
  })
  await once(child, "exit")
  expect(existsSync(output), "the tests came to an end in time").toBe(true)
  const verdict: Verdict = JSON.parse(readFileSync(output, "utf8"))
  const cases = verdict.testResults.flatMap(({ assertionResults }) => assertionResults)
  expect(
    cases.some(({ status }) => status === "failed" || status === "passed"),
    "the tests that are named are there"
  ).toBe(true)
  return { failed: verdict.numFailedTests, reasons: cases.flatMap(({ failureMessages }) => failureMessages) }
}

interface Verdict {
  readonly numFailedTests: number
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{
      readonly status: string
      readonly failureMessages: ReadonlyArray<string>
    }>
  }>
}
