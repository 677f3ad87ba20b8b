/** The mails of `octavo serve`, by a real SMTP server and on the console. */
import { join } from "node:path"
import { Effect } from "effect"
import { Relay } from "octavo"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as MailServer from "./mailServer.js"
import { program } from "./program.js"
import { serve } from "./served.js"
import { inFile, stocked } from "./shop.js"

const cli = program()
const file = (name: string) => join(cli.directory, name)
const from = ["--mail-from", "Corner Books <shop@corner.example>"]

let server: MailServer.MailServer
beforeEach(async () => {
  server = await MailServer.make()
})
afterEach(() => server.stop())

const wait = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds))

const inState = (name: string, state: "waiting" | "undeliverable" | "delivered") =>
  inFile(
    file(name),
    Effect.flatMap(Relay.Relay, ({ list }) => list(state))
  ).then(({ items }) => items)

describe("octavo serve --smtp", () => {
  it("mails to those that it can reach, by name and in their language, and says whom it cannot", async () => {
    const book = await inFile(file("smtp.db"), stocked(3))
    cli.write("customers.json", '{"ada": {"name": "Ada", "address": "ada@example.org", "language": "de"}}')
    await server.start()
    const options = ["--smtp", server.url, ...from, "--customers", "customers.json"]
    const shop = await serve(cli, ["--sqlite", "smtp.db", ...options])
    await shop.says(/mails: from shop@corner\.example, by 127\.0\.0\.1:\d+\n/)
    for (const as of ["ada", "ben@example.net", "cleo"]) await shop.buy(as, book)
    await shop.says(/WARN An event is undeliverable: nobody knows this customer [^\n]*event=OrderConfirmed/)
    await expect.poll(() => server.received.length).toBe(2)
    const [toAda, toBen] = [...server.received].sort((a, b) => a.to.join().localeCompare(b.to.join()))
    expect(toAda).toMatchObject({ from: "shop@corner.example", to: ["ada@example.org"] })
    expect(toBen).toMatchObject({ from: "shop@corner.example", to: ["ben@example.net"] })
    if (toAda === undefined || toBen === undefined) throw new Error("two mails are two")
    expect(MailServer.header(toAda, "from")).toBe("Corner Books <shop@corner.example>")
    expect(MailServer.header(toAda, "to")).toBe("Ada <ada@example.org>")
    expect(MailServer.header(toAda, "content-language")).toBe("de")
    expect(MailServer.header(toBen, "content-language")).toBe("en")
    expect(MailServer.header(toBen, "message-id")).toMatch(/^<[\w-]{36}\.OrderConfirmed@corner\.example>$/)
    expect((await shop.stop()).stderr).not.toMatch(/Z OrderConfirmed order=/)

    const listed = await cli.run(["outbox", "--state", "undeliverable", "--sqlite", "smtp.db"])
    expect(listed.stdout).toMatch(/^undeliverable \S{36} OrderConfirmed .*"nobody knows this customer"\n$/)
    expect(await inState("smtp.db", "waiting")).toEqual([])
  })

  it("answers as ever while the mail server is away, and mails once when it is back", { timeout: 90_000 }, async () => {
    const book = await inFile(file("away.db"), stocked(3))
    const shop = await serve(cli, ["--sqlite", "away.db", "--smtp", server.url, ...from, "--events", "orders"])
    const order = await shop.buy("ada@example.org", book)
    await shop.says(/WARN An event failed: [^\n]* event=OrderConfirmed failures=2/)
    expect((await shop.buy("ben@example.org", book)).status).toBe("confirmed")
    await server.start()
    await expect.poll(() => server.received.length, { timeout: 30_000 }).toBe(2)
    await shop.says(new RegExp(`OrderConfirmed order=${order.id} customer="ada@example.org"`))
    await wait(2000)
    expect(server.received).toHaveLength(2)
    const { code, stderr } = await shop.stop()
    expect(code).toBe(0)
    // However often it was tried: what has happened is written once.
    expect(stderr.match(new RegExp(`OrderConfirmed order=${order.id}`, "g"))).toHaveLength(1)
    expect(await inState("away.db", "waiting")).toEqual([])
  })

  it("ends with the mail that is on its way, and does not send it again", async () => {
    const book = await inFile(file("ending.db"), stocked(3))
    await server.start()
    server.slowness = 3000
    const shop = await serve(cli, ["--sqlite", "ending.db", "--smtp", server.url, ...from])
    await shop.buy("ada@example.org", book)
    await wait(1500)
    expect(server.received).toHaveLength(0)
    expect((await shop.stop()).code).toBe(0)
    expect(server.received).toHaveLength(1)
    const again = await serve(cli, ["--sqlite", "ending.db", "--smtp", server.url, ...from])
    await wait(2000)
    expect((await again.stop()).code).toBe(0)
    expect(server.received).toHaveLength(1)
  })

  it("tells nobody the password", async () => {
    const url = server.url.replace("//", "//shop:open%20sesame@")
    const shop = await serve(cli, ["--demo", "--sqlite", "password.db", ...from], { OCTAVO_SMTP: url })
    const { items } = await (await fetch(`${shop.url}/books?in_stock=true&size=1`)).json()
    await shop.buy("ada@example.org", items[0].id)
    await shop.says(/WARN An event failed/)
    const { stdout, stderr } = await shop.stop()
    expect(stdout + stderr).not.toMatch(/sesame/)
  })

  it.each([
    [["--smtp", "smtp://localhost"], "--smtp needs --mail-from: who writes the mails"],
    [["--mail-from", "shop@example.org"], "--mail-from goes with --smtp (OCTAVO_SMTP)"],
    [["--customers", "x.json"], "--customers goes with --smtp (OCTAVO_SMTP), or with --demo, which shows mails"],
    [
      ["--smtp", "http://a:sesame@localhost", ...from],
      "--smtp takes smtp://[user:password@]host[:port] or smtps://…, percent-encoded"
    ],
    [
      ["--smtp", "smtp://localhost", "--mail-from", "Corner Books"],
      '--mail-from takes an address such as shop@example.org, not "Corner Books"'
    ]
  ])("refuses %j", async (args, message) => {
    expect(await cli.run(["serve", "--memory", ...args])).toEqual({
      code: 2,
      stdout: "",
      stderr: `octavo: ${message}\n`
    })
  })

  it.each([
    ["missing.json", undefined, "cannot read missing.json: there is no such file"],
    ["text.json", "Ada", /^text\.json: must be JSON such as/],
    ["list.json", "[1]", /^list\.json: /],
    ["typo.json", '{"ada": {"adress": "ada@example.org"}}', /^typo\.json: ada\.adress is unexpected/],
    ["number.json", '{"ada": {"address": 7}}', /^number\.json: ada\.address must be /]
  ])("says what is wrong with customers: %s", async (name, content, message) => {
    if (content !== undefined) cli.write(name, content)
    const { code, stderr } = await cli.run(["serve", "--memory", "--smtp", server.url, ...from, "--customers", name])
    expect(code).toBe(1)
    expect(stderr.replace(/^octavo: /, "").trim()).toMatch(message)
  })
})

describe("octavo serve --demo", () => {
  it("shows each mail, to whoever has no address at example.com", async () => {
    cli.write("known.json", '{"ada": {"name": "Ada Lovelace", "address": "ada@example.org"}}')
    const shop = await serve(cli, ["--demo", "--memory", "--restock-policy", "queue", "--customers", "known.json"])
    await shop.says(/mails: shown here, and sent to nobody\n/)
    const { items } = await (await fetch(`${shop.url}/books?q=moonstone`)).json()
    expect(items).toMatchObject([{ title: "The Moonstone", stock_quantity: 0 }])
    const book = items[0].id
    for (const as of ["ada", "ben"]) await shop.ask(as, "POST", "/prebooks", { book_id: book })
    await shop.ask("admin", "PATCH", `/books/${book}/stock`, { delta: 1 })
    const said = await shop.says(
      /To: Ada Lovelace <ada@example\.org>\n {2}\| Subject: [^\n]*The Moonstone\n[\s\S]*PreBookingHeld/
    )
    expect(said).not.toMatch(/ben@/)
    await shop.buy("ada", book)
    await shop.ask("admin", "PATCH", `/books/${book}/stock`, { delta: 1 })
    await shop.says(/To: ben@example\.com\n {2}\| Subject: [^\n]*The Moonstone\n/)
    expect((await shop.stop()).code).toBe(0)
  })

  it("shows none where events are left to others", async () => {
    const shop = await serve(cli, ["--demo", "--sqlite", "left.db", "--events", "none"])
    const { items } = await (await fetch(`${shop.url}/books?in_stock=true&size=1`)).json()
    await shop.buy("ada", items[0].id)
    await wait(1500)
    expect((await shop.stop()).stderr).not.toMatch(/To: |mails:/)
    expect((await inState("left.db", "waiting")).map(({ event }) => event._tag)).toContain("OrderConfirmed")
  })
})
