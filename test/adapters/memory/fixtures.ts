import { expect, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Either } from "effect"
import type { YieldWrap } from "effect/Utils"
import * as Memory from "../../../src/adapters/memory/index.js"
import * as Book from "../../../src/domain/Book.js"
import * as BookQuery from "../../../src/domain/BookQuery.js"
import * as Cart from "../../../src/domain/Cart.js"
import * as Checkout from "../../../src/domain/Checkout.js"
import { BookRestocked, EventId } from "../../../src/domain/Event.js"
import { Genre, GenreId } from "../../../src/domain/Genre.js"
import { CustomerId } from "../../../src/domain/Id.js"
import { Isbn } from "../../../src/domain/Isbn.js"
import { Holder, LeaseKey, LeaseToken } from "../../../src/domain/Lease.js"
import { Amount, Currency, Price } from "../../../src/domain/Money.js"
import * as Order from "../../../src/domain/Order.js"
import { Captured, PaymentKey } from "../../../src/domain/Payment.js"
import * as Refund from "../../../src/domain/Refund.js"
import * as Text from "../../../src/domain/Text.js"
import { Auditor } from "../../../src/ports/Auditor.js"
import { BookIndex } from "../../../src/ports/BookIndex.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { GenreRepository } from "../../../src/ports/GenreRepository.js"
import { Inbox } from "../../../src/ports/Inbox.js"
import { Leases } from "../../../src/ports/Leases.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { RefundRepository } from "../../../src/ports/RefundRepository.js"
import type { Stores } from "../../../src/ports/Stores.js"
import { Transactor } from "../../../src/ports/Transactor.js"

/** A small bookstore to try the memory stores on. */
export function law(name: string, body: () => Generator<YieldWrap<Effect.Effect<unknown, unknown, Stores>>, void>) {
  it.effect(name, () => Effect.provide(Effect.gen(body), Memory.layer))
}

export function transact<A, E, R>(effect: Effect.Effect<A, E, R>) {
  return Effect.flatMap(Transactor, (transactor) => transactor.transact(effect))
}

export function add(book: Book.Book) {
  return Effect.flatMap(BookRepository, (books) => books.add(book))
}

export function uuid(n: number) {
  return `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`
}

export function price(n: number) {
  return Price.make(n)
}

export function book(
  n: number,
  facts: {
    readonly title?: string
    readonly author?: string
    readonly isbn?: Isbn
    readonly date?: string | null
    readonly stock?: number
    readonly genre?: GenreId | null
  } = {}
) {
  return new Book.Book({
    id: Book.BookId.make(uuid(n)),
    title: facts.title ?? `Book ${n}`,
    author: facts.author ?? "Anon",
    price: price(1000 + (n % 3)),
    isbn: facts.isbn ?? null,
    genreId: facts.genre ?? null,
    description: null,
    coverImageUrl: null,
    publishDate: facts.date ?? null,
    stockQuantity: Book.Stock.make(facts.stock ?? 10),
    createdAt: DateTime.unsafeMake(n % 4)
  })
}

export function withStock(there: Book.Book, stock: number) {
  return new Book.Book({ ...there, stockQuantity: stock as Book.Stock }, true)
}

export function line(n: number, bookNumber: number, quantity = 1) {
  return new Cart.CartLine({
    id: Cart.CartLineId.make(uuid(n)),
    bookId: Book.BookId.make(uuid(bookNumber)),
    quantity: Cart.Quantity.make(quantity),
    addedAt: DateTime.unsafeMake(Math.floor(n / 7))
  })
}

export function orderLine(n: number, of: Book.Book, quantity: number) {
  const { id, bookId, addedAt } = line(n, 1)
  return new Order.OrderLine({
    id,
    bookId: of.id ?? bookId,
    quantity: Cart.Quantity.make(quantity),
    unitPrice: of.price,
    title: of.title,
    author: of.author,
    coverImageUrl: null,
    addedAt
  })
}

export function attempt(n: number) {
  return { key: Order.IdempotencyKey.make(`key-${n === 9 ? 1 : n}`), digest: "digest" }
}

export function order(
  n: number,
  customerId: CustomerId = CustomerId.make("ada"),
  [first, ...rest]: ReadonlyArray<Order.OrderLine> = [],
  createdAt = n
) {
  return new Order.PendingOrder({
    id: Order.OrderId.make(uuid(n)),
    customerId,
    lines: [first ?? orderLine(n, book(1), 1), ...rest],
    total: Amount.make(1000),
    currency: Currency.make("USD"),
    createdAt: DateTime.unsafeMake(createdAt),
    paymentKey: PaymentKey.make(`payment-${n}`),
    attempt: attempt(n)
  })
}

export function facts(n: number) {
  return { eventId: EventId.make(uuid(n)), now: DateTime.unsafeMake(0), restockedIds: [] }
}

export function dueRefund(n: number, customerId: CustomerId = ada) {
  return new Refund.DueRefund({
    orderId: order(n).id,
    customerId,
    paymentId: `late-${n}`,
    key: PaymentKey.make(`refund-${n}`),
    amount: Amount.make(1000),
    currency: Currency.make("USD"),
    dueAt: DateTime.unsafeMake(n)
  })
}

export const later = DateTime.unsafeMake(1_000_000)
export const work = LeaseKey.make("work")
export const captured = new Captured({ paymentId: "p", amount: Amount.make(1000), currency: Currency.make("USD") })
export const ada = CustomerId.make("ada")
export const eve = CustomerId.make("eve")
export const isbn1 = Isbn.make("9780306406157")
export const isbn2 = Isbn.make("9783161484100")
export const fantasy = new Genre({ id: GenreId.make(uuid(1)), name: "Fantasy" })

export const allBooks = Effect.flatMap(BookIndex, (index) =>
  index.after(BookQuery.make({ sort: "created_at" }) ?? expect.unreachable(), null, 1000)
).pipe(Effect.map((books) => [...books].sort((a, b) => Text.compare(a.id, b.id))))

export const numbers = Effect.map(allBooks, (books) => books.map(({ id }) => Number(id.slice(-12))))

/** A store with something of everything: book 4 is out of stock, Ada has books 1 and 2 in her cart and an order confirmed. */
export const furnish = Effect.gen(function* () {
  const genres = yield* GenreRepository
  const carts = yield* CartRepository
  const orders = yield* OrderRepository
  yield* genres.add(fantasy)
  yield* add(book(1, { isbn: isbn1, genre: fantasy.id }))
  yield* Effect.forEach([2, 3, 4, 5], (n) => add(book(n, { stock: n === 4 ? 0 : 10 })))
  yield* Effect.forEach([1, 2], (n) => carts.add(ada, line(n, n)))
  yield* orders.add(order(1))
  yield* orders.move(Order.confirm(order(1), captured, facts(1)))
})

export const changeEverything = Effect.gen(function* () {
  const books = yield* BookRepository
  const carts = yield* CartRepository
  const genres = yield* GenreRepository
  const orders = yield* OrderRepository
  const outbox = yield* Outbox
  const refunds = yield* RefundRepository
  const leases = yield* Leases
  const inbox = yield* Inbox
  yield* genres.ensure([new Genre({ id: GenreId.make(uuid(2)), name: "History" })])
  yield* books.remove(book(1).id)
  yield* books.add(book(6, { isbn: isbn1 }))
  yield* books.modify(book(2).id, (there) => Either.right(new Book.Book({ ...there, title: "Renamed" })))
  yield* books.reserve(Checkout.copies(order(1, ada, [orderLine(1, book(3), 4)])))
  yield* books.merge([book(7)], (incoming) => incoming)
  yield* carts.add(ada, line(3, 3))
  yield* carts.put(eve, yield* Effect.map(carts.take(ada), (taken) => taken.map(({ line }) => line)))
  yield* orders.add(order(3, eve))
  yield* orders.move(Order.fail(order(3, eve), "declined", facts(3)))
  yield* outbox.append([new BookRestocked({ id: facts(4).eventId, at: facts(4).now, bookId: book(2).id })])
  yield* outbox.claim({ token: LeaseToken.make("relay"), now: later, until: later, limit: 1 })
  yield* refunds.add(dueRefund(1))
  yield* refunds.finish(Refund.done(dueRefund(1), facts(5)))
  yield* leases.acquire(work, Holder.make("me"), Duration.minutes(1))
  yield* inbox.accept("provider", "new", later)
})

export const everything = Effect.gen(function* () {
  const carts = yield* CartRepository
  const genres = yield* GenreRepository
  const orders = yield* OrderRepository
  const outbox = yield* Outbox
  const index = yield* BookIndex
  const refunds = yield* RefundRepository
  const leases = yield* Leases
  const auditor = yield* Auditor
  const listed = yield* Effect.forEach([null, "payment_failed"] as const, (status) =>
    orders.page({ customerId: null, status }, { page: 1, size: 100 })
  )
  return {
    books: yield* allBooks,
    found: yield* index.page(BookQuery.make({ q: "renamed" }) ?? expect.unreachable(), { page: 1, size: 100 }),
    carts: [yield* carts.items(ada), yield* carts.items(eve)],
    genres: yield* genres.all,
    orders: listed,
    events: yield* Effect.forEach(["waiting", "parked", "delivered"] as const, (state) =>
      outbox.list(state, null, 100)
    ),
    refunds: yield* refunds.list(null, null, 100),
    lease: yield* leases.current(work),
    unbalanced: yield* auditor.stock(100)
  }
})
