/** What a command says: results on standard output, everything about the run on standard error. */
import { Effect } from "effect"

export const say = (...lines: ReadonlyArray<string>): Effect.Effect<void> => write(process.stdout, lines)

export const note = (...lines: ReadonlyArray<string>): Effect.Effect<void> => write(process.stderr, lines)

/** One value for programs, in snake_case as over HTTP. */
export const json = (value: unknown): Effect.Effect<void> => say(JSON.stringify(value, (_, part) => snake(part)))

// internal

const snake = (part: unknown) =>
  typeof part === "object" && part !== null && !Array.isArray(part)
    ? Object.fromEntries(
        Object.entries(part).map(([name, value]) => [
          name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          value
        ])
      )
    : part

const write = (stream: NodeJS.WriteStream, lines: ReadonlyArray<string>) =>
  Effect.sync(() => {
    stream.write(lines.map((line) => `${line}\n`).join(""))
  })
