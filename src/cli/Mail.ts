/** Mails to customers: by SMTP, or shown where somebody only looks around. */
import { domainToASCII } from "node:url"
import { Context, Data, Effect, Either, Layer, Option, Redacted, type Scope } from "effect"
import * as Server from "../adapters/smtp/Server.js"
import type { Event } from "../domain/Event.js"
import type { InvalidInput } from "../domain/Input.js"
import * as Letter from "../domain/Mail.js"
import type { CustomerDirectory } from "../ports/CustomerDirectory.js"
import { Mailer } from "../ports/Mailer.js"
import type { OrderRepository } from "../ports/OrderRepository.js"
import type { PreBookingRepository } from "../ports/PreBookingRepository.js"
import * as Notifications from "../services/Notifications.js"
import type { Settings } from "../services/Relay.js"
import * as Customers from "./Customers.js"
import { type Failure, usage } from "./Failure.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Trouble from "./Trouble.js"

export type Mail = Data.TaggedEnum<{
  None: object
  /** The text of each mail on standard error. */
  Console: { readonly customers: Customers.Customers }
  Smtp: { readonly url: Redacted.Redacted; readonly from: Sender; readonly customers: Customers.Customers }
}>
export const { None: none, Console: onConsole, Smtp: smtp, $match: match, $is: is } = Data.taggedEnum<Mail>()

/** Who writes: an address, its domain, and the name that customers know. */
export interface Sender {
  readonly name: string
  readonly address: Letter.Address
  readonly domain: string
}

export const options = {
  smtp: { type: "string" },
  "mail-from": { type: "string" },
  customers: { type: "string" }
} as const satisfies Options.Specs

export const help = `Mails to customers about their orders, and about the books that they wait for:
  --smtp URL          smtp://[user:password@]host[:port]  OCTAVO_SMTP; smtps://… for TLS from the first byte
  --mail-from SENDER  shop@example.org, or 'Corner Books <shop@example.org>'; goes with --smtp
  --customers FILE    how they are reached, as JSON that is read at the start: {"ada": {"name": "Ada", "address":
                      "ada@example.org", "language": "de"}}; whose id is an address needs no entry

With --smtp the server delivers events, even with --events none, and mails what has waited in the outbox, too: see what
that is before the first time (\`octavo outbox\`). While the mail server is away mails wait, for five days at least. Those
that nobody can have are told of in the log, and \`octavo outbox --state undeliverable\` lists them. Without --smtp the
demonstration (--demo) shows each mail on standard error; there whoever has no address is at example.com.`

export interface Values {
  readonly smtp?: string | undefined
  readonly "mail-from"?: string | undefined
  readonly customers?: string | undefined
}

/** Where no server is named mails are shown, if they are `shown` at all. */
export const read = (values: Values, env: Options.Environment, shown: boolean): Effect.Effect<Mail, Failure> =>
  Effect.gen(function* () {
    const { "mail-from": sender, customers: file } = values
    const url = values.smtp ?? (env.OCTAVO_SMTP || undefined)
    if (url === undefined) {
      if (sender !== undefined) return yield* usage("--mail-from goes with --smtp (OCTAVO_SMTP)")
      if (file === undefined) return shown ? onConsole({ customers: {} }) : none()
      if (!shown) return yield* usage("--customers goes with --smtp (OCTAVO_SMTP), or with --demo, which shows mails")
      return onConsole({ customers: yield* Customers.read(file) })
    }
    if (Either.isLeft(Server.read(url))) {
      const name = values.smtp === undefined ? "OCTAVO_SMTP" : "--smtp"
      return yield* usage(`${name} takes smtp://[user:password@]host[:port] or smtps://…, percent-encoded`)
    }
    if (sender === undefined) return yield* usage("--smtp needs --mail-from: who writes the mails")
    const from = yield* readSender(sender)
    return smtp({ url: Redacted.make(url), from, customers: file === undefined ? {} : yield* Customers.read(file) })
  })

/** In a few words, for whoever starts a server. */
export const describe: (mail: Mail) => ReadonlyArray<string> = match({
  None: () => [],
  Console: () => ["mails: shown here, and sent to nobody"],
  Smtp: ({ url, from }) => [`mails: from ${from.address}, by ${new URL(Redacted.value(url)).host}`]
})

/** What is done about an event; the library that sends is loaded only where it is needed. */
export const handler = (
  mail: Mail
): Effect.Effect<
  (event: Event) => Effect.Effect<void, unknown>,
  Failure,
  OrderRepository | PreBookingRepository | Scope.Scope
> =>
  mail._tag === "None"
    ? Effect.succeed(() => Effect.void)
    : Effect.map(
        Layer.build(mail._tag === "Console" ? shownOnly(mail.customers) : sent(mail)),
        (context) => Context.get(context, Notifications.Notifications).handle
      )

/**
 * How long a mail is tried. Whoever passes mail on tries for four or five days (RFC 5321, section 4.5.4.1), here every
 * few minutes; a mail is at hand again soon after its server is.
 */
export const patience: Settings = { backoff: "1 second", longest: "5 minutes", attempts: 3000 }

// internal

const readSender = (text: string): Either.Either<Sender, Failure> => {
  const [, name = "", bracketed] = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(text) ?? []
  const address = Letter.addressOf({ name: null, address: bracketed ?? text, language: null })
  if (Option.isNone(address)) {
    return Either.left(usage(`--mail-from takes an address such as shop@example.org, not ${Options.quote(text)}`))
  }
  const domain = domainToASCII(address.value.slice(address.value.lastIndexOf("@") + 1))
  return Either.right({ name: name === "" ? domain : name, address: address.value, domain })
}

const shownOnly = (customers: Customers.Customers) =>
  notifications(
    Layer.succeed(Mailer, { send: (mail) => Output.note("mail", ...lines(mail)) }),
    Customers.layer(customers, (id) => `${id}@example.com`),
    { name: "Octavo", domain: "example.com" }
  )

const lines = (mail: Letter.Mail) =>
  Letter.shown(mail)
    .trimEnd()
    .split("\n")
    .map((line) => `  | ${line}`.trimEnd())

const sent = ({ url, from, customers }: Data.TaggedEnum.Value<Mail, "Smtp">) =>
  notifications(
    Layer.unwrapEffect(Effect.map(library, (Smtp) => Smtp.layer({ url, from: from.address, name: from.name }))),
    Customers.layer(customers, () => null),
    from
  )

const notifications = (
  mailer: Layer.Layer<Mailer, Failure | InvalidInput>,
  directory: Layer.Layer<CustomerDirectory>,
  { name, domain }: Pick<Sender, "name" | "domain">
) =>
  Notifications.layer({ shop: name, domain }).pipe(
    Layer.provide(mailer),
    Layer.provide(directory),
    Layer.mapError((error) => (error._tag === "Failure" ? error : usage(`--mail-from: ${issuesOf(error)}`)))
  )

const issuesOf = ({ issues }: InvalidInput) => issues.map(({ path, message }) => `${path} ${message}`).join("; ")

const library = Effect.suspend(() =>
  Effect.tryPromise({ try: () => import("../adapters/smtp/index.js"), catch: Trouble.ofPackage })
)
