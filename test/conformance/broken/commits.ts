import { Effect } from "effect"
import { aggregate } from "../../../src/domain/Event.js"
import { breaking, type Flaws } from "./Breaking.js"

const byIds = breaking(({ outbox }) => {
  const told = new Set<string>()
  return {
    outbox: {
      ...outbox,
      claim: ({ limit }) =>
        Effect.map(outbox.list("waiting", null, 1_000_000), (all) => {
          const seen = new Set<string>()
          return all
            .filter(({ event }) => !told.has(event.id))
            .filter(({ event }) => !seen.has(aggregate(event)) && seen.add(aggregate(event)))
            .slice(0, limit)
        }),
      delivered: (id) => Effect.sync(() => told.size < told.add(id).size)
    }
  }
})

export const commits: Flaws = {
  "events about one book are claimed in the order in which they were committed, whatever their ids": {
    "by their ids": byIds
  }
}
