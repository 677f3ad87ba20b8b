import { Effect } from "effect"
import type { Book } from "../../../src/domain/Book.js"
import type { BookQuery } from "../../../src/domain/BookQuery.js"
import { Genre, key } from "../../../src/domain/Genre.js"
import type { Merged } from "../../../src/ports/BookRepository.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"
import { findAndSave } from "./books.js"

const changing = (flaw: (genres: Ports["genres"]) => Partial<Ports["genres"]>) =>
  breaking(({ genres }) => ({ genres: { ...genres, ...flaw(genres) } }))

const normalised = changing(({ get }) => ({
  get: (id) => Effect.map(get(id), (genre) => new Genre({ ...genre, name: genre.name.normalize("NFC") }))
}))

const byRawName = changing(({ all }) => ({
  all: Effect.map(all, (genres) => genres.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
}))

const conflictIgnored = changing(({ add }) => ({
  add: (genre) => Effect.catchTag(add(genre), "GenreConflict", () => Effect.void)
}))

const ensuredSorted = changing(({ ensure }) => ({
  ensure: (wanted) =>
    Effect.map(ensure(wanted), (genres) => genres.toSorted((a, b) => (key(a.name) < key(b.name) ? -1 : 1)))
}))

export const genres: Flaws = {
  "a genre that was added is found as it was; one that nobody added is not": { "text is normalised": normalised },
  "genres are listed by name, by code point, case folded": { "by the name as written": byRawName },
  "a genre's name that is there in whatever case is refused, and nothing is written": {
    "the conflict is ignored": conflictIgnored
  },
  "of twenty that add one name at once, one succeeds": { "the conflict is ignored": conflictIgnored },
  "ensure adds the names that are missing, and answers each name's genre in the order given, to all at once": {
    "answers come by name": ensuredSorted
  }
}

const merging = (flaw: (books: Ports["books"]) => Ports["books"]["merge"]) =>
  breaking(({ books }) => ({ books: { ...books, merge: flaw(books) } }))

const byExactTitle = merging(
  ({ merge }) =>
    (books, decide) =>
      merge(books, (incoming, existing, apart) =>
        decide(incoming, existing?.isbn === null && existing.title !== incoming.title ? null : existing, apart)
      )
)

const reversed = merging(
  ({ merge }) =>
    (books, decide) =>
      Effect.map(merge(books, decide), (answers) => answers.toReversed())
)

const oneByOne = merging(
  ({ merge }) =>
    (books, decide) =>
      Effect.map(
        Effect.forEach(books, (book) => merge([book], decide)),
        (answers) => answers.flat()
      )
)

const doubles = merging(
  ({ add, merge }) =>
    (books, decide) =>
      Effect.map(
        Effect.forEach(
          books,
          (book): Effect.Effect<ReadonlyArray<Merged>, never> =>
            Effect.orDie(book.isbn === null ? Effect.as(add(book), ["added"] as const) : merge([book], decide))
        ),
        (answers) => answers.flat()
      )
)

const hundredAtMost = merging(
  ({ merge }) =>
    ([first, ...more], decide) =>
      merge([first, ...more.slice(0, 99)], decide)
)

export const imports: Flaws = {
  "a book is known by its ISBN, or without one by the words of title and author and the date among those without": {
    "by the title as written": byExactTitle
  },
  "what is decided is kept, null leaves things as they are, and the answers come in the order given": {
    "answers in reverse": reversed
  },
  "books are put in all or none": { "one by one": oneByOne },
  "of many that put in the same books at once, none doubles a book and every change is kept": {
    "books without ISBN are always added": doubles
  },
  "no change of a book is lost to an import of it": { "find and save": findAndSave },
  "a thousand books are put in at once": { "the first hundred alone": hundredAtMost }
}

const indexing = (flaw: (index: Ports["index"], real: Ports) => Partial<Ports["index"]>) =>
  breaking((real) => ({ index: { ...real.index, ...flaw(real.index, real) } }))

/** Every query is changed before it is asked. */
const asking = (change: (query: BookQuery) => BookQuery) =>
  indexing(({ page, after }) => ({
    page: (query, request) => page(change(query), request),
    after: (query, position, limit) => after(change(query), position, limit)
  }))

const stopWords = asking((query) => ({
  ...query,
  words: query.words?.filter((word) => word !== "the" && word !== "not") ?? null
}))

const wildcards = asking((query) => ({ ...query, author: query.author?.replace(/[%_]/g, "") ?? null }))

const reversedWhole = indexing(({ after }) => ({
  after: (query, position, limit) =>
    query.direction === "asc"
      ? after(query, position, limit)
      : Effect.map(after({ ...query, direction: "asc" }, null, 1_000_000), (books) =>
          books.toReversed().slice(0, limit)
        )
}))

const skipsOne = indexing(({ after }) => ({
  after: (query, position, limit) =>
    position === null
      ? after(query, null, limit)
      : Effect.map(after(query, position, limit + 1), (books) => books.slice(1))
}))

const noTotal = indexing(({ page }) => ({
  page: (query, request) =>
    Effect.map(page(query, request), (found) => (found.items.length === 0 ? { items: [], total: 0 } : found))
}))

const afterTheBook = indexing(({ after }, { books }) => ({
  after: (query, position, limit) =>
    Effect.matchEffect(position === null ? Effect.void : books.get(position.at(-1) as Book["id"]), {
      onFailure: () => after(query, null, limit),
      onSuccess: () => after(query, position, limit)
    })
}))

const stale = indexing(({ after }) => {
  const answers = new Map<string, ReadonlyArray<Book>>()
  return {
    after: (query, position, limit) =>
      Effect.suspend(() => {
        const asked = JSON.stringify([query, position, limit])
        const known = answers.get(asked)
        return known !== undefined
          ? Effect.succeed(known)
          : Effect.tap(after(query, position, limit), (books) => void answers.set(asked, books))
      })
  }
})

export const bookIndex: Flaws = {
  "members and order of any query are those that the domain says": { "common words are not searched": stopWords },
  "the part of an author's name is plain text: % and _ and \\ stand for themselves, case does not count": {
    "wildcards match anything": wildcards
  },
  "every sort goes both ways: ties by ascending id, books without a date last": {
    "descending is ascending from behind": reversedWhole
  },
  "pages and cursors walk through the same books, each once": { "one book is skipped": skipsOne },
  "a page past the end is empty, with the total": { "an empty page has no total": noTotal },
  "a list continues after a book that has gone or moved meanwhile": { "the book must be there": afterTheBook },
  "every change of a book shows in the next answer": { "answers are kept": stale }
}
