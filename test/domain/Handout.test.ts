import { DateTime, Duration } from "effect"
import * as fc from "effect/FastCheck"
import { Event, Handout, PreBooking } from "octavo"
import { describe, expect, it } from "vitest"
import { aBook, uuid } from "./fixtures.js"

const now = DateTime.unsafeMake("2026-03-01T12:00:00Z")
const hold = Duration.hours(48)

const waiting = (n: number) =>
  PreBooking.request(aBook(), {
    id: PreBooking.PreBookingId.make(uuid(n)),
    customerId: `customer ${n}` as PreBooking.PreBooking["customerId"],
    now: DateTime.subtract(now, { minutes: 1000 - n })
  })

const lapsed = (n: number) => PreBooking.hold(waiting(n), DateTime.subtract(now, { hours: 49 }), now)

/** A line that a store can have: nobody waits where the shelf has something. */
const lines = fc
  .record({
    stock: fc.nat(3),
    arrived: fc.nat(6),
    first: fc.nat(5),
    more: fc.nat(3),
    lapsed: fc.nat(3)
  })
  .map(({ stock, arrived, first, more, lapsed: over }): Handout.Line => {
    const count = first === 0 ? 0 : first + more
    return {
      book: aBook({ stockQuantity: count === 0 ? stock : 0 }),
      arrived,
      waiting: count,
      first: Array.from({ length: first }, (_, i) => waiting(i + 1)),
      lapsed: Array.from({ length: over }, (_, i) => lapsed(i + 100))
    }
  })

const decide = (line: Handout.Line, policy: PreBooking.Policy) =>
  Handout.decide(line, policy, {
    now,
    hold,
    eventIds: Array.from({ length: Handout.eventsNeeded(line) }, (_, i) => Event.EventId.make(uuid(500 + i)))
  })

describe("handing out", () => {
  it("gives every free copy away or puts it on sale, unless more wait than were read", () => {
    fc.assert(
      fc.property(lines, fc.constantFrom("broadcast" as const, "queue" as const), (line, policy) => {
        const { held, onSale, expired } = decide(line, policy)
        const left = Handout.free(line) - held.length - onSale
        expect(expired).toHaveLength(line.lapsed.length)
        expect(left).toBeGreaterThanOrEqual(0)
        if (left > 0) expect([policy, held.length]).toEqual(["queue", line.first.length])
        if (left > 0) expect(line.waiting).toBeGreaterThan(line.first.length)
      })
    )
  })

  it("puts nothing on sale while anybody waits afterwards", () => {
    fc.assert(
      fc.property(lines, fc.constantFrom("broadcast" as const, "queue" as const), (line, policy) => {
        const { held, onSale, toAll } = decide(line, policy)
        const waitsStill = toAll === null ? line.waiting - held.length : 0
        if (waitsStill > 0) expect(onSale).toBe(0)
      })
    )
  })

  it("in a queue holds as many copies as there are, or as wait, for the first in line and for two days", () => {
    fc.assert(
      fc.property(lines, (line) => {
        const { held } = decide(line, "queue")
        const wanted = line.first.slice(0, Math.min(Handout.free(line), line.first.length))
        expect(held.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
        for (const { notifiedAt, expiresAt } of held)
          expect([notifiedAt, expiresAt]).toEqual([now, DateTime.addDuration(now, hold)])
      })
    )
  })

  it("by broadcast tells everyone at once, and only where there is something to be had", () => {
    fc.assert(
      fc.property(lines, (line) => {
        const { held, toAll } = decide(line, "broadcast")
        expect(held).toEqual([])
        expect(toAll).toEqual(Handout.free(line) > 0 && line.waiting > 0 ? now : null)
      })
    )
  })

  it("tells each of what becomes of it, and that the book is there again where its shelf was empty", () => {
    fc.assert(
      fc.property(lines, fc.constantFrom("broadcast" as const, "queue" as const), (line, policy) => {
        const { events, held, expired, onSale } = decide(line, policy)
        const times = (kind: Event.Event["_tag"]) => events.filter(({ _tag }) => _tag === kind).length
        expect(times("PreBookingHeld")).toBe(held.length)
        expect(times("PreBookingExpired")).toBe(expired.length)
        expect(times("BookRestocked")).toBe(onSale > 0 && !line.book.inStock ? 1 : 0)
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
      })
    )
  })
})

describe("a hold", () => {
  it("is one until its end, and expired from then on, whether or not anybody has written that down", () => {
    const held = PreBooking.hold(waiting(1), now, DateTime.addDuration(now, hold))
    const before = DateTime.subtract(held.expiresAt, { millis: 1 })
    expect([before, held.expiresAt].map((at) => PreBooking.at(held, at).status)).toEqual(["held", "expired"])
  })

  it("is as it was after an order that was not paid", () => {
    const held = PreBooking.hold(waiting(1), now, DateTime.addDuration(now, hold))
    const order = uuid(7) as PreBooking.Fulfilled["orderId"]
    expect(PreBooking.restore(PreBooking.fulfil(held, order, now))).toEqual(held)
  })
})
