import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The files that take minutes begin first, so that the run does not end with one of them alone. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId))
  }
}

// internal

const longest = [
  "test/planted/planted.test.ts",
  "test/crash/crash.test.ts",
  "test/conformance/postgres.test.ts",
  "test/testing/simulation/replay.test.ts",
  "test/conformance/sqlite.test.ts",
  "test/conformance/broken.test.ts",
  "test/conformance/memory.test.ts",
  "test/testing/simulation/flaws.test.ts",
  "test/cli/mail.test.ts"
]

const rank = (file: string) => {
  const at = longest.findIndex((name) => file.endsWith(name))
  return at === -1 ? longest.length : at
}
