import { Array, Deferred, Effect, Fiber, Random } from "effect"
import { expect, it } from "vitest"
import * as Order from "../../src/domain/Order.js"
import type { OrderId } from "../../src/domain/OrderId.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { PreBookingRepository } from "../../src/ports/PreBookingRepository.js"
import { aBook, aCustomer, type Needs, newId, newLine, now, onBoth, restockFacts } from "./sqlStores.js"
import { arrive, bought, decided, inLine, request, seen, soldOut, transact } from "./sqlWaiting.js"

onBoth(({ dialect, processes, run }) => {
  /** What `second` comes to that begins, in another process, before `first` is committed, and waits for it. */
  const behind = <A, E>(first: Effect.Effect<unknown, unknown, Needs>, second: Effect.Effect<A, E, Needs>) =>
    Effect.scoped(
      Effect.gen(function* () {
        const [others] = yield* processes(1)
        if (others === undefined) return yield* Effect.dieMessage("there is no other process")
        const written = yield* Deferred.make<void>()
        const waits = Effect.zipRight(Deferred.succeed(written, undefined), Effect.sleep("300 millis"))
        const fiber = yield* Effect.fork(transact(Effect.zipRight(first, waits)))
        yield* Deferred.await(written)
        const exit = yield* Effect.exit(Effect.provide(second, others))
        yield* Fiber.join(fiber)
        return yield* exit
      })
    )

  const everyoneTold = (book: Parameters<typeof arrive>[0], copies: number) =>
    Effect.gen(function* () {
      yield* arrive(book, copies)
      const { line, handout } = yield* decided(book, "broadcast")
      expect(yield* Effect.flatMap(PreBookingRepository, (preBookings) => preBookings.hand(line, handout))).toBe(true)
    })

  it("buys a copy that comes in while the buyer waits for those who are told of it", () =>
    run(
      Effect.gen(function* () {
        const book = yield* soldOut
        yield* inLine(book, 2)
        const buyer = { customerId: yield* aCustomer, orderId: (yield* newId) as OrderId, now }
        const reserve = Effect.flatMap(BookRepository, (books) =>
          books.reserve([{ bookId: book.id, quantity: 1 as never }], buyer)
        )
        yield* behind(everyoneTold(book, 2), reserve)
        expect((yield* seen(book)).counts).toMatchObject({ stock: 1, waiting: 0, wave: 1, put_in: 2 })
      })
    ))

  it("keeps copies that come back for who has asked to wait just before, and puts them on the shelf once all were told", () =>
    run(
      Effect.gen(function* () {
        const anOrder = Effect.gen(function* () {
          const [carts, customer] = [yield* CartRepository, yield* aCustomer]
          const book = yield* aBook({ stockQuantity: 1 })
          yield* carts.add(customer, yield* newLine(book))
          const order = yield* bought(customer)
          const failed = Order.fail(order, "declined", yield* restockFacts)
          return { book, fails: Effect.flatMap(OrderRepository, (orders) => orders.move(failed)) }
        })
        const asked = yield* anOrder
        yield* behind(request(yield* aCustomer, asked.book), asked.fails)
        expect((yield* seen(asked.book)).counts).toMatchObject({ stock: 0, waiting: 1, arrived: 1, told: 0 })

        const told = yield* anOrder
        yield* inLine(told.book, 2)
        yield* behind(everyoneTold(told.book, 1), told.fails)
        expect((yield* seen(told.book)).counts).toMatchObject({ stock: 2, waiting: 0, arrived: 0, put_in: 2 })
      })
    ))

  it("has nobody wait who asks while copies come in, or while the book goes", () =>
    run(
      Effect.gen(function* () {
        const [stocked, gone] = [yield* soldOut, yield* soldOut]
        const asks = (book: Parameters<typeof arrive>[0]) =>
          Effect.flatMap(aCustomer, (customer) => Effect.flip(request(customer, book)))
        expect(yield* behind(arrive(stocked, 1), asks(stocked))).toMatchObject({ _tag: "BookInStock" })
        const removed = Effect.flatMap(BookRepository, (books) => books.remove(gone.id))
        expect(yield* behind(removed, asks(gone))).toMatchObject({ _tag: "BookNotFound" })
      })
    ))

  it("withdraws also whoever has asked to wait while the removal of the book waited", () =>
    run(
      Effect.gen(function* () {
        const [preBookings, book, customer] = [yield* PreBookingRepository, yield* soldOut, yield* aCustomer]
        const removed = Effect.flatMap(BookRepository, (books) => books.remove(book.id))
        yield* behind(request(customer, book), removed)
        expect(yield* preBookings.after(customer, now, null, 1)).toMatchObject([{ status: "cancelled" }])
        expect(yield* preBookings.untold(book.id, 9)).toMatchObject([{ status: "cancelled", customerId: customer }])
      })
    ))

  // SQLite has one writer at a time, and no other at the same work.
  if (dialect === "postgres") {
    it("gives others to whoever asks while some are in hand", () =>
      run(
        Effect.gen(function* () {
          const book = yield* soldOut
          const waiters = yield* inLine(book, 5)
          yield* transact(everyoneTold(book, 1))
          const untold = Effect.flatMap(PreBookingRepository, (preBookings) => preBookings.untold(book.id, 3))
          const next = yield* behind(untold, untold)
          expect(next.map(({ id }) => id)).toEqual(waiters.slice(3).map(({ id }) => id))
        })
      ))
  }

  it(
    "gives each of those who were told to one of several sweepers, 20 times",
    () =>
      run(
        Effect.scoped(
          Effect.gen(function* () {
            const sweepers = yield* processes(4)
            for (const _ of Array.range(1, 20)) {
              const book = yield* soldOut
              const waiters = yield* inLine(book, 12)
              yield* transact(everyoneTold(book, 1))
              const sweep = (context: (typeof sweepers)[number]) =>
                Effect.gen(function* () {
                  const preBookings = yield* PreBookingRepository
                  const mine: Array<string> = []
                  for (;;) {
                    const found = yield* transact(
                      Effect.gen(function* () {
                        const next = yield* preBookings.untold(book.id, 1 + (yield* Random.nextIntBetween(0, 4)))
                        if (!Array.isNonEmptyReadonlyArray(next)) return null
                        return [...(yield* preBookings.told(next))]
                      })
                    )
                    if (found === null) return mine
                    mine.push(...found)
                  }
                }).pipe(Effect.provide(context))
              const told = yield* Effect.forEach(sweepers, sweep, { concurrency: "unbounded" })
              expect(told.flat().toSorted()).toEqual(waiters.map(({ id }) => id).toSorted())
              expect((yield* seen(book)).waves).toEqual([])
            }
          })
        )
      ),
    60_000
  )
})
