/** What is told from outside is heard once. */
import { DateTime, Effect } from "effect"
import { Inbox } from "../../ports/Inbox.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { transacted } from "./done.js"

const accept = (source: string, id: string) =>
  Effect.flatMap(Inbox, (inbox) => Effect.flatMap(DateTime.now, (now) => inbox.accept(source, id, now)))

const once = race(
  "of ten that bring the same notice at once one is the first, alone or in transactions, and no later one is",
  Effect.gen(function* () {
    const id = yield* Given.id
    const bring = (i: number) => (i % 2 === 0 ? accept("provider", id) : transacted(accept("provider", id)))
    const { successes, failures } = yield* atOnce(10, bring)
    yield* onlyRefusals(failures, [])
    yield* same("how many were the first", successes.filter((first) => first).length, 1)
    yield* same("a later one", yield* accept("provider", id), false)
  })
)

const undone = law(
  "a notice whose effect is rolled back is heard again",
  Effect.gen(function* () {
    const id = yield* Given.id
    yield* Effect.exit(transacted(Effect.zipRight(accept("provider", id), Effect.fail("undone"))))
    yield* same("the second time", yield* accept("provider", id), true)
    yield* same("the third time", yield* accept("provider", id), false)
  })
)

const named = law(
  "a notice is known by its source and its id, each in its own case",
  Effect.gen(function* () {
    const id = `id ${yield* Given.id} é`
    const names = [
      ["provider", id],
      ["Provider", id],
      ["provider", id.toUpperCase()],
      ["other", id],
      [`provider ${id}`, "id"],
      ["provider", `${id} id`]
    ] as const
    for (const [source, name] of names) yield* same(`the first time, ${source}`, yield* accept(source, name), true)
    for (const [source, name] of names) yield* same(`the second time, ${source}`, yield* accept(source, name), false)
  })
)

export const inbox: ReadonlyArray<Law> = [once, undone, named]
