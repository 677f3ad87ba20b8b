/** The words of one language; a host may replace any of them: `{ ...English.wording, closing: … }`. */
import type { Kind } from "./Template.js"

/** What is said about an order; everything is text on one line, as a reader sees it. */
export interface AboutOrder {
  /** The whole first title. */
  readonly title: string
  /** How many other titles there are. */
  readonly others: number
  /** The money, with its currency. */
  readonly total: string
  /** Whether the money has been given back by now. */
  readonly isRefunded: boolean
}

export interface AboutBook {
  readonly title: string
  readonly author: string
}

export interface AboutHold extends AboutBook {
  /** Until when the copy is kept, in the words of the language. */
  readonly until: string
}

export interface Words<About> {
  /** Titles are short in it. */
  readonly subject: (about: About) => string
  /** One paragraph each, between the greeting and what was ordered. */
  readonly paragraphs: (about: About) => ReadonlyArray<string>
}

interface Abouts extends Record<Kind, AboutBook | AboutOrder> {
  readonly OrderConfirmed: AboutOrder
  readonly OrderCancelled: AboutOrder
  readonly OrderRefunded: AboutOrder
  readonly PreBookingNotified: AboutBook
  readonly PreBookingHeld: AboutHold
  readonly PreBookingExpired: AboutBook
  readonly PreBookingWithdrawn: AboutBook
}

export type About<K extends Kind> = Abouts[K]

export interface Wording {
  /** As a BCP 47 tag: for whoever speaks it, in whatever country. */
  readonly language: string
  readonly greeting: (name: string | null) => string
  readonly closing: (shop: string) => ReadonlyArray<string>
  /** An amount as `12.50`, and its currency as `USD`. */
  readonly money: (decimal: string, currency: string) => string
  readonly total: string
  readonly orderNumber: (id: string) => string
  /** What stands at the link to the order or the book. */
  readonly seeOrder: string
  readonly seeBook: string
  readonly mails: { readonly [K in Kind]: Words<About<K>> }
}
