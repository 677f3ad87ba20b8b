/** The usual mails, in the words of a language. */
import { DateTime } from "effect"
import * as Mail from "../../domain/Mail.js"
import { type Currency, format } from "../../domain/Money.js"
import type { Order } from "../../domain/Order.js"
import { shorten } from "./Columns.js"
import { isolate } from "./Direction.js"
import * as Html from "./Html.js"
import type { Letter, Table } from "./Letter.js"
import * as PlainText from "./PlainText.js"
import type { Kind, OfPreBooking, Rendered, Setting, Template, Templates } from "./Template.js"
import type { About, AboutBook, AboutOrder, Wording, Words } from "./Wording.js"

/** Both parts of a letter. */
export const render = (letter: Letter): Rendered => ({
  subject: letter.subject,
  text: PlainText.render(letter),
  html: Html.render(letter)
})

/** All templates in the words of a language. */
export const inWords = (wording: Wording): Templates => ({
  OrderConfirmed: ofOrder(wording, "OrderConfirmed"),
  OrderCancelled: ofOrder(wording, "OrderCancelled"),
  OrderRefunded: ofOrder(wording, "OrderRefunded"),
  PreBookingNotified: ofBook(wording, "PreBookingNotified", aboutBook),
  PreBookingHeld: ofBook(wording, "PreBookingHeld", ({ event }, setting) => ({
    ...aboutBook({ event }),
    until: moment(event.expiresAt, setting)
  })),
  PreBookingExpired: ofBook(wording, "PreBookingExpired", aboutBook),
  PreBookingWithdrawn: ofBook(wording, "PreBookingWithdrawn", aboutBook)
})

/** A time in the words of a language, with its zone. */
export const moment = (time: DateTime.Utc, { language, timeZone }: Pick<Setting, "language" | "timeZone">): string =>
  new Intl.DateTimeFormat(language, {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone
  })
    .format(DateTime.toDate(time))
    .replace(/[\u00a0\u202f]/g, " ")

/** A value among words: on one line, and without turning what is around it. */
export const value = (text: string): string => isolate(Mail.oneLine(text))

// internal

type OrderKind = "OrderConfirmed" | "OrderCancelled" | "OrderRefunded"
type BookKind = Exclude<Kind, OrderKind>

/** The title of a book may have 500 characters. */
const inSubject = 60

const ofOrder =
  (wording: Wording, kind: OrderKind): Template<OrderKind> =>
  ({ order }, setting) =>
    render({
      ...written(wording, wording.mails[kind], aboutOrder(wording, order), setting, wording.seeOrder),
      order: table(wording, order)
    })

const ofBook =
  <K extends BookKind>(
    wording: Wording,
    kind: K,
    about: (facts: Parameters<Template<K>>[0], setting: Setting) => About<K>
  ): Template<K> =>
  (facts, setting) =>
    render({
      ...written(wording, wording.mails[kind] as Words<About<K>>, about(facts, setting), setting, wording.seeBook),
      order: null
    })

const written = <A extends { readonly title: string }>(
  wording: Wording,
  words: Words<A>,
  about: A,
  { shop, name, language, link }: Setting,
  see: string
): Omit<Letter, "order"> => ({
  language,
  subject: words.subject({ ...about, title: value(shorten(about.title, inSubject)) }),
  greeting: wording.greeting(name === null ? null : value(name)),
  paragraphs: words.paragraphs({ ...about, title: value(about.title) }),
  link: linkTo(link, see),
  closing: wording.closing(value(shop))
})

/** Only what a browser opens, in the form that has no spaces, quotes or line breaks in it. */
const linkTo = (link: string | null, words: string): Letter["link"] => {
  const url = link !== null && URL.canParse(link) ? new URL(link) : null
  return url !== null && /^https?:$/.test(url.protocol) ? { words, url: url.href } : null
}

const aboutOrder = (wording: Wording, { lines, total, currency, status }: Order): AboutOrder => ({
  title: lines[0].title,
  others: lines.length - 1,
  total: money(wording, currency, total),
  isRefunded: status === "refunded"
})

const aboutBook = ({ event }: OfPreBooking<{ readonly title: string; readonly author: string }>): AboutBook => ({
  title: event.title,
  author: value(event.author)
})

const table = (wording: Wording, { id, lines, total, currency }: Order): Table => ({
  caption: wording.orderNumber(id),
  rows: lines.map(({ quantity, title, author, unitPrice }) => ({
    quantity,
    title: Mail.oneLine(title),
    author: Mail.oneLine(author),
    amount: money(wording, currency, quantity * unitPrice)
  })),
  total: { words: wording.total, amount: money(wording, currency, total) }
})

const money = ({ money }: Wording, currency: Currency, amount: number) => money(format(currency, amount), currency)
