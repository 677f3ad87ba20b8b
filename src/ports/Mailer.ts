import { Context, type Effect, Schema } from "effect"
import type { Mail } from "../domain/Mail.js"

/** A mail was not sent, or nobody knows whether it was. To send it again is harmless: it has the same message id. */
export class MailError extends Schema.TaggedError<MailError>()("MailError", {
  /** The same mail may go through later, without anybody doing anything. */
  retryable: Schema.Boolean,
  /** This recipient can have no mail, such as one that the server does not know; mails to others may go through. */
  unreachable: Schema.Boolean,
  cause: Schema.Defect
}) {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** Sends mail; never called inside a transaction, nor before the commit of what a mail tells. */
export class Mailer extends Context.Tag("octavo/Mailer")<
  Mailer,
  {
    /** Succeeds once somebody else answers for the mail, such as the next server. */
    readonly send: (mail: Mail) => Effect.Effect<void, MailError>
  }
>() {}
