/** What a customer wishes for: books, each once, shown with today's price and stock. */
import { DateTime, Schema } from "effect"
import { Book, BookId } from "./Book.js"
import { Quantity } from "./Cart.js"
import * as Id from "./Id.js"
import * as Page from "./Page.js"

export const WishId = Id.Uuid.pipe(Schema.brand("WishId"))
export type WishId = typeof WishId.Type

export class Wish extends Schema.Class<Wish>("octavo/Wish")({
  id: WishId,
  customerId: Id.CustomerId,
  bookId: BookId,
  addedAt: Schema.DateTimeUtcFromSelf
}) {}

/** A wish with its book as it is today. */
export class WishedBook extends Schema.Class<WishedBook>("octavo/WishedBook")({
  wish: Schema.typeSchema(Wish),
  book: Schema.typeSchema(Book)
}) {}

// refusals

/** The book is on the customer's wishlist. */
export class AlreadyWished extends Schema.TaggedError<AlreadyWished>()("AlreadyWished", { bookId: BookId }) {}
/** The book is not on this customer's wishlist; also for an id that could not be one. */
export class WishNotFound extends Schema.TaggedError<WishNotFound>()("WishNotFound", { bookId: Schema.String }) {}

// input

export const NewWish = Schema.Struct({ bookId: Schema.String })
export interface NewWishInput extends Schema.Schema.Encoded<typeof NewWish> {}

/** How a wish goes to the cart: as a line of so many copies, one unless said otherwise. */
export const ToCart = Schema.Struct({ quantity: Schema.optionalWith(Quantity, { default: () => Quantity.make(1) }) })
export interface ToCartInput extends Schema.Schema.Encoded<typeof ToCart> {}

// readings

/** Where it stands in the list, newest first, ties by descending id. */
export const position = ({ wish: { addedAt, id } }: Pick<WishedBook, "wish">): Page.Position => [
  DateTime.toEpochMillis(addedAt),
  id
]

/** Whether a value is a position in such a list. */
export const isPosition: (value: unknown) => value is Page.Position = Schema.is(Schema.Tuple(Page.Instant, Id.Uuid))
