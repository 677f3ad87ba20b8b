import { Context, type Effect } from "effect"
import type { Genre, GenreConflict, GenreId, GenreNotFound } from "../domain/Genre.js"
import type { StoreError } from "./StoreError.js"

/** Genres, one of each name. */
export class GenreRepository extends Context.Tag("octavo/GenreRepository")<
  GenreRepository,
  {
    /** Refuses a name that is there in whatever case, by constraint. */
    readonly add: (genre: Genre) => Effect.Effect<void, GenreConflict | StoreError>
    readonly get: (id: GenreId) => Effect.Effect<Genre, GenreNotFound | StoreError>
    /** Adds those whose name is not there yet, and answers each name's genre, in the order given. */
    readonly ensure: (genres: ReadonlyArray<Genre>) => Effect.Effect<ReadonlyArray<Genre>, StoreError>
    /** By name: by `Genre.key`, then id, in code point order. */
    readonly all: Effect.Effect<ReadonlyArray<Genre>, StoreError>
  }
>() {}
