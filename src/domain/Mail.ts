/** A mail as it leaves the house, and how whoever it goes to can be reached. */
import { Option, Schema } from "effect"
import * as Text from "./Text.js"

const longestLine = 998

/**
 * One line of a header: no line break or other control character can be in it, and so no header of somebody else's.
 * At most 998 characters (RFC 5322, section 2.1.1).
 */
export const Line = Schema.String.pipe(
  Schema.filter(
    (text) => text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text) && Text.length(text) <= longestLine,
    {
      message: () => `must be one line of at most ${longestLine} characters`
    }
  ),
  Schema.brand("MailLine")
)
export type Line = typeof Line.Type

/**
 * An address without its name, as `ada@example.org`: at most 64 bytes before the @, and 254 in all (RFC 5321). Neither
 * the quoted form nor one with a number for a host, both of which customers do not have.
 */
export const Address = Schema.String.pipe(
  Schema.filter((text) => isAddress(text), { message: () => "must be a mail address, such as ada@example.org" }),
  Schema.brand("MailAddress")
)
export type Address = typeof Address.Type

/** A name of a host in the domain name system, such as `shop.example`. */
export const Domain = Schema.String.pipe(
  Schema.filter((text) => text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`, "i").test(text), {
    message: () => "must be a domain, such as shop.example"
  }),
  Schema.brand("MailDomain")
)
export type Domain = typeof Domain.Type

/** What makes two copies of a mail one for whoever receives it, as `<left@right>` (RFC 5322, section 3.6.4). */
export const MessageId = Schema.String.pipe(
  Schema.filter(
    (text) => text.length <= 512 && /^<[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w.-]+>$/.test(text),
    {
      message: () => "must be a message id, such as <1.OrderConfirmed@shop.example>"
    }
  ),
  Schema.brand("MessageId")
)
export type MessageId = typeof MessageId.Type

/** A language as a BCP 47 tag, such as `de-AT`. */
export const Tag = Schema.String.pipe(
  Schema.filter((text) => /^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,15}$/i.test(text), {
    message: () => "must be the tag of a language, such as de-AT"
  })
)

export const Recipient = Schema.Struct({ name: Schema.NullOr(Line), address: Address })
export interface Recipient extends Schema.Schema.Type<typeof Recipient> {}

export class Mail extends Schema.Class<Mail>("octavo/Mail")({
  /** The same for a mail that is sent again. */
  messageId: MessageId,
  to: Recipient,
  subject: Line,
  /** For a terminal, and for whoever wants no HTML. */
  text: Schema.String,
  html: Schema.String,
  language: Schema.NullOr(Tag)
}) {}

/** How a customer can be reached, as the host knows it; nothing of it needs to be well formed. */
export interface Contact {
  readonly name: string | null
  readonly address: string | null
  /** As a BCP 47 tag, such as `de` or `en-GB`. */
  readonly language: string | null
}

// readings

/** The address of a contact, trimmed; none where there is none that mail can go to. */
export const addressOf = ({ address }: Contact): Option.Option<Address> =>
  address === null ? Option.none() : Schema.decodeOption(Address)(address.trim())

/** A text on one line: what would break it, or turn the direction of what follows, is gone, and runs of spaces are one. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(directions, "")
    .trim()

/** What becomes a header: on one line, and not longer than one may be. */
export const line = (text: string): Line =>
  Line.make(
    [
      ...text
        .toWellFormed()
        .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
        .trim()
    ]
      .slice(0, longestLine)
      .join("")
  )

/** The mail for a terminal: to whom, about what, and its text. */
export const shown = ({ to, subject, text }: Mail): string =>
  `To: ${to.name === null ? to.address : `${to.name} <${to.address}>`}\nSubject: ${subject}\n\n${text}`

// internal

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

/** Embeddings, overrides and isolates, which reach beyond the text that they are in. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g

const isAddress = (text: string): boolean => {
  const at = text.lastIndexOf("@")
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)]
  return (
    at > 0 &&
    text.isWellFormed() &&
    bytes(local) <= 64 &&
    bytes(text) <= 254 &&
    /^[^\s\p{C}\p{Z}"(),.:;<>@[\\\]]+(\.[^\s\p{C}\p{Z}"(),.:;<>@[\\\]]+)*$/u.test(local) &&
    /^([\p{L}\p{N}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)(\.[\p{L}\p{N}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)*$/u.test(
      domain
    )
  )
}

const bytes = (text: string): number => new TextEncoder().encode(text).length
