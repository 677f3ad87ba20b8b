import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Logger, LogLevel, TestClock } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Memory from "../../src/adapters/memory/index.js"
import type { Mail } from "../../src/domain/Mail.js"
import * as CustomerDirectory from "../../src/ports/CustomerDirectory.js"
import * as PreBookingSettings from "../../src/ports/PreBookingSettings.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import * as Carts from "../../src/services/Carts.js"
import * as Catalog from "../../src/services/Catalog.js"
import * as Checkout from "../../src/services/Checkout.js"
import * as Notifications from "../../src/services/Notifications.js"
import * as Orders from "../../src/services/Orders.js"
import * as PreBookings from "../../src/services/PreBookings.js"
import * as Relay from "../../src/services/Relay.js"
import * as Mailbox from "../../src/testing/Mailbox.js"

const people: Readonly<Record<string, CustomerDirectory.Known>> = {
  ada: { name: "Ada Lovelace", address: "ada@example.org", language: "en-GB" },
  bob: { address: " bob@example.org " },
  kurt: { name: "Kurt", address: "kurt@example.org", language: "de_at" },
  marie: { name: "Marie", address: "marie@example.org", language: "fr" },
  zoe: { name: "Zoe\r\nBcc: eve@example.org", address: "zoe@example.org", language: "no language" },
  nowhere: { name: "Nobody", address: null },
  blank: { address: "  " },
  wrong: { address: "wrong@example.org>, <eve@example.org" }
}

const usual: Notifications.Options = { shop: "Bücher & Söhne", domain: "shop.example" }

/** A bookstore that mails what happens in it, as a host puts one together. */
const shop = (
  options: Partial<Notifications.Options> = {},
  directory = Mailbox.directory(people),
  settings: PreBookingSettings.Options = { policy: "queue", hold: "2 hours" }
) => {
  const stores = Layer.provideMerge(
    Bookstore.layer,
    Layer.mergeAll(Memory.layer, DemoGateway.layer, Layer.orDie(PreBookingSettings.layer(settings)))
  )
  return Layer.provideMerge(
    Notifications.layer({ ...usual, ...options }),
    Layer.mergeAll(stores, Mailbox.layer, directory)
  )
}

const book = (copies: number, facts: object = {}) =>
  Effect.gen(function* () {
    const { add, changeStock } = yield* Catalog.Catalog
    const { id } = yield* add({ title: "Emma", author: "Jane Austen", price: "12.50", ...facts })
    if (copies > 0) yield* changeStock(id, { quantity: copies })
    return id
  })

const buy = (customer: string, bookId: string, input: object = {}) =>
  Effect.gen(function* () {
    const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
    yield* carts.add(customer, { bookId, quantity: 2 })
    return yield* checkout.place(customer, input)
  })

/** What a relay of the host's does, once; the mails since then. */
const told = Effect.gen(function* () {
  const [relay, { handle }, { sent }] = [yield* Relay.Relay, yield* Notifications.Notifications, yield* Mailbox.Mailbox]
  const before = (yield* sent).length
  const report = yield* Logger.withMinimumLogLevel(relay.deliver(handle), LogLevel.None)
  return { report, mails: (yield* sent).slice(before) }
})

const untold = Effect.gen(function* () {
  const { items } = yield* (yield* Relay.Relay).list("undeliverable")
  return items.map(({ event, error }) => [event._tag, error])
})

const addressed = (mails: ReadonlyArray<Mail>) => mails.map(({ to, subject }) => [to.address, subject])

describe("orders", () => {
  it.effect("a purchase and its cancellation with the refund are mailed, with lines and amounts", () =>
    Effect.gen(function* () {
      const order = yield* buy("ada", yield* book(5))
      const confirmed = yield* told
      expect(addressed(confirmed.mails)).toEqual([["ada@example.org", "Your order is confirmed: Emma"]])
      const [mail] = confirmed.mails
      for (const part of [mail?.text, mail?.html.replaceAll("&nbsp;", " ")]) {
        for (const said of ["Hello Ada Lovelace,", order.id, "Emma", "Jane Austen", "25.00 USD", "Total"]) {
          expect(part).toContain(said)
        }
      }
      expect(mail?.text).toContain("Bücher & Söhne")
      expect(mail?.html).toContain("Bücher &#38; Söhne")
      yield* (yield* Orders.Orders).cancel("ada", order.id)
      const cancelled = yield* told
      expect(addressed(cancelled.mails)).toEqual([["ada@example.org", "Your order is cancelled: Emma"]])
      expect(cancelled.mails[0]?.text).toContain("We have paid 25.00 USD back")
    }).pipe(Effect.provide(shop()))
  )

  it.effect("a refund is mailed by itself where the host says so, and other kinds are not where it does not", () =>
    Effect.gen(function* () {
      const order = yield* buy("ada", yield* book(5))
      yield* (yield* Orders.Orders).cancel("ada", order.id)
      expect(addressed((yield* told).mails)).toEqual([["ada@example.org", "Your money is back: Emma"]])
    }).pipe(Effect.provide(shop({ mails: { OrderConfirmed: false, OrderCancelled: false, OrderRefunded: true } })))
  )

  it.effect("nothing is mailed of what was refused or rolled back", () =>
    Effect.gen(function* () {
      const [carts, checkout, orders] = [yield* Carts.Carts, yield* Checkout.Checkout, yield* Orders.Orders]
      const { transact } = yield* Transactor
      const id = yield* book(2)
      const empty = yield* Effect.flip(checkout.place("ada", {}))
      const declined = yield* Effect.flip(buy("ada", id, { paymentMethod: "decline" }))
      expect([empty._tag, declined._tag]).toEqual(["CartEmpty", "PaymentFailed"])
      yield* carts.add("kurt", { bookId: id, quantity: 3 })
      expect((yield* Effect.flip(checkout.place("kurt", {})))._tag).toBe("InsufficientStock")
      expect((yield* told).mails).toEqual([])
      yield* carts.clear("ada")
      const order = yield* buy("ada", id)
      expect((yield* told).mails).toHaveLength(1)
      yield* Effect.exit(transact(Effect.zipRight(orders.cancel("ada", order.id), Effect.fail("undone"))))
      expect((yield* told).mails).toEqual([])
      expect((yield* orders.get("ada", order.id)).status).toBe("confirmed")
    }).pipe(Effect.provide(shop()))
  )

  it.effect("the lines are those of the order when it is mailed: 100 of them, whatever is in their titles", () =>
    Effect.gen(function* () {
      const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
      const titles = [
        "<b>bold</b> & \"quoted\" 'single'",
        "שר הטבעות",
        "📚 emoji 👩‍👩‍👧",
        "吾輩は猫である",
        "x".repeat(500)
      ]
      for (let i = 0; i < 100; i++) {
        const title = i < titles.length ? (titles[i] ?? "") : `Title ${i}`
        yield* carts.add("ada", { bookId: yield* book(1, { title, price: "0.99" }) })
      }
      yield* checkout.place("ada", {})
      const [mail] = (yield* told).mails
      expect(mail?.html).toContain("&#60;b&#62;bold&#60;/b&#62; &#38; &#34;quoted&#34; &#39;single&#39;")
      expect(mail?.html.match(/<tr/g)).toHaveLength(101)
      expect(mail?.text).toContain("99.00 USD")
      for (const title of ["<b>bold</b>", "שר הטבעות", "📚 emoji 👩‍👩‍👧", "Title 99"])
        expect(mail?.text).toContain(title)
    }).pipe(Effect.provide(shop()))
  )
})

describe("pre-bookings", () => {
  it.effect("whoever has a copy on hold is told until when, in the words and the time of the place", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 6, 1, 12))
      const [catalog, bookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const id = yield* book(0)
      for (const customer of ["ada", "kurt"]) yield* bookings.request(customer, { bookId: id })
      yield* catalog.changeStock(id, { quantity: 2 })
      const { mails } = yield* told
      expect(addressed(mails).toSorted()).toEqual([
        ["ada@example.org", "A copy is waiting for you: Emma"],
        ["kurt@example.org", "Ein Exemplar wartet auf Sie: Emma"]
      ])
      const words = mails.map(({ text }) => text.replaceAll("\n", " ")).join()
      expect(words).toMatch(/until Wednesday,? 1 July 2026 at 16:00 (CEST|GMT\+2)/)
      expect(words).toContain("bis Mittwoch, 1. Juli 2026 um 16:00 MESZ")
      yield* TestClock.adjust("3 hours")
      yield* bookings.sweep
      expect(addressed((yield* told).mails).toSorted()).toEqual([
        ["ada@example.org", "No longer set aside: Emma"],
        ["kurt@example.org", "Nicht mehr zurückgelegt: Emma"]
      ])
    }).pipe(Effect.provide(shop({ timeZone: "Europe/Berlin" })))
  )

  it.effect("a hold that is over by the time that it could be told is told nobody", () =>
    Effect.gen(function* () {
      const [catalog, bookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const id = yield* book(0)
      yield* bookings.request("ada", { bookId: id })
      yield* catalog.changeStock(id, { quantity: 1 })
      yield* TestClock.adjust("2 hours")
      expect((yield* told).mails).toEqual([])
      expect(yield* untold).toEqual([["PreBookingHeld", "the hold was over before it could be told"]])
    }).pipe(Effect.provide(shop()))
  )

  it.effect("a hold that was declined before it could be told is told to the next in line alone", () =>
    Effect.gen(function* () {
      const [catalog, bookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const id = yield* book(0)
      const mine = yield* bookings.request("ada", { bookId: id })
      yield* bookings.request("kurt", { bookId: id })
      yield* catalog.changeStock(id, { quantity: 1 })
      yield* bookings.cancel("ada", mine.id)
      expect(addressed((yield* told).mails).map(([to]) => to)).toEqual(["kurt@example.org"])
      expect(yield* untold).toEqual([["PreBookingHeld", "the hold was over before it could be told"]])
    }).pipe(Effect.provide(shop()))
  )

  it.effect("all who waited are told of a restock, once, or that the book is gone", () =>
    Effect.gen(function* () {
      const [catalog, bookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const [here, gone] = [yield* book(0), yield* book(0, { title: "Persuasion" })]
      for (const customer of ["ada", "bob"]) {
        for (const bookId of [here, gone]) yield* bookings.request(customer, { bookId })
      }
      yield* catalog.changeStock(here, { quantity: 1 })
      yield* catalog.remove(gone)
      yield* bookings.sweep
      yield* bookings.sweep
      expect(addressed((yield* told).mails).toSorted()).toEqual([
        ["ada@example.org", "Back in stock: Emma"],
        ["ada@example.org", "No longer for sale: Persuasion"],
        ["bob@example.org", "Back in stock: Emma"],
        ["bob@example.org", "No longer for sale: Persuasion"]
      ])
    }).pipe(Effect.provide(shop({}, undefined, { policy: "broadcast" })))
  )
})

describe("who can be reached", () => {
  it.effect.each([
    ["stranger", "nobody knows this customer"],
    ["nowhere", "the customer has no address"],
    ["blank", "the customer has no address"],
    ["wrong", "the customer's address is none for mail"]
  ] as const)("%s is not: the event says why, and holds up nothing", ([customer, reason]) =>
    Effect.gen(function* () {
      const id = yield* book(9)
      const order = yield* buy(customer, id)
      yield* buy("ada", id)
      const { report, mails } = yield* told
      expect(report).toMatchObject({ undeliverable: 1, failed: 0, parked: 0 })
      expect(addressed(mails)).toEqual([["ada@example.org", "Your order is confirmed: Emma"]])
      expect(yield* untold).toEqual([["OrderConfirmed", reason]])
      yield* (yield* Orders.Orders).cancel(customer, order.id)
      expect((yield* told).report).toMatchObject({ undeliverable: 1, failed: 0, parked: 0 })
    }).pipe(Effect.provide(shop()))
  )

  it.effect("a recipient whom the server does not know is not, and is mailed again when somebody says so", () =>
    Effect.gen(function* () {
      const { script, sent } = yield* Mailbox.Mailbox
      yield* script(Mailbox.refuse)
      yield* buy("ada", yield* book(2))
      expect((yield* told).report.undeliverable).toBe(1)
      expect(yield* untold).toEqual([["OrderConfirmed", "550 no such user"]])
      const relay = yield* Relay.Relay
      const { items } = yield* relay.list("undeliverable")
      expect(yield* relay.retry(items[0]?.event.id ?? "")).toBe(1)
      yield* told
      expect(yield* sent).toHaveLength(1)
    }).pipe(Effect.provide(shop()))
  )

  it.effect(
    "trouble with the mailer or the directory passes: the mail is the same, and is one for whoever drops repeats",
    () => {
      let asked = 0
      const directory = CustomerDirectory.layer(async (customer) => {
        if (asked++ === 0) throw new Error("the directory is down")
        return people[customer]
      })
      return Effect.gen(function* () {
        const { script, sent, received } = yield* Mailbox.Mailbox
        yield* script(Mailbox.fail(), Mailbox.fail({ sent: true }), Mailbox.fail({ sent: true }))
        yield* buy("ada", yield* book(2))
        for (let i = 0; i < 5; i++) yield* Effect.zipRight(told, TestClock.adjust("1 minute"))
        const mails = yield* sent
        expect(mails).toHaveLength(3)
        expect(new Set(mails.map((mail) => JSON.stringify(mail))).size).toBe(1)
        const [mail] = yield* received
        expect(yield* received).toHaveLength(1)
        expect(mail?.messageId).toMatch(/^<[0-9a-f-]{36}\.OrderConfirmed@shop\.example>$/)
      }).pipe(Effect.provide(shop({}, directory)))
    }
  )

  it.effect("everyone is written to in a language that is spoken, by a name on one line", () =>
    Effect.gen(function* () {
      const id = yield* book(20)
      for (const customer of ["ada", "bob", "kurt", "marie", "zoe"]) yield* buy(customer, id)
      const { mails } = yield* told
      const by = new Map(mails.map((mail) => [mail.to.address.split("@")[0], mail]))
      const seen = (name: string) => {
        const { language, to, text } = by.get(name) as Mail
        return [language, to.name, text.split("\n")[0]]
      }
      expect(seen("ada")).toEqual(["en-GB", "Ada Lovelace", "Hello Ada Lovelace,"])
      expect(seen("bob")).toEqual(["de", null, "Guten Tag,"])
      expect(seen("kurt")).toEqual(["de-AT", "Kurt", "Guten Tag Kurt,"])
      expect(seen("marie")).toEqual(["fr", "Marie", "Bonjour Marie,"])
      expect(seen("zoe")).toEqual(["de", "Zoe Bcc: eve@example.org", "Guten Tag Zoe Bcc: eve@example.org,"])
    }).pipe(
      Effect.provide(
        shop({
          language: "de",
          wordings: [
            {
              ...Notifications.english,
              language: "fr",
              greeting: (name) => (name === null ? "Bonjour," : `Bonjour ${name},`)
            }
          ]
        })
      )
    )
  )
})

describe("what a host puts in its place", () => {
  it.effect("is a text of a language, a whole mail, and links", () =>
    Effect.gen(function* () {
      const [catalog, bookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const id = yield* book(2)
      const order = yield* buy("ada", id)
      yield* bookings.request("ada", { bookId: id })
      yield* catalog.changeStock(id, { quantity: 1 })
      const { mails } = yield* told
      const [confirmed, held] = ["OrderConfirmed", "PreBookingHeld"].map((kind) =>
        mails.find(({ messageId }) => messageId.includes(kind))
      )
      expect(confirmed?.text).toContain(`Cheers\nBücher & Söhne\n`)
      expect(confirmed?.html).toContain(`href="https://shop.example/orders/${order.id}?a=1&#38;b=%22"`)
      expect(confirmed?.text).toContain(`https://shop.example/orders/${order.id}?a=1&b=%22`)
      expect([held?.subject, held?.text, held?.html]).toEqual([`Come for Emma at once`, `en-GB ${id} null`, "<p>"])
    }).pipe(
      Effect.provide(
        shop({
          wordings: [{ ...Notifications.english, closing: (shop) => ["Cheers", shop] }],
          links: { order: (id) => `https://shop.example/orders/${id}?a=1&b="` },
          templates: {
            PreBookingHeld: ({ event }, { language, link }) => ({
              subject: `Come for ${event.title}\r\nat once`,
              text: `${language} ${event.bookId} ${link}`,
              html: "<p>"
            })
          }
        })
      )
    )
  )

  it("is refused where it cannot be", async () => {
    for (const options of [
      { domain: "no domain" },
      { domain: "x>\r\nBcc: y@z" },
      { shop: " " },
      { timeZone: "Europe/Nowhere" },
      { language: "tlh" }
    ]) {
      const built = Effect.either(Effect.scoped(Effect.provide(Effect.void, shop(options))))
      expect(Either.getLeft(await Effect.runPromise(built))).toMatchObject({ value: { _tag: "InvalidInput" } })
    }
  })
})

it.effect("a handler of the host's is called beside it, and is not held up by what is undeliverable", () =>
  Effect.gen(function* () {
    const [relay, notifications] = [yield* Relay.Relay, yield* Notifications.Notifications]
    const own: Array<string> = []
    const mine = (kind: string) => Effect.sync(() => void own.push(kind))
    yield* buy("stranger", yield* book(5))
    const pass = relay.deliver((event) => Effect.zipRight(mine(event._tag), notifications.handle(event)))
    const report = yield* Logger.withMinimumLogLevel(pass, LogLevel.None)
    expect([report.undeliverable, own.filter((kind) => kind === "OrderConfirmed")]).toEqual([1, ["OrderConfirmed"]])
  }).pipe(Effect.provide(shop()))
)
