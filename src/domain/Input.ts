/** What comes from outside, and what is wrong with it. */
import { Duration, Either, Option, ParseResult, Schema } from "effect"

export const Issue = Schema.Struct({
  /** Where, in the field's own name; dotted when nested, empty for the whole. */
  path: Schema.String,
  /** What must hold. The rejected value is never part of it. */
  message: Schema.String
})
export type Issue = typeof Issue.Type

/** Input that does not fit; every issue that was found is named, none echoes the value. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  issues: Schema.Array(Issue)
}) {}

/** One of a few texts, all of which its message names. No union of literals: within another union that would lose its message. */
export const oneOf = <const Choices extends readonly [string, ...ReadonlyArray<string>]>(...literals: Choices) => {
  const known: ReadonlySet<unknown> = new Set(literals)
  const schema = Schema.declare<Choices[number]>((input): input is Choices[number] => known.has(input), {
    message: () => `must be one of ${literals.join(", ")}`,
    jsonSchema: { type: "string", enum: literals },
    arbitrary: () => (fc) => fc.constantFrom<Choices[number]>(...literals)
  })
  return Object.assign(schema, { literals })
}

/** A span of time as Effect takes it: a number of milliseconds, "2 days", a `Duration`. */
export const duration = Schema.transformOrFail(Schema.Unknown, Schema.DurationFromSelf, {
  strict: true,
  decode: (input, _, ast) =>
    Option.match(Duration.decodeUnknown(input), {
      onNone: () => ParseResult.fail(new ParseResult.Type(ast, input, 'must be a duration, such as "2 days"')),
      onSome: ParseResult.succeed
    }),
  encode: ParseResult.succeed
})

export const invalid = (path: string, message: string): InvalidInput =>
  new InvalidInput({ issues: [{ path, message }] })

/** Decodes plain input by a schema: unknown fields are ignored, all issues are collected. */
export const decode = <A, I>(schema: Schema.Schema<A, I>) => {
  const run = ParseResult.decodeUnknownEither(schema, { errors: "all" })
  return (input: unknown): Either.Either<A, InvalidInput> => Either.mapLeft(run(input), fromIssue)
}

/** The same facts as a parse error, without the values that it quotes. */
export const fromIssue = (issue: ParseResult.ParseIssue): InvalidInput => {
  const issues = new Map<string, Issue>()
  for (const { path: segments, message, _tag } of ParseResult.ArrayFormatter.formatIssueSync(issue)) {
    const path = segments.map(String).join(".")
    if (!issues.has(path)) issues.set(path, { path, message: _tag === "Missing" ? "is missing" : inWords(message) })
  }
  return new InvalidInput({ issues: [...issues.values()] })
}

/** A field that may be left out, or null. */
export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/** To build a value of parts that were checked when they came in: they are not checked again. */
export const checked = { disableValidation: true } as const

// internal

/** Those of Schema's own messages that clients meet, for people; none of them with the value that it quotes. */
const inWords = (message: string) => {
  const wanted = /^Expected ([\s\S]*?)(?:, actual [\s\S]*)?$/.exec(message)?.[1]
  if (wanted === undefined) return message
  const [, from, to] = /^a number between (\S+) and (\S+)$/.exec(wanted) ?? []
  return from === undefined ? `must be ${words[wanted] ?? wanted}` : `must be from ${from} to ${to}`
}

const words: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  "an integer": "a whole number"
}
