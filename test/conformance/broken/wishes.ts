import { DateTime, Effect } from "effect"
import { type Book, BookNotFound } from "../../../src/domain/Book.js"
import type { CustomerId } from "../../../src/domain/Id.js"
import { AlreadyWished, type Wish, WishedBook, WishNotFound } from "../../../src/domain/Wish.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { noTransactions } from "./transactor.js"

const changing = (flaw: (wishes: Ports["wishes"], real: Ports) => Partial<Ports["wishes"]>) =>
  breaking((real) => ({ wishes: { ...real.wishes, ...flaw(real.wishes, real) } }))

const booksOfThen = changing(({ add, page }) => {
  const then = new Map<string, Book>()
  return {
    add: (wish) => Effect.tap(add(wish), ({ book }) => void then.set(wish.id, book)),
    page: (customer, request) =>
      Effect.map(page(customer, request), ({ items, total }) => ({
        items: items.map(({ wish, book }) => new WishedBook({ wish, book: then.get(wish.id) ?? book })),
        total
      }))
  }
})

/** All wishes of a customer in another order. */
const sorted = (order: (a: Wish, b: Wish) => number) =>
  changing(({ after }) => ({
    page: (customer, { page, size }) =>
      Effect.map(after(customer, null, 1000), (all) => ({
        items: all.toSorted((a, b) => order(a.wish, b.wish)).slice((page - 1) * size, page * size),
        total: all.length
      }))
  }))

const age = ({ addedAt }: Wish) => -DateTime.toEpochMillis(addedAt)
const oldestFirst = sorted((a, b) => age(b) - age(a) || (a.id < b.id ? 1 : -1))
const tiesAscending = sorted((a, b) => age(a) - age(b) || (a.id < b.id ? -1 : 1))

const totalOfPage = changing(({ page }) => ({
  page: (customer, request) => Effect.map(page(customer, request), ({ items }) => ({ items, total: items.length }))
}))

const byTimeAlone = changing(({ after }) => ({
  after: (customer, position, limit) =>
    Effect.map(after(customer, null, 1000), (all) =>
      all
        .filter(({ wish }) => position === null || DateTime.toEpochMillis(wish.addedAt) < Number(position[0]))
        .slice(0, limit)
    )
}))

const refusedButReplaced = changing(({ add, remove }) => ({
  add: (wish) =>
    Effect.tapErrorTag(add(wish), "AlreadyWished", () =>
      Effect.ignore(Effect.zipRight(remove(wish.customerId, wish.bookId), add(wish)))
    )
}))

const anybodysWish = changing(({ add, remove }) => {
  const owners = new Map<string, CustomerId>()
  return {
    add: (wish) => Effect.tap(add(wish), () => void owners.set(wish.bookId, wish.customerId)),
    remove: (customer, book) => remove(owners.get(book) ?? customer, book)
  }
})

/** And the move is no transaction. */
const removeLooksFirst = breaking(({ wishes, transactor }) => ({
  transactor: { ...transactor, transact: (effect) => effect },
  wishes: {
    ...wishes,
    remove: (customer, book) =>
      Effect.gen(function* () {
        const there = yield* wishes.after(customer, null, 1000)
        if (there.every(({ wish }) => wish.bookId !== book)) return yield* new WishNotFound({ bookId: book })
        yield* Effect.sleep("3 millis")
        yield* Effect.ignore(wishes.remove(customer, book))
      })
  }
}))

const removesNothing = changing(({ after }) => ({
  remove: (customer, book) =>
    Effect.flatMap(after(customer, null, 1000), (there) =>
      there.some(({ wish }) => wish.bookId === book) ? Effect.void : new WishNotFound({ bookId: book })
    )
}))

/** Books that are removed are no longer found, and nothing else. */
const removedByName = breaking(({ books }) => {
  const gone = new Set<string>()
  const notFound = (id: Book["id"]) => new BookNotFound({ bookId: id })
  return {
    books: {
      ...books,
      get: (id) => (gone.has(id) ? notFound(id) : books.get(id)),
      remove: (id) =>
        Effect.suspend(() => (gone.has(id) ? notFound(id) : Effect.map(books.get(id), () => void gone.add(id))))
    }
  }
})

/** Wishlists beside the store, without its constraint and its locks. */
const beside = ({ looksFirst, forgets }: { readonly looksFirst: boolean; readonly forgets: boolean }) =>
  breaking(({ books }) => {
    let all: ReadonlyArray<Wish> = []
    const is = (customer: CustomerId, book: string) => (wish: Wish) =>
      wish.customerId === customer && wish.bookId === book
    const listOf = (customer: CustomerId) =>
      Effect.map(
        Effect.forEach(
          all.filter(({ customerId }) => customerId === customer),
          (wish) =>
            books.get(wish.bookId).pipe(
              Effect.map((book) => [new WishedBook({ wish, book })]),
              Effect.catchTag("BookNotFound", () => Effect.succeed([]))
            )
        ),
        (found) => found.flat().toSorted((a, b) => age(a.wish) - age(b.wish) || (a.wish.id < b.wish.id ? 1 : -1))
      )
    return {
      books: {
        ...books,
        remove: (id) =>
          Effect.tap(books.remove(id), () => {
            if (forgets) all = all.filter(({ bookId }) => bookId !== id)
          })
      },
      wishes: {
        add: (wish) =>
          Effect.gen(function* () {
            const book = yield* books.get(wish.bookId)
            if (all.some(is(wish.customerId, wish.bookId))) return yield* new AlreadyWished({ bookId: wish.bookId })
            if (looksFirst) yield* Effect.sleep("3 millis")
            all = [...all, wish]
            return new WishedBook({ wish, book })
          }),
        remove: (customer, book) =>
          Effect.suspend(() => {
            if (!all.some(is(customer, book))) return new WishNotFound({ bookId: book })
            all = all.filter((wish) => !is(customer, book)(wish))
            return Effect.void
          }),
        page: (customer, { page, size }) =>
          Effect.map(listOf(customer), (found) => ({
            items: found.slice((page - 1) * size, page * size),
            total: found.length
          })),
        after: (customer, _, limit) => Effect.map(listOf(customer), (found) => found.slice(0, limit))
      }
    }
  })

const looksFirst = beside({ looksFirst: true, forgets: true })
const neverForgets = beside({ looksFirst: false, forgets: false })

export const wishes: Flaws = {
  "a wish is answered and listed as it was, with its book of today, whatever the customer is called": {
    "books are those of then": booksOfThen
  },
  "wishes are listed newest first, ties by descending id; pages and cursors walk through the same, each once, and a page past the end has the total":
    {
      "oldest first": oldestFirst,
      "ties by ascending id": tiesAscending,
      "the total is that of the page": totalOfPage,
      "a cursor goes by time alone": byTimeAlone
    },
  "a second wish for a book is refused and leaves the first as it was, and so is one for a book that is not there": {
    "the second replaces the first": refusedButReplaced
  },
  "of twenty that wish for one book as one customer at once, one succeeds": {
    "the wishlist is checked first": looksFirst
  },
  "somebody else's wish does not exist, nor does one that was never there; one that is removed is gone, and no other": {
    "a wish is anybody's": anybodysWish
  },
  "a book that was removed is out of every wishlist, and no other book is": { "it stays": neverForgets },
  "no wish outlives a book that is removed while ten customers wish for it": {
    "the book is looked for first": looksFirst,
    "wishes stay": neverForgets
  },
  "of ten that move one wish to the cart at once one does: there is one line, and no wish": {
    "the wish is looked for first": removeLooksFirst,
    "the wish stays": removesNothing
  },
  "a wish whose book the cart refuses stays, and so does the cart; what is no wish of the customer's is not moved": {
    "each call by itself": noTransactions
  },
  "a wish that was moved in a transaction that is rolled back is where it was": {
    "each call by itself": noTransactions
  },
  "a book that is removed while its wishes are moved leaves neither wish nor line": { "lines stay": removedByName }
}
