/** What the shop has put in of books, told; those who wait for them are served first. */
import { Array, Effect } from "effect"
import type { Book } from "../domain/Book.js"
import * as Event from "../domain/Event.js"
import { BookRepository } from "../ports/BookRepository.js"
import { Outbox } from "../ports/Outbox.js"
import * as Facts from "./Facts.js"
import * as Serving from "./Serving.js"

/** A book as it was under its lock, and as it was to become. */
export interface Changed {
  readonly before: Book
  readonly after: Book
}

export const make = Effect.gen(function* () {
  const books = yield* BookRepository
  const outbox = yield* Outbox
  const serving = yield* Serving.make
  const facts = yield* Facts.make

  /** Holds of a book that nobody waits for may have lapsed: then there is something to hand out, and the shelf was filled. */
  const isOnShelf = ({ after }: Changed) =>
    Effect.map(Effect.catchTag(books.get(after.id), "BookNotFound", Effect.die), ({ inStock }) => inStock)

  return {
    /** In the transaction of the change. Whether copies went to those who wait, and not on the shelf. */
    told: Effect.fnUntraced(function* (changed: ReadonlyArray<Changed>) {
      const filled = changed.filter(({ before, after }) => !before.inStock && after.inStock)
      const due = yield* serving.due(filled.map(({ after }) => after.id))
      const events = yield* Effect.forEach(changed, (change) =>
        change.before.stockQuantity === change.after.stockQuantity
          ? Effect.succeed([])
          : Effect.gen(function* () {
              const onShelf = !due.has(change.after.id) || (yield* isOnShelf(change))
              return Event.stocked(change.before, change.after, { ...(yield* facts.ofStock), onShelf })
            })
      )
      const told = events.flat()
      if (Array.isNonEmptyReadonlyArray(told)) yield* outbox.append(told)
      if (due.size === 0) return false
      yield* serving.serve([...due])
      return true
    })
  }
})
