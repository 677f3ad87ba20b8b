/** A customer waits for a book that is out of stock: first come, first served. */
import { DateTime, Schema } from "effect"
import { Author, type Book, BookId, Title } from "./Book.js"
import * as Id from "./Id.js"
import { checked, oneOf } from "./Input.js"
import { OrderId } from "./OrderId.js"
import * as Page from "./Page.js"
import { PreBookingId } from "./PreBookingId.js"

export { PreBookingId } from "./PreBookingId.js"

export const Status = oneOf("waiting", "notified", "held", "fulfilled", "cancelled", "expired")
export type Status = typeof Status.Type

/** What is done when copies come in: everyone who waits is told, or each copy is kept for the next in line. */
export const Policy = oneOf("broadcast", "queue")
export type Policy = typeof Policy.Type

// states

const status = <const S extends Status>(literal: S) =>
  Schema.Literal(literal).pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => literal)
  )

const asked = {
  id: PreBookingId,
  customerId: Id.CustomerId,
  bookId: BookId,
  /** As the book was called then. */
  title: Title,
  author: Author,
  createdAt: Schema.DateTimeUtcFromSelf
}

const told = { notifiedAt: Schema.DateTimeUtcFromSelf }

const kept = {
  ...told,
  /** From then on the copy is no longer kept for the customer. */
  expiresAt: Schema.DateTimeUtcFromSelf
}

/** There was no copy yet. */
export class Waiting extends Schema.Class<Waiting>("octavo/Waiting")({ status: status("waiting"), ...asked }) {}

/** Told, with everyone else who waited, that there are copies again. */
export class Notified extends Schema.Class<Notified>("octavo/Notified")({
  status: status("notified"),
  ...asked,
  ...told
}) {}

/** A copy is kept for the customer, and for nobody else, until `expiresAt`. */
export class Held extends Schema.Class<Held>("octavo/HeldCopy")({ status: status("held"), ...asked, ...kept }) {}

/** The copy that was held is in an order of the customer's. */
export class Fulfilled extends Schema.Class<Fulfilled>("octavo/Fulfilled")({
  status: status("fulfilled"),
  ...asked,
  ...kept,
  fulfilledAt: Schema.DateTimeUtcFromSelf,
  orderId: OrderId
}) {}

/** Given up by the customer, or because the book is no longer sold. */
export class Cancelled extends Schema.Class<Cancelled>("octavo/Cancelled")({
  status: status("cancelled"),
  ...asked,
  notifiedAt: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  cancelledAt: Schema.DateTimeUtcFromSelf
}) {}

/** The copy was held until its time was over, and went to the next in line or back on sale. */
export class Expired extends Schema.Class<Expired>("octavo/Expired")({
  status: status("expired"),
  ...asked,
  ...kept
}) {}

export const PreBooking = Schema.Union(Waiting, Notified, Held, Fulfilled, Cancelled, Expired)
export type PreBooking = typeof PreBooking.Type

// refusals

/** No such pre-booking of this customer's; also for an id that could not be one. */
export class PreBookingNotFound extends Schema.TaggedError<PreBookingNotFound>()("PreBookingNotFound", {
  preBookingId: Schema.String
}) {}
/** There are copies to be had: no need to wait. */
export class BookInStock extends Schema.TaggedError<BookInStock>()("BookInStock", { bookId: BookId }) {}
/** The customer waits for this book already, or has a copy of it on hold. */
export class AlreadyWaiting extends Schema.TaggedError<AlreadyWaiting>()("AlreadyWaiting", { bookId: BookId }) {}
/** It has come to its end: cancelled, bought, or expired. */
export class PreBookingClosed extends Schema.TaggedError<PreBookingClosed>()("PreBookingClosed", {
  preBookingId: PreBookingId,
  status: Status
}) {}

// input

export const Request = Schema.Struct({ bookId: Schema.String })
export interface RequestInput extends Schema.Schema.Encoded<typeof Request> {}

// decisions

export const request = (
  book: Book,
  facts: { readonly id: PreBookingId; readonly customerId: Id.CustomerId; readonly now: DateTime.Utc }
): Waiting =>
  new Waiting(
    {
      id: facts.id,
      customerId: facts.customerId,
      bookId: book.id,
      title: book.title,
      author: book.author,
      createdAt: facts.now
    },
    checked
  )

/** Everyone who waited is told. */
export const notify = (booking: Waiting, now: DateTime.Utc): Notified =>
  new Notified({ ...common(booking), notifiedAt: now }, checked)

/** A copy is kept for whoever was next in line. */
export const hold = (booking: Waiting, now: DateTime.Utc, expiresAt: DateTime.Utc): Held =>
  new Held({ ...common(booking), notifiedAt: now, expiresAt }, checked)

/** The copy that was held is bought. */
export const fulfil = (booking: Held, orderId: OrderId, now: DateTime.Utc): Fulfilled =>
  new Fulfilled({ ...common(booking), ...times(booking), fulfilledAt: now, orderId }, checked)

/** The order that had the copy was not paid: it is kept again, until when it was. */
export const restore = (booking: Fulfilled): Held => new Held({ ...common(booking), ...times(booking) }, checked)

export const expire = (booking: Held): Expired => new Expired({ ...common(booking), ...times(booking) }, checked)

/** Given up, or the book with it. */
export const cancel = (booking: Waiting | Notified | Held | Fulfilled, now: DateTime.Utc): Cancelled =>
  new Cancelled(
    {
      ...common(booking),
      notifiedAt: "notifiedAt" in booking ? booking.notifiedAt : null,
      expiresAt: "expiresAt" in booking ? booking.expiresAt : null,
      cancelledAt: now
    },
    checked
  )

// readings

/** Whether the copy is kept no longer; from its end on it is not, whether or not anybody has written that down. */
export const isLapsed = (booking: Held, now: DateTime.Utc): boolean =>
  DateTime.lessThanOrEqualTo(booking.expiresAt, now)

/** As it is at that time: a hold whose time is over is expired. */
export const at = (booking: PreBooking, now: DateTime.Utc): PreBooking =>
  booking.status === "held" && isLapsed(booking, now) ? expire(booking) : booking

/** The customer may not wait a second time while this is so. */
export const isOpen = (booking: PreBooking): booking is Waiting | Held =>
  booking.status === "waiting" || booking.status === "held"

/** Where it stands among a customer's, newest first. */
export const position = ({ createdAt, id }: PreBooking): Page.Position => [DateTime.toEpochMillis(createdAt), id]

/** Whether a value is a position in such a list. */
export const isPosition: (value: unknown) => value is Page.Position = Schema.is(Schema.Tuple(Page.Instant, Id.Uuid))

// internal

const common = ({ id, customerId, bookId, title, author, createdAt }: PreBooking) => ({
  id,
  customerId,
  bookId,
  title,
  author,
  createdAt
})

const times = ({ notifiedAt, expiresAt }: Held | Fulfilled) => ({ notifiedAt, expiresAt })
