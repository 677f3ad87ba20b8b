import type { Reporter, TestModule } from "vitest/node"

/** Ends the run with one plain line, `12 passed, 0 failed`; what broke outside of a test counts as failed. */
export default class TallyReporter implements Reporter {
  private line = ""

  onInit() {
    process.on("exit", () => process.stdout.write(this.line))
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>) {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const count = (state: "passed" | "failed") => states.filter((one) => one === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length
    this.line = `${count("passed")} passed, ${count("failed") + broken} failed\n`
  }
}
