import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Genre } from "../../src/domain/Genre.js"
import { GenreRepository } from "../../src/ports/GenreRepository.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { newId, onFile, testDatabase } from "./sqlStores.js"

const { run } = testDatabase("sqlite", onFile)

const genre = (name: string) => Effect.map(newId, (id) => new Genre({ id: id as Genre["id"], name }))

it("a transaction that SQLite undid on a full disk keeps nothing that came after, though its failure was caught", () =>
  run(
    Effect.gen(function* () {
      const [sql, genres, { transact }] = [yield* SqlClient, yield* GenreRepository, yield* Transactor]
      const [pages] = yield* sql<{ page_count: number }>`PRAGMA page_count`
      yield* sql.unsafe(`PRAGMA max_page_count = ${(pages?.page_count ?? 0) + 2}`)
      const fill = Effect.gen(function* () {
        for (let i = 0; i < 10_000; i++) yield* genres.add(yield* genre(`${i} ${"x".repeat(90)}`))
      })
      const outcome = yield* Effect.flip(
        transact(
          Effect.gen(function* () {
            expect(yield* Effect.flip(fill)).toMatchObject({ _tag: "StoreError" })
            yield* Effect.ignore(genres.add(yield* genre("after")))
          })
        )
      )
      expect(outcome).toMatchObject({ _tag: "StoreError", outcome: "RolledBack" })
      yield* sql.unsafe("PRAGMA max_page_count = 1000000")
      expect(yield* genres.all).toEqual([])
      yield* genres.add(yield* genre("works again"))
      expect((yield* genres.all).map(({ name }) => name)).toEqual(["works again"])
    })
  ))
