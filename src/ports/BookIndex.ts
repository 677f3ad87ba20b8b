import { Context, type Effect } from "effect"
import type { Book } from "../domain/Book.js"
import type { BookQuery } from "../domain/BookQuery.js"
import type { PageRequest, Position } from "../domain/Page.js"
import type { StoreError } from "./StoreError.js"

/** Answers queries over the whole catalogue; the same query has the same members in the same order on every store. */
export class BookIndex extends Context.Tag("octavo/BookIndex")<
  BookIndex,
  {
    readonly page: (
      query: BookQuery,
      request: PageRequest
    ) => Effect.Effect<{ readonly items: ReadonlyArray<Book>; readonly total: number }, StoreError>
    /** At most `limit` books after a position (`BookQuery.position`), or from the start. */
    readonly after: (
      query: BookQuery,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Book>, StoreError>
  }
>() {}
