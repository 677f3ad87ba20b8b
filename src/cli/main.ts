/** The program: what `octavo` runs. */
import { Effect } from "effect"
import * as Program from "./Program.js"

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1))
process.stderr.on("error", () => process.exit(1))

Effect.runFork(Program.run(process.argv.slice(2), process.env)).addObserver((exit) => {
  const code = exit._tag === "Success" ? exit.value : 1
  // What was written goes out first; a standard input still open must not keep the process.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)))
})
