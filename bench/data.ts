/** Catalogues that are the same in every run: words with the frequencies of real titles, or the titles of a CSV file. */
import { readFileSync } from "node:fs"
import { parse } from "csv-parse/sync"
import type { RowInput } from "../src/domain/Import.js"

/** `size` rows of a catalogue; `file` is a CSV whose columns `title` and `authors` (or `author`) are gone through in turn. */
export const catalogue = (size: number, file?: string): ReadonlyArray<RowInput> => {
  const random = generator(size)
  const name = file === undefined ? invented(random) : read(file)
  return Array.from({ length: size }, (_, i) => ({
    ...name(i),
    isbn: isbn(i),
    price: `${5 + Math.floor(random() * 60)}.${random() < 0.5 ? "99" : "50"}`,
    stock: 1_000_000_000,
    genre: pick(genres, random),
    description: random() < 0.5 ? sentence(random, 12 + Math.floor(random() * 30)) : null,
    coverImageUrl: random() < 0.8 ? `https://covers.example.org/${i}.jpg` : null,
    publishDate: random() < 0.9 ? `${1900 + Math.floor(random() * 125)}-0${1 + Math.floor(random() * 9)}-15` : null
  }))
}

/** What readers type: two words of a title, an author's name, the first letters of a title's longest word. */
export const queries = (rows: ReadonlyArray<RowInput>, count: number): ReadonlyArray<string> => {
  const random = generator(count)
  return Array.from({ length: count }, () => {
    const { title, author } = rows[Math.floor(random() * rows.length)] ?? { title: "the", author: "" }
    const words = title.split(" ").sort((a, b) => b.length - a.length)
    const kind = random()
    return kind < 0.5 ? words.slice(0, 2).join(" ") : kind < 0.8 ? author : (words[0] ?? "").slice(0, 4)
  })
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export const generator = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

// internal

type Random = () => number

const pick = <A>(values: ReadonlyArray<A>, random: Random): A => values[Math.floor(random() * values.length)] as A

const common =
  "the of and a in to my is for with on love house night life girl book last secret world dark time king story day lost death little man heart blood city fire boy shadow war summer dead moon one river garden winter sea stone light kingdom road daughter island journey wind".split(
    " "
  )
const given =
  "Anna James Mary John Elena Pierre Sofia William Akiko George Lucia Henrik Nora Gabriel Jane Thomas Zoë José Ingrid Paul Léa Robert Amara Karl".split(
    " "
  )
const genres =
  "Fiction,Fantasy,History,Crime,Romance,Science,Poetry,Travel,Cookery,Biography,Philosophy,Art,Children,Horror,Drama".split(
    ","
  )
const [onsets, vowels, codas] = ["b br c d dr f g gr h k l m n p r s st t th v w".split(" "), "aeiou", "lnrstm"]

/** A word by its rank in Zipf's law: the common ones first, then ever rarer ones. */
const word = (rank: number): string => common[rank] ?? syllables(rank, 2 + (rank % 2))

const syllables = (seed: number, count: number) => {
  const random = generator(seed)
  return (
    Array.from({ length: count }, () => pick(onsets, random) + pick([...vowels], random)).join("") +
    pick([...codas], random)
  )
}

const zipf = (random: Random) => Math.floor(20_000 ** random()) - 1

const sentence = (random: Random, length: number) => Array.from({ length }, () => word(zipf(random))).join(" ")

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const invented = (random: Random) => () => ({
  title: capital(sentence(random, 1 + Math.floor(random() * 6))),
  author: `${pick(given, random)} ${capital(syllables(zipf(random), 2))}`
})

const read = (file: string) => {
  const rows: ReadonlyArray<Record<string, string>> = parse(readFileSync(file), { columns: true, bom: true })
  return (i: number) => {
    const row = rows[i % rows.length] ?? {}
    return { title: row.title || "Untitled", author: row.author || row.authors || "Anonymous" }
  }
}

const isbn = (i: number) => {
  const digits = `978${String(i).padStart(9, "0")}`
  const sum = [...digits].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 === 0 ? 1 : 3), 0)
  return digits + ((10 - (sum % 10)) % 10)
}
