/** A kill at every step of every scenario. */
import type { Era } from "./Era.js"
import { passed } from "./Era.js"
import * as Scenarios from "./Scenarios.js"
import type { Passed } from "./Steps.js"

export interface Kill {
  readonly scenario: string
  readonly step: string
}

/** Every step of a run in which nobody dies, by scenario. */
export const steps = async (era: Era): Promise<ReadonlyMap<string, ReadonlyArray<Passed>>> => {
  const names = Scenarios.all.map(({ name }) => name)
  return passed(await era.turn("dry run", () => [{ work: { kind: "scenarios", names } }]))
}

/** All steps, or of those that leave the same behind the last: between them nothing outside the process has changed. */
export const kills = (
  steps: ReadonlyMap<string, ReadonlyArray<Passed>>,
  which: "all" | "different"
): ReadonlyArray<Kill> =>
  [...steps].flatMap(([scenario, passed]) =>
    passed
      .filter(({ acts }, i) => which === "all" || acts !== passed[i + 1]?.acts)
      .map(({ step }) => ({ scenario, step }))
  )

export const die = (era: Era, { scenario, step }: Kill, name = "") =>
  era.turn(`${name}${scenario} at ${step}`, () => [{ work: { kind: "scenarios", names: [scenario] }, killAt: step }])
