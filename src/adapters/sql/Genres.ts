import { type Context, Effect } from "effect"
import { type Genre, GenreConflict, GenreNotFound, key } from "../../domain/Genre.js"
import * as SearchText from "../../domain/SearchText.js"
import type { GenreRepository } from "../../ports/GenreRepository.js"
import type { Database } from "./Database.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<GenreRepository> => {
  const { sql, run, write, join, recordset } = database

  const insert = (operation: string, genres: ReadonlyArray<Genre>) => {
    const rows = genres.map(({ id, name }) => ({ id, name, key: key(name), words: SearchText.words(name).join(" ") }))
    return write(
      operation,
      sql`INSERT INTO octavo_genres (id, name, key, words)
SELECT v.id, v.name, v.key, v.words FROM ${recordset(rows, columns)} AS v WHERE true
ON CONFLICT (key) DO NOTHING`
    )
  }

  return {
    add: (genre) =>
      Effect.flatMap(insert("GenreRepository.add", [genre]), (added) =>
        added === 0 ? Effect.fail(new GenreConflict({ name: genre.name })) : Effect.void
      ),

    get: (id) =>
      Effect.flatMap(
        run("GenreRepository.get", sql<Rows.GenreRow>`SELECT id, name FROM octavo_genres WHERE id = ${id}`),
        ([row]) =>
          row === undefined ? Effect.fail(new GenreNotFound({ genreId: id })) : Effect.sync(() => Rows.genre(row))
      ),

    ensure: (genres) => {
      // In ascending key, so that two that add the same names wait for one another and do not deadlock.
      const byKey = [...new Map([...genres].reverse().map((genre) => [key(genre.name), genre]))]
      const rows = byKey.map(([key]) => ({ key }))
      const there = Effect.map(
        run(
          "GenreRepository.ensure",
          sql<Rows.GenreRow>`SELECT g.id, g.name FROM octavo_genres g
WHERE g.key IN (SELECT v.key FROM ${recordset(rows, { key: "text" })} AS v)`
        ),
        (found) => new Map(found.map((row) => [key(row.name), Rows.genre(row)]))
      )
      return join(
        Effect.gen(function* () {
          if (genres.length === 0) return []
          let known = yield* there
          const missing = byKey.flatMap(([name, genre]) => (known.has(name) ? [] : [genre])).sort(inOrder)
          if (missing.length > 0) {
            yield* insert("GenreRepository.ensure", missing)
            known = yield* there
          }
          return genres.map((genre) => known.get(key(genre.name)) ?? genre)
        })
      )
    },

    all: Effect.map(
      run("GenreRepository.all", sql<Rows.GenreRow>`SELECT id, name FROM octavo_genres ORDER BY key, id`),
      (rows) => rows.map(Rows.genre)
    )
  }
}

// internal

const columns = { id: "uuid", name: "text", key: "text", words: "text" } as const

const inOrder = (a: Genre, b: Genre) => (key(a.name) < key(b.name) ? -1 : 1)
