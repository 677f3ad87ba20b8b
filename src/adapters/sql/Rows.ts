/**
 * Rows as the drivers give them, read into the domain. The store's own constraints keep the texts; a number, an instant
 * or JSON that cannot be read, and a null that the order's status forbids, are defects.
 */
import { DateTime, Schema } from "effect"
import { Book, type BookId, type Stock } from "../../domain/Book.js"
import { CartLine, type CartLineId, type Quantity } from "../../domain/Cart.js"
import type { TakenLine } from "../../domain/Checkout.js"
import { Delivery } from "../../domain/Delivery.js"
import { Event, type EventId } from "../../domain/Event.js"
import { Genre, type GenreId } from "../../domain/Genre.js"
import type { CustomerId } from "../../domain/Id.js"
import { checked } from "../../domain/Input.js"
import type { Isbn } from "../../domain/Isbn.js"
import { Held, type Holder, type LeaseKey } from "../../domain/Lease.js"
import type { Amount, Currency, Price } from "../../domain/Money.js"
import * as Order from "../../domain/Order.js"
import type { PaymentKey } from "../../domain/Payment.js"
import { DoneRefund, DueRefund, type Refund } from "../../domain/Refund.js"
import { Wish, WishedBook, type WishId } from "../../domain/Wish.js"

/** PostgreSQL gives a Date, SQLite and JSON give ISO 8601. */
export type Instant = Date | string
/** PostgreSQL gives a bigint as text. */
export type Whole<A extends number> = A | `${number}`
/** PostgreSQL gives JSON parsed, SQLite gives its text. */
export type Json<A> = A | string

export interface BookRow {
  readonly id: BookId
  readonly title: string
  readonly author: string
  readonly price: Whole<Price>
  readonly isbn: Isbn | null
  readonly genre_id: GenreId | null
  readonly description: string | null
  readonly cover_image_url: string | null
  readonly publish_date: string | null
  readonly stock: Whole<Stock>
  readonly created_at: Instant
}

/** A book with what is counted of those who wait for it. */
export interface CountedRow extends BookRow {
  /** Copies that came in while customers waited, and are not handed out yet. */
  readonly arrived: Whole<number>
  /** How many customers wait. */
  readonly waiting: Whole<number>
  /** How many copies are on hold, for as long as it is not written that they are not. */
  readonly held: Whole<number>
  /** How often all who waited were told. */
  readonly wave: Whole<number>
}

export const book = (row: BookRow): Book =>
  new Book(
    {
      id: row.id,
      title: row.title,
      author: row.author,
      price: whole(row.price),
      isbn: row.isbn,
      genreId: row.genre_id,
      description: row.description,
      coverImageUrl: row.cover_image_url,
      publishDate: row.publish_date,
      stockQuantity: whole(row.stock),
      createdAt: instant(row.created_at)
    },
    checked
  )

export interface LineRow {
  readonly line_id: CartLineId
  readonly line_book_id: BookId
  readonly line_quantity: Whole<Quantity>
  readonly line_added_at: Instant
}

export const cartLine = (row: LineRow): CartLine =>
  new CartLine(
    {
      id: row.line_id,
      bookId: row.line_book_id,
      quantity: whole(row.line_quantity),
      addedAt: instant(row.line_added_at)
    },
    checked
  )

/** A line with its book, whose columns are all null when there is none. */
export type ItemRow = LineRow & (BookRow | { readonly id: null })

export const bookOf = (row: ItemRow): Book | null => (row.id === null ? null : book(row))

/** A line with its book as one JSON column. */
export interface PackedItemRow extends LineRow {
  readonly book: Json<BookRow>
}

export const packedBook = (row: Pick<PackedItemRow, "book">): Book => book(json(row.book))

/** A line that was taken out, with its book as one JSON column where there still is one. */
export interface TakenRow extends LineRow {
  readonly book: Json<BookRow> | null
}

export const takenLine = (row: TakenRow): TakenLine => ({
  line: cartLine(row),
  book: row.book === null ? null : book(json(row.book))
})

export interface OrderRow {
  readonly id: Order.OrderId
  readonly customer_id: CustomerId
  readonly status: Order.Status
  readonly total: Whole<Amount>
  readonly currency: Currency
  readonly payment_key: PaymentKey
  readonly idempotency_key: Order.IdempotencyKey | null
  readonly request_digest: string | null
  readonly payment_id: string | null
  readonly reason: string | null
  readonly created_at: Instant
  readonly paid_at: Instant | null
  readonly failed_at: Instant | null
  readonly cancelled_at: Instant | null
  readonly refunded_at: Instant | null
  readonly fulfilled_at: Instant | null
  readonly lines: Json<ReadonlyArray<OrderLineRow>>
}

export interface OrderLineRow {
  readonly id: CartLineId
  readonly book_id: BookId
  readonly quantity: Whole<Quantity>
  readonly unit_price: Whole<Price>
  readonly title: string
  readonly author: string
  readonly cover_image_url: string | null
  readonly added_at: Instant
}

export const order = (row: OrderRow): Order.Order => {
  const [first, ...rest] = json(row.lines).map(orderLine)
  if (first === undefined) throw new Error(`order ${row.id} has no lines`)
  const placed = {
    id: row.id,
    customerId: row.customer_id,
    lines: [first, ...rest] as const,
    total: whole(row.total),
    currency: row.currency,
    createdAt: instant(row.created_at),
    paymentKey: row.payment_key,
    attempt: row.idempotency_key === null ? null : { key: row.idempotency_key, digest: present(row.request_digest) }
  }
  const paid = () => ({ paymentId: present(row.payment_id), paidAt: instant(present(row.paid_at)) })
  const cancelled = () => ({ ...paid(), cancelledAt: instant(present(row.cancelled_at)) })
  switch (row.status) {
    case "pending_payment":
      return new Order.PendingOrder(placed, checked)
    case "confirmed":
      return new Order.ConfirmedOrder({ ...placed, ...paid() }, checked)
    case "payment_failed":
      return new Order.FailedOrder(
        {
          ...placed,
          reason: present(row.reason),
          failedAt: instant(present(row.failed_at))
        },
        checked
      )
    case "cancelled":
      return new Order.CancelledOrder({ ...placed, ...cancelled() }, checked)
    case "refunded":
      return new Order.RefundedOrder(
        {
          ...placed,
          ...cancelled(),
          refundedAt: instant(present(row.refunded_at))
        },
        checked
      )
    case "fulfilled":
      return new Order.FulfilledOrder(
        { ...placed, ...paid(), fulfilledAt: instant(present(row.fulfilled_at)) },
        checked
      )
  }
}

export interface GenreRow {
  readonly id: GenreId
  readonly name: string
}

export const genre = ({ id, name }: GenreRow): Genre => new Genre({ id, name })

export interface DeliveryRow {
  readonly id: EventId
  readonly payload: Json<object>
  readonly attempts: number
  readonly due_at: Instant
  /** SQLite gives a number. */
  readonly parked: boolean | number
  readonly delivered_at: Instant | null
  readonly undeliverable: boolean | number
  readonly error: string | null
}

export const delivery = (row: DeliveryRow): Delivery =>
  new Delivery(
    {
      event: decodeEvent(json(row.payload)),
      state: row.undeliverable
        ? "undeliverable"
        : row.delivered_at !== null
          ? "delivered"
          : row.parked
            ? "parked"
            : "waiting",
      attempts: whole(row.attempts),
      dueAt: instant(row.due_at),
      error: row.error
    },
    checked
  )

export interface RefundRow {
  readonly customer_id: CustomerId
  readonly order_id: Order.OrderId
  readonly key: PaymentKey
  readonly payment_id: string
  readonly amount: Whole<Amount>
  readonly currency: Currency
  readonly due_at: Instant
  readonly done_at: Instant | null
}

export const refund = (row: RefundRow): Refund => {
  const listed = {
    orderId: row.order_id,
    customerId: row.customer_id,
    paymentId: row.payment_id,
    key: row.key,
    amount: whole(row.amount),
    currency: row.currency,
    dueAt: instant(row.due_at)
  }
  return row.done_at === null
    ? new DueRefund(listed, checked)
    : new DoneRefund({ ...listed, doneAt: instant(row.done_at) }, checked)
}

export interface LeaseRow {
  readonly key: LeaseKey
  readonly holder: Holder
  readonly since: Instant
  readonly expires_at: Instant
}

/** As others see it. */
export const held = (row: LeaseRow): Held =>
  new Held({ key: row.key, holder: row.holder, since: instant(row.since), expiresAt: instant(row.expires_at) }, checked)

export interface WishRow {
  readonly wish_id: WishId
  readonly wish_customer_id: CustomerId
  readonly wish_book_id: BookId
  readonly wish_added_at: Instant
}

export const wishedBook = (row: WishRow, book: Book): WishedBook =>
  new WishedBook(
    {
      wish: new Wish(
        {
          id: row.wish_id,
          customerId: row.wish_customer_id,
          bookId: row.wish_book_id,
          addedAt: instant(row.wish_added_at)
        },
        checked
      ),
      book
    },
    checked
  )

/** A wish with its book as one JSON column. */
export interface PackedWishRow extends WishRow {
  readonly book: Json<BookRow>
}

/** A whole number that may have come as text. */
export const whole = <A extends number>(value: Whole<A>): A => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Error("a column that holds whole numbers holds something else")
  return number as A
}

export const instant = (value: Instant): DateTime.Utc => DateTime.unsafeMake(new Date(value))

export const json = <A>(value: Json<A>): A => (typeof value === "string" ? JSON.parse(value) : value)

// internal

const orderLine = (row: OrderLineRow) =>
  new Order.OrderLine(
    {
      id: row.id,
      bookId: row.book_id,
      quantity: whole(row.quantity),
      unitPrice: whole(row.unit_price),
      title: row.title,
      author: row.author,
      coverImageUrl: row.cover_image_url,
      addedAt: instant(row.added_at)
    },
    checked
  )

const decodeEvent = Schema.decodeUnknownSync(Event)

const present = <A>(value: A | null): A => {
  if (value === null) throw new Error("a column that the order's status demands is null")
  return value
}
