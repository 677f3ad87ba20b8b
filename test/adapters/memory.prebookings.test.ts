import { expect } from "@effect/vitest"
import { Array, DateTime, Duration, Effect, Either, Order as Ordering } from "effect"
import { describe } from "vitest"
import type { BookId } from "../../src/domain/Book.js"
import { CartLine } from "../../src/domain/Cart.js"
import { EventId } from "../../src/domain/Event.js"
import * as Handout from "../../src/domain/Handout.js"
import { CustomerId } from "../../src/domain/Id.js"
import * as Order from "../../src/domain/Order.js"
import * as PreBooking from "../../src/domain/PreBooking.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import {
  ada,
  add,
  book,
  eve,
  facts,
  law,
  line,
  order,
  orderLine,
  transact,
  uuid,
  withStock
} from "./memory/fixtures.js"

const soldOut = book(1, { stock: 0 })
const at = (millis: number) => DateTime.unsafeMake(millis)
const idOf = (n: number) => PreBooking.PreBookingId.make(uuid(n))
const customer = (n: number) => CustomerId.make(`customer ${n}`)

const request = (n: number, who: CustomerId = customer(n), now = n, bookId: BookId = soldOut.id) =>
  Effect.flatMap(PreBookingRepository, (waits) => waits.request({ id: idOf(n), customerId: who, bookId, now: at(now) }))

const get = (n: number, who: CustomerId = customer(n), now = 100) =>
  Effect.flatMap(PreBookingRepository, (waits) => waits.get(who, idOf(n), at(now)))

const status = (n: number, who: CustomerId = customer(n), now = 100) =>
  Effect.map(get(n, who, now), ({ booking }) => booking.status)

const stock = Effect.map(
  Effect.flatMap(BookRepository, (books) => books.get(soldOut.id)),
  ({ stockQuantity }) => stockQuantity
)

const restock = (copies: number) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(soldOut.id, (there) => Either.right(withStock(there, there.stockQuantity + copies)))
  )

const read = (now = 100, limit = 10) =>
  Effect.flatMap(
    Effect.flatMap(PreBookingRepository, (waits) => waits.line(soldOut.id, at(now), limit)),
    Effect.fromNullable
  )

let events = 1000
const decide = (there: Handout.Line, policy: PreBooking.Policy, now = 100) =>
  Handout.decide(there, policy, {
    now: at(now),
    hold: Duration.millis(50),
    eventIds: Array.makeBy(Handout.eventsNeeded(there), () => EventId.make(uuid(events++)))
  })

const serve = (policy: PreBooking.Policy, now = 100) =>
  Effect.gen(function* () {
    const waits = yield* PreBookingRepository
    const there = yield* read(now)
    expect(yield* waits.hand(there, decide(there, policy, now))).toBe(true)
  })

const tell = Effect.gen(function* () {
  const waits = yield* PreBookingRepository
  const untold = yield* waits.untold(null, 10)
  return Array.isNonEmptyReadonlyArray(untold) ? yield* waits.told(untold) : new Set()
})

const toldKinds = Effect.map(
  Effect.flatMap(Outbox, (outbox) => outbox.list("waiting", null, 100)),
  (deliveries) => deliveries.map(({ event }) => event._tag)
)

describe("customers who wait", () => {
  law("stand in the order in which they came, ties by id, however they come and go", function* () {
    const waits = yield* PreBookingRepository
    yield* add(soldOut)
    // Coprime with 101, so that every instant comes, in another order than the ids, and some twice.
    const all = Array.makeBy(101, (i) => ({ n: i + 2, now: ((i * 37) % 101) >> 1 }))
    yield* Effect.forEach(all, ({ n, now }) => request(n, customer(n), now))
    const [gone, left] = Array.partition(all, ({ n }) => n % 3 !== 0)
    yield* Effect.forEach(gone, ({ n }) => waits.cancel(customer(n), idOf(n), at(200)))
    const inLine = Array.sortWith(left, ({ n, now }) => now * 1000 + n, Ordering.number)
    expect((yield* read(100, 200)).first.map(({ id }) => id)).toEqual(inLine.map(({ n }) => idOf(n)))
    const places = yield* Effect.forEach(inLine, ({ n }) => get(n))
    expect(places.map(({ position }) => position)).toEqual(inLine.map((_, i) => i + 1))
  })

  law("wait once, for a book that is sold and not in stock, and only while nothing is to be handed out", function* () {
    yield* Effect.forEach([soldOut, book(2)], add)
    expect(yield* Effect.flip(request(5, ada, 5, book(3).id))).toMatchObject({ _tag: "BookNotFound" })
    expect(yield* Effect.flip(request(5, ada, 5, book(2).id))).toMatchObject({ _tag: "BookInStock" })
    yield* request(5, ada)
    expect(yield* Effect.flip(request(6, ada))).toMatchObject({ _tag: "AlreadyWaiting" })
    yield* restock(1)
    expect(yield* stock).toBe(0)
    yield* request(7, eve)
    yield* serve("queue")
    expect(yield* Effect.flip(request(8, ada, 149))).toMatchObject({ _tag: "AlreadyWaiting" })
    expect(yield* request(8, ada, 150)).toBeNull()
    yield* serve("queue", 150)
    expect([yield* status(5, ada), yield* status(7, eve)]).toEqual(["expired", "held"])
    expect(yield* request(8, ada, 151)).toMatchObject({ status: "waiting" })
  })

  law("are told all at once, are written by and by, and may wait again meanwhile", function* () {
    const waits = yield* PreBookingRepository
    yield* add(soldOut)
    yield* Effect.forEach([1, 2, 3], (n) => request(n))
    yield* restock(2)
    yield* serve("broadcast")
    expect(yield* stock).toBe(2)
    expect(yield* toldKinds).toEqual(["BookRestocked"])
    expect(yield* Effect.forEach([1, 2, 3], (n) => status(n))).toEqual(["notified", "notified", "notified"])
    expect((yield* waits.page(customer(2), at(100), { page: 1, size: 10 })).items).toMatchObject([
      { status: "notified", notifiedAt: at(100) }
    ])
    yield* waits.cancel(customer(1), idOf(1), at(101))
    expect((yield* waits.untold(null, 1)).map(({ id }) => id)).toEqual([idOf(2)])
    yield* restock(-2)
    yield* request(4, customer(2), 102)
    const { booking, position } = yield* get(4, customer(2))
    expect([booking.status, position]).toEqual(["waiting", 1])
    if (booking.status !== "waiting") return expect.unreachable()
    expect(yield* waits.told([PreBooking.notify(booking, at(100))])).toEqual(new Set())
    const [second] = yield* waits.untold(null, 1)
    if (second?.status !== "notified") return expect.unreachable()
    expect(yield* Effect.flip(waits.told([PreBooking.cancel(second, at(100))]))).toMatchObject({ _tag: "StoreError" })
    expect(yield* tell).toEqual(new Set([idOf(2), idOf(3)]))
    expect(yield* tell).toEqual(new Set())
    expect([yield* status(1), yield* status(2), yield* status(4, customer(2))]).toEqual([
      "cancelled",
      "notified",
      "waiting"
    ])
  })

  law("have what comes back with an order, and come before whoever asks when it has arrived", function* () {
    const waits = yield* PreBookingRepository
    const orders = yield* OrderRepository
    const bought = order(50, eve, [orderLine(50, soldOut, 1)])
    yield* add(soldOut)
    yield* request(1)
    yield* orders.add(bought)
    const restocked = [EventId.make(uuid(61))]
    yield* orders.move(Order.fail(bought, "declined", { ...facts(60), restockedIds: restocked }))
    expect([yield* stock, (yield* read()).arrived]).toEqual([0, 1])
    expect(yield* toldKinds).toEqual(["OrderPaymentFailed"])
    yield* waits.cancel(customer(1), idOf(1), at(99))
    expect(yield* request(2)).toBeNull()
    yield* serve("queue")
    expect([yield* stock, yield* toldKinds]).toEqual([1, ["OrderPaymentFailed", "BookRestocked"]])
  })

  law("and have a hold wait no longer when the book is gone, and are told", function* () {
    const waits = yield* PreBookingRepository
    const books = yield* BookRepository
    yield* add(soldOut)
    yield* Effect.forEach([1, 2], (n) => request(n))
    yield* restock(1)
    yield* serve("queue")
    yield* books.remove(soldOut.id)
    expect(yield* Effect.forEach([1, 2], (n) => status(n))).toEqual(["cancelled", "cancelled"])
    expect(yield* waits.line(soldOut.id, at(100), 10)).toBeNull()
    expect(yield* waits.due(null, at(1000), 10)).toEqual([])
    expect((yield* waits.untold(soldOut.id, 10)).map(({ status }) => status)).toEqual(["cancelled", "cancelled"])
    expect(yield* tell).toEqual(new Set([idOf(1), idOf(2)]))
    expect(yield* Effect.forEach([1, 2], (n) => status(n))).toEqual(["cancelled", "cancelled"])
  })
})

describe("a copy that is held", () => {
  const bought = order(50, ada, [orderLine(50, soldOut, 1)])
  const buyer = { customerId: ada, orderId: bought.id, now: at(101) }
  const copies = [{ bookId: soldOut.id, quantity: line(1, 1).quantity }] as const

  const held = Effect.gen(function* () {
    yield* add(soldOut)
    yield* request(1, ada)
    yield* request(2, eve)
    yield* restock(1)
    yield* serve("queue")
  })

  law("is for its customer's cart and order alone, until it lapses", function* () {
    yield* held
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const put = (now: number) => new CartLine({ ...line(9, 1), addedAt: at(now) })
    expect(yield* Effect.flip(carts.add(eve, put(101)))).toMatchObject({ _tag: "BookOutOfStock" })
    expect(yield* Effect.flip(carts.add(ada, put(150)))).toMatchObject({ _tag: "BookOutOfStock" })
    yield* carts.add(ada, put(101))
    const refused = [{ ...buyer, customerId: eve }, { ...buyer, now: at(150) }, undefined]
    for (const other of refused) {
      const refusal = { _tag: "InsufficientStock", items: [{ requested: 1, available: 0 }] }
      expect(yield* Effect.flip(books.reserve(copies, other))).toMatchObject(refusal)
    }
    yield* books.reserve(copies, buyer)
    expect((yield* get(1, ada)).booking).toMatchObject({
      status: "fulfilled",
      orderId: bought.id,
      fulfilledAt: at(101)
    })
  })

  law(
    "is held again when the payment fails, to the same end, and keeps its customer from waiting until then",
    function* () {
      yield* held
      const orders = yield* OrderRepository
      const waits = yield* PreBookingRepository
      yield* transact(
        Effect.zipRight(
          orders.add(bought),
          Effect.flatMap(BookRepository, (books) => books.reserve(copies, buyer))
        )
      )
      expect(yield* Effect.flip(request(3, ada, 102))).toMatchObject({ _tag: "AlreadyWaiting" })
      yield* orders.move(Order.fail(bought, "declined", facts(60)))
      expect((yield* get(1, ada)).booking).toMatchObject({ status: "held", expiresAt: at(150) })
      expect((yield* read()).arrived).toBe(0)
      expect(yield* waits.due(null, at(149), 10)).toEqual([])
      expect(yield* waits.due(null, at(150), 10)).toEqual([soldOut.id])
    }
  )

  law("arrives when it is given up, and goes to the next in line", function* () {
    yield* held
    const waits = yield* PreBookingRepository
    yield* waits.cancel(ada, idOf(1), at(101))
    expect(yield* Effect.flip(waits.cancel(ada, idOf(1), at(102)))).toMatchObject({ status: "cancelled" })
    expect(yield* waits.due([soldOut.id], at(101), 10)).toEqual([soldOut.id])
    yield* serve("queue", 101)
    expect([yield* stock, yield* status(2, eve)]).toEqual([0, "held"])
    expect(yield* Effect.flip(waits.cancel(eve, idOf(2), at(151)))).toMatchObject({ status: "expired" })
    yield* serve("queue", 151)
    expect([yield* stock, yield* status(2, eve)]).toEqual([1, "expired"])
    expect(yield* waits.due(null, at(1000), 10)).toEqual([])
  })
})

describe("a handout", () => {
  law("of a line that is no longer as it was read is not made", function* () {
    yield* add(soldOut)
    yield* Effect.forEach([1, 2], (n) => request(n))
    yield* restock(1)
    const waits = yield* PreBookingRepository
    const there = yield* read()
    const handout = decide(there, "queue")
    const leave = waits.cancel(customer(1), idOf(1), at(99))
    const changes: ReadonlyArray<Effect.Effect<unknown, unknown, BookRepository | PreBookingRepository>> = [
      restock(1),
      request(3),
      leave,
      Effect.zipRight(leave, request(3))
    ]
    for (const change of changes) {
      const made = transact(
        Effect.zipRight(
          change,
          Effect.flatMap(waits.hand(there, handout), (made) => Effect.fail({ made }))
        )
      )
      expect(yield* Effect.flip(made)).toEqual({ made: false })
    }
    expect(yield* waits.hand(there, handout)).toBe(true)
    expect(yield* waits.hand(there, handout)).toBe(false)

    const { lapsed } = yield* read(150)
    expect(lapsed.map(({ id }) => id)).toEqual([idOf(1)])
    yield* serve("queue", 150)
    const late = { ...(yield* read(150)), lapsed }
    expect(yield* waits.hand(late, decide(late, "queue", 150))).toBe(false)
  })

  law("that no store may make is refused whole", function* () {
    yield* add(soldOut)
    yield* Effect.forEach([1, 2], (n) => request(n))
    yield* restock(1)
    const waits = yield* PreBookingRepository
    const there = yield* read()
    const one = decide(there, "queue")
    const all = decide({ ...there, arrived: 2 }, "queue")
    const [, second] = all.held
    const wrong: ReadonlyArray<Handout.Handout> = [
      all,
      { ...one, held: second === undefined ? [] : [second] },
      { ...one, held: [], events: [], onSale: 1 },
      { ...one, expired: one.held.map(PreBooking.expire) },
      { ...one, held: one.held.map((hold) => new PreBooking.Held({ ...hold, title: "Another" })) },
      { ...one, events: [...one.events, ...one.events] }
    ]
    for (const [i, handout] of wrong.entries()) {
      const refusal = yield* Effect.flip(waits.hand(there, handout))
      expect(refusal, `handout ${i}`).toMatchObject({ _tag: "StoreError", outcome: "RolledBack" })
      expect(yield* read(), `handout ${i}`).toEqual(there)
    }
  })
})
