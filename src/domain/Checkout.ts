/** The decision of a checkout: a cart's lines and today's books become one order, or a refusal says why not. */
import { Array, type DateTime, Either, Schema } from "effect"
import { type Book, BookId, Stock, Title } from "./Book.js"
import { type CartLine, Quantity } from "./Cart.js"
import type { CustomerId } from "./Id.js"
import { checked } from "./Input.js"
import { Amount, AmountIn, type Currency, total } from "./Money.js"
import { type Attempt, IdempotencyKey, Order, OrderId, OrderLine, PendingOrder } from "./Order.js"
import type { PaymentKey } from "./Payment.js"
import * as Text from "./Text.js"

/** A line as taken out of the cart, with its book of today; none when the book has gone. */
export interface TakenLine {
  readonly line: CartLine
  readonly book: Book | null
}

/** So many copies of a book. */
export const Copies = Schema.Struct({ bookId: BookId, quantity: Quantity })
export interface Copies extends Schema.Schema.Type<typeof Copies> {}

// refusals

/** There is nothing to check out. */
export class CartEmpty extends Schema.TaggedError<CartEmpty>()("CartEmpty", {}) {}
/** Books in the cart that are no longer sold. */
export class ItemsUnavailable extends Schema.TaggedError<ItemsUnavailable>()("ItemsUnavailable", {
  bookIds: Schema.NonEmptyArray(BookId)
}) {}
/** Every book that falls short, at once. */
export class InsufficientStock extends Schema.TaggedError<InsufficientStock>()("InsufficientStock", {
  items: Schema.NonEmptyArray(
    Schema.Struct({ bookId: BookId, title: Title, requested: Schema.Int.pipe(Schema.positive()), available: Stock })
  )
}) {}
/** The total is not the one that the customer agreed to. */
export class PriceChanged extends Schema.TaggedError<PriceChanged>()("PriceChanged", { total: Amount }) {}
/** An order of this customer's is at the payment gateway, or its outcome is not known yet. */
export class CheckoutInProgress extends Schema.TaggedError<CheckoutInProgress>()("CheckoutInProgress", {
  orderId: OrderId
}) {}
/** The provider declined, or could not be asked: no money moved, the cart and the stock are as they were. */
export class PaymentFailed extends Schema.TaggedError<PaymentFailed>()("PaymentFailed", {
  orderId: OrderId,
  reason: Schema.NonEmptyString
}) {}
/** The key was used before, for another request. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {}
/** The same request with the same key came before: this is the order that it made, in the state that it is in. */
export class AlreadyPlaced extends Schema.TaggedError<AlreadyPlaced>()("AlreadyPlaced", {
  order: Schema.typeSchema(Order)
}) {}
/** Money would move before the host's commit: use the steps `prepare`, `charge` and `settle`. */
export class InsideTransaction extends Schema.TaggedError<InsideTransaction>()("InsideTransaction", {}) {}

// input

/** What a customer says at checkout, by store currency: all of it optional. */
export const Request = (currency: Currency) =>
  Schema.Struct({
    /** Opaque, for the gateway. */
    paymentMethod: Schema.optional(Schema.NullOr(Text.bounded(1000))),
    /** The total that was shown; another one is refused. */
    expectedTotal: Schema.optional(Schema.NullOr(AmountIn(currency))),
    idempotencyKey: Schema.optional(Schema.NullOr(IdempotencyKey))
  })
export interface Request extends Schema.Schema.Type<ReturnType<typeof Request>> {}
export interface RequestInput extends Schema.Schema.Encoded<ReturnType<typeof Request>> {}

// decisions

/** The order that these lines make, at today's prices. */
export const place = (
  taken: ReadonlyArray<TakenLine>,
  facts: {
    readonly id: OrderId
    readonly customerId: CustomerId
    readonly currency: Currency
    readonly now: DateTime.Utc
    readonly paymentKey: PaymentKey
    readonly attempt: Attempt | null
    readonly expectedTotal: Amount | null
  }
): Either.Either<PendingOrder, CartEmpty | ItemsUnavailable | PriceChanged> => {
  const { expectedTotal, now, ...rest } = facts
  const gone = taken.flatMap(({ line, book }) => (book === null ? [line.bookId] : []))
  const lines = taken.flatMap(({ line, book }) => (book === null ? [] : [orderLine(line, book)]))
  const sum = total(lines.map(({ quantity, unitPrice }) => ({ quantity, price: unitPrice })))
  return Array.isNonEmptyArray(gone)
    ? Either.left(new ItemsUnavailable({ bookIds: gone }))
    : !Array.isNonEmptyArray(lines)
      ? Either.left(new CartEmpty())
      : expectedTotal !== null && expectedTotal !== sum
        ? Either.left(new PriceChanged({ total: sum }))
        : Either.right(new PendingOrder({ ...rest, lines, total: sum, createdAt: now }, checked))
}

/** What the order takes off the shelf, or gives back to it. */
export const copies = (order: {
  readonly lines: Array.NonEmptyReadonlyArray<OrderLine>
}): Array.NonEmptyReadonlyArray<Copies> => Array.map(order.lines, ({ bookId, quantity }) => ({ bookId, quantity }))

/** Those that fell short. */
export const books = ({ items }: InsufficientStock): ReadonlyArray<BookId> => items.map(({ bookId }) => bookId)

// internal

const orderLine = ({ id, bookId, quantity, addedAt }: CartLine, { price, title, author, coverImageUrl }: Book) =>
  new OrderLine({ id, bookId, quantity, unitPrice: price, title, author, coverImageUrl, addedAt }, checked)
