/** A mailer that keeps what it is given, and goes wrong when a test says so; and a directory of a few customers. */
import { Context, Effect, Layer } from "effect"
import type { Mail } from "../domain/Mail.js"
import * as CustomerDirectory from "../ports/CustomerDirectory.js"
import { MailError, Mailer } from "../ports/Mailer.js"

/** How one call of `send` goes; `keep` puts the mail in the box. */
export type Step = (keep: Effect.Effect<void>) => Effect.Effect<void, MailError>

export class Mailbox extends Context.Tag("octavo/testing/Mailbox")<
  Mailbox,
  {
    /** The next mails go so, one each, in order; those after them are kept. */
    readonly script: (...steps: ReadonlyArray<Step>) => Effect.Effect<void>
    /** Every mail that was kept, in order: twice what was sent twice. */
    readonly sent: Effect.Effect<ReadonlyArray<Mail>>
    /** What somebody has who drops repeats: one mail of each message id, in order. */
    readonly received: Effect.Effect<ReadonlyArray<Mail>>
  }
>() {}

// steps

/** Temporary trouble; `sent` when the mail arrived all the same. */
export const fail =
  ({ sent = false } = {}): Step =>
  (keep) =>
    Effect.zipRight(sent ? keep : Effect.void, trouble({ retryable: true, unreachable: false }))

/** The server knows no such recipient. */
export const refuse: Step = () => trouble({ retryable: false, unreachable: true })

/** Never answers. */
export const hang: Step = () => Effect.never

// layers

export const layer: Layer.Layer<Mailer | Mailbox> = Layer.effectContext(
  Effect.sync(() => {
    const steps: Array<Step> = []
    const kept: Array<Mail> = []
    const mailbox = Mailbox.of({
      script: (...next) => Effect.sync(() => void steps.push(...next)),
      sent: Effect.sync(() => [...kept]),
      received: Effect.sync(() =>
        [...new Map(kept.toReversed().map((mail) => [mail.messageId, mail])).values()].reverse()
      )
    })
    const mailer = Mailer.of({
      send: (mail) =>
        Effect.suspend(() => {
          const keep = Effect.sync(() => void kept.push(mail))
          return steps.shift()?.(keep) ?? keep
        })
    })
    return Context.make(Mailbox, mailbox).pipe(Context.add(Mailer, mailer))
  })
)

/** The customers by their ids, and nobody else. */
export const directory = (
  customers: Readonly<Record<string, CustomerDirectory.Known>>
): Layer.Layer<CustomerDirectory.CustomerDirectory> =>
  CustomerDirectory.layer((customer) => (Object.hasOwn(customers, customer) ? customers[customer] : null))

// internal

const trouble = (facts: { readonly retryable: boolean; readonly unreachable: boolean }) =>
  new MailError({ ...facts, cause: new Error(facts.unreachable ? "550 no such user" : "451 try again later") })
