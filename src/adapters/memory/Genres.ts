import { Effect, Either, HashMap, Layer, Option, Schema } from "effect"
import { Genre, GenreConflict, GenreNotFound, key } from "../../domain/Genre.js"
import * as Text from "../../domain/Text.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<GenreRepository, never, Store> = Layer.effect(
  GenreRepository,
  Effect.map(Store, (store) => ({
    add: (genre) => store.change((state) => add(state, genre)),

    get: (id) =>
      store.read(({ genres }) => Either.fromOption(HashMap.get(genres, id), () => new GenreNotFound({ genreId: id }))),

    ensure: (genres) => store.change((state) => ensure(state, genres)),

    all: store.read(({ genres }) =>
      Either.right(
        [...HashMap.values(genres)].sort((a, b) => Text.compare(key(a.name), key(b.name)) || Text.compare(a.id, b.id))
      )
    )
  }))
)

// internal

const isSound = Schema.is(Schema.Struct(Genre.fields))

const add = (state: State, genre: Genre): Change<void, GenreConflict | StoreError> =>
  HashMap.has(state.genreKeys, key(genre.name))
    ? Either.left(new GenreConflict({ name: genre.name }))
    : insert(state, "GenreRepository.add", genre)

const insert = (state: State, operation: string, genre: Genre): Change<void> =>
  !isSound(genre)
    ? violation(operation, "a genre is as its schema says")
    : HashMap.has(state.genres, genre.id)
      ? violation(operation, "a genre has an id of its own")
      : leave(undefined, {
          ...state,
          genres: HashMap.set(state.genres, genre.id, genre),
          genreKeys: HashMap.set(state.genreKeys, key(genre.name), genre.id)
        })

const named = (state: State, name: string): Option.Option<Genre> =>
  Option.flatMap(HashMap.get(state.genreKeys, key(name)), (id) => HashMap.get(state.genres, id))

const ensure = (state: State, genres: ReadonlyArray<Genre>): Change<ReadonlyArray<Genre>> =>
  Either.gen(function* () {
    let next = state
    const answers: Array<Genre> = []
    for (const genre of genres) {
      const known = named(next, genre.name)
      if (Option.isNone(known)) [, next] = yield* insert(next, "GenreRepository.ensure", genre)
      answers.push(Option.getOrElse(known, () => genre))
    }
    return [answers, next] as const
  })
