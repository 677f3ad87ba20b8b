/** What a book is found, sorted and recognised by, worked out once for each version of it. */
import type { Book } from "../../domain/Book.js"
import * as BookQuery from "../../domain/BookQuery.js"
import type { Genre } from "../../domain/Genre.js"
import * as Import from "../../domain/Import.js"
import * as SearchText from "../../domain/SearchText.js"
import * as Text from "../../domain/Text.js"

export interface Words {
  readonly title: ReadonlyArray<string>
  /** The words of title and author, each after a line break: no word holds one, so a word begins where one is. */
  readonly text: string
  readonly titleKey: string
  /** The author's name as a filter looks for it. */
  readonly author: string
  /** Equal for two books without ISBN that are one book. */
  readonly identity: string
}

export const of = (book: Book): Words => {
  const known = words.get(book)
  if (known !== undefined) return known
  const title = SearchText.words(book.title)
  const author = SearchText.words(book.author)
  const titleKey = BookQuery.titleKey(book.title)
  const made: Words = {
    title,
    text: lines([...title, ...author]),
    titleKey,
    author: Text.fold(book.author),
    identity: Import.identity(book)
  }
  words.set(book, made)
  return made
}

/** The words of the genre's name, each after a line break. */
export const ofGenre = (genre: Genre): string => {
  const known = genreWords.get(genre)
  if (known !== undefined) return known
  const made = lines(SearchText.words(genre.name))
  genreWords.set(genre, made)
  return made
}

/** How a text of lines holds a word that begins with `prefix`. */
export const beginning = (prefix: string): string => lines([prefix])

// internal

const words = new WeakMap<Book, Words>()
const genreWords = new WeakMap<Genre, string>()

const lines = (words: ReadonlyArray<string>) => words.map((word) => `\n${word}`).join("")
