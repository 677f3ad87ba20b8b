/** Many books at once: each row is put in, brought up to date, left as it was, or refused by itself. */
import { Array, Context, DateTime, Effect, Either, Layer } from "effect"
import * as Book from "../domain/Book.js"
import * as Genre from "../domain/Genre.js"
import * as Import from "../domain/Import.js"
import * as Input from "../domain/Input.js"
import { BookRepository, type Merged } from "../ports/BookRepository.js"
import { GenreRepository } from "../ports/GenreRepository.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import { Transactor } from "../ports/Transactor.js"
import * as Stocking from "./Stocking.js"

/** What became of a row. */
export type Imported = Either.Either<Merged, Input.InvalidInput>

interface Candidate {
  readonly at: number
  readonly row: Import.Row
  readonly book: Book.Book
}

const make = Effect.gen(function* () {
  const books = yield* BookRepository
  const genres = yield* GenreRepository
  const ids = yield* IdGenerator
  const stocking = yield* Stocking.make
  const { transact } = yield* Transactor
  const { currency } = yield* StoreSettings

  const decodeRow = Input.decode(Import.Row(currency))
  const decodeOptions = Input.decode(Import.Options(currency))

  const genreIds = (rows: ReadonlyArray<Import.Row>) =>
    Effect.gen(function* () {
      const named = rows.flatMap(({ genre }) => (genre == null ? [] : [genre]))
      // The first spelling of a name is the one that is kept.
      const names = new Map(named.reverse().map((name) => [Genre.key(name), name])).values()
      const wanted = yield* Effect.forEach(names, (name) =>
        Effect.map(ids.next, (id) => new Genre.Genre({ id: Genre.GenreId.make(id), name }))
      )
      const there = wanted.length === 0 ? [] : yield* genres.ensure(wanted)
      return new Map(there.map(({ id, name }) => [Genre.key(name), id]))
    })

  return {
    /**
     * Puts rows in, all in one transaction; the answers come in their order. A row that is the same book as an earlier
     * one of the batch meets it as a book that is there already.
     */
    merge: Effect.fn("Imports.merge")(function* (
      inputs: ReadonlyArray<Import.RowInput>,
      options: Import.OptionsInput = {}
    ) {
      if (!globalThis.Array.isArray(inputs)) return yield* Input.invalid("", "must be a list of rows")
      const { existing, defaults } = yield* decodeOptions(options)
      const createdAt = yield* DateTime.now
      const answers: globalThis.Array<Imported> = []
      const rows = inputs.flatMap((input, at) => {
        const row = Either.flatMap(decodeRow(input), (row) => {
          const price = row.price ?? defaults.price
          return price == null ? Either.left(Input.invalid("price", "is missing")) : Either.right({ at, row, price })
        })
        if (Either.isRight(row)) return [row.right]
        answers[at] = Either.left(row.left)
        return []
      })
      yield* transact(
        Effect.gen(function* () {
          const genreOf = yield* genreIds(rows.map(({ row }) => row))
          const candidates: ReadonlyArray<Candidate> = yield* Effect.forEach(rows, ({ at, row, price }) =>
            Effect.map(ids.next, (id) => ({
              at,
              row,
              book: Book.make(
                { ...row, price },
                {
                  id: Book.BookId.make(id),
                  genreId: row.genre == null ? null : (genreOf.get(Genre.key(row.genre)) ?? null),
                  createdAt,
                  stock: row.stock ?? defaults.stock ?? Book.Stock.make(0)
                }
              )
            }))
          )
          for (const round of rounds(candidates)) {
            const said = new Map(round.map(({ book, row }) => [book.id, row]))
            const decide = Import.decide(existing, (book) => said.get(book.id))
            const changed = new Map<Book.BookId, Stocking.Changed>()
            const merged = yield* books.merge(
              Array.map(round, ({ book }) => book),
              (incoming, before, apart) => {
                const after = decide(incoming, before, apart)
                if (before !== null && after !== null) changed.set(before.id, { before, after })
                return after
              }
            )
            yield* stocking.told([...changed.values()])
            for (const [i, { at }] of round.entries()) answers[at] = Either.right(merged[i] ?? "kept")
          }
        })
      )
      return answers as ReadonlyArray<Imported>
    })
  }
})

/** The way in for many books. */
export class Imports extends Context.Tag("octavo/Imports")<Imports, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(Imports, make)

// internal

/** The candidates in rounds, no two of one book in the same round, their order kept. */
const rounds = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Array.NonEmptyArray<Candidate>> => {
  const seen = new Map<string, number>()
  const all: globalThis.Array<Array.NonEmptyArray<Candidate>> = []
  for (const candidate of candidates) {
    const identity = Import.identity(candidate.book)
    const round = seen.get(identity) ?? 0
    seen.set(identity, round + 1)
    const members = all[round]
    if (members === undefined) all.push([candidate])
    else members.push(candidate)
  }
  return all
}
