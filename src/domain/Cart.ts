/** A customer's cart: lines of books and quantities, shown with today's prices. */
import { Either, Schema } from "effect"
import { Book, BookId } from "./Book.js"
import * as Id from "./Id.js"
import { checked } from "./Input.js"
import { Amount, Currency, total } from "./Money.js"

export const CartLineId = Id.Uuid.pipe(Schema.brand("CartLineId"))
export type CartLineId = typeof CartLineId.Type

export const maximumQuantity = 99
export const maximumLines = 100

export const Quantity = Schema.Int.pipe(
  Schema.filter((n) => n >= 1 && n <= maximumQuantity, {
    message: () => `must be a whole number from 1 to ${maximumQuantity}`,
    jsonSchema: { minimum: 1, maximum: maximumQuantity }
  }),
  Schema.brand("Quantity")
)
export type Quantity = typeof Quantity.Type

/** So many copies of a book, as put in at some instant. */
export class CartLine extends Schema.Class<CartLine>("octavo/CartLine")({
  id: CartLineId,
  bookId: BookId,
  quantity: Quantity,
  addedAt: Schema.DateTimeUtcFromSelf
}) {}

/** A line with its book as it is today. */
export class CartItem extends Schema.Class<CartItem>("octavo/CartItem")({
  line: Schema.typeSchema(CartLine),
  book: Schema.typeSchema(Book)
}) {}

/** What the customer sees: the oldest line first, today's prices. */
export class Cart extends Schema.Class<Cart>("octavo/Cart")({
  items: Schema.Array(Schema.typeSchema(CartItem)),
  /** Copies, not lines. */
  totalItems: Schema.Int,
  totalPrice: Amount,
  currency: Currency
}) {}

// refusals

/** There is no copy on the shelf. */
export class BookOutOfStock extends Schema.TaggedError<BookOutOfStock>()("BookOutOfStock", { bookId: BookId }) {}
/** The cart has a line of this book; its quantity can be set. */
export class AlreadyInCart extends Schema.TaggedError<AlreadyInCart>()("AlreadyInCart", { bookId: BookId }) {}
/** The cart has as many lines as it takes. */
export class CartFull extends Schema.TaggedError<CartFull>()("CartFull", { maximum: Schema.Int }) {}
/** No such line in this customer's cart: what is somebody else's does not exist. */
export class CartLineNotFound extends Schema.TaggedError<CartLineNotFound>()("CartLineNotFound", {
  lineId: Schema.String
}) {}

// input

export const NewLine = Schema.Struct({
  bookId: Schema.String,
  quantity: Schema.optionalWith(Quantity, { default: () => Quantity.make(1) })
})
export interface NewLineInput extends Schema.Schema.Encoded<typeof NewLine> {}

export const NewQuantity = Schema.Struct({ quantity: Quantity })

// decisions

/** The cart with one more line: of a book that is on the shelf, or on hold for the customer, and not in the cart yet. */
export const add = (
  lines: ReadonlyArray<CartLine>,
  line: CartLine,
  book: Book,
  isHeld = false
): Either.Either<ReadonlyArray<CartLine>, BookOutOfStock | AlreadyInCart | CartFull> =>
  lines.some(({ bookId }) => bookId === line.bookId)
    ? Either.left(new AlreadyInCart({ bookId: line.bookId }))
    : !book.inStock && !isHeld
      ? Either.left(new BookOutOfStock({ bookId: line.bookId }))
      : lines.length >= maximumLines
        ? Either.left(new CartFull({ maximum: maximumLines }))
        : Either.right([...lines, line])

/**
 * Lines put into a cart: quantities of one book add up, to the limit. No line is dropped, so a cart may come to hold
 * more than it takes by `add`.
 */
export const merge = (lines: ReadonlyArray<CartLine>, more: ReadonlyArray<CartLine>): ReadonlyArray<CartLine> => {
  const merged = new Map(lines.map((line) => [line.bookId, line]))
  for (const line of more) {
    const there = merged.get(line.bookId)
    merged.set(line.bookId, there === undefined ? line : withQuantity(there, there.quantity + line.quantity))
  }
  return [...merged.values()]
}

/** The cart as shown. */
export const show = (items: ReadonlyArray<CartItem>, currency: Currency): Cart =>
  new Cart(
    {
      items,
      totalItems: items.reduce((copies, { line }) => copies + line.quantity, 0),
      totalPrice: total(items.map(({ line, book }) => ({ quantity: line.quantity, price: book.price }))),
      currency
    },
    checked
  )

// internal

const withQuantity = (line: CartLine, quantity: number) =>
  new CartLine({ ...line, quantity: Quantity.make(Math.min(quantity, maximumQuantity)) }, checked)
