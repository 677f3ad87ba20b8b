/** Copies on the shelf: taken whole, given back whole, never sold twice. */
import { Array, Effect, Either, FastCheck } from "effect"
import { Book } from "../../domain/Book.js"
import { type Copies, InsufficientStock, ItemsUnavailable } from "../../domain/Checkout.js"
import { BookRepository } from "../../ports/BookRepository.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"

const copies = (books: ReadonlyArray<Book>, quantity = 1) =>
  books.map(({ id }): Copies => ({ bookId: id, quantity: Given.quantity(quantity) })) as [Copies, ...Array<Copies>]

const short = ({ id, title }: Book, requested: number, available: number) => ({
  bookId: id,
  title,
  requested: Given.quantity(requested),
  available: Given.stock(available)
})

const byBook = <A extends { readonly bookId: string }>(items: ReadonlyArray<A>) =>
  items.toSorted((a, b) => (a.bookId < b.bookId ? -1 : 1))

const stockOf = (books: ReadonlyArray<Book>) =>
  Effect.gen(function* () {
    const repository = yield* BookRepository
    return yield* Effect.forEach(books, ({ id }) => Effect.map(repository.get(id), (book) => book.stockQuantity))
  })

const allOrNone = law(
  "every copy asked for is reserved, or none",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const shelf = [yield* Given.shelved(5), yield* Given.shelved(2), yield* Given.shelved(5)]
    yield* books.reserve(copies(shelf, 2))
    yield* same("the copies left", yield* stockOf(shelf), [3, 0, 3])
    yield* refused(books.reserve(copies(shelf, 1)))
    yield* same("the copies left after a refusal", yield* stockOf(shelf), [3, 0, 3])
  })
)

const allNamed = law(
  "every line that falls short is named at once, with its title and what is there",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [a, b, c] = [yield* Given.shelved(1), yield* Given.shelved(9), yield* Given.shelved(0)]
    const refusal = yield* refused(books.reserve(copies([a, b, c], 4)))
    const items = refusal instanceof InsufficientStock ? byBook(refusal.items) : refusal
    yield* same("the lines named", items, byBook([short(a, 4, 1), short(c, 4, 0)]))
  })
)

const unavailable = law(
  "books that are gone are named as unavailable, and nothing is reserved",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const [kept, gone, never] = [yield* Given.shelved(3), yield* Given.shelved(3), yield* Given.book()]
    yield* books.remove(gone.id)
    const refusal = yield* refused(books.reserve(copies([gone, kept, never])))
    const named = refusal instanceof ItemsUnavailable ? refusal.bookIds.toSorted() : refusal
    yield* same("the books named", named, [gone.id, never.id].toSorted())
    yield* same("the copies of the other", yield* stockOf([kept]), [3])
    const alone = new ItemsUnavailable({ bookIds: [gone.id] })
    yield* refuses("a line that is gone, alone", books.reserve(copies([gone])), alone)
  })
)

const lastCopy = race(
  "one copy goes to one of fifty buyers",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const book = yield* Given.shelved(1)
    const { successes, failures } = yield* atOnce(50, () => books.reserve(copies([book])))
    yield* same("how many got it", successes.length, 1)
    yield* onlyRefusals(failures, ["InsufficientStock"])
    yield* same("the copies left", yield* stockOf([book]), [0])
  })
)

const crossed = race(
  "reservations of the same books in whatever order neither fail nor oversell",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const shelf = yield* Given.shelf(6, 10)
    const orders = FastCheck.sample(FastCheck.shuffledSubarray(shelf, { minLength: 6 }), 30)
    const { successes, failures } = yield* atOnce(30, (i) =>
      books.reserve(copies(i % 2 === 0 ? (orders[i] ?? shelf) : [...(orders[i - 1] ?? shelf)].reverse()))
    )
    yield* same("how many got theirs", successes.length, 10)
    yield* onlyRefusals(failures, ["InsufficientStock"])
    yield* same("the copies left", yield* stockOf(shelf), [0, 0, 0, 0, 0, 0])
  })
)

const conserved = law(
  "copies are conserved through hundreds of reservations and returns",
  Effect.gen(function* () {
    const books = yield* BookRepository
    const shelf = yield* Given.shelf(5, 4)
    const carts = FastCheck.sample(FastCheck.shuffledSubarray(shelf, { minLength: 1 }), { numRuns: 300, seed: 1 })
    const back = (book: Book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(book.stockQuantity + 2) }))
    const buy = (wanted: ReadonlyArray<Book>) =>
      Effect.gen(function* () {
        yield* books.reserve(copies(wanted, 2))
        yield* Effect.forEach(Array.reverse(wanted), ({ id }) => books.modify(id, back), { discard: true })
      })
    const bought = yield* Effect.forEach(carts, (wanted) => Effect.either(buy(wanted)), {
      concurrency: 12
    })
    const failures = bought.filter(Either.isLeft).map(({ left }) => left)
    yield* onlyRefusals(failures, ["InsufficientStock"])
    yield* same("the copies on the shelf", yield* stockOf(shelf), [4, 4, 4, 4, 4])
  })
)

export const stock: ReadonlyArray<Law> = [allOrNone, allNamed, unavailable, lastCopy, crossed, conserved]
