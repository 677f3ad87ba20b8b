/** What a mail is made of: facts of a kind, words of a language, and the shop that writes. */
import type {
  OrderCancelled,
  OrderConfirmed,
  OrderRefunded,
  PreBookingExpired,
  PreBookingHeld,
  PreBookingNotified,
  PreBookingWithdrawn
} from "../../domain/Event.js"
import type { Order } from "../../domain/Order.js"

/** An order as it is when the mail is written, which may be further on than the event tells. */
export interface OfOrder<E> {
  readonly event: E
  readonly order: Order
}

export interface OfPreBooking<E> {
  readonly event: E
}

/** By the kind of the mail, which is that of its event. */
export interface Facts {
  readonly OrderConfirmed: OfOrder<OrderConfirmed>
  readonly OrderCancelled: OfOrder<OrderCancelled>
  readonly OrderRefunded: OfOrder<OrderRefunded>
  readonly PreBookingNotified: OfPreBooking<PreBookingNotified>
  readonly PreBookingHeld: OfPreBooking<PreBookingHeld>
  readonly PreBookingExpired: OfPreBooking<PreBookingExpired>
  readonly PreBookingWithdrawn: OfPreBooking<PreBookingWithdrawn>
}

export type Kind = keyof Facts

/** For whom the mail is, and who writes it. */
export interface Setting {
  /** The name of the shop. */
  readonly shop: string
  /** Of the customer, on one line; null when it is not known. */
  readonly name: string | null
  /** As a BCP 47 tag. */
  readonly language: string
  /** In which times are told, such as `UTC` or `Europe/Berlin`. */
  readonly timeZone: string
  /** Where the order or the book of the mail can be seen; null where there is no such page. */
  readonly link: string | null
}

/** A mail without its addresses. */
export interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Pure: the same facts give the same mail. What a customer or a book can bring in must be escaped in `html`. */
export type Template<K extends Kind> = (facts: Facts[K], setting: Setting) => Rendered

export type Templates = { readonly [K in Kind]: Template<K> }
