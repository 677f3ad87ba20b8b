/** Genres, known by name in whatever case. */
import { Array, Effect } from "effect"
import * as Genre from "../../domain/Genre.js"
import * as Text from "../../domain/Text.js"
import { GenreRepository } from "../../ports/GenreRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"

const mine = (made: ReadonlyArray<Genre.Genre>) =>
  Effect.gen(function* () {
    const ids = new Set(made.map(({ id }) => id))
    const genres = yield* GenreRepository
    return (yield* genres.all).filter(({ id }) => ids.has(id))
  })

const found = law(
  "a genre that was added is found as it was; one that nobody added is not",
  Effect.gen(function* () {
    const genres = yield* GenreRepository
    for (const text of Arbitraries.nasty) {
      const genre = yield* Given.genre(`${[...text].slice(0, 60).join("")} ${yield* Given.word}`)
      yield* genres.add(genre)
      yield* same("the genre", yield* genres.get(genre.id), genre)
    }
    const { id } = yield* Given.genre("never added")
    yield* refuses("get", genres.get(id), new Genre.GenreNotFound({ genreId: id }))
  })
)

const sorted = law(
  "genres are listed by name, by code point, case folded",
  Effect.gen(function* () {
    const genres = yield* GenreRepository
    const word = yield* Given.word
    const names = ["b", "A", "É", "e", "Z", "zz", "\uffee", "😀", "ά", "Ω"].map((start) => `${start} ${word}`)
    const made = yield* Effect.forEach(names, Given.genre)
    yield* Effect.forEach(made, genres.add)
    const expected = made.toSorted((a, b) => Text.compare(Genre.key(a.name), Genre.key(b.name)))
    yield* same("the list", yield* mine(made), expected)
  })
)

const conflict = law(
  "a genre's name that is there in whatever case is refused, and nothing is written",
  Effect.gen(function* () {
    const genres = yield* GenreRepository
    const word = yield* Given.word
    const first = yield* Given.genre(`Ένας Élan ΟΔΥΣΣΕΥΣ ${word}`)
    yield* genres.add(first)
    for (const name of [first.name, first.name.toLowerCase(), first.name.toUpperCase(), first.name.normalize("NFD")]) {
      const again = yield* Given.genre(name)
      yield* refuses("adding it again", genres.add(again), new Genre.GenreConflict({ name }))
      yield* refuses("the refused genre", genres.get(again.id), new Genre.GenreNotFound({ genreId: again.id }))
    }
    yield* same("the list", yield* mine([first]), [first])
  })
)

const oneOfTwenty = race(
  "of twenty that add one name at once, one succeeds",
  Effect.gen(function* () {
    const genres = yield* GenreRepository
    const word = yield* Given.word
    const { successes, failures } = yield* atOnce(20, (i) =>
      Effect.tap(Given.genre(i % 2 === 0 ? word : word.toUpperCase()), genres.add)
    )
    yield* same("how many were added", successes.length, 1)
    yield* onlyRefusals(failures, ["GenreConflict"])
    const named = (yield* genres.all).filter(({ name }) => Genre.key(name) === word)
    yield* same("the genres of that name", named, successes)
  })
)

const ensured = race(
  "ensure adds the names that are missing, and answers each name's genre in the order given, to all at once",
  Effect.gen(function* () {
    const genres = yield* GenreRepository
    const words = yield* Effect.all(Array.makeBy(6, () => Given.word))
    const there = yield* Given.genre(words[0] ?? "")
    yield* genres.add(there)
    const wanted = (i: number) =>
      Effect.forEach(i % 2 === 0 ? words : words.map((w) => w.toUpperCase()).reverse(), Given.genre)
    const { successes, failures } = yield* atOnce(8, (i) =>
      Effect.map(Effect.flatMap(wanted(i), genres.ensure), (answer) => (i % 2 === 0 ? answer : [...answer].reverse()))
    )
    yield* onlyRefusals(failures, [])
    for (const answer of successes) {
      yield* same(
        "the names",
        answer.map(({ name }) => Genre.key(name)),
        words
      )
      yield* same("the genres that all are answered", answer, successes[0])
    }
    yield* same("the one that was there", successes[0]?.[0], there)
    const named = (yield* genres.all).filter(({ name }) => words.includes(Genre.key(name)))
    yield* same("how many there are", named.length, words.length)
  })
)

export const genres: ReadonlyArray<Law> = [found, sorted, conflict, oneOfTwenty, ensured]
