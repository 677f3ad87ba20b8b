/** `octavo`: chooses the command, tells what went wrong in one line, answers with the exit code. */
import { Cause, Effect, Exit } from "effect"
import { version } from "../http/version.js"
import * as Audit from "./Audit.js"
import type { Command } from "./Command.js"
import { Failure, usage } from "./Failure.js"
import * as Import from "./Import.js"
import * as Log from "./Log.js"
import * as Migrate from "./Migrate.js"
import { type Environment, quote } from "./Options.js"
import * as Outbox from "./Outbox.js"
import * as Output from "./Output.js"
import * as Recover from "./Recover.js"
import * as Serve from "./Serve.js"
import * as Token from "./Token.js"

export const commands: ReadonlyArray<Command> = [
  Serve.command,
  Import.command,
  Recover.command,
  Audit.command,
  Outbox.command,
  Migrate.command,
  Token.command
]

/** Does what a command line asks for. */
export const follow = (args: ReadonlyArray<string>, env: Environment): Effect.Effect<number, Failure> => {
  const [name, ...rest] = args
  if (name === undefined) return Effect.as(Output.note(help), 2)
  if (name === "--help" || name === "-h" || name === "help") {
    const command = commands.find((each) => each.name === rest[0])
    return Effect.as(Output.say(command?.help ?? help), 0)
  }
  if (name === "--version" || name === "-v") return Effect.as(Output.say(version), 0)
  const command = commands.find((each) => each.name === name)
  if (command === undefined) {
    const known = commands.map((each) => each.name).join(", ")
    return Effect.fail(usage(`there is no command ${quote(name)}; there are ${known}`))
  }
  const asksForHelp = rest.slice(0, ended(rest)).some((arg) => arg === "--help" || arg === "-h")
  return asksForHelp ? Effect.as(Output.say(command.help), 0) : command.run(rest, env)
}

/** Runs a command line to its exit code. */
export const run = (args: ReadonlyArray<string>, env: Environment): Effect.Effect<number> =>
  follow(args, env).pipe(
    Effect.provide(Log.full),
    Effect.exit,
    Effect.flatMap(
      Exit.match({
        onSuccess: Effect.succeed,
        onFailure: (cause) => tell(cause, args.includes("--debug") || (env.OCTAVO_DEBUG ?? "") !== "")
      })
    )
  )

// internal

const help = `Usage: octavo COMMAND [options]

A bookstore: catalog, search, cart, checkout and orders, over SQLite, PostgreSQL or memory.

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

\`octavo COMMAND --help\` tells more; \`octavo --version\` its version.
--debug, or OCTAVO_DEBUG=1, shows what lies behind an error.
Exit codes: 0 done, 1 trouble, 2 a command line that cannot be followed.

To look around:
  octavo serve --demo`

/** Where the options end by `--`. */
const ended = (args: ReadonlyArray<string>) => (args.includes("--") ? args.indexOf("--") : args.length)

const tell = (cause: Cause.Cause<Failure>, debug: boolean): Effect.Effect<number> => {
  const error = Cause.squash(cause)
  const failure = error instanceof Failure ? error : undefined
  const message = failure?.message ?? `this is a bug in octavo: ${String(error)}; --debug shows more, please report it`
  const behind = failure === undefined ? Cause.pretty(cause) : describe(failure.cause)
  return Effect.as(
    Output.note(`octavo: ${message.replace(/\s+/g, " ")}`, ...(debug && behind !== "" ? [behind] : [])),
    failure?.exitCode ?? 1
  )
}

const describe = (cause: unknown): string =>
  cause === undefined ? "" : Cause.pretty(Cause.die(cause), { renderErrorCause: true })
