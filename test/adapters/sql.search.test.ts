import { Array, Effect, Either, FastCheck } from "effect"
import { expect, it } from "vitest"
import { Book } from "../../src/domain/Book.js"
import * as BookQuery from "../../src/domain/BookQuery.js"
import { Genre } from "../../src/domain/Genre.js"
import * as SearchText from "../../src/domain/SearchText.js"
import * as Text from "../../src/domain/Text.js"
import { BookIndex } from "../../src/ports/BookIndex.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { GenreRepository } from "../../src/ports/GenreRepository.js"
import { aBook, newBook, newId, onBoth } from "./sqlStores.js"

const pieces = [
  ..."aAbBzZ0189 .'’\"*&|!:()\\-_%/,;+^~",
  ..."éÉßẞøæıİſςΣσάёйÅﬁ①²½",
  ..."日本語カガ한글งำضِאָ",
  ..."𝒜𐐀😀\u0301\u200d\u200b\u00ad\u3000\u00a0\u2028\ufeff\ue000\uffff",
  ...["J. R. R. ", "O'Brien", "AND", "OR", "NOT", "NEAR", "search_title", "ﷺ", "㌀", "a\u0308", "<->", "''", "x\\:*"]
]

const text = (maximum: number) =>
  FastCheck.array(FastCheck.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
    .map((parts) => parts.join("").normalize("NFC").slice(0, maximum))
    .filter((text) => text.isWellFormed() && !Text.isBlank(text))

/** A beginning of one of the words of a book, or anything. */
const asked = (books: ReadonlyArray<Book>, seed: number) => {
  const words = books.flatMap(({ title, author }) => [...SearchText.words(title), ...SearchText.words(author)])
  const prefix = FastCheck.tuple(FastCheck.constantFrom(...words, "a"), FastCheck.integer({ min: 1, max: 4 })).map(
    ([word, length]) => [...word].slice(0, length).join("")
  )
  const query = FastCheck.array(FastCheck.oneof(prefix, text(20)), { minLength: 1, maxLength: 3 })
  return FastCheck.sample(
    query.map((parts) => parts.join(" ")),
    { numRuns: 150, seed }
  )
}

onBoth(({ run }) => {
  it("finds the books that the domain finds, in its order, whatever the letters", () =>
    run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        const index = yield* BookIndex
        const genres = yield* GenreRepository
        const genre = new Genre({ id: (yield* newId) as never, name: "Épica O'Fantástica 日本" })
        yield* genres.add(genre)
        const samples = FastCheck.sample(FastCheck.tuple(text(100), text(50), FastCheck.boolean()), {
          numRuns: 300,
          seed: 7
        })
        const kept = yield* Effect.forEach(samples, ([title, author, shelved]) =>
          newBook({ title, author, genreId: shelved ? genre.id : null })
        )
        // Titles whose words are longer than an index entry may be.
        kept.push(yield* newBook({ title: "ﷺ".repeat(500), author: "ﷺ".repeat(255) }))
        kept.push(yield* newBook({ title: `${"ﷺ".repeat(499)}a`, author: "𝒜".repeat(255) }))
        kept.push(
          yield* newBook({
            title: "한글".repeat(250),
            author: "語".repeat(255),
            description: "\u{10ffff}".repeat(10_000)
          })
        )
        if (!Array.isNonEmptyArray(kept)) throw new Error("nothing to search")
        for (const chunk of Array.chunksOf(kept, 50)) yield* Effect.forEach(chunk, books.add, { discard: true })

        const wordsOf = (book: Book) => [
          ...SearchText.words(book.title),
          ...SearchText.words(book.author),
          ...(book.genreId === null ? [] : SearchText.words(genre.name))
        ]
        const standing = (words: ReadonlyArray<string>, { title }: Book) =>
          SearchText.relevance(words, SearchText.words(title))
        let hits = 0
        for (const q of [...asked(kept, 3), "epica", "日本", "ofant", "صلى", "z".repeat(100)]) {
          const query = BookQuery.make({ q })
          if (query === null) continue
          const words = query.words ?? []
          const expected = kept
            .filter((book) => SearchText.matches(words, wordsOf(book)))
            .sort(
              (a, b) =>
                standing(words, a) - standing(words, b) ||
                Text.compare(BookQuery.titleKey(a.title), BookQuery.titleKey(b.title)) ||
                Text.compare(a.id, b.id)
            )
          const found = yield* index.page(query, { page: 1, size: 100 })
          expect(found.total, q).toBe(expected.length)
          expect(
            found.items.map(({ id }) => id),
            q
          ).toEqual(expected.slice(0, 100).map(({ id }) => id))
          hits += found.total
        }
        expect(hits).toBeGreaterThan(1000)

        for (const sort of BookQuery.Sort.literals) {
          for (const direction of BookQuery.Direction.literals) {
            const query = BookQuery.make({ sort, direction })
            if (query === null) throw new Error("everything fits")
            const pages = yield* Effect.forEach([1, 2, 3, 4], (page) => index.page(query, { page, size: 100 }))
            const walked: globalThis.Array<Book> = []
            for (;;) {
              const last = walked.at(-1)
              const more = yield* index.after(query, last === undefined ? null : BookQuery.position(query, last), 17)
              if (more.length === 0) break
              walked.push(...more)
            }
            expect(walked.map(({ id }) => id)).toEqual(pages.flatMap(({ items }) => items).map(({ id }) => id))
            expect(walked).toHaveLength(kept.length)
          }
        }
      })
    ))

  it("finds a book by what it was changed to, and no longer by what it was", () =>
    run(
      Effect.gen(function* () {
        const books = yield* BookRepository
        const index = yield* BookIndex
        const count = (q: string) => {
          const query = BookQuery.make({ q })
          return query === null
            ? Effect.succeed(0)
            : Effect.map(index.page(query, { page: 1, size: 1 }), (_) => _.total)
        }
        const book = yield* aBook({ title: "Xyzzyplugh" })
        expect(yield* count("xyzzy")).toBe(1)
        yield* books.modify(book.id, (book) => Either.right(new Book({ ...book, title: "Plover" })))
        expect([yield* count("xyzzy"), yield* count("plover")]).toEqual([0, 1])
        yield* books.remove(book.id)
        expect(yield* count("plover")).toBe(0)
      })
    ))
})
