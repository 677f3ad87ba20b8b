/** Any history of calls is answered on every store as the model of the bookstore answers it. */
import { Effect } from "effect"
import { type Law, law, Rounds } from "../Law.js"
import { check } from "../model/index.js"

const asTheModel = law(
  "any history of calls, good and bad, kept and undone, is answered as the model of the bookstore answers it",
  Effect.flatMap(Rounds, (rounds) => check({ histories: 2 * rounds, length: 80, shrinking: 5000 }))
)

export const model: ReadonlyArray<Law> = [asTheModel]
