/**
 * Vitest in the directory that is named, kept for one bug after the other, so that none pays for its start. It is told
 * which files have changed and which tests are to be run, and answers with what became of them.
 */
import { createVitest } from "vitest/node"

const options = { root: process.argv[2], watch: false, bail: 1, reporters: [{}] }
// Each run loads what was changed.
const vitest = await createVitest("test", { ...options, isolate: true })
const changed = new Set()

process.on("message", async ({ files, suites, tests }) => {
  for (const file of files) changed.add(file)
  for (const one of changed) vitest.invalidateFile(one)
  vitest.setGlobalTestNamePattern(tests)
  const specifications = await vitest.globTestSpecifications(suites)
  const { testModules: known, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  // It also knows those of the runs before.
  const testModules = known.filter(({ moduleId }) => specifications.some((one) => one.moduleId === moduleId))
  const results = testModules.flatMap(({ children }) => [...children.allTests()].map((test) => test.result()))
  const errors = [
    ...results.flatMap(({ errors }) => errors ?? []),
    ...testModules.flatMap((module) => module.errors()),
    ...unhandledErrors
  ]
  process.send({
    passed: results.filter(({ state }) => state === "passed").length,
    failed: results.filter(({ state }) => state === "failed").length,
    reasons: errors.map(({ message, stack }) => `${message}\n${stack}`)
  })
})
process.send("ready")
