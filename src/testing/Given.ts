/** What a law starts from: customers, books, carts and orders that nobody else has. */
import { Array, DateTime, Effect } from "effect"
import { Book, BookId, Stock } from "../domain/Book.js"
import { CartLine, CartLineId, Quantity } from "../domain/Cart.js"
import * as Checkout from "../domain/Checkout.js"
import { EventId } from "../domain/Event.js"
import { Genre, GenreId } from "../domain/Genre.js"
import { CustomerId } from "../domain/Id.js"
import type { Isbn } from "../domain/Isbn.js"
import { Amount, Currency, Price } from "../domain/Money.js"
import { type Attempt, IdempotencyKey, OrderId, type PendingOrder } from "../domain/Order.js"
import { PaymentKey } from "../domain/Payment.js"
import { BookRepository } from "../ports/BookRepository.js"
import { CartRepository } from "../ports/CartRepository.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import { withCheckDigit } from "./Arbitraries.js"

/** Random, so that no order of insertion hides behind the order of ids. */
export const id: Effect.Effect<string> = Effect.sync(() => globalThis.crypto.randomUUID())

/** A word that no other book, author or genre has. */
export const word: Effect.Effect<string> = Effect.map(id, (text) => `w${text.replaceAll("-", "")}`)

export const customer: Effect.Effect<CustomerId> = Effect.map(id, (text) => CustomerId.make(`customer ${text}`))

export const isbn: Effect.Effect<Isbn> = Effect.sync(() => {
  const random = [...globalThis.crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte % 10)
  return withCheckDigit(`979${random.join("")}`)
})

export const key: Effect.Effect<IdempotencyKey> = Effect.map(id, (text) => IdempotencyKey.make(text))

export const usd = Currency.make("USD")

/** An instant so many milliseconds into 2020. */
export const at = (millis: number): DateTime.Utc => DateTime.unsafeMake(Date.UTC(2020, 0, 1) + millis)

type BookFields = ConstructorParameters<typeof Book>[0]

/** A book that is not on sale yet; three copies for 10.00 unless `facts` say otherwise. */
export const book = (facts: Partial<BookFields> = {}): Effect.Effect<Book> =>
  Effect.map(
    id,
    (text) =>
      new Book({
        id: BookId.make(text),
        title: `Book ${text}`,
        author: "Anonymous",
        price: Price.make(1000),
        isbn: null,
        genreId: null,
        description: null,
        coverImageUrl: null,
        publishDate: null,
        stockQuantity: Stock.make(3),
        createdAt: at(0),
        ...facts
      })
  )

/** A book on sale. */
export const onSale = (facts: Partial<BookFields> = {}) =>
  Effect.tap(book(facts), (made) => Effect.flatMap(BookRepository, (books) => books.add(made)))

/** A book on sale, with so many copies. */
export const shelved = (copies: number) => onSale({ stockQuantity: Stock.make(copies) })

/** So many books on sale, with so many copies each. */
export const shelf = (count: number, copies: number) =>
  Effect.forEach(Array.range(1, count), () => shelved(copies), { concurrency: 8 })

export const genre = (name: string): Effect.Effect<Genre> =>
  Effect.map(id, (text) => new Genre({ id: GenreId.make(text), name }))

export const line = (book: Book, quantity = 1, addedAt = at(0)): Effect.Effect<CartLine> =>
  Effect.map(
    id,
    (text) => new CartLine({ id: CartLineId.make(text), bookId: book.id, quantity: Quantity.make(quantity), addedAt })
  )

/** Puts a book in the cart. */
export const inCart = (customer: CustomerId, book: Book, quantity = 1, addedAt = at(0)) =>
  Effect.gen(function* () {
    const carts = yield* CartRepository
    return (yield* carts.add(customer, yield* line(book, quantity, addedAt))).line
  })

export const attempt: Effect.Effect<Attempt> = Effect.map(key, (made) => ({ key: made, digest: "digest" }))

/** An order of these books, one copy each unless said otherwise; not stored. */
export const pending = (
  customerId: CustomerId,
  books: ReadonlyArray<Book>,
  facts: { readonly attempt?: Attempt | null; readonly createdAt?: DateTime.Utc; readonly quantity?: number } = {}
): Effect.Effect<PendingOrder> =>
  Effect.gen(function* () {
    const taken = yield* Effect.forEach(books, (book, i) =>
      Effect.map(line(book, facts.quantity ?? 1, at(i)), (line) => ({ line, book }))
    )
    return yield* Checkout.place(taken, {
      id: OrderId.make(yield* id),
      customerId,
      currency: usd,
      now: facts.createdAt ?? at(0),
      paymentKey: PaymentKey.make(yield* id),
      attempt: facts.attempt ?? null,
      expectedTotal: null
    })
  }).pipe(Effect.orDie)

/** An order that is stored, its copies still on the shelf. */
export const ordered = (...order: Parameters<typeof pending>) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const made = yield* pending(...order)
    yield* orders.add(made)
    return made
  })

/** What a move of an order with at most eight lines needs besides the order. */
export const facts = Effect.gen(function* () {
  const eventId = Effect.map(id, (text) => EventId.make(text))
  return { eventId: yield* eventId, now: at(1000), restockedIds: yield* Effect.replicateEffect(eventId, 8) }
})

export const stock = (count: number): Stock => Stock.make(count)
export const quantity = (count: number): Quantity => Quantity.make(count)
export const amount = (minor: number): Amount => Amount.make(minor)
