/** Any history of calls is answered on every store as the model of the bookstore answers it. */
import { Effect } from "effect"
import { type Law, law, Rounds } from "../Law.js"
import { check, seedAsked } from "../model/index.js"

// The same histories in every run, and more of them with more rounds: a store passes or does not. Who asks for one seed has time to see it shrink.
const asTheModel = law(
  "any history of calls, good and bad, kept and undone, is answered as the model of the bookstore answers it",
  Effect.flatMap(Rounds, (rounds) =>
    check({
      histories: rounds,
      length: 80,
      seed: seedAsked() ?? 1,
      shrinking: seedAsked() === null ? 2000 : 30_000
    })
  )
)

export const model: ReadonlyArray<Law> = [asTheModel]
