/** What comes from outside, and what is wrong with it. */
import { Either, ParseResult, Schema } from "effect"

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

/** One of a few texts, all of which its message names. */
export const oneOf = <const Choices extends readonly [string, ...ReadonlyArray<string>]>(...choices: Choices) =>
  Schema.Literal(...choices).annotations({ message: () => `must be one of ${choices.join(", ")}` })

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
    if (!issues.has(path))
      issues.set(path, { path, message: _tag === "Missing" ? "is missing" : withoutActual(message) })
  }
  return new InvalidInput({ issues: [...issues.values()] })
}

/** To build a value of parts that were checked when they came in: they are not checked again. */
export const checked = { disableValidation: true } as const

// internal

const withoutActual = (message: string) => message.replace(/, actual [\s\S]*$/, "")
