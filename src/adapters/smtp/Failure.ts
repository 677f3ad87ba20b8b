/** What a failure of the SMTP client means: whether the mail may be sent again, and whether this recipient can have any. */
import type { NodemailerError } from "nodemailer"
import { MailError } from "../../ports/Mailer.js"

/** What is told of a mail that was not sent; nothing in it is secret. */
export class SmtpTrouble extends Error {
  override readonly name = "SmtpTrouble"
  constructor(
    message: string,
    readonly facts: {
      /** Of nodemailer, such as `EAUTH`. */
      readonly code?: string | undefined
      /** What the server was asked, such as `RCPT TO`. */
      readonly command?: string | undefined
      /** The server's answer, such as 550. */
      readonly status?: number | undefined
      /** The server's enhanced status code (RFC 3463), such as `5.1.1`. */
      readonly enhanced?: string | undefined
    } = {}
  ) {
    super(message)
  }
}

/** What the client rejects with, without what `hide` takes out. */
export const mailError = (error: unknown, hide: (text: string) => string): MailError => {
  const {
    code,
    command,
    responseCode,
    response,
    message,
    permanent = false
  }: Partial<NodemailerError> = error instanceof Error ? error : new Error(String(error))
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? "")?.[1]
  const cause = new SmtpTrouble(hide(message ?? "no word of the SMTP client").slice(0, longest), {
    code,
    command: command === undefined ? undefined : hide(command),
    status: responseCode,
    enhanced
  })
  return new MailError({
    retryable: responseCode === undefined ? !lasting.has(code ?? "") : !permanent,
    unreachable: permanent && isAboutRecipient(command, enhanced),
    cause
  })
}

/** No answer within the time that a mail may take. */
export const late = (message: string): MailError =>
  new MailError({ retryable: true, unreachable: false, cause: new SmtpTrouble(message, { code: "ETIMEDOUT" }) })

// internal

const longest = 500

/** What does not pass by itself where the server has said nothing: credentials, configuration, a mail that cannot be. */
const lasting = new Set(["EAUTH", "ENOAUTH", "ECONFIG", "EENVELOPE", "EMESSAGE", "EREQUIRETLS"])

/**
 * Refused for good when the recipient was named, unless the server says that it is itself, the protocol or its policy
 * (x.3, x.5, x.7); or after the whole mail, where the server says that it is the address or the mailbox (x.1, x.2).
 */
const isAboutRecipient = (command: string | undefined, enhanced: string | undefined): boolean =>
  command === "RCPT TO" ? !/^5\.[357]\./.test(enhanced ?? "") : command === "DATA" && /^5\.[12]\./.test(enhanced ?? "")
