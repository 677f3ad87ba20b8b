/**
 * Mail by SMTP, over the `nodemailer` package, with connections that are kept and used again. What it rests on is told in
 * docs/mail.md.
 */
import type { ConnectionOptions } from "node:tls"
import { Duration, Effect, Layer, Redacted, Schema } from "effect"
import { createTransport } from "nodemailer"
import { decode, duration, type InvalidInput } from "../../domain/Input.js"
import { Address, Domain, line, type Mail } from "../../domain/Mail.js"
import { MailError, Mailer } from "../../ports/Mailer.js"
import { late, mailError, SmtpTrouble } from "./Failure.js"
import * as Server from "./Server.js"

export { SmtpTrouble } from "./Failure.js"

export interface Options {
  /**
   * `smtp://[user:password@]host[:port]`, encrypted by STARTTLS where the server offers it, or `smtps://…`, encrypted
   * from the first byte; user and password percent-encoded.
   */
  readonly url: string | Redacted.Redacted
  /** The address that the mails are from, and that failures are returned to. */
  readonly from: string
  /** The name beside it. */
  readonly name?: string | undefined
  /** Sends nothing over a connection that is not encrypted; `false` unless said otherwise. */
  readonly requireTLS?: boolean | undefined
  /** For `tls.connect`, such as the certificate of an authority of the host's own. */
  readonly tls?: ConnectionOptions | undefined
  /** How this machine names itself to the server; its host name unless said otherwise. */
  readonly clientName?: string | undefined
  /** How many connections there are at most: 5 unless said otherwise. */
  readonly maxConnections?: number | undefined
  /** After how many mails a connection is made anew: 100 unless said otherwise. */
  readonly mailsPerConnection?: number | undefined
  /** How long to wait for a connection, and for the server's greeting: 5 seconds unless said otherwise, a day at most. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /**
   * How long one mail may take in all, waiting for a connection too: 25 seconds unless said otherwise, a day at most.
   * A relay gives up a handler after 30.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * The mailer. It connects with the first mail: a server that is away does not keep an application from starting. Options
 * that cannot be are refused, without a word of the password.
 */
export const layer = (options: Options): Layer.Layer<Mailer, InvalidInput> =>
  Layer.scoped(
    Mailer,
    Effect.gen(function* () {
      const server = yield* Server.read(Redacted.isRedacted(options.url) ? Redacted.value(options.url) : options.url)
      const settings = yield* decodeOptions(options)
      const transport = yield* Effect.acquireRelease(
        Effect.sync(() => opened(server, settings, options)),
        // A mail that is on its way then fails: whoever sends it has been stopped before.
        (transport) => Effect.sync(() => transport.close({ force: true }))
      )
      const from = { address: settings.from, name: settings.name === undefined ? "" : line(settings.name) }
      const hide = Server.hiding(server)
      return {
        send: (mail: Mail) =>
          isAddress(mail.to.address) ? sent(transport, from, mail, settings.timeout, hide) : noAddress
      }
    })
  )

// internal

/** A timer of the platform's takes no more than 24 days. */
const span = duration.pipe(Schema.betweenDuration("1 millis", "1 day"))

const decodeOptions = decode(
  Schema.Struct({
    from: Address,
    name: Schema.optional(Schema.String),
    clientName: Schema.optional(Domain),
    maxConnections: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 1000)), { default: () => 5 }),
    mailsPerConnection: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { default: () => 100 }),
    connectTimeout: Schema.optionalWith(span, { default: () => Duration.seconds(5) }),
    timeout: Schema.optionalWith(span, { default: () => Duration.seconds(25) })
  })
)

type Settings = Effect.Effect.Success<ReturnType<typeof decodeOptions>>

const opened = (
  { host, port, secure, auth }: Server.Server,
  { clientName, maxConnections, mailsPerConnection, connectTimeout, timeout }: Settings,
  { requireTLS = false, tls }: Options
) => {
  const patience = Duration.toMillis(connectTimeout)
  return createTransport({
    pool: true,
    host,
    port,
    secure,
    ...(auth !== null && { auth: { ...auth } }),
    requireTLS,
    ...(tls !== undefined && { tls }),
    ...(clientName !== undefined && { name: clientName }),
    maxConnections,
    maxMessages: mailsPerConnection,
    // A mail whose link was lost is the relay's to send again; once is for links that were lost while they were idle.
    maxRequeues: 1,
    connectionTimeout: patience,
    greetingTimeout: patience,
    dnsTimeout: patience,
    socketTimeout: Duration.toMillis(timeout),
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true
  })
}

type Transport = ReturnType<typeof opened>

/** The limit is of real time, whatever the clock of the program: it is the network that is waited for. */
const sent = (
  transport: Transport,
  from: { readonly address: string; readonly name: string },
  mail: Mail,
  patience: Duration.Duration,
  hide: (text: string) => string
): Effect.Effect<void, MailError> =>
  Effect.async((resume) => {
    const stop = new AbortController()
    const timer = setTimeout(() => {
      resume(Effect.fail(late(`the mail was not taken within ${Duration.format(patience)}`)))
      stop.abort()
    }, Duration.toMillis(patience))
    transport
      .sendMail({ ...message(from, mail), signal: stop.signal })
      .then(
        () => resume(Effect.void),
        (error: unknown) => resume(Effect.fail(mailError(error, hide)))
      )
      .finally(() => clearTimeout(timer))
    return Effect.sync(() => {
      clearTimeout(timer)
      stop.abort()
    })
  })

/** A second look, for hosts without types: an address could bring along another recipient, or another command. */
const isAddress = Schema.is(Address)

const noAddress = new MailError({
  retryable: false,
  unreachable: true,
  cause: new SmtpTrouble("the address is none that mail can go to")
})

const message = (
  from: { readonly address: string; readonly name: string },
  { messageId, to, subject, text, html, language }: Mail
) => ({
  messageId,
  from,
  to: { address: to.address as string, name: to.name ?? "" },
  envelope: { from: from.address, to: [to.address as string] },
  subject,
  text,
  html,
  headers: {
    // Nobody is to answer it by a machine (RFC 3834).
    "Auto-Submitted": "auto-generated",
    ...(language !== null && { "Content-Language": language })
  }
})
