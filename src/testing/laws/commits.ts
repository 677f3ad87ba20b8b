/** The order of events is that of their commits. */
import { DateTime, Effect } from "effect"
import { BookRestocked, EventId } from "../../domain/Event.js"
import { LeaseToken } from "../../domain/Lease.js"
import { Outbox } from "../../ports/Outbox.js"
import * as Given from "../Given.js"
import { type Law, law, same } from "../Law.js"
import { holdBack } from "./alone.js"

const inOrder = law(
  "events about one book are claimed in the order in which they were committed, whatever their ids",
  Effect.gen(function* () {
    const outbox = yield* Outbox
    yield* holdBack
    const { id: bookId } = yield* Given.shelved(0)
    const ids = (yield* Effect.replicateEffect(Given.id, 6)).toSorted().toReversed()
    for (const id of ids) {
      yield* outbox.append([new BookRestocked({ id: EventId.make(id), at: Given.at(0), bookId })])
    }
    const told: Array<string> = []
    for (let i = 0; i < 2 * ids.length; i++) {
      const token = LeaseToken.make(yield* Given.id)
      const now = yield* DateTime.now
      const until = DateTime.addDuration(now, "1 minute")
      for (const { event } of yield* outbox.claim({ token, now, until, limit: 100_000 })) {
        if (ids.includes(event.id)) told.push(event.id)
        yield* outbox.delivered(event.id, token, now)
      }
    }
    yield* same("the events as they were told", told, ids)
  })
)

export const commits: ReadonlyArray<Law> = [inOrder]
