/** Several calls as one unit. */
import { Array, Deferred, Effect, Either, Exit, Fiber } from "effect"
import { Book, BookNotFound } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import * as Order from "../../domain/Order.js"
import { Captured } from "../../domain/Payment.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { eventsOf } from "./outbox.js"

/** A little of everything that a store holds. */
const scene = Effect.gen(function* () {
  const customer = yield* Given.customer
  const books = [yield* Given.shelved(5), yield* Given.shelved(5)] as const
  const line = yield* Given.inCart(customer, books[0])
  const order = yield* Given.ordered(customer, [books[1]])
  const added = yield* Given.book({ isbn: yield* Given.isbn })
  const merged = yield* Given.book({ isbn: yield* Given.isbn })
  const genre = yield* Given.genre(yield* Given.word)
  return { customer, books, line, order, added, merged, genre }
})

type Scene = Effect.Effect.Success<typeof scene>

/** Writes of every kind. */
const writes = ({ customer, books: [first, second], order, added, merged, genre }: Scene) =>
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const orders = yield* OrderRepository
    yield* books.add(added)
    yield* books.merge([merged], (incoming) => incoming)
    yield* Effect.flatMap(GenreRepository, (genres) => genres.add(genre))
    yield* carts.take(customer)
    yield* Given.inCart(customer, added)
    yield* Given.ordered(customer, [first])
    const paid = new Captured({ paymentId: "payment", amount: order.total, currency: order.currency })
    yield* orders.move(Order.confirm(order, paid, yield* Given.facts))
    yield* books.reserve([{ bookId: first.id, quantity: Given.quantity(2) }])
    yield* books.remove(second.id)
  })

/** All that the scene's writes touch. */
const seen = ({ customer, books: [first, second], order, added, merged, genre }: Scene) =>
  Effect.gen(function* () {
    const books = yield* BookRepository
    const orders = yield* OrderRepository
    return {
      books: yield* Effect.forEach([first, second, added, merged], ({ id }) => Effect.either(books.get(id))),
      genre: yield* Effect.flatMap(GenreRepository, (genres) => Effect.either(genres.get(genre.id))),
      cart: yield* Effect.flatMap(CartRepository, (carts) => carts.items(customer)),
      orders: yield* orders.after({ customerId: customer, status: null }, null, 10),
      events: yield* eventsOf(order.id)
    }
  })

/** The store is as it was before `how` cut the writes short, and works. */
const leavesNothing = (
  how: (writing: Effect.Effect<void, unknown, Writes>) => Effect.Effect<unknown, unknown, Writes>
) =>
  Effect.gen(function* () {
    const there = yield* scene
    const before = yield* seen(there)
    yield* how(writes(there))
    yield* same("the store", yield* seen(there), before)
    yield* Effect.flatMap(Transactor, ({ transact }) => transact(writes(there)))
    const after = yield* seen(there)
    yield* holds("the store works", after.genre._tag === "Right" && after.events.length === 1)
  })

type Writes = BookRepository | CartRepository | GenreRepository | OrderRepository | Transactor

const transacted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Transactor, ({ transact }) => transact(effect))

const answers = law(
  "a transaction answers what its effect answers, and fails or dies as it does",
  Effect.gen(function* () {
    yield* same("the answer", yield* transacted(Effect.succeed(42)), 42)
    const refusal = new BookNotFound({ bookId: "none" })
    yield* refuses("the failure", transacted(refusal), refusal)
    const defect = new Error("defect")
    const exit = yield* Effect.exit(transacted(Effect.die(defect)))
    yield* holds(
      "the defect is the same",
      Exit.isFailure(exit) && exit.cause._tag === "Die" && exit.cause.defect === defect
    )
  })
)

const kept = law(
  "a transaction that succeeds keeps everything",
  Effect.gen(function* () {
    const there = yield* scene
    const inside = yield* transacted(Effect.zipRight(writes(there), seen(there)))
    yield* same("the store", yield* seen(there), inside)
    yield* same("what is there of each book", inside.books.map(Either.isRight), [true, false, true, true])
  })
)

const onFailure = law(
  "a transaction that fails leaves nothing",
  leavesNothing((writing) => Effect.exit(transacted(Effect.zipRight(writing, Effect.fail("refused")))))
)

const onDefect = law(
  "a transaction that dies leaves nothing",
  leavesNothing((writing) => Effect.exit(transacted(Effect.zipRight(writing, Effect.die("a defect")))))
)

const onInterruption = law(
  "a transaction that is interrupted leaves nothing",
  leavesNothing((writing) =>
    Effect.gen(function* () {
      const written = yield* Deferred.make<void>()
      const stands = Effect.zipRight(Deferred.succeed(written, undefined), Effect.never)
      const fiber = yield* Effect.fork(transacted(Effect.zipRight(writing, stands)))
      yield* Effect.raceFirst(Deferred.await(written), Fiber.join(fiber))
      yield* Fiber.interrupt(fiber)
    })
  )
)

const one = (book: Book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(book.stockQuantity + 1) }))

const add = ({ id }: Book) => Effect.flatMap(BookRepository, (books) => books.modify(id, one))

const stockOf = ({ id }: Book) =>
  Effect.flatMap(BookRepository, (books) => Effect.map(books.get(id), (book) => book.stockQuantity))

const interruptedAnywhere = race(
  "transactions that are interrupted anywhere are kept whole or not at all, and the store goes on",
  Effect.gen(function* () {
    const [a, b] = [yield* Given.shelved(0), yield* Given.shelved(0)]
    const both = (between: Effect.Effect<void>) => transacted(Effect.all([add(a), between, add(b)]))
    // Every third one stands in the middle until it is interrupted.
    const fibers = yield* Effect.forEach(Array.range(0, 23), (i) =>
      Effect.fork(both(i % 3 === 0 ? Effect.never : Effect.yieldNow()))
    )
    yield* Effect.forEach(
      fibers,
      (fiber, i) =>
        i % 3 === 2 ? Effect.void : Effect.zipRight(Effect.repeatN(Effect.yieldNow(), i), Fiber.interrupt(fiber)),
      { concurrency: "unbounded" }
    )
    const exits = yield* Effect.forEach(fibers, Fiber.await)
    const [inA, inB] = [yield* stockOf(a), yield* stockOf(b)]
    yield* same("the second change beside the first", inB, inA)
    yield* holds("none that succeeded is lost", inA >= exits.filter(Exit.isSuccess).length && inA <= exits.length)
    yield* both(Effect.void)
    yield* same("after one more", [yield* stockOf(a), yield* stockOf(b)], [inA + 1, inB + 1])
  })
)

const nested = law(
  "a nested failure undoes its own part and no other",
  Effect.gen(function* () {
    const [outer, inner, dying, after] = [
      yield* Given.shelved(0),
      yield* Given.shelved(0),
      yield* Given.shelved(0),
      yield* Given.shelved(0)
    ]
    yield* transacted(
      Effect.gen(function* () {
        yield* add(outer)
        const failed = yield* Effect.either(transacted(Effect.zipRight(add(inner), Effect.fail("inner"))))
        yield* same("the inner failure", failed, Either.left("inner"))
        yield* Effect.exit(transacted(Effect.zipRight(add(dying), Effect.die("inner"))))
        yield* same("the inner part, inside", [yield* stockOf(inner), yield* stockOf(dying)], [0, 0])
        yield* transacted(add(after))
      })
    )
    const left = yield* Effect.forEach([outer, inner, dying, after], stockOf)
    yield* same("the copies of each book", left, [1, 0, 0, 1])
  })
)

const outerRollback = law(
  "what the outer transaction undoes is gone, the inner one's commit included",
  Effect.gen(function* () {
    const [outer, inner] = [yield* Given.shelved(0), yield* Given.shelved(0)]
    const whole = Effect.gen(function* () {
      yield* add(outer)
      yield* transacted(Effect.zipRight(add(inner), transacted(add(inner))))
      yield* same("the inner part, inside", yield* stockOf(inner), 2)
      return yield* Effect.fail("outer")
    })
    yield* Effect.exit(transacted(whole))
    yield* same("the copies of each book", [yield* stockOf(outer), yield* stockOf(inner)], [0, 0])
  })
)

const isOpen = law(
  "whether a transaction is open is known, to whoever is inside and to nobody else",
  Effect.gen(function* () {
    const transactor = yield* Transactor
    const inside = yield* Deferred.make<void>()
    const asked = yield* Deferred.make<void>()
    const other = yield* Effect.fork(
      Deferred.await(inside).pipe(
        Effect.zipRight(transactor.isOpen),
        Effect.ensuring(Deferred.succeed(asked, undefined))
      )
    )
    yield* same("outside", yield* transactor.isOpen, false)
    const within = yield* transacted(
      Effect.gen(function* () {
        const first = yield* transactor.isOpen
        yield* Deferred.succeed(inside, undefined)
        yield* Deferred.await(asked)
        const nested = yield* transacted(transactor.isOpen)
        yield* Effect.exit(transacted(Effect.fail("nested")))
        return [first, nested, yield* transactor.isOpen]
      })
    )
    yield* same("inside, nested, and after a nested failure", within, [true, true, true])
    yield* same("beside it", yield* Fiber.join(other), false)
    yield* Effect.exit(transacted(Effect.fail("undone")))
    yield* same("afterwards", yield* transactor.isOpen, false)
  })
)

const isolated = race(
  "nobody sees what a transaction has written and not committed",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [changed, added] = [yield* Given.shelved(0), yield* Given.book()]
    const written = yield* Deferred.make<void>()
    const looking = yield* Effect.fork(
      Effect.zipRight(Deferred.await(written), Effect.all([stockOf(changed), Effect.either(books.get(added.id))]))
    )
    yield* Effect.exit(
      transacted(
        Effect.gen(function* () {
          yield* add(changed)
          yield* books.add(added)
          yield* Deferred.succeed(written, undefined)
          // A store that makes readers wait makes this one wait, too: then the look is at what is left.
          yield* Effect.timeoutOption(Fiber.await(looking), "10 millis")
          return yield* Effect.fail("undone")
        })
      )
    )
    const nothing = Either.left(new BookNotFound({ bookId: added.id }))
    yield* same("what was seen", yield* Fiber.join(looking), [0, nothing])
  })
)

const refusalsInside = law(
  "a refusal that is caught leaves the transaction usable, and nothing of what was refused",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const orders = yield* OrderRepository
    const genres = yield* GenreRepository
    const isbn = yield* Given.isbn
    const [there, plenty, counted] = [yield* Given.onSale({ isbn }), yield* Given.shelved(9), yield* Given.shelved(0)]
    const conflicting = yield* Given.book({ isbn })
    const genre = yield* Given.genre(yield* Given.word)
    yield* genres.add(genre)
    const [customer, full] = [yield* Given.customer, yield* fullCart]
    const attempt = yield* Given.attempt
    yield* Given.inCart(customer, there)
    yield* Given.ordered(customer, [there], { attempt })
    const taken = yield* Given.pending(customer, [there], { attempt })
    const wanted = [plenty, there].map(({ id }) => ({ bookId: id, quantity: Given.quantity(4) }))
    const refused: ReadonlyArray<Effect.Effect<unknown, unknown, Writes>> = [
      books.add(conflicting),
      books.modify(plenty.id, (book) => Either.right(new Book({ ...book, isbn }))),
      books.get(conflicting.id),
      Effect.suspend(() => books.reserve([wanted[0] ?? never, wanted[1] ?? never])),
      genres.add(yield* Given.genre(genre.name)),
      Given.inCart(customer, there),
      Given.inCart(full, plenty),
      orders.add(taken)
    ]
    yield* transacted(
      Effect.forEach(refused, (refusing) => Effect.zipRight(Effect.either(refusing), transacted(add(counted))))
    )
    yield* same("what was written besides", yield* stockOf(counted), refused.length)
    yield* same("the shelf that was asked for too much", yield* books.get(plenty.id), plenty)
    yield* same(
      "the book refused",
      yield* Effect.flip(books.get(conflicting.id)),
      new BookNotFound({ bookId: conflicting.id })
    )
    yield* same("the lines in the cart", (yield* carts.items(customer)).length, 1)
    yield* same("the lines in the full cart", (yield* carts.items(full)).length, 100)
    yield* refuses("the order refused", orders.get(taken.id, null), new Order.OrderNotFound({ orderId: taken.id }))
  })
)

const never = { bookId: Book.fields.id.make("00000000-0000-0000-0000-000000000000"), quantity: Given.quantity(1) }

const fullCart: Effect.Effect<CustomerId, unknown, BookRepository | CartRepository> = Effect.gen(function* () {
  const customer = yield* Given.customer
  const lines = yield* Effect.forEach(yield* Given.shelf(100, 1), (book) => Given.line(book))
  yield* Effect.flatMap(CartRepository, (carts) => carts.put(customer, lines))
  return customer
})

const crossed = race(
  "transactions that change the same books in opposite order are all kept",
  Effect.gen(function* () {
    const [a, b] = [yield* Given.shelved(0), yield* Given.shelved(0)]
    const { failures } = yield* atOnce(10, (i) =>
      transacted(i % 2 === 0 ? Effect.all([add(a), add(b)]) : Effect.all([add(b), add(a)]))
    )
    yield* onlyRefusals(failures, [])
    yield* same("the copies of each book", [yield* stockOf(a), yield* stockOf(b)], [10, 10])
  })
)

export const transactor: ReadonlyArray<Law> = [
  answers,
  kept,
  onFailure,
  onDefect,
  onInterruption,
  interruptedAnywhere,
  nested,
  outerRollback,
  isOpen,
  isolated,
  refusalsInside,
  crossed
]
