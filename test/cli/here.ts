import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, vi } from "vitest"
import * as Program from "../../src/cli/Program.js"
import type { Ended } from "./program.js"

/** The program within the test's own process: what starts a hundred times need not be a process each time. */
export const here = () => {
  let directory = ""
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "octavo-cli-"))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return {
    /** A file of this test file's own. */
    file: (name: string) => join(directory, name),
    write: (name: string, content: string) => {
      writeFileSync(join(directory, name), content)
      return join(directory, name)
    },
    run: async (args: ReadonlyArray<string>, env: Record<string, string> = {}): Promise<Ended> => {
      const written = { stdout: "", stderr: "" }
      const spies = (["stdout", "stderr"] as const).map((name) =>
        vi.spyOn(process[name], "write").mockImplementation((text) => {
          written[name] += text
          return true
        })
      )
      try {
        return { code: await Effect.runPromise(Program.run(args, env)), ...written }
      } finally {
        for (const spy of spies) spy.mockRestore()
      }
    }
  }
}
