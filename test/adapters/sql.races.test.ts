import { SqlClient } from "@effect/sql/SqlClient"
import { Array, Effect, Either } from "effect"
import { expect, it } from "vitest"
import { Book, maximumStock } from "../../src/domain/Book.js"
import * as Order from "../../src/domain/Order.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { Outbox } from "../../src/ports/Outbox.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { aBook, aCustomer, newBook, newLine, onBoth, placed, restockFacts } from "./sqlStores.js"

const atOnce = { concurrency: "unbounded" } as const

const rounds = (count: number) => Array.range(1, count)

onBoth(({ run }) => {
  it("never doubles a book without an ISBN that several imports bring at once", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const books = yield* BookRepository
        for (const round of rounds(10)) {
          const batch = Effect.all(
            Array.makeBy(20, (i) =>
              newBook({ title: `Import ${round} of ${i}`, publishDate: i % 2 === 0 ? null : "2001-01-01" })
            )
          )
          const merge = Effect.flatMap(batch, (all) =>
            Array.isNonEmptyArray(all) ? books.merge(all, (incoming, there) => there ?? incoming) : Effect.die("empty")
          )
          const answers = yield* Effect.all([merge, merge, merge, merge], atOnce)
          expect(answers.flat().filter((answer) => answer === "added")).toHaveLength(20)
        }
        const [row] = yield* sql`SELECT count(*) AS n FROM octavo_books WHERE title LIKE 'Import%'`
        expect(Number(row?.n)).toBe(200)
      })
    ))

  it("imports beside additions of the same ISBN, one of which wins", () =>
    run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        for (const isbn of ["9780261103252", "9780261102736", "9780048231260", "9780345339713"]) {
          const merged = yield* newBook({ isbn })
          const added = yield* newBook({ isbn })
          const [answers, add] = yield* Effect.all(
            [books.merge([merged], (incoming, there) => there ?? incoming), Effect.either(books.add(added))],
            atOnce
          )
          expect([answers[0], add._tag]).toEqual(Either.isRight(add) ? ["kept", "Right"] : ["added", "Left"])
        }
      })
    ))

  it("leaves no line in a cart of a book that was removed meanwhile", () =>
    run(
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const books = yield* BookRepository
        const carts = yield* CartRepository
        for (const _ of rounds(20)) {
          const book = yield* aBook()
          const adds = Array.makeBy(8, (i) =>
            Effect.gen(function* () {
              const customer = yield* aCustomer
              const line = yield* newLine(book)
              yield* i % 2 === 0 ? Effect.either(carts.add(customer, line)) : carts.put(customer, [line])
            })
          )
          yield* Effect.all([...adds.slice(4), books.remove(book.id), ...adds.slice(0, 4)], atOnce)
        }
        expect(yield* sql`SELECT * FROM octavo_cart_lines WHERE book_id NOT IN (SELECT id FROM octavo_books)`).toEqual(
          []
        )
      })
    ))

  it("counts the lines of a cart that came to hold more than it takes one by one", () =>
    run(
      Effect.gen(function* () {
        const carts = yield* CartRepository
        const customer = yield* aCustomer
        const lines = yield* Effect.forEach(rounds(103), () => Effect.flatMap(aBook(), (book) => newLine(book)))
        yield* carts.put(customer, lines)
        const add = Effect.flatMap(
          Effect.flatMap(aBook(), (book) => newLine(book)),
          (line) => carts.add(customer, line)
        )
        for (const line of lines.slice(0, 3)) {
          expect(yield* Effect.flip(add)).toMatchObject({ _tag: "CartFull" })
          yield* carts.remove(customer, line.id)
        }
        expect(yield* Effect.flip(add)).toMatchObject({ _tag: "CartFull" })
        yield* carts.remove(customer, lines[3]?.id as never)
        yield* add
        expect(yield* carts.items(customer)).toHaveLength(100)
      })
    ))

  it("keeps nothing of a move that fails on its way, also when its failure is caught", () =>
    run(
      Effect.gen(function* () {
        const [books, carts, orders, outbox] = yield* Effect.all([
          BookRepository,
          CartRepository,
          OrderRepository,
          Outbox
        ])
        const { transact } = yield* Transactor
        const customer = yield* aCustomer
        const book = yield* aBook()
        yield* carts.add(customer, yield* newLine(book))
        const order = yield* placed(customer)
        yield* books.modify(book.id, (now) =>
          Either.right(new Book({ ...now, stockQuantity: maximumStock as Book["stockQuantity"] }))
        )
        const told = (yield* outbox.list("waiting", null, 100)).length
        const move = Order.fail(order, "declined", yield* restockFacts)
        const kept = yield* newBook()
        yield* transact(Effect.zipRight(books.add(kept), Effect.flip(transact(orders.move(move)))))
        yield* Effect.ignore(transact(Effect.ignore(orders.move(move))))
        expect((yield* orders.get(order.id, customer)).status).toBe("pending_payment")
        expect(yield* outbox.list("waiting", null, 100)).toHaveLength(told)
        expect(yield* carts.items(customer)).toEqual([])
        expect((yield* books.get(kept.id)).id).toBe(kept.id)
      })
    ))
})
