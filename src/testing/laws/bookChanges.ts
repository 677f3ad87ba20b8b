/** Books changed and taken off sale. */
import { Effect, Either } from "effect"
import { Book, BookNotFound, StockChanged } from "../../domain/Book.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"

const undecided = law(
  "a decision that refuses changes nothing, and its refusal is answered",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const book = yield* Given.shelved(3)
    const refusal = new StockChanged({ stockQuantity: Given.stock(3) })
    yield* refuses(
      "modify",
      books.modify(book.id, () => Either.left(refusal)),
      refusal
    )
    yield* same("the book", yield* books.get(book.id), book)
  })
)

const twenty = race(
  "twenty concurrent changes of one book are all kept",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const { id } = yield* Given.shelved(0)
    const one = (book: Book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(book.stockQuantity + 1) }))
    const { failures } = yield* atOnce(20, () => books.modify(id, one))
    yield* onlyRefusals(failures, [])
    yield* same("the copies counted", (yield* books.get(id)).stockQuantity, 20)
  })
)

const removed = law(
  "a book that was removed is gone, and out of every cart",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const [gone, kept] = [yield* Given.onSale(), yield* Given.onSale()]
    const customers = [yield* Given.customer, yield* Given.customer]
    for (const customer of customers) {
      yield* Given.inCart(customer, gone)
      yield* Given.inCart(customer, kept)
    }
    yield* books.remove(gone.id)
    const refusal = new BookNotFound({ bookId: gone.id })
    yield* refuses("get", books.get(gone.id), refusal)
    yield* refuses("a second removal", books.remove(gone.id), refusal)
    for (const customer of customers) {
      const left = (yield* carts.items(customer)).map(({ book }) => book.id)
      yield* same("the books left in a cart", left, [kept.id])
      const taken = (yield* carts.take(customer)).map(({ line }) => line.bookId)
      yield* same("the books taken from it", taken, [kept.id])
    }
  })
)

const removedMeanwhile = race(
  "no cart holds a book that was removed while it was put in",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const carts = yield* CartRepository
    const book = yield* Given.onSale()
    const [adding, putting] = [yield* Given.customer, yield* Given.customer]
    const line = yield* Given.line(book)
    const { failures } = yield* atOnce(
      3,
      (i): Effect.Effect<unknown, { readonly _tag: string }, CartRepository> =>
        i === 0 ? Given.inCart(adding, book) : i === 1 ? books.remove(book.id) : carts.put(putting, [line])
    )
    yield* onlyRefusals(failures, ["BookNotFound"])
    yield* same("the cart that it was added to", yield* carts.items(adding), [])
    yield* same("what is taken from it", yield* carts.take(adding), [])
    yield* same("the cart that it was put into", yield* carts.items(putting), [])
    yield* same("what is taken from that", yield* carts.take(putting), [])
  })
)

export const bookChanges: ReadonlyArray<Law> = [undecided, twenty, removed, removedMeanwhile]
