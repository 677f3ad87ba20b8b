/** Several calls as one unit. */
import { Array, Deferred, Effect, Either, Exit, Fiber } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import * as Order from "../../domain/Order.js"
import { Captured } from "../../domain/Payment.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"
import { holds, type Law, law, race, refuses, same } from "../Law.js"
import { restocked, transacted } from "./done.js"
import { eventsOf, stockOf } from "./seen.js"

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

const interruptedAnywhere = race(
  "transactions that are interrupted anywhere are kept whole or not at all, and the store goes on",
  Effect.gen(function* () {
    const [a, b] = [yield* Given.shelved(0), yield* Given.shelved(0)]
    const both = (between: Effect.Effect<void>) => transacted(Effect.all([restocked(a), between, restocked(b)]))
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

export const transactor: ReadonlyArray<Law> = [answers, kept, onFailure, onDefect, onInterruption, interruptedAnywhere]
