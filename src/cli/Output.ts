/** What a command says: results on standard output, everything about the run on standard error. */
import { Effect } from "effect"

export const say = (...lines: ReadonlyArray<string>): Effect.Effect<void> => write(process.stdout, lines)

export const note = (...lines: ReadonlyArray<string>): Effect.Effect<void> => write(process.stderr, lines)

// internal

const write = (stream: NodeJS.WriteStream, lines: ReadonlyArray<string>) =>
  Effect.sync(() => {
    stream.write(lines.map((line) => `${line}\n`).join(""))
  })
