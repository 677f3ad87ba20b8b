/** Command lines read strictly: what is not understood is said, never guessed. */
import { type ParseArgsConfig, parseArgs } from "node:util"
import { Duration, Effect, Either } from "effect"
import { type Failure, usage } from "./Failure.js"

export type Environment = Readonly<Record<string, string | undefined>>

export type Specs = NonNullable<ParseArgsConfig["options"]>

export type Parsed<S extends Specs> = ReturnType<typeof parseArgs<Strict<S>>>

/** Understood by every command. */
export const common = {
  help: { type: "boolean", short: "h" },
  debug: { type: "boolean" }
} as const satisfies Specs

/** Options and arguments by `specs`. */
export const parse = <const S extends Specs>(
  command: string,
  args: ReadonlyArray<string>,
  specs: S
): Effect.Effect<Parsed<S>, Failure> =>
  Effect.try({
    try: () => parseArgs<Strict<S>>({ args: [...args], options: specs, allowPositionals: true, strict: true }),
    catch: (error) => usage(`${firstSentence(error)}; see \`octavo ${command} --help\``)
  })

/** Whether all that lies behind trouble is to be shown. */
export const isDebug = (values: { readonly debug?: boolean | undefined }, env: Environment): boolean =>
  values.debug === true || (env.OCTAVO_DEBUG ?? "") !== ""

/** Nothing but options. */
export const noArguments = (command: string, found: ReadonlyArray<string>): Effect.Effect<void, Failure> =>
  found.length === 0
    ? Effect.void
    : Effect.fail(usage(`\`octavo ${command}\` takes no argument, but got ${quote(found[0])}`))

export const wholeNumber = (
  name: string,
  text: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number }
): Either.Either<number, Failure> => {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return number >= minimum && number <= maximum
    ? Either.right(number)
    : Either.left(usage(`${name} takes a whole number from ${minimum} to ${maximum}, not ${quote(text)}`))
}

/** A time such as `30s`, `15m`, `1h` or `30d`; none at all, `0s`, where that makes sense. */
export const duration = (
  name: string,
  text: string,
  { orNone = false }: { readonly orNone?: boolean } = {}
): Either.Either<Duration.Duration, Failure> => {
  const [, digits = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const count = digits === "" ? Number.NaN : Number(digits)
  return count >= (orNone ? 0 : 1)
    ? Either.right(Duration.seconds(count * (seconds[unit] ?? 1)))
    : Either.left(usage(`${name} takes a time such as 90s, 15m, 1h or 30d, not ${quote(text)}`))
}

/** A value from outside in a message of one line. */
export const quote = (text: string | undefined): string => JSON.stringify((text ?? "").slice(0, 200))

// internal

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

interface Strict<S extends Specs> {
  args: Array<string>
  options: S
  allowPositionals: true
  strict: true
}

const firstSentence = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const [, name] = /^Option '(?:-\w, )?(--[\w-]+).* is ambiguous/.exec(message) ?? []
  if (name !== undefined) {
    return `${name} is followed by another option; a value that begins with a dash is written ${name}=-1`
  }
  return (message.split(/\.\s|\n/)[0] ?? message).replace(/\.$/, "")
}
