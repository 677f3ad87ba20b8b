import type { Effect } from "effect"
import type { Failure } from "./Failure.js"
import type { Environment } from "./Options.js"

/** One of the program's commands; it ends with an exit code. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly help: string
  readonly run: (args: ReadonlyArray<string>, env: Environment) => Effect.Effect<number, Failure>
}
