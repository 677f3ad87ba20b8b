import { Either, FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Checkout from "../../src/domain/Checkout.js"
import { EventId } from "../../src/domain/Event.js"
import { CustomerId } from "../../src/domain/Id.js"
import { Amount, Currency } from "../../src/domain/Money.js"
import * as Order from "../../src/domain/Order.js"
import { Captured, PaymentKey } from "../../src/domain/Payment.js"
import { aBook, aLine, at, uuid } from "./fixtures.js"

const facts = {
  id: Order.OrderId.make(uuid(99)),
  customerId: CustomerId.make("ada"),
  currency: Currency.make("USD"),
  now: at,
  paymentKey: PaymentKey.make("key"),
  attempt: null,
  expectedTotal: null
}
const taken = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 9_999_999_900 })), {
    minLength: 1,
    maxLength: 100
  })
  .map((all) =>
    all.map(([quantity, price], n) => ({
      line: aLine({ id: uuid(500 + n), bookId: uuid(n), quantity }),
      book: aBook({ id: uuid(n), price })
    }))
  )
const moving = { eventId: EventId.make(uuid(7)), now: at, restockedIds: [] }
const order = () => Either.getOrThrow(Checkout.place([{ line: aLine({ quantity: 2 }), book: aBook() }], facts))
const captured = new Captured({ paymentId: "p1", amount: Amount.make(2500), currency: facts.currency })

describe("Checkout.place", () => {
  it("the total is the sum of quantity times price, exactly", () =>
    fc.assert(
      fc.property(taken, (lines) => {
        const placed = Either.getOrThrow(Checkout.place(lines, facts))
        const sum = lines.reduce((all, { line, book }) => all + BigInt(line.quantity) * BigInt(book.price), 0n)
        expect(BigInt(placed.total)).toBe(sum)
        expect(Checkout.copies(placed)).toEqual(
          lines.map(({ line }) => ({ bookId: line.bookId, quantity: line.quantity }))
        )
      })
    ))

  it("every line keeps what its book says today", () =>
    expect(order().lines[0]).toMatchObject({
      title: "Emma",
      author: "Jane Austen",
      unitPrice: 1250,
      coverImageUrl: null
    }))

  it("an empty cart, books that have gone and another total are refused", () => {
    const tag = (lines: ReadonlyArray<Checkout.TakenLine>, expectedTotal: number | null = null) =>
      Either.match(
        Checkout.place(lines, { ...facts, expectedTotal: expectedTotal === null ? null : Amount.make(expectedTotal) }),
        {
          onLeft: (refusal) => refusal,
          onRight: () => "placed"
        }
      )
    const here = { line: aLine(), book: aBook() }
    const gone = { line: aLine({ bookId: uuid(2) }), book: null }
    expect(tag([])).toMatchObject({ _tag: "CartEmpty" })
    expect(tag([here, gone])).toMatchObject({ _tag: "ItemsUnavailable", bookIds: [uuid(2)] })
    expect(tag([here], 1251)).toMatchObject({ _tag: "PriceChanged", total: 1250 })
    expect(tag([here], 1250)).toBe("placed")
  })
})

describe("Order", () => {
  it("is confirmed with its payment, and no copy moves", () => {
    const move = Order.confirm(order(), captured, moving)
    expect(move).toMatchObject({
      from: "pending_payment",
      restock: false,
      refill: false,
      order: { status: "confirmed", paymentId: "p1" }
    })
    expect(move.event).toMatchObject({ _tag: "OrderConfirmed", orderId: facts.id, total: 2500 })
  })

  it("fails with everything put back, its lines as they were in the cart", () => {
    const move = Order.fail(order(), "declined", moving)
    expect(move).toMatchObject({ restock: true, refill: true, order: { status: "payment_failed", reason: "declined" } })
    expect(Order.cartLines(move.order)).toEqual([aLine({ quantity: 2 })])
  })

  it("only a confirmed order is cancelled, then refunded", () => {
    const { order: confirmed } = Order.confirm(order(), captured, moving)
    const { order: failed } = Order.fail(order(), "declined", moving)
    const cancelled = Either.getOrThrow(Order.cancel(confirmed, moving)).order
    expect(cancelled).toMatchObject({ status: "cancelled", paymentId: "p1" })
    const refunded = Order.refund(cancelled as Order.CancelledOrder, moving).order
    for (const state of [order(), failed, cancelled, refunded]) {
      expect(Order.cancel(state, moving)).toMatchObject(
        Either.left({ _tag: "OrderNotCancellable", status: state.status })
      )
    }
  })
})
