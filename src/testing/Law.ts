/** A law is a rule that every store keeps, with a check that runs on any of them. */
import { Cause, Context, Data, DateTime, Effect, Either, Option } from "effect"
import type { Stores } from "../ports/Stores.js"

export interface Law<R = Stores> {
  /** The rule. */
  readonly name: string
  /**
   * Fails when the store breaks the rule. It makes customers, books and genres of its own and counts only those, so
   * that it runs on a store that holds others, any number of times.
   */
  readonly check: Effect.Effect<void, LawBroken, R>
}

/** What was seen, and what the law says must be. */
export class LawBroken extends Data.TaggedError("LawBroken")<{ readonly message: string }> {}

/** How often a race is run. */
export class Rounds extends Context.Reference<Rounds>()("octavo/testing/Rounds", { defaultValue: () => 5 }) {}

/** Whatever its check did not expect, a defect or a trouble of the store, breaks the law. */
export const law = <R = Stores>(name: string, check: Effect.Effect<void, unknown, R>): Law<R> => ({
  name,
  check: Effect.catchAllCause(check, (cause) => {
    const broken = Cause.find(cause, (part) =>
      part._tag === "Fail" && part.error instanceof LawBroken ? Option.some(part.error) : Option.none()
    )
    return Option.getOrElse(broken, () => new LawBroken({ message: describe(cause) }))
  })
})

/** A law that holds in every one of `Rounds` races. */
export const race = <R = Stores>(name: string, round: Effect.Effect<void, unknown, R>): Law<R> =>
  law(
    name,
    // Between rounds the runner's own timers have their turn.
    Effect.flatMap(Rounds, (rounds) => Effect.repeatN(Effect.zipLeft(round, Effect.sleep("1 millis")), rounds - 1))
  )

// what a check says

export const holds = (what: string, fact: boolean): Effect.Effect<void, LawBroken> =>
  fact ? Effect.void : new LawBroken({ message: `must hold: ${what}` })

/** Equal in every field, whatever the class. */
export const same = (what: string, found: unknown, expected: unknown): Effect.Effect<void, LawBroken> =>
  Effect.suspend(() => {
    const [is, must] = [show(found), show(expected)]
    if (is === must) return Effect.void
    const from = differsAt(is, must)
    return new LawBroken({ message: `${what}\n  must be ${excerpt(must, from)}\n  and was ${excerpt(is, from)}` })
  })

/** The refusal of an effect that must not succeed. */
export const refused = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<E, LawBroken, R> =>
  Effect.matchEffect(effect, {
    onFailure: Effect.succeed,
    onSuccess: (answer) => new LawBroken({ message: `must be refused, and was ${excerpt(show(answer), 0)}` })
  })

/** Fails with an error equal to `refusal`. */
export const refuses = <A, E, R>(
  what: string,
  effect: Effect.Effect<A, E, R>,
  refusal: { readonly _tag: string }
): Effect.Effect<void, LawBroken, R> =>
  Effect.matchEffect(effect, {
    onFailure: (error) => same(what, error, refusal),
    onSuccess: (answer) => same(what, { answered: answer }, refusal)
  })

/** So many of the same kind at once; each answers by itself. */
export const atOnce = <A, E, R>(
  count: number,
  effect: (index: number) => Effect.Effect<A, E, R>
): Effect.Effect<Outcomes<A, E>, never, R> =>
  Effect.map(
    Effect.forEach(Array.from({ length: count }).keys(), (index) => Effect.either(effect(index)), {
      concurrency: "unbounded"
    }),
    (eithers) => ({
      successes: eithers.filter(Either.isRight).map(({ right }) => right),
      failures: eithers.filter(Either.isLeft).map(({ left }) => left)
    })
  )

export interface Outcomes<A, E> {
  readonly successes: ReadonlyArray<A>
  readonly failures: ReadonlyArray<E>
}

/** Each failure is one of those that the law allows. */
export const onlyRefusals = (
  failures: ReadonlyArray<{ readonly _tag: string }>,
  allowed: ReadonlyArray<string>
): Effect.Effect<void, LawBroken> =>
  Effect.forEach(
    failures,
    (failure) =>
      allowed.includes(failure._tag)
        ? Effect.void
        : new LawBroken({
            message: `only ${allowed.join(" or ") || "success"} may be answered, and was ${show(failure)}`
          }),
    { discard: true }
  )

/** One text for equal values. */
export const show = (value: unknown): string => JSON.stringify(plain(value)) ?? "undefined"

// internal

const differsAt = (a: string, b: string) => {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** What is near a place in a text, which may be long. */
const excerpt = (text: string, at: number) => {
  const start = at < 300 ? 0 : at - 150
  return `${start > 0 ? "…" : ""}${text.slice(start, start + 500)}${text.length > start + 500 ? "…" : ""}`
}

const plain = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Array.isArray(value)) return value.map(plain)
  const fields: Array<readonly [string, unknown]> = Object.entries(value).map(([key, field]) => [key, plain(field)])
  const named = value instanceof Error ? withoutTrace(value, fields) : fields
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

const withoutTrace = (error: Error, fields: ReadonlyArray<readonly [string, unknown]>) => {
  const tag = "_tag" in error ? String(error._tag) : error.name
  const facts = fields.filter(([key]) => !["_tag", "name", "stack", "message", "cause"].includes(key))
  const told = "cause" in error || !("_tag" in error) ? [["message", error.message] as const] : []
  return [["_tag", tag] as const, ...facts, ...told]
}

const describe = (cause: Cause.Cause<unknown>) =>
  `nothing of the kind may happen: ${Cause.pretty(Cause.map(cause, (error) => (error instanceof Error ? error : new Error(show(error)))))}`
