/** Transactions within and beside each other. */
import { Deferred, Effect, Either, Fiber } from "effect"
import { Book, BookNotFound } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import * as Order from "../../domain/Order.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"
import { restocked, transacted } from "./done.js"
import { stockOf } from "./seen.js"

type Writes = BookRepository | CartRepository | GenreRepository | OrderRepository | Transactor

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
        yield* restocked(outer)
        const failed = yield* Effect.either(transacted(Effect.zipRight(restocked(inner), Effect.fail("inner"))))
        yield* same("the inner failure", failed, Either.left("inner"))
        yield* Effect.exit(transacted(Effect.zipRight(restocked(dying), Effect.die("inner"))))
        yield* same("the inner part, inside", [yield* stockOf(inner), yield* stockOf(dying)], [0, 0])
        yield* transacted(restocked(after))
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
      yield* restocked(outer)
      yield* transacted(Effect.zipRight(restocked(inner), transacted(restocked(inner))))
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
          yield* restocked(changed)
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
    const refusing: ReadonlyArray<Effect.Effect<unknown, unknown, Writes>> = [
      books.add(conflicting),
      books.modify(plenty.id, (book) => Either.right(new Book({ ...book, isbn }))),
      books.get(conflicting.id),
      Effect.suspend(() => books.reserve([wanted[0] ?? never, wanted[1] ?? never])),
      genres.add(yield* Given.genre(genre.name)),
      Given.inCart(customer, there),
      Given.inCart(full, plenty),
      Effect.filterOrFail(
        orders.add(taken),
        (added) => added,
        () => "refused"
      )
    ]
    yield* transacted(
      Effect.forEach(refusing, (call) => Effect.zipRight(refused(call), transacted(restocked(counted))))
    )
    yield* same("what was written besides", yield* stockOf(counted), refusing.length)
    yield* same("the shelf that was asked for too much", yield* books.get(plenty.id), plenty)
    yield* same(
      "the book refused",
      yield* refused(books.get(conflicting.id)),
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
    const { failures } = yield* atOnce(6, (i) =>
      transacted(i % 2 === 0 ? Effect.all([restocked(a), restocked(b)]) : Effect.all([restocked(b), restocked(a)]))
    )
    yield* onlyRefusals(failures, [])
    yield* same("the copies of each book", [yield* stockOf(a), yield* stockOf(b)], [6, 6])
  })
)

const besideNested = race(
  "what is written beside a nested transaction that fails is kept",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [beside, inner] = [yield* Given.book(), yield* Given.book()]
    const open = yield* Deferred.make<void>()
    const outer = Effect.gen(function* () {
      const writing = yield* Effect.fork(Effect.zipRight(Deferred.await(open), books.add(beside)))
      const failing = Effect.gen(function* () {
        yield* books.add(inner)
        yield* Deferred.succeed(open, undefined)
        yield* chance(writing)
        return yield* Effect.fail("inner")
      })
      const failed = yield* Effect.either(transacted(failing))
      yield* same("the inner failure", failed, Either.left("inner"))
      yield* Fiber.join(writing)
    })
    yield* transacted(outer)
    yield* same("what is there", yield* Effect.forEach([beside, inner], isThere), [true, false])
  })
)

const outlived = race(
  "a fiber that outlives its transaction writes on its own",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [late, first, other] = [yield* Given.book(), yield* Given.book(), yield* Given.book()]
    const open = yield* Deferred.make<void>()
    const own = Effect.zipRight(
      books.add(first),
      Effect.forkDaemon(Effect.zipRight(Deferred.await(open), books.add(late)))
    )
    const writing = yield* transacted(own)
    const failing = Effect.gen(function* () {
      yield* books.add(other)
      yield* Deferred.succeed(open, undefined)
      yield* chance(writing)
      return yield* Effect.fail("other")
    })
    const failed = yield* Effect.either(transacted(failing)).pipe(Effect.ensuring(Deferred.succeed(open, undefined)))
    yield* same("the other's failure", failed, Either.left("other"))
    yield* Fiber.join(writing)
    yield* same("what is there", yield* Effect.forEach([first, late, other], isThere), [true, true, false])
  })
)

/** Time to write beside what is open; a store may make it wait until that has ended. */
const chance = <A, E>(writing: Fiber.Fiber<A, E>) => Effect.timeoutOption(Fiber.await(writing), "10 millis")

const isThere = ({ id }: Book) =>
  Effect.flatMap(BookRepository, (books) => Effect.map(Effect.either(books.get(id)), Either.isRight))

export const nesting: ReadonlyArray<Law> = [
  nested,
  outerRollback,
  isOpen,
  isolated,
  refusalsInside,
  crossed,
  besideNested,
  outlived
]
