/** The smallest history that still fails, as far as the time allows to look for it. */
import { Effect } from "effect"
import type { Deed } from "./Histories.js"

/** `fails` answers how many deeds it took, null when none failed. */
export const smallest = <R>(
  deeds: ReadonlyArray<Deed>,
  fails: (deeds: ReadonlyArray<Deed>) => Effect.Effect<number | null, never, R>,
  millis: number
): Effect.Effect<ReadonlyArray<Deed>, never, R> =>
  Effect.gen(function* () {
    const until = performance.now() + millis
    let best = deeds
    const better = (candidate: ReadonlyArray<Deed>) =>
      Effect.gen(function* () {
        if (performance.now() > until) return false
        const taken = yield* fails(candidate)
        if (taken !== null) best = candidate.slice(0, taken)
        return taken !== null
      })
    yield* better(best)
    for (let smaller = true; smaller; ) {
      smaller = false
      for (let size = best.length >> 1; size >= 1; size >>= 1)
        for (let end = best.length; end > 0; end -= size)
          smaller = (yield* better([...best.slice(0, Math.max(0, end - size)), ...best.slice(end)])) || smaller
      for (let at = 0; at < best.length; at++)
        for (const plainer of simpler(best[at]))
          smaller = (yield* better([...best.slice(0, at), ...plainer, ...best.slice(at + 1)])) || smaller
    }
    return best
  })

// internal

/** What might do in place of a deed, each a little less than it. */
const simpler = (deed: Deed | undefined): ReadonlyArray<ReadonlyArray<Deed>> => {
  if (deed === undefined) return []
  if (deed.call === "host" && Array.isArray(deed.with[0])) {
    const body: ReadonlyArray<Deed> = deed.with[0]
    const less = body.flatMap((inner, at) =>
      [[], ...simpler(inner)].map((plainer) => [...body.slice(0, at), ...plainer, ...body.slice(at + 1)])
    )
    return [body, ...less.map((body) => [{ ...deed, with: [body, deed.with[1]] }])]
  }
  return plainer(deed.with).map((args) => [{ ...deed, with: args }])
}

const plainer = <A>(value: A): ReadonlyArray<A> => {
  if (typeof value !== "object" || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((part: unknown, at) => plainer(part).map((less) => value.with(at, less) as A))
  return Object.entries(value).flatMap(([key, field]) => [
    ...(optional.has(key) ? [without(value, key)] : []),
    ...(key in calm && field !== calm[key] ? [{ ...value, [key]: calm[key] }] : []),
    ...plainer(field).map((less) => ({ ...value, [key]: less }))
  ])
}

const without = <A extends object>(value: A, key: string): A =>
  Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)) as A

/** Fields that a caller may leave out. */
const optional: ReadonlySet<string> = new Set(
  "description coverImageUrl publishDate isbn genreId genre stock paymentMethod expectedTotal idempotencyKey q minPrice maxPrice inStock direction expected existing".split(
    " "
  )
)

/** The plainest that each of these can be; `at` counts from the newest. */
const calm: Readonly<Record<string, unknown>> = {
  at: 0,
  as: "known",
  charge: "capture",
  refund: "pays",
  lookup: "answers",
  batch: 100
}
