/** A small model of the whole bookstore, and histories of calls that are answered as it answers them. */
import { Effect, FastCheck } from "effect"
import type { Stores } from "../../ports/Stores.js"
import { LawBroken } from "../Law.js"
import { type Deed, history } from "./Histories.js"
import { type Differs, type Line, place, play } from "./Play.js"
import { smallest } from "./Shrink.js"

export type { Differs, Line } from "./Play.js"

export interface Options {
  /** How many histories are played; 10 unless said otherwise. */
  readonly histories?: number
  /** How many calls each makes at most, beside those that open and close the shop; 40 unless said otherwise. */
  readonly length?: number
  /** Plays the histories of this seed; those of the environment's `OCTAVO_SEED`, or any, unless said otherwise. */
  readonly seed?: number
  /** Nothing else is on the store: the provider's books are compared with all of it. */
  readonly alone?: boolean
  /** How long a smaller history is looked for when one fails, in milliseconds; 20 seconds unless said otherwise. */
  readonly shrinking?: number
}

/** What the histories were answered, equal on every store for the same seed; fails with the smallest that is not as the model says. */
export const check = (options: Options = {}): Effect.Effect<ReadonlyArray<ReadonlyArray<Line>>, LawBroken, Stores> =>
  Effect.suspend(() => {
    const { histories = 10, length = 40, seed = anySeed(), shrinking = 20_000 } = options
    let turn = 0
    const attempt = (deeds: ReadonlyArray<Deed>) => play(deeds, place(turn++), options)
    return Effect.forEach(Array.from({ length: histories }).keys(), (i) =>
      Effect.catchTag(attempt(drawn(seed + i, length)), "Differs", (first) =>
        Effect.flatMap(shrunk(drawn(seed + i, length), attempt, shrinking), (least) => broken(seed + i, least ?? first))
      )
    )
  })

/** The seed that the environment's `OCTAVO_SEED` asks for. */
export const seedAsked = (): number | null => {
  const asked = globalThis.process?.env.OCTAVO_SEED
  return asked === undefined || !Number.isSafeInteger(Number(asked)) ? null : Number(asked)
}

// internal

const drawn = (seed: number, length: number): ReadonlyArray<Deed> =>
  FastCheck.sample(history(length), { seed, numRuns: 1 })[0] ?? []

const anySeed = () => seedAsked() ?? Math.floor(Math.random() * 2 ** 30)

/** Where the smallest history that was found differs. */
const shrunk = (
  deeds: ReadonlyArray<Deed>,
  attempt: (deeds: ReadonlyArray<Deed>) => Effect.Effect<unknown, Differs, Stores>,
  millis: number
) =>
  Effect.suspend(() => {
    let least: Differs | null = null
    const fails = (candidate: ReadonlyArray<Deed>) =>
      Effect.match(attempt(candidate), {
        onSuccess: () => null,
        onFailure: (differs) => {
          least = differs
          return differs.after + 1
        }
      })
    return Effect.map(smallest(deeds, fails, millis), () => least)
  })

const broken = (seed: number, { calls, what, difference }: Differs) => {
  const told = calls.map(({ call, with: args }, i) => `  ${i + 1}. ${call}(${args.map(inWords).join(", ")})`)
  const { path, expected, found } = difference
  return new LawBroken({
    message: [
      `${what} is not the model's${path === "" ? "" : `, at ${path}`}`,
      `  must be ${inWords(expected)}`,
      `  and was ${inWords(found)}`,
      `after these calls (again with OCTAVO_SEED=${seed}):`,
      ...told
    ].join("\n")
  })
}

/** What was said is told by what was given. */
const inWords = (value: unknown): string =>
  JSON.stringify(value, (_, field) => (isSaid(field) ? field.given : field)) ?? "nothing"

const isSaid = (value: unknown): value is { readonly given?: unknown } =>
  typeof value === "object" && value !== null && ("given" in value || "means" in value)
