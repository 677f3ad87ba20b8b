import { Effect, Fiber, Logger, Redacted } from "effect"
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest"
import * as Smtp from "../../src/adapters/smtp/index.js"
import { Address, Line, MessageId } from "../../src/domain/Mail.js"
import type { MailError } from "../../src/ports/Mailer.js"
import { from, mail, over, unchecked, using } from "./smtp/mails.js"
import { start } from "./smtp/server.js"

const server = await start()
afterAll(() => server.stop())
beforeEach(() => {
  server.behave({})
  server.received.length = 0
})

const facts = ({ retryable, unreachable }: MailError) => ({ retryable, unreachable })

describe("a mail that is taken", () => {
  it("arrives with both parts and its headers as they were written", () =>
    using(over(server.url(), { name: "Bücher & “Söhne”" }), (send) =>
      Effect.gen(function* () {
        const text = `Grüße 📚 ${"x".repeat(1200)}\n.\n..dots\nשר הטבעות = 100 % "&<>\nFrom here on\n`
        const html = `<p>Grüße &amp; 📚</p>\n<p>${"y".repeat(3000)}</p>\n.\n`
        const subject = Line.make(`Ihre Bestellung ist bestätigt: ${"„Titel“ ".repeat(20)}📚`)
        yield* send(
          mail({
            messageId: MessageId.make("<0190.OrderConfirmed@shop.example>"),
            to: { name: Line.make('Ada "die Gräfin", <Lovelace>'), address: Address.make("ada+books@example.org") },
            subject,
            text,
            html,
            language: "de-AT"
          })
        )
        const [{ message, raw, ...envelope }] = server.received as [(typeof server.received)[number]]
        expect(envelope).toMatchObject({ from, to: ["ada+books@example.org"] })
        expect(message.parts).toEqual(
          new Map([
            ["text/plain", text],
            ["text/html", html]
          ])
        )
        expect(message.headers.get("message-id")).toEqual(["<0190.OrderConfirmed@shop.example>"])
        expect(message.header("subject")).toBe(subject)
        expect(message.header("from")).toBe("Bücher & “Söhne” <books@shop.example>")
        expect(message.header("to")).toBe('Ada "die Gräfin", <Lovelace> <ada+books@example.org>')
        expect(message.header("auto-submitted")).toBe("auto-generated")
        expect(message.header("content-language")).toBe("de-AT")
        expect(raw.split("\r\n").filter((line) => Buffer.byteLength(line) > 998)).toEqual([])
      })
    ))

  it("has the same message id when it is sent again", () =>
    using(over(server.url()), (send) =>
      Effect.gen(function* () {
        const one = mail()
        yield* send(one)
        yield* send(one)
        expect(server.received.map(({ message }) => message.headers.get("message-id"))).toEqual([
          [one.messageId],
          [one.messageId]
        ])
      })
    ))

  it("has no header and no recipient that its values bring along", () =>
    using(over(server.url(), { name: "Shop\r\nBcc: eve@example.org" }), (send) =>
      Effect.gen(function* () {
        const smuggled = "x\r\nBcc: eve@example.org\r\n\r\nbody"
        expect(() => mail({ subject: smuggled as Line })).toThrow()
        expect(() => mail({ to: { name: smuggled as Line, address: Address.make("a@b.c") } })).toThrow()
        expect(() => mail({ to: { name: null, address: "a@b.c>\r\nRCPT TO:<eve@example.org" as Address } })).toThrow()
        expect(() => mail({ messageId: smuggled as MessageId })).toThrow()
        expect(() => mail({ language: smuggled })).toThrow()
        const to = { name: smuggled, address: "ada@example.org" }
        yield* send(unchecked({ subject: smuggled, messageId: `<1@x>\r\n${smuggled}`, to, language: smuggled }))
        yield* Effect.ignore(
          send(unchecked({ to: { name: null, address: `ada@example.org>\r\nRCPT TO:<eve@example.org` } }))
        )
        yield* Effect.ignore(send(unchecked({ to: { name: null, address: "ada@example.org, eve@example.org" } })))
        for (const { message, to } of server.received) {
          expect(message.headers.has("bcc")).toBe(false)
          expect(to.filter((address) => address === "eve@example.org")).toEqual([])
          expect(message.parts.get("text/plain")).toBe("Hello,\n\nhere is a text.\n")
        }
        expect(server.received.length).toBeGreaterThan(0)
      })
    ))

  it("shares a few connections with the others", () =>
    using(over(server.url(), { maxConnections: 2 }), (send) =>
      Effect.gen(function* () {
        const before = server.connections()
        yield* Effect.forEach(Array.from({ length: 40 }), () => send(mail()), { concurrency: "unbounded" })
        expect(server.received).toHaveLength(40)
        expect(server.connections() - before).toBeLessThanOrEqual(2)
      })
    ))
})

describe("a server that refuses", () => {
  const recipient = (answer: string) => ({ onRecipient: () => answer })
  const data = (answer: string) => ({ onData: () => answer })
  it.each([
    ["the recipient, for good", recipient("550 5.1.1 no such user"), { retryable: false, unreachable: true }],
    [
      "the recipient, without a word why",
      recipient("550 mailbox unavailable"),
      { retryable: false, unreachable: true }
    ],
    ["the recipient, for now", recipient("450 4.2.1 greylisted"), { retryable: true, unreachable: false }],
    ["everybody, by its policy", recipient("554 5.7.1 relay access denied"), { retryable: false, unreachable: false }],
    ["the sender", { onFrom: (): string => "550 5.1.8 unknown sender" }, { retryable: false, unreachable: false }],
    ["the sender, for now", { onFrom: (): string => "451 4.3.0 try again" }, { retryable: true, unreachable: false }],
    ["the mail", data("554 5.6.0 no such mail"), { retryable: false, unreachable: false }],
    ["the mail, for the mailbox", data("552 5.2.2 mailbox full"), { retryable: false, unreachable: true }],
    ["the mail, for now", data("451 4.3.2 later"), { retryable: true, unreachable: false }],
    ["the mail, since it closes", data("421 4.3.2 closing"), { retryable: true, unreachable: false }]
  ] as const)("%s", (_, behaviour, expected) =>
    using(over(server.url()), (send) =>
      Effect.gen(function* () {
        server.behave(behaviour)
        const error = yield* Effect.flip(send(mail()))
        expect(facts(error)).toEqual(expected)
        expect(error.message).toMatch(/\d{3} /)
        server.behave({})
        yield* send(mail())
        expect(server.received).toHaveLength(1)
      })
    )
  )
})

describe("a server in trouble", () => {
  it("drops the link in the middle of a mail: it may be sent again, and the next one is not held up", () =>
    using(over(server.url()), (send) =>
      Effect.gen(function* () {
        const long = mail({ text: "a line of text\n".repeat(200_000) })
        server.behave({ cutAt: 100_000 })
        expect(facts(yield* Effect.flip(send(long)))).toEqual({ retryable: true, unreachable: false })
        expect(server.received).toEqual([])
        server.behave({})
        yield* send(long)
        expect(server.received.map(({ message }) => message.header("message-id"))).toEqual([long.messageId])
      })
    ))

  it("takes a mail and drops the link before it says so: that may be sent again, too, and is the same mail", () =>
    using(over(server.url()), (send) =>
      Effect.gen(function* () {
        const one = mail()
        server.behave({ onData: () => "cut" })
        expect(facts(yield* Effect.flip(send(one)))).toEqual({ retryable: true, unreachable: false })
        server.behave({})
        yield* send(one)
        expect(server.received.map(({ message }) => message.header("message-id"))).toEqual([
          one.messageId,
          one.messageId
        ])
      })
    ))

  it("is slow: the mail is waited for, up to the time that it may take", () =>
    using(over(server.url(), { timeout: "1500 millis" }), (send) =>
      Effect.gen(function* () {
        const slow = (millis: number) => ({ onData: () => new Promise<null>((done) => setTimeout(done, millis, null)) })
        server.behave(slow(700))
        yield* send(mail())
        server.behave(slow(10_000))
        const error = yield* Effect.flip(send(mail()))
        expect(facts(error)).toEqual({ retryable: true, unreachable: false })
        expect(error.message).toContain("1s 500ms")
        server.behave({})
        yield* send(mail())
      })
    ))

  it("is away: the mailer is there all the same, and says so for each mail, until the server is back", async () => {
    const other = await start()
    await other.away()
    await using(over(other.url()), (send) =>
      Effect.gen(function* () {
        expect(facts(yield* Effect.flip(send(mail())))).toEqual({ retryable: true, unreachable: false })
        yield* Effect.promise(() => other.back())
        yield* send(mail())
        yield* Effect.promise(() => other.away())
        expect(facts(yield* Effect.flip(send(mail())))).toEqual({ retryable: true, unreachable: false })
        yield* Effect.promise(() => other.back())
        yield* send(mail())
        expect(other.received).toHaveLength(2)
      })
    )
    await other.stop()
  })

  it("is left alone by a mail that is given up, and the others go through", () =>
    using(over(server.url(), { maxConnections: 1 }), (send) =>
      Effect.gen(function* () {
        let reached = () => {}
        const began = new Promise<void>((resolve) => (reached = resolve))
        server.behave({
          onData: () => {
            reached()
            return new Promise<null>(() => {})
          }
        })
        const stuck = yield* Effect.fork(send(mail()))
        yield* Effect.promise(() => began)
        server.behave({})
        const next = yield* Effect.fork(send(mail()))
        yield* Fiber.interrupt(stuck)
        yield* Fiber.join(next)
        expect(server.received).toHaveLength(1)
      })
    ))
})

describe("credentials", () => {
  const user = "books@shop.example"
  const password = "p@ss:w/ö rd%"
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  const encoded = [password, encodeURIComponent(password), Buffer.from(password).toString("base64")].concat(
    Buffer.from(`\0${user}\0${password}`).toString("base64")
  )

  it("come from the URL", async () => {
    const guarded = await start({ server: { authMethods: ["PLAIN"], disabledCommands: ["STARTTLS"] } })
    guarded.behave({ onLogin: (...given) => (given.join() === `${user},${password}` ? null : "535 5.7.8 no") })
    await using(over(guarded.url(credentials)), (send) => send(mail()))
    expect(guarded.received.map((mail) => mail.user)).toEqual([user])
    await guarded.stop()
  })

  it("that are wrong are told without the password, whatever the server says, and nothing is written", async () => {
    const guarded = await start({ server: { authMethods: ["PLAIN", "LOGIN"], disabledCommands: ["STARTTLS"] } })
    guarded.behave({ onLogin: () => `535 5.7.8 no: ${encoded.join(" ")}` })
    const lines: Array<string> = []
    const spies = [
      ...(["log", "info", "warn", "error", "debug"] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation((...words) => void lines.push(words.join(" ")))
      ),
      ...(["stdout", "stderr"] as const).map((name) =>
        vi.spyOn(process[name], "write").mockImplementation((text) => lines.push(String(text)) > 0)
      )
    ]
    const layer = over("", { url: Redacted.make(guarded.url(credentials)) })
    const error = await using(layer, (send) =>
      Effect.flip(send(mail())).pipe(Effect.tap((error) => Effect.logError("no mail", error)))
    )
    for (const spy of spies) spy.mockRestore()
    expect(facts(error)).toEqual({ retryable: false, unreachable: false })
    expect(error.message).toContain("***")
    const told = [
      ...lines,
      error.message,
      JSON.stringify(error),
      String(error.cause),
      Logger.stringLogger && error.stack
    ]
    for (const text of told) for (const secret of encoded) expect(text).not.toContain(secret)
    await guarded.stop()
  })

  it.each([
    `smtp://${credentials}`,
    `http://${credentials}host`,
    `smtp://${credentials}host?logger=true&debug=true`,
    `smtp://${credentials}host/path`,
    "smtp://user:%zz@host",
    password
  ])("in a URL that cannot be are refused without it: case %#", async (url) => {
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Effect.provide(Effect.void, over(url)))))
    expect(error._tag).toBe("InvalidInput")
    for (const secret of [...encoded, "%zz"]) expect(JSON.stringify(error)).not.toContain(secret)
  })

  it.each([
    { from: "nobody" },
    { from: "a@b.c\r\nBcc: x@y.z" },
    { maxConnections: 0 },
    { clientName: "no host" },
    { timeout: "soon" as never },
    { timeout: "25 days" as const },
    { connectTimeout: 0 }
  ])("options that cannot be are refused: %j", async (options) => {
    const layer = Smtp.layer({ url: server.url(), from, ...options })
    expect(await Effect.runPromise(Effect.flip(Effect.scoped(Effect.provide(Effect.void, layer))))).toMatchObject({
      _tag: "InvalidInput"
    })
  })
})

describe("encryption", () => {
  it("is used where the server offers it, and its certificate is looked at", async () => {
    const able = await start({ server: { disabledCommands: ["AUTH"] } })
    const error = await using(over(able.url()), (send) => Effect.flip(send(mail())))
    expect(error.message).toMatch(/certificate/i)
    await using(over(able.url(), { tls: { rejectUnauthorized: false }, requireTLS: true }), (send) => send(mail()))
    expect(able.received.map(({ isEncrypted }) => isEncrypted)).toEqual([true])
    await able.stop()
  })

  it("is required where the host says so: without it nothing is sent", async () => {
    await using(over(server.url(), { requireTLS: true }), (send) =>
      Effect.map(Effect.flip(send(mail())), (error) => expect(error._tag).toBe("MailError"))
    )
    expect(server.received).toEqual([])
  })
})

it("the connections are closed with the scope, also those that wait for an answer", async () => {
  const own = await start()
  own.behave({ onData: ({ message }) => (message.header("subject") === "stuck" ? new Promise<null>(() => {}) : null) })
  await using(over(own.url()), (send) =>
    Effect.gen(function* () {
      yield* Effect.forkDaemon(Effect.ignore(send(mail({ subject: Line.make("stuck") }))))
      yield* send(mail())
      yield* Effect.promise(() => vi.waitFor(() => expect(own.open()).toBe(2)))
    })
  )
  await vi.waitFor(() => expect(own.open()).toBe(0), 5000)
  await own.stop()
})
