/** The one table from every refusal of the domain and the ports to what a client is told. */
import { DateTime, Effect } from "effect"
import type * as Book from "../domain/Book.js"
import type * as Cart from "../domain/Cart.js"
import type * as Checkout from "../domain/Checkout.js"
import type * as Delivery from "../domain/Delivery.js"
import type * as Fulfilment from "../domain/Fulfilment.js"
import type * as Genre from "../domain/Genre.js"
import type * as Input from "../domain/Input.js"
import type * as Isbn from "../domain/Isbn.js"
import type * as Lease from "../domain/Lease.js"
import type * as Money from "../domain/Money.js"
import { type Currency, format } from "../domain/Money.js"
import type * as Notice from "../domain/Notice.js"
import type * as Order from "../domain/Order.js"
import type * as PreBooking from "../domain/PreBooking.js"
import type * as Wish from "../domain/Wish.js"
import type * as Authentication from "../ports/Authentication.js"
import type * as CustomerDirectory from "../ports/CustomerDirectory.js"
import type * as Mailer from "../ports/Mailer.js"
import type * as PaymentGateway from "../ports/PaymentGateway.js"
import type * as StoreError from "../ports/StoreError.js"
import { type Code, type Members, Problem } from "./Problem.js"

/** The errors that a module exports. */
type ErrorsOf<M> = M[keyof M] extends infer E
  ? E extends abstract new (
      ...args: never
    ) => infer A
    ? Extract<A, Error & { readonly _tag: string }>
    : never
  : never

export type Refusal =
  | ErrorsOf<typeof Authentication>
  | ErrorsOf<typeof Book>
  | ErrorsOf<typeof Cart>
  | ErrorsOf<typeof Checkout>
  | ErrorsOf<typeof CustomerDirectory>
  | ErrorsOf<typeof Delivery>
  | ErrorsOf<typeof Fulfilment>
  | ErrorsOf<typeof Genre>
  | ErrorsOf<typeof Input>
  | ErrorsOf<typeof Isbn>
  | ErrorsOf<typeof Lease>
  | ErrorsOf<typeof Mailer>
  | ErrorsOf<typeof Money>
  | ErrorsOf<typeof Notice>
  | ErrorsOf<typeof Order>
  | ErrorsOf<typeof PaymentGateway>
  | ErrorsOf<typeof PreBooking>
  | ErrorsOf<typeof StoreError>
  | ErrorsOf<typeof Wish>

type Rows = {
  readonly [T in Refusal["_tag"]]: (refusal: Extract<Refusal, { readonly _tag: T }>, currency: Currency) => Problem
}

const problem = <C extends Code>(code: C, members: Members<C>, headers: Readonly<Record<string, string>> = {}) =>
  new Problem({ code, members, headers })

const unauthenticated = { "www-authenticate": "Bearer" }
const soon = { "retry-after": "1" }

export const table = {
  InvalidInput: ({ issues }) => invalid(issues),
  InvalidIsbn: () => invalid([{ path: "isbn", message: "must be an ISBN-10 or ISBN-13" }]),
  InvalidMoney: () => invalid([{ path: "", message: "must be a plain decimal" }]),

  TokenMissing: () => problem("HTTP_401", {}, unauthenticated),
  TokenInvalid: () => problem("AUTH_TOKEN_INVALID", {}, unauthenticated),
  TokenExpired: () => problem("AUTH_TOKEN_EXPIRED", {}, unauthenticated),

  GenreConflict: () => problem("GENRE_CONFLICT", { field: "name" }),
  GenreNotFound: () => problem("GENRE_NOT_FOUND", { field: "genre_id" }),
  BookNotFound: () => problem("BOOK_NOT_FOUND", { field: "book_id" }),
  IsbnConflict: () => problem("BOOK_ISBN_CONFLICT", { field: "isbn" }),
  StockChanged: ({ stockQuantity }) => problem("STOCK_CHANGED", { stock_quantity: stockQuantity }),
  StockBelowZero: ({ stockQuantity }) => problem("STOCK_BELOW_ZERO", { stock_quantity: stockQuantity }),

  BookOutOfStock: () => problem("CART_BOOK_OUT_OF_STOCK", { field: "book_id" }),
  AlreadyInCart: () => problem("CART_ITEM_DUPLICATE", { field: "book_id" }),
  CartFull: ({ maximum }) => problem("CART_FULL", { maximum }),
  CartLineNotFound: () => problem("CART_ITEM_NOT_FOUND", { field: "item_id" }),

  AlreadyWished: () => problem("WISHLIST_ITEM_DUPLICATE", { field: "book_id" }),
  WishNotFound: () => problem("WISHLIST_ITEM_NOT_FOUND", { field: "book_id" }),

  CartEmpty: () => problem("ORDER_CART_EMPTY", {}),
  ItemsUnavailable: ({ bookIds }) => problem("ORDER_ITEMS_UNAVAILABLE", { book_ids: bookIds }),
  InsufficientStock: ({ items }) =>
    problem("ORDER_INSUFFICIENT_STOCK", {
      items: items.map(({ bookId, ...facts }) => ({ book_id: bookId, ...facts }))
    }),
  PriceChanged: ({ total }, currency) => problem("ORDER_PRICE_CHANGED", { total_price: format(currency, total) }),
  PaymentFailed: ({ reason }) => problem("ORDER_PAYMENT_FAILED", { reason }),
  CheckoutInProgress: () => problem("ORDER_CHECKOUT_IN_PROGRESS", {}, soon),
  IdempotencyKeyReused: () => problem("IDEMPOTENCY_KEY_REUSED", {}),
  OrderNotFound: () => problem("ORDER_NOT_FOUND", { field: "order_id" }),
  OrderNotCancellable: () => problem("ORDER_NOT_CANCELLABLE", {}),

  OrderNotPaid: ({ status }) => problem("ORDER_NOT_PAID", { order_status: status }),
  StageNotReady: ({ next }) => problem("STAGE_NOT_READY", { next_stage: next }),
  FulfilmentTaken: ({ holder, since, expiresAt }) =>
    problem("FULFILMENT_TAKEN", {
      holder,
      since: DateTime.formatIso(since),
      expires_at: DateTime.formatIso(expiresAt)
    }),
  NotHolder: () => problem("FULFILMENT_NOT_HOLDER", {}),
  ClaimLapsed: () => problem("FULFILMENT_CLAIM_LAPSED", {}),
  NotClaimed: () => problem("FULFILMENT_NOT_CLAIMED", {}),
  VersionConflict: () => problem("VERSION_CONFLICT", {}, soon),

  BookInStock: () => problem("PREBOOK_BOOK_IN_STOCK", { field: "book_id" }),
  AlreadyWaiting: () => problem("PREBOOK_DUPLICATE", { field: "book_id" }),
  PreBookingNotFound: () => problem("PREBOOK_NOT_FOUND", { field: "prebook_id" }),
  PreBookingClosed: ({ status }) =>
    status === "cancelled"
      ? problem("PREBOOK_ALREADY_CANCELLED", { prebook_status: status })
      : problem("PREBOOK_NOT_CANCELLABLE", { prebook_status: status }),

  NoticeRefused: ({ reason }) => problem("NOTICE_REFUSED", { reason }),

  StoreError: (cause) => new Problem({ code: "STORE_UNAVAILABLE", members: {}, headers: soon, cause }),
  // The services hand none of these to a client: the routes run outside transactions, ask no gateway, take no lease and send no mail.
  AlreadyPlaced: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  InsideTransaction: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  GatewayError: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  LeaseTaken: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  LeaseLost: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  Undeliverable: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  DirectoryError: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause }),
  MailError: (cause) => new Problem({ code: "INTERNAL_ERROR", members: {}, cause })
} satisfies Rows

/** The problem that a refusal becomes. */
export type Told<R> = R extends { readonly _tag: infer T extends Refusal["_tag"] }
  ? ReturnType<(typeof table)[T]>
  : never

/** What a client is told of a refusal. */
export const tell = <R extends Refusal>(refusal: R, currency: Currency): Told<R> => {
  const rows: Readonly<Record<string, (refusal: never, currency: Currency) => Problem>> = table
  // The row of this very tag takes this very refusal.
  return rows[refusal._tag]?.(refusal as never, currency) as Told<R>
}

/** An effect whose refusals are told to a client. */
export const telling =
  (currency: Currency) =>
  <A, E extends Refusal, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Told<E>, R> =>
    Effect.mapError(effect, (refusal) => tell(refusal, currency))

/** What does not fit, by the names that the client used. */
export const invalid = (issues: ReadonlyArray<Input.Issue>): Problem<"VALIDATION_ERROR"> => {
  const errors = issues.map(({ path, message }) => ({ path: nameOf(path), message }))
  const only = errors.length === 1 ? errors[0]?.path : undefined
  return problem("VALIDATION_ERROR", only ? { field: only, errors } : { errors })
}

// internal

const renamed: Readonly<Record<string, string>> = { direction: "sort_dir", idempotencyKey: "Idempotency-Key" }

const nameOf = (path: string) => renamed[path] ?? path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
