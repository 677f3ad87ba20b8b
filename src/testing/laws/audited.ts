/** What an audit says. */
import { type DateTime, Effect } from "effect"
import type { Violation } from "../../domain/Audit.js"
import { Auditor } from "../../ports/Auditor.js"
import * as Given from "../Given.js"
import { same, show } from "../Law.js"
import { everything, names } from "./alone.js"

/** What it says of these; what has waited since before an instant is overdue. */
export const found = (ids: ReadonlyArray<string>, before: DateTime.Utc = noTime) =>
  Effect.gen(function* () {
    const auditor = yield* Auditor
    const all: ReadonlyArray<ReadonlyArray<Violation>> = [
      yield* auditor.stock(everything),
      yield* auditor.totals(everything),
      yield* auditor.events(everything),
      yield* auditor.payments(everything),
      yield* auditor.overdue(before, everything)
    ]
    return all.flat().filter((violation) => names(violation, ids))
  })

export const says = (
  what: string,
  ids: ReadonlyArray<string>,
  expected: ReadonlyArray<Violation>,
  before?: DateTime.Utc
) => Effect.flatMap(found(ids, before), (violations) => same(what, sorted(violations), sorted(expected)))

// internal

const noTime = Given.at(-1_000_000_000_000)

const sorted = (violations: ReadonlyArray<Violation>) => violations.toSorted((a, b) => (show(a) < show(b) ? -1 : 1))
