import { Context, type Effect } from "effect"
import type { BookId, BookNotFound } from "../domain/Book.js"
import type { CustomerId } from "../domain/Id.js"
import type { PageRequest, Position } from "../domain/Page.js"
import type { AlreadyWished, Wish, WishedBook, WishNotFound } from "../domain/Wish.js"
import type { StoreError } from "./StoreError.js"

/** Wishlists, by customer. A book that is removed goes out of all of them. */
export class WishRepository extends Context.Tag("octavo/WishRepository")<
  WishRepository,
  {
    /** Refuses a second wish of one customer for one book, by constraint. */
    readonly add: (wish: Wish) => Effect.Effect<WishedBook, BookNotFound | AlreadyWished | StoreError>
    readonly remove: (customer: CustomerId, book: BookId) => Effect.Effect<void, WishNotFound | StoreError>
    /** With today's books, newest first, ties by descending id. */
    readonly page: (
      customer: CustomerId,
      request: PageRequest
    ) => Effect.Effect<{ readonly items: ReadonlyArray<WishedBook>; readonly total: number }, StoreError>
    /** At most `limit` of them after a position (`Wish.position`), or from the start. */
    readonly after: (
      customer: CustomerId,
      position: Position | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<WishedBook>, StoreError>
  }
>() {}
