import { Effect, Either } from "effect"
import { Book, BookNotFound, IsbnConflict, Stock } from "../../../src/domain/Book.js"
import { InsufficientStock } from "../../../src/domain/Checkout.js"
import { breaking, colliding, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (books: Ports["books"], real: Ports) => Partial<Ports["books"]>) =>
  breaking((real) => ({ books: { ...real.books, ...flaw(real.books, real) } }))

const withStock = (book: Book, stock: number) => new Book({ ...book, stockQuantity: Stock.make(Math.max(0, stock)) })

const normalised = changing(({ get }) => ({
  get: (id) => Effect.map(get(id), (book) => new Book({ ...book, title: book.title.normalize("NFC") }))
}))

const removesNothing = changing(({ remove }) => ({
  remove: (id) => Effect.catchTag(remove(id), "BookNotFound", () => Effect.void)
}))

const halfAdded = changing(({ add }) => ({
  add: (book) =>
    Effect.tapErrorTag(add(book), "IsbnConflict", () => Effect.ignore(add(new Book({ ...book, isbn: null }))))
}))

const isbnNeverFree = changing(({ add }) => {
  const used = new Set<string>()
  return {
    add: (book) =>
      Effect.suspend(() => {
        if (book.isbn === null) return add(book)
        if (used.has(book.isbn)) return new IsbnConflict({ isbn: book.isbn })
        used.add(book.isbn)
        return add(book)
      })
  }
})

const isbnCheckedFirst = changing(({ add }) => {
  const used = new Set<string>()
  return {
    add: (book) =>
      Effect.gen(function* () {
        if (book.isbn !== null && used.has(book.isbn)) return yield* new IsbnConflict({ isbn: book.isbn })
        yield* Effect.yieldNow()
        if (book.isbn !== null) used.add(book.isbn)
        yield* add(new Book({ ...book, isbn: null }))
      })
  }
})

const answersOld = changing(({ get, modify }) => ({
  modify: (id, decide) => Effect.flatMap(get(id), (before) => Effect.as(modify(id, decide), before))
}))

const refusedButChanged = changing(({ modify }) => ({
  modify: (id, decide) =>
    Effect.tapError(modify(id, decide), () => Effect.ignore(modify(id, (book) => Either.right(withStock(book, 0)))))
}))

export const findAndSave = changing(({ get, modify }) => ({
  modify: (id, decide) =>
    Effect.gen(function* () {
      const next = yield* decide(yield* get(id))
      yield* Effect.yieldNow()
      return yield* modify(id, () => Either.right(next))
    })
}))

const stillInCarts = changing(({ get, remove }) => {
  const gone = new Set<string>()
  const found = (id: Book["id"]) => (gone.has(id) ? new BookNotFound({ bookId: id }) : get(id))
  return {
    get: (id) => Effect.suspend(() => found(id)),
    remove: (id) => Effect.flatMap(found(id), (book) => (gone.add(book.id).size > 0 ? Effect.void : remove(id)))
  }
})

export const books: Flaws = {
  "a book that was added is found as it was, in every field": { "text is normalised": normalised },
  "a book that nobody added is not found": { "removing nothing succeeds": removesNothing },
  "an ISBN that another book has is refused, and nothing is written": {
    "the refused book is added without its ISBN": halfAdded
  },
  "an ISBN is free again once its book has another, or is gone; books without one never conflict": {
    "an ISBN is used up": isbnNeverFree
  },
  "of fifty that add one ISBN at once, one succeeds": { "the ISBN is checked before it is written": isbnCheckedFirst },
  "a change is answered and kept in every field": { "the book before the change is answered": answersOld },
  "a decision that refuses changes nothing, and its refusal is answered": {
    "a refusal empties the shelf": refusedButChanged
  },
  "twenty concurrent changes of one book are all kept": { "find and save": findAndSave },
  "a book that was removed is gone, and out of every cart": { "carts keep it": stillInCarts },
  "no cart holds a book that was removed while it was put in": { "carts keep it": stillInCarts }
}

const lineByLine = changing(({ reserve }) => ({
  reserve: (copies) => Effect.forEach(copies, (line) => reserve([line]), { discard: true })
}))

const firstShort = changing(({ reserve }) => ({
  reserve: (copies) =>
    Effect.catchTag(reserve(copies), "InsufficientStock", ({ items }) => new InsufficientStock({ items: [items[0]] }))
}))

const goneSkipped = changing(({ reserve }) => ({
  reserve: (copies) =>
    Effect.catchTag(reserve(copies), "ItemsUnavailable", ({ bookIds }) => {
      const [first, ...more] = copies.filter(({ bookId }) => !bookIds.includes(bookId))
      return first === undefined ? Effect.void : reserve([first, ...more])
    })
}))

export const oversells = changing(({ modify }) => ({
  reserve: (copies) =>
    Effect.forEach(
      copies,
      ({ bookId, quantity }) => modify(bookId, (book) => Either.right(withStock(book, book.stockQuantity - quantity))),
      { discard: true }
    ).pipe(Effect.catchTags({ BookNotFound: Effect.die, IsbnConflict: Effect.die }))
}))

const checkedFirst = changing(({ get, modify, reserve }) => ({
  reserve: (copies) =>
    Effect.gen(function* () {
      const there = yield* Effect.forEach(copies, ({ bookId }) => Effect.orDie(get(bookId)))
      yield* Effect.yieldNow()
      const enough = there.every((book, i) => book.stockQuantity >= (copies[i]?.quantity ?? 0))
      if (!enough) return yield* reserve(copies)
      for (const [i, book] of there.entries()) {
        const left = book.stockQuantity - (copies[i]?.quantity ?? 0)
        yield* Effect.orDie(modify(book.id, (is) => Either.right(withStock(is, left))))
      }
    })
}))

const deadlocks = changing(({ reserve }) => {
  const alone = colliding()
  return { reserve: (copies) => alone(reserve(copies)) }
})

export const stock: Flaws = {
  "every copy asked for is reserved, or none": { "line by line": lineByLine },
  "every line that falls short is named at once, with its title and what is there": { "the first alone": firstShort },
  "books that are gone are named as unavailable, and nothing is reserved": { "they are skipped": goneSkipped },
  "one copy goes to one of fifty buyers": { "no guard": oversells, "the stock is checked first": checkedFirst },
  "reservations of the same books in whatever order neither fail nor oversell": {
    "deadlocks reach the caller": deadlocks,
    "the stock is checked first": checkedFirst
  },
  "copies are conserved through hundreds of reservations and returns": { "find and save": findAndSave }
}
