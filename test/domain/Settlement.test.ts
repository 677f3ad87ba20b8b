import { DateTime, Duration } from "effect"
import { describe, expect, it } from "vitest"
import { BookId } from "../../src/domain/Book.js"
import { again } from "../../src/domain/Delivery.js"
import { EventId, stocked } from "../../src/domain/Event.js"
import { CustomerId } from "../../src/domain/Id.js"
import { Amount, Currency } from "../../src/domain/Money.js"
import { Returned } from "../../src/domain/Notice.js"
import * as Order from "../../src/domain/Order.js"
import { Captured, Declined, PaymentKey } from "../../src/domain/Payment.js"
import * as Settlement from "../../src/domain/Settlement.js"
import { aBook, aLine, at, uuid } from "./fixtures.js"

const eventId = EventId.make(uuid(70))
const facts = { eventId, now: at, restockedIds: [EventId.make(uuid(71))] }
const usd = Currency.make("USD")

const { id, bookId, quantity, addedAt } = aLine()
const { price, title, author } = aBook()
const pending = new Order.PendingOrder({
  id: Order.OrderId.make(uuid(5)),
  customerId: CustomerId.make("ada"),
  lines: [new Order.OrderLine({ id, bookId, quantity, unitPrice: price, title, author, coverImageUrl: null, addedAt })],
  total: Amount.make(1250),
  currency: usd,
  createdAt: at,
  paymentKey: PaymentKey.make("key"),
  attempt: null
})

const captured = (paymentId = "p1", amount = 1250) =>
  new Captured({ paymentId, amount: Amount.make(amount), currency: usd })
const declined = new Declined({ reason: "no funds" })

const { order: confirmed } = Order.confirm(pending, captured(), facts)
const { order: failed } = Order.fail(pending, "declined", facts)
const cancelled = new Order.CancelledOrder({
  ...(confirmed as Order.ConfirmedOrder),
  status: "cancelled",
  cancelledAt: at
})
const { order: refunded } = Order.refund(cancelled, facts)

const step = (order: Order.Order, said: Parameters<typeof Settlement.decide>[1]) => {
  const decided = Settlement.decide(order, said, facts)
  return decided._tag === "Move" ? decided.move.order.status : decided._tag
}

describe("a provider's word", () => {
  it("settles an order that waits, and gives back what an order does not keep", () => {
    const states = [pending, confirmed, failed, cancelled, refunded]
    expect(states.map((order) => step(order, captured()))).toEqual([
      "confirmed",
      "Nothing",
      "GiveBack",
      "Nothing",
      "Nothing"
    ])
    expect(states.map((order) => step(order, captured("p2")))).toEqual([
      "confirmed",
      "GiveBack",
      "GiveBack",
      "GiveBack",
      "GiveBack"
    ])
  })

  it("that declines never overwrites a success", () => {
    expect([pending, confirmed, failed, cancelled, refunded].map((order) => step(order, declined))).toEqual([
      "payment_failed",
      "Nothing",
      "Nothing",
      "Nothing",
      "Nothing"
    ])
  })

  it("of another amount settles nothing, and is given back in full when the order was given up", () => {
    expect(step(pending, captured("p1", 1249))).toBe("OtherAmount")
    const given = Settlement.decide(failed, captured("p1", 1249), facts)
    expect(given).toMatchObject({ _tag: "GiveBack", refund: { paymentId: "p1", amount: 1249, key: eventId } })
  })

  it("that money is back ends the refund of a cancelled order, of its own payment alone", () => {
    expect(step(cancelled, new Returned({ paymentId: "p1" }))).toBe("refunded")
    expect(step(cancelled, new Returned({ paymentId: "p2" }))).toBe("Returned")
    expect(step(confirmed, new Returned({ paymentId: "p1" }))).toBe("Returned")
  })
})

describe("an event of an order", () => {
  it("tells again what the order has gone through, and nothing that it has not", () => {
    const kinds = ["OrderConfirmed", "OrderPaymentFailed", "OrderCancelled", "OrderRefunded"] as const
    const told = (order: Order.Order) => kinds.filter((kind) => Order.eventOf(order, kind, facts)?._tag === kind)
    expect([pending, confirmed, failed, cancelled, refunded].map(told)).toEqual([
      [],
      ["OrderConfirmed"],
      ["OrderPaymentFailed"],
      ["OrderConfirmed", "OrderCancelled"],
      ["OrderConfirmed", "OrderCancelled", "OrderRefunded"]
    ])
  })

  it("of a restock is one for each line", () => {
    expect(Order.fail(pending, "declined", facts).restocked).toMatchObject([{ id: uuid(71), bookId: uuid(1) }])
  })
})

describe("a change of stock", () => {
  it("is told when it is one, and a restock when there were none before", () => {
    const ids = { changed: eventId, restocked: EventId.make(uuid(71)), now: at }
    const kinds = (from: number, to: number, onShelf = true) =>
      stocked(aBook({ stockQuantity: from }), aBook({ stockQuantity: to }), { ...ids, onShelf }).map(({ _tag }) => _tag)
    expect([kinds(0, 0), kinds(0, 2), kinds(2, 0), kinds(2, 3)]).toEqual([
      [],
      ["StockChanged", "BookRestocked"],
      ["StockChanged"],
      ["StockChanged"]
    ])
    expect(kinds(0, 2, false)).toEqual(["StockChanged"])
    expect(stocked(aBook(), aBook({ stockQuantity: 9 }), { ...ids, onShelf: true })).toMatchObject([
      { bookId: BookId.make(uuid(1)), from: 3, to: 9 }
    ])
  })
})

describe("a failed delivery", () => {
  it("is tried again after pauses that double up to the longest, then parked", () => {
    const patience = { attempts: 5, base: Duration.minutes(1), cap: Duration.minutes(3) }
    const pauses = [1, 2, 3, 4, 5].map((failures) => {
      const due = again(failures, patience, { now: at, jitter: 0 })
      return due === null ? null : DateTime.distance(at, due) / 60_000
    })
    expect(pauses).toEqual([1, 2, 3, 3, null])
  })
})
