import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import manifest from "./package.json" with { type: "json" }
import LongestFirst from "./test/support/longestFirst.js"

/** The package's entry points, read from their sources, so that examples import octavo as a host does. */
const alias = Object.entries(manifest.exports).map(([entry, { default: built }]) => ({
  find: new RegExp(`^octavo${entry.slice(1)}$`),
  replacement: fileURLToPath(new URL(built.replace("./dist/", "./src/").replace(/\.js$/, ".ts"), import.meta.url))
}))

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: "test/support/globalSetup.ts",
    reporters: ["default", "./test/support/tallyReporter.ts"],
    sequence: { sequencer: LongestFirst },
    pool: "forks",
    // What the files import is loaded once a worker, not once a file, which would be a sixth of the time.
    isolate: false,
    // As many as at most: a worker that is to end may be given a file still, and the run would break off.
    minWorkers: 3,
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
