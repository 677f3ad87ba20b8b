import { DateTime, FastCheck } from "effect"
import { describe, expect, it } from "vitest"
import * as Event from "../../src/domain/Event.js"
import * as Mail from "../../src/domain/Mail.js"
import type { Order } from "../../src/domain/Order.js"
import { width, wrap } from "../../src/services/mail/Columns.js"
import * as Notifications from "../../src/services/Notifications.js"

const id = "0190a0a0-0000-7000-8000-000000000001"

/** Texts that break something somewhere: markup, line breaks, directions, characters of two columns or of none. */
const text = FastCheck.oneof(
  FastCheck.constantFrom(
    "<script>alert(1)</script>",
    `" onload="x`,
    "' style='x",
    "&lt;&#60;",
    "</td></table></body>",
    "x\r\nBcc: eve@example.org",
    "\u202eright to left\u202c",
    "שר הטבעות",
    "吾輩は猫である".repeat(20),
    "👩‍👩‍👧".repeat(50),
    "x".repeat(500),
    "a b ".repeat(125)
  ),
  FastCheck.string({ unit: "binary", maxLength: 200 }),
  FastCheck.string({ unit: "grapheme", maxLength: 200 })
)

interface Said {
  readonly title: string
  readonly author: string
  readonly name: string
  readonly shop: string
}

const said = FastCheck.record({ title: text, author: text, name: text, shop: text })

/** Facts that no constructor has looked at: templates are the last to look. */
const facts = ({ title, author }: Said, lines: number) => {
  const now = DateTime.unsafeMake("2026-01-02T03:04:05Z")
  const line = { id, bookId: id, quantity: 12, unitPrice: 123_456, title, author, coverImageUrl: null, addedAt: now }
  const order = { id, status: "cancelled", currency: "JPY", total: 9_999_999, lines: Array(lines).fill(line) }
  const event = { id, at: now, version: 1, bookId: id, title, author, expiresAt: now }
  return { event, order: order as unknown as Order } as never
}

const kinds = [
  ...(["OrderConfirmed", "OrderCancelled", "OrderRefunded"] as const),
  ...Event.PreBookingEvent.members.map(({ _tag }) => _tag)
]

/** Every mail of both languages. */
const all = (of: Said, lines = 2) =>
  [Notifications.english, Notifications.german].flatMap((wording) => {
    const templates: Record<string, Notifications.Template<never>> = Notifications.inWords(wording)
    const setting = { ...of, language: wording.language, timeZone: "UTC", link: `https://x.example/?q=${of.title}` }
    return kinds.map((kind) => templates[kind]?.(facts(of, lines), setting) as Notifications.Rendered)
  })

const tame: Said = { title: "Emma", author: "Jane Austen", name: "Ada", shop: "Shop" }

const tags = (html: string) => html.match(/<[^>]*>/g) ?? []
const names = (html: string) => tags(html).map((tag) => /^<[/!]?\w+/.exec(tag)?.[0])

describe("every mail of both languages", () => {
  it("has the same markup whatever is in its values", () => {
    const expected = all(tame).map(({ html }) => names(html))
    FastCheck.assert(
      FastCheck.property(said, (of) => {
        expect(all(of).map(({ html }) => names(html))).toEqual(expected)
      }),
      { numRuns: 25 }
    )
  })

  it("has no attribute that its values bring along", () => {
    const attributes = (html: string) => tags(html).map((tag) => tag.replace(/"[^"]*"/g, "").match(/[\w-]+=/g) ?? [])
    const expected = all(tame).map(({ html }) => attributes(html))
    FastCheck.assert(
      FastCheck.property(said, (of) => {
        expect(all(of).map(({ html }) => attributes(html))).toEqual(expected)
      }),
      { numRuns: 25 }
    )
  })

  it("has a text of at most 72 columns, but for its link, without control characters", () => {
    FastCheck.assert(
      FastCheck.property(said, FastCheck.integer({ min: 1, max: 20 }), (of, lines) => {
        for (const { text } of all(of, lines)) {
          const shown = text.split("\n").filter((line) => !line.startsWith("https://"))
          expect(shown.filter((line) => columns(line) > 72)).toEqual([])
          expect(text.replaceAll("\n", "").replace(/https:.*/, "")).not.toMatch(/\p{Cc}/u)
        }
      }),
      { numRuns: 25 }
    )
  })

  it("ends no line, and turns none, that a value is in", () => {
    for (const { text, html } of all({ ...tame, title: "one\u202etwo\nthree\u2029four", author: "שר הטבעות" })) {
      for (const part of [text, html]) {
        expect(part).not.toMatch(/[\u202a-\u202e\u2066\u2067\u2029]/)
        expect(part.replaceAll("\n", " ")).toContain("onetwo three four")
      }
      expect(text.match(/\u2068/g)?.length).toBe(text.match(/\u2069/g)?.length)
    }
  })

  it("has no link to what a browser does not open", () => {
    for (const link of ["javascript:alert(1)", "data:text/html,x", "no url", ""]) {
      const setting = { ...tame, language: "en", timeZone: "UTC", link }
      const { text, html } = Notifications.inWords(Notifications.english).OrderConfirmed(facts(tame, 1), setting)
      expect(text + html).not.toMatch(/See your order|href/)
    }
  })

  it("has a letter of the host's escaped, too, in its text and in its attributes", () => {
    const letter: Notifications.Letter = {
      language: 'en" onload="x',
      subject: "</title>",
      greeting: "<b>",
      paragraphs: ["'&'"],
      order: null,
      link: { words: "<i>", url: 'https://x.example/" onclick="x' },
      closing: ["<u>"]
    }
    const { html } = Notifications.render(letter)
    expect(html).not.toMatch(/<[bui]>|" on\w+="|'&'|<\/title>.*<\/title>/)
    expect(html).toContain('href="https://x.example/&#34; onclick=&#34;x"')
  })

  it("has amounts with the decimals of their currency", () => {
    const [english] = all(tame)
    expect(english?.text).toContain("1481472 JPY")
    const mark = Notifications.german.money("1234.50", "EUR")
    expect(mark).toBe("1234,50 EUR")
  })

  it("has a subject that is no longer than a few words, and is one line", () => {
    FastCheck.assert(
      FastCheck.property(said, (of) => {
        for (const { subject } of all(of)) expect([...Mail.line(subject)].length).toBeLessThanOrEqual(998)
      }),
      { numRuns: 25 }
    )
    for (const { subject } of all({ ...tame, title: "x".repeat(500) })) expect(subject.length).toBeLessThan(130)
  })
})

describe("columns", () => {
  it("are two for a character of Chinese and an emoji, and none for what is not seen", () => {
    expect(["abc", "吾輩", "👩‍👩‍👧", "é", "e\u0301", "\u2068x\u2069", "❤️"].map(width)).toEqual([3, 4, 2, 1, 1, 1, 2])
  })

  it("are never more than asked for when text is wrapped, and no character is lost", () => {
    FastCheck.assert(
      FastCheck.property(text, FastCheck.integer({ min: 4, max: 80 }), (given, most) => {
        const line = Mail.oneLine(given)
        const lines = wrap(line, most)
        expect(lines.filter((each) => width(each) > most)).toEqual([])
        expect(lines.join("").replaceAll(" ", "")).toBe(line.replaceAll(" ", ""))
      })
    )
  })
})

// internal

/** As a terminal counts at most: two for whatever is not plain, none for what only joins or marks. */
function columns(line: string): number {
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(line)].reduce(
    (sum, { segment }) => sum + width(segment),
    0
  )
}
