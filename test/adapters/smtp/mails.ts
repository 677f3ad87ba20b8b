/** Mails for the tests of the SMTP adapter, and a mailer for as long as a test lasts. */
import { Effect, type Layer } from "effect"
import * as Smtp from "../../../src/adapters/smtp/index.js"
import { Address, Line, Mail, MessageId } from "../../../src/domain/Mail.js"
import { Mailer } from "../../../src/ports/Mailer.js"

export const from = "books@shop.example"

let count = 0

export const mail = (facts: Partial<ConstructorParameters<typeof Mail>[0]> = {}): Mail =>
  new Mail({
    messageId: MessageId.make(`<${++count}.OrderConfirmed@shop.example>`),
    to: { name: Line.make("Ada Lovelace"), address: Address.make("ada@example.org") },
    subject: Line.make("Hello"),
    text: "Hello,\n\nhere is a text.\n",
    html: "<p>Hello</p>\n",
    language: "en",
    ...facts
  })

/** One that no schema has looked at, as a host without types might give. */
export const unchecked = (facts: object): Mail =>
  new Mail({ ...mail(), ...facts } as never, { disableValidation: true })

export const using = <A, E, LE>(
  layer: Layer.Layer<Mailer, LE>,
  work: (send: Mailer["Type"]["send"]) => Effect.Effect<A, E>
): Promise<A> =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(Mailer, ({ send }) => work(send)),
      layer
    )
  )

export const over = (url: string, options: Partial<Smtp.Options> = {}) => Smtp.layer({ url, from, ...options })
