/**
 * One rule that cuts text into words, for what is stored and for what is asked, so that every store finds the same
 * books. A word is letters, digits and marks only: it needs no quoting in any store's query language.
 */

/** The words of a text, in order: case and accents folded, inner punctuation dropped, initials drawn together. */
export const words = (text: string): ReadonlyArray<string> => {
  const found = fold(text)
    .replace(initials, (run) => `${run.replace(/[^\p{L}]/gu, "")} `)
    .replace(innerPunctuation, "")
    .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu)
  return found === null ? [] : found.map(shorten)
}

/** The words of a query, without repetition, of which only the first 16 count. */
export const query = (text: string): ReadonlyArray<string> => [...new Set(words(text))].slice(0, 16)

/** Every word asked for begins some word of the text. */
export const matches = (asked: ReadonlyArray<string>, text: ReadonlyArray<string>): boolean =>
  asked.every((prefix) => begins(prefix, text))

/** How well a book answers: 0 when its title alone matches, 1 when the title has some word, 2 when none. */
export const relevance = (asked: ReadonlyArray<string>, title: ReadonlyArray<string>): 0 | 1 | 2 =>
  matches(asked, title) ? 0 : asked.some((prefix) => begins(prefix, title)) ? 1 : 2

// internal

const begins = (prefix: string, text: ReadonlyArray<string>) => text.some((word) => word.startsWith(prefix))

/** Longer words are cut, on both sides alike, so that any of them fits an index entry. */
const shorten = (word: string) => (word.length <= 64 ? word : word.slice(0, 64).replace(/[\ud800-\udbff]$/, ""))

/** "J. R. R. Tolkien" and "J.R.R. Tolkien" are both "jrr tolkien". */
const initials = /(?<![\p{L}\p{N}])(?:\p{L}\.\s*){2,}/gu

/** "O'Brien" is "obrien", "Ph.D" is "phd". */
const innerPunctuation = /(?<=[\p{L}\p{N}])['’ʼ`´.·](?=[\p{L}\p{N}])/gu

const fold = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(accents, "")
    .replace(/[ßæœøłđðþıς]/g, (letter) => unaccented[letter] ?? letter)

/** Marks of Latin, Greek and Cyrillic, and the optional points of Hebrew and Arabic; elsewhere a mark makes another letter. */
const accents = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g

const unaccented: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ς: "σ"
}
