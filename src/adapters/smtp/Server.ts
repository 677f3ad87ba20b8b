/** Where the mails go, read from its URL: what else nodemailer would take from one, logging among it, is refused. */
import { Either } from "effect"
import { type InvalidInput, invalid } from "../../domain/Input.js"

export interface Server {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS, where the server offers it. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | null
}

/** `smtp://[user:password@]host[:port]`, port 587 unless said otherwise, or `smtps://…`, port 465. */
export const read = (text: string): Either.Either<Server, InvalidInput> => {
  const url = URL.canParse(text) ? new URL(text) : null
  const secure = url?.protocol === "smtps:"
  if (url === null || !(secure || url.protocol === "smtp:") || url.hostname === "") return unread
  if (url.search !== "" || url.hash !== "" || !/^\/?$/.test(url.pathname)) return unread
  const [user, pass] = [decoded(url.username), decoded(url.password)]
  if (user === null || pass === null) return unread
  return Either.right({
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    auth: user === "" ? null : { user, pass }
  })
}

/** Takes the password out of a text, as it is and in the forms in which the protocol has it. */
export const hiding =
  ({ auth }: Server) =>
  (text: string): string => {
    if (auth === null || auth.pass === "") return text
    const { user, pass } = auth
    return [`\0${user}\0${pass}`, pass]
      .flatMap((secret) => [base64(secret), secret, encodeURIComponent(secret)])
      .reduce((shown, secret) => shown.replaceAll(secret, "***"), text)
  }

// internal

// The text itself has the password in it.
const unread = Either.left(
  invalid("url", "must be smtp://[user:password@]host[:port] or smtps://…, its user and password percent-encoded")
)

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A URIError: a percent sign that is not followed by two digits.
    return null
  }
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64")
