/** Mails for what happens to a customer's orders and pre-bookings; written when a relay hands the event on, after the commit. */
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import type { BookId } from "../domain/Book.js"
import { Undeliverable } from "../domain/Delivery.js"
import type { Event, PreBookingEvent, PreBookingHeld } from "../domain/Event.js"
import { decode, type InvalidInput, invalid } from "../domain/Input.js"
import * as Mail from "../domain/Mail.js"
import type { OrderId, OrderNotFound } from "../domain/Order.js"
import * as Text from "../domain/Text.js"
import { CustomerDirectory, type DirectoryError } from "../ports/CustomerDirectory.js"
import { type MailError, Mailer } from "../ports/Mailer.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import { PreBookingRepository } from "../ports/PreBookingRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import { shorten } from "./mail/Columns.js"
import * as English from "./mail/English.js"
import * as German from "./mail/German.js"
import { canonical, type Spoken, speaking } from "./mail/Languages.js"
import type { Facts, Kind, Rendered, Setting, Templates } from "./mail/Template.js"
import { inWords } from "./mail/Templates.js"
import type { Wording } from "./mail/Wording.js"

export type { Letter, Row, Table } from "./mail/Letter.js"
export type { Facts, Kind, OfOrder, OfPreBooking, Rendered, Setting, Template, Templates } from "./mail/Template.js"
export { inWords, render } from "./mail/Templates.js"
export type { AboutBook, AboutHold, AboutOrder, Wording, Words } from "./mail/Wording.js"

/** The words that octavo has; a host may replace any of them, `{ ...english, closing: … }`, and add languages. */
export const english: Wording = English.wording
export const german: Wording = German.wording

export interface Options {
  /** Who writes, as customers know the shop: 1 to 100 characters. */
  readonly shop: string
  /** A domain of the host's, for the ids of mails. A mail that is sent again after it has changed is another mail. */
  readonly domain: string
  /** Which kinds of event are mailed; all unless said otherwise, but for `OrderRefunded`: a cancellation tells of the refund. */
  readonly mails?: { readonly [K in Kind]?: boolean }
  /** In which language customers are written to whose own is not spoken; `en` unless said otherwise. */
  readonly language?: string
  /** In which times are told, such as `Europe/Berlin`; `UTC` unless said otherwise. */
  readonly timeZone?: string
  /** Further languages, or other words for `en` and `de`. */
  readonly wordings?: ReadonlyArray<Wording>
  /** Other mails for these kinds, in every language. */
  readonly templates?: Partial<Templates>
  /** Where customers see an order or a book: `http(s)` URLs, shown as links. */
  readonly links?: { readonly order?: (id: OrderId) => string; readonly book?: (id: BookId) => string }
}

/** Why a mail may have to be tried again. */
export type Trouble = MailError | DirectoryError | StoreError | OrderNotFound

const make = (options: Options) =>
  Effect.gen(function* () {
    const { shop, domain, timeZone, language } = yield* decodeOptions(options)
    const mailer = yield* Mailer
    const directory = yield* CustomerDirectory
    const orders = yield* OrderRepository
    const preBookings = yield* PreBookingRepository
    const wordings = new Map(
      [english, german, ...(options.wordings ?? [])].map((words) => [canonical(words.language) ?? "", words])
    )
    const templates = new Map(
      [...wordings.values()].map((words) => [words, { ...inWords(words), ...options.templates }])
    )
    const usual = speaking(wordings, language)
    if (usual === null) return yield* invalid("language", "must be one that there are words for")

    const reach = Effect.fnUntraced(function* (event: Mailed) {
      const contact = yield* directory.find(event.customerId)
      if (contact === null) return yield* new Undeliverable({ reason: "nobody knows this customer" })
      if (contact.address === null || Text.isBlank(contact.address)) {
        return yield* new Undeliverable({ reason: "the customer has no address" })
      }
      const address = Mail.addressOf(contact)
      if (Option.isNone(address)) return yield* new Undeliverable({ reason: "the customer's address is none for mail" })
      const name = contact.name === null || Text.isBlank(contact.name) ? null : nameOf(contact.name)
      return { name, address: address.value, spoken: speaking(wordings, contact.language) ?? usual }
    })

    /** The copy may have been bought or declined meanwhile, or be kept for another. */
    const isHeld = ({ customerId, preBookingId, expiresAt }: PreBookingHeld) =>
      Effect.flatMap(DateTime.now, (now) =>
        preBookings.get(customerId, preBookingId, now).pipe(
          Effect.map(({ booking }) => booking.status === "held"),
          Effect.catchTag("PreBookingNotFound", () => Effect.succeed(DateTime.greaterThan(expiresAt, now)))
        )
      )

    const orderOf = ({ orderId, customerId }: Facts[OrderKind]["event"]) => orders.get(orderId, customerId)

    const write = (
      event: Mailed,
      { wording, language }: Spoken,
      name: string | null
    ): Effect.Effect<Rendered, Trouble> => {
      const mails = templates.get(wording) ?? inWords(wording)
      const setting: Setting = { shop, name, language, timeZone, link: linkTo(event, options.links) }
      switch (event._tag) {
        case "OrderConfirmed":
          return Effect.map(orderOf(event), (order) => mails.OrderConfirmed({ event, order }, setting))
        case "OrderCancelled":
          return Effect.map(orderOf(event), (order) => mails.OrderCancelled({ event, order }, setting))
        case "OrderRefunded":
          return Effect.map(orderOf(event), (order) => mails.OrderRefunded({ event, order }, setting))
        case "PreBookingNotified":
          return Effect.sync(() => mails.PreBookingNotified({ event }, setting))
        case "PreBookingHeld":
          return Effect.sync(() => mails.PreBookingHeld({ event }, setting))
        case "PreBookingExpired":
          return Effect.sync(() => mails.PreBookingExpired({ event }, setting))
        case "PreBookingWithdrawn":
          return Effect.sync(() => mails.PreBookingWithdrawn({ event }, setting))
      }
    }

    const mail = Effect.fn("Notifications.handle")(function* (event: Mailed) {
      if (event._tag === "PreBookingHeld" && !(yield* isHeld(event))) {
        return yield* new Undeliverable({ reason: "the hold was over before it could be told" })
      }
      const { name, address, spoken } = yield* reach(event)
      const { subject, text, html } = yield* write(event, spoken, name)
      const made = new Mail.Mail({
        messageId: Mail.MessageId.make(`<${event.id}.${event._tag}@${domain}>`),
        to: { name: name === null ? null : Mail.line(name), address },
        subject: Mail.line(subject),
        text,
        html,
        language: spoken.language
      })
      yield* Effect.catchIf(
        mailer.send(made),
        ({ unreachable }) => unreachable,
        ({ message }) => new Undeliverable({ reason: message })
      )
    })

    const mailed: Readonly<Record<string, boolean>> = { ...usually, ...options.mails }
    const isMailed = (event: Event): event is Mailed => event._tag in usually && mailed[event._tag] === true

    return {
      /**
       * Mails what an event tells, or nothing where no mail is due: for `Relay.run`, alone or after a handler of the
       * host's. The same event gives the same message id.
       */
      handle: (event: Event): Effect.Effect<void, Undeliverable | Trouble> =>
        isMailed(event) ? mail(event) : Effect.void
    }
  })

/** Mails to customers. */
export class Notifications extends Context.Tag("octavo/Notifications")<
  Notifications,
  Effect.Effect.Success<ReturnType<typeof make>>
>() {}

/** Mails in the name of a shop; options that cannot be are refused. */
export const layer = (
  options: Options
): Layer.Layer<Notifications, InvalidInput, Mailer | CustomerDirectory | OrderRepository | PreBookingRepository> =>
  Layer.effect(Notifications, make(options))

// internal

type Mailed = Facts[Kind]["event"]
type OrderKind = Exclude<Kind, PreBookingEvent["_tag"]>

const usually: Readonly<Record<Kind, boolean>> = {
  OrderConfirmed: true,
  OrderCancelled: true,
  OrderRefunded: false,
  PreBookingNotified: true,
  PreBookingHeld: true,
  PreBookingExpired: true,
  PreBookingWithdrawn: true
}

const isTimeZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== ""
  } catch {
    // Intl says by a RangeError that it knows none.
    return false
  }
}

const Known = Schema.Struct({
  shop: Text.tidied(Text.visible(100)),
  domain: Mail.Domain,
  timeZone: Schema.String.pipe(
    Schema.filter(isTimeZone, { message: () => "must be a time zone, such as Europe/Berlin" })
  ),
  language: Schema.String
})

const decodeKnown = decode(Known)

const decodeOptions = ({ shop, domain, timeZone = "UTC", language = "en" }: Options) =>
  decodeKnown({ shop, domain, timeZone, language })

const nameOf = (name: string) => shorten(Mail.oneLine(name), 100)

const linkTo = (event: Mailed, { order, book }: NonNullable<Options["links"]> = {}): string | null =>
  ("orderId" in event ? order?.(event.orderId) : book?.(event.bookId)) ?? null
