/** Text that every store keeps alike: well-formed Unicode without NUL, in NFC. */
import { Schema } from "effect"

/** Well formed (no lone surrogate) and without NUL; PostgreSQL refuses both, SQLite would keep them. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/** The length in code points, as PostgreSQL and JSON Schema count. */
export const length = (text: string): number => {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) if (isHighSurrogate(text.charCodeAt(i))) count--
  return count
}

/** Equal for texts that differ in case only; accents count. */
export const fold = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("ς", "σ")

/** By code point, as `COLLATE "C"` over UTF-8 and SQLite's BINARY order. */
export const compare = (a: string, b: string): -1 | 0 | 1 => {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) < rank(y) ? -1 : 1
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1
}

/** Storable text of at most `maximum` code points, kept as it is. */
export const bounded = (maximum: number) =>
  Schema.String.pipe(
    Schema.filter((text) => isStorable(text) && length(text) <= maximum, {
      message: () => `must be well-formed text without NUL, of at most ${maximum} characters`,
      jsonSchema: { maxLength: maximum }
    })
  )

/** Storable text with something to see in it, of 1 to `maximum` code points. */
export const visible = (maximum: number) =>
  Schema.String.pipe(
    Schema.filter((text) => isStorable(text) && length(text) <= maximum && !isBlank(text), {
      message: () => `must be well-formed text without NUL, not blank, of at most ${maximum} characters`,
      jsonSchema: { minLength: 1, maxLength: maximum }
    })
  )

/** Reads input into `schema`, trimmed and in NFC. */
export const tidied = <A extends string>(schema: Schema.Schema<A, string>) =>
  Schema.transform(Schema.String, schema, {
    strict: true,
    decode: (text) => text.normalize("NFC").trim(),
    encode: (text) => text
  })

/** Nothing that a reader would see: white space, controls and invisible formatting only. */
export const isBlank = (text: string): boolean => !/[^\s\p{Cc}\p{Cf}\p{Z}]/u.test(text)

// internal

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00

// A surrogate stands for a code point above U+FFFF, and so sorts after U+E000..U+FFFF.
const rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit)
