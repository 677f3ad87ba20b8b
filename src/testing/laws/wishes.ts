/** What customers wish for. */
import { DateTime, Effect, Either } from "effect"
import { Book, BookNotFound } from "../../domain/Book.js"
import { CustomerId } from "../../domain/Id.js"
import { Price } from "../../domain/Money.js"
import type { Position } from "../../domain/Page.js"
import * as Wish from "../../domain/Wish.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { WishRepository } from "../../ports/WishRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { atOnce, holds, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"

const wish = (customerId: CustomerId, book: Book, addedAt = Given.at(0)) =>
  Effect.map(Given.id, (id) => new Wish.Wish({ id: Wish.WishId.make(id), customerId, bookId: book.id, addedAt }))

/** Puts the book on the wishlist. */
export const wished = (customer: CustomerId, book: Book, addedAt = Given.at(0)) =>
  Effect.gen(function* () {
    const wishes = yield* WishRepository
    return (yield* wishes.add(yield* wish(customer, book, addedAt))).wish
  })

/** The first hundred. */
const listOf = (customer: CustomerId) =>
  Effect.flatMap(WishRepository, (wishes) => Effect.map(wishes.page(customer, firstHundred), ({ items }) => items))

export const wishesOf = (customer: CustomerId) => Effect.map(listOf(customer), (items) => items.map(({ wish }) => wish))

const firstHundred = { page: 1, size: 100 }

/** As a list shows them. */
export const newestFirst = (wishes: ReadonlyArray<Wish.Wish>) =>
  wishes.toSorted(
    (a, b) => DateTime.toEpochMillis(b.addedAt) - DateTime.toEpochMillis(a.addedAt) || (a.id < b.id ? 1 : -1)
  )

export const removed = ({ id }: Book) => Effect.flatMap(BookRepository, (books) => books.remove(id))

const found = law(
  "a wish is answered and listed as it was, with its book of today, whatever the customer is called",
  Effect.gen(function* () {
    const [wishes, books] = [yield* WishRepository, yield* BookRepository]
    for (const name of [...Arbitraries.nasty, "𝄞".repeat(400)]) {
      const customer = CustomerId.make(`${name} ${yield* Given.id}`)
      const book = yield* Given.onSale({ coverImageUrl: "https://example.com/cover.png", isbn: yield* Given.isbn })
      const made = yield* wish(customer, book, Given.at(7))
      yield* same("the answer", yield* wishes.add(made), new Wish.WishedBook({ wish: made, book }))
      const today = yield* books.modify(book.id, (is) =>
        Either.right(new Book({ ...is, title: "Changed", price: Price.make(1), stockQuantity: Given.stock(0) }))
      )
      yield* same("the wishlist", yield* listOf(customer), [new Wish.WishedBook({ wish: made, book: today })])
    }
  })
)

const walked = law(
  "wishes are listed newest first, ties by descending id; pages and cursors walk through the same, each once, and a page past the end has the total",
  Effect.gen(function* () {
    const wishes = yield* WishRepository
    const [customer, other] = [yield* Given.customer, yield* Given.customer]
    const books = yield* Given.shelf(23, 1)
    const made = yield* Effect.forEach(books, (book, i) => wished(customer, book, Given.at((i * 5) % 7)))
    yield* Effect.forEach(books.slice(0, 3), (book) => wished(other, book, Given.at(3)))
    const expected = newestFirst(made)
    yield* same("the wishlist", yield* wishesOf(customer), expected)
    const paged: Array<Wish.Wish> = []
    for (let page = 1; page <= 7; page++) {
      const { items, total } = yield* wishes.page(customer, { page, size: 4 })
      yield* same("the total", total, expected.length)
      paged.push(...items.map(({ wish }) => wish))
    }
    yield* same("by pages", paged, expected)
    for (const limit of [1, 4, 23]) {
      const slices: Array<Wish.Wish> = []
      for (let position: Position | null = null; ; ) {
        const slice: ReadonlyArray<Wish.WishedBook> = yield* wishes.after(customer, position, limit)
        yield* holds(`at most ${limit} come at once, and were ${slice.length}`, slice.length <= limit)
        const last = slice.at(-1)
        if (last === undefined || slices.length > expected.length) break
        slices.push(...slice.map(({ wish }) => wish))
        position = Wish.position(last)
      }
      yield* same(`by cursors of ${limit}`, slices, expected)
    }
    yield* same("a page of a full size", (yield* wishes.page(customer, { page: 1, size: 23 })).total, 23)
    yield* same("past the end", yield* wishes.page(customer, { page: 9, size: 100 }), { items: [], total: 23 })
    yield* same("nobody's", yield* wishes.page(yield* Given.customer, firstHundred), { items: [], total: 0 })
  })
)

const refusals = law(
  "a second wish for a book is refused and leaves the first as it was, and so is one for a book that is not there",
  Effect.gen(function* () {
    const wishes = yield* WishRepository
    const customer = yield* Given.customer
    const [there, gone, never] = [yield* Given.shelved(0), yield* Given.onSale(), yield* Given.book()]
    yield* removed(gone)
    const first = yield* wished(customer, there, Given.at(1))
    const add = (book: Book) => Effect.flatMap(wish(customer, book, Given.at(2)), wishes.add)
    yield* refuses("a second wish", add(there), new Wish.AlreadyWished({ bookId: there.id }))
    yield* refuses("a book that is gone", add(gone), new BookNotFound({ bookId: gone.id }))
    yield* refuses("a book that was never there", add(never), new BookNotFound({ bookId: never.id }))
    yield* same("the wishlist", yield* wishesOf(customer), [first])
    yield* wishes.remove(customer, there.id)
    const again = yield* wished(customer, there, Given.at(3))
    yield* same("the wishlist after the book was wished for again", yield* wishesOf(customer), [again])
  })
)

const oneOfTwenty = race(
  "of twenty that wish for one book as one customer at once, one succeeds",
  Effect.gen(function* () {
    const customer = yield* Given.customer
    const book = yield* Given.onSale()
    const { successes, failures } = yield* atOnce(20, (i) => wished(customer, book, Given.at(i)))
    yield* same("how many succeeded", successes.length, 1)
    yield* onlyRefusals(failures, ["AlreadyWished"])
    yield* same("the wishlist", yield* wishesOf(customer), successes)
  })
)

const others = law(
  "somebody else's wish does not exist, nor does one that was never there; one that is removed is gone, and no other",
  Effect.gen(function* () {
    const wishes = yield* WishRepository
    const [owner, other] = [yield* Given.customer, yield* Given.customer]
    const [a, b, never] = [yield* Given.onSale(), yield* Given.onSale(), yield* Given.book()]
    const [first, second] = [yield* wished(owner, a, Given.at(2)), yield* wished(owner, b, Given.at(1))]
    const kept = yield* wished(other, b)
    for (const { id } of [a, never]) {
      yield* refuses("a removal", wishes.remove(other, id), new Wish.WishNotFound({ bookId: id }))
    }
    yield* same("the owner's wishlist", yield* wishesOf(owner), [first, second])
    yield* same("the other's", yield* wishesOf(other), [kept])
    yield* wishes.remove(owner, b.id)
    yield* refuses("a second removal", wishes.remove(owner, b.id), new Wish.WishNotFound({ bookId: b.id }))
    yield* same("the owner's wishlist after a removal", yield* wishesOf(owner), [first])
    yield* same("the other's after that", yield* wishesOf(other), [kept])
  })
)

/** Nothing is left of a wish: not even when a book of that id is on sale again. */
export const forgotten = (customer: CustomerId, book: Book) =>
  Effect.gen(function* () {
    const [wishes, books] = [yield* WishRepository, yield* BookRepository]
    const page = yield* wishes.page(customer, firstHundred)
    yield* same("what is left", [page, yield* wishes.after(customer, null, 100)], [{ items: [], total: 0 }, []])
    yield* refuses("a removal", wishes.remove(customer, book.id), new Wish.WishNotFound({ bookId: book.id }))
    yield* books.add(book)
    yield* same("what comes back", yield* wishes.page(customer, firstHundred), { items: [], total: 0 })
  })

const bookGone = law(
  "a book that was removed is out of every wishlist, and no other book is",
  Effect.gen(function* () {
    const [gone, kept] = [yield* Given.onSale(), yield* Given.onSale()]
    const [a, b, c] = [yield* Given.customer, yield* Given.customer, yield* Given.customer]
    const left = [yield* wished(a, kept, Given.at(1)), yield* wished(b, kept, Given.at(2))]
    for (const customer of [a, b, c]) yield* wished(customer, gone, Given.at(3))
    yield* removed(gone)
    yield* same("what is left", [...(yield* wishesOf(a)), ...(yield* wishesOf(b))], left)
    yield* forgotten(c, gone)
  })
)

const noneOutlives = race(
  "no wish outlives a book that is removed while ten customers wish for it",
  Effect.gen(function* () {
    const book = yield* Given.onSale()
    const customers = yield* Effect.replicateEffect(Given.customer, 10)
    const { failures } = yield* atOnce(
      11,
      (i): Effect.Effect<unknown, { readonly _tag: string }, WishRepository | BookRepository> => {
        const customer = customers[i]
        return customer === undefined ? removed(book) : wished(customer, book)
      }
    )
    yield* onlyRefusals(failures, ["BookNotFound"])
    const [first, ...rest] = customers
    for (const customer of rest) yield* same("a wishlist", yield* wishesOf(customer), [])
    if (first !== undefined) yield* forgotten(first, book)
    for (const customer of rest) yield* same("a wishlist later", yield* wishesOf(customer), [])
  })
)

export const wishes: ReadonlyArray<Law> = [found, walked, refusals, oneOfTwenty, others, bookGone, noneOutlives]
