/** The first row of a file: which column feeds which field. */
import { Data, Either } from "effect"
import * as Field from "./Field.js"

/** Columns named for a field on the command line. */
export interface Mapping {
  readonly field: Field.Field
  readonly column: string
}

export interface Header {
  readonly columns: ReadonlyArray<string>
  /** For each field its columns, the better source first. */
  readonly sources: ReadonlyMap<Field.Field, ReadonlyArray<number>>
  /** The columns that an earlier rejects file added. */
  readonly added: ReadonlySet<number>
}

export class UnknownColumn extends Data.TaggedError("UnknownColumn")<{ readonly column: string }> {}
export class MissingFields extends Data.TaggedError("MissingFields")<{ readonly fields: ReadonlyArray<Field.Field> }> {}

/** What a rejects file puts before the columns of its rows. */
export const addedColumns = ["line", "reason"] as const

/** Reads a header; a field that is mapped takes the mapped columns and no others. */
export const read = (
  names: ReadonlyArray<string>,
  mappings: ReadonlyArray<Mapping> = []
): Either.Either<Header, UnknownColumn | MissingFields> =>
  Either.gen(function* () {
    const columns = names.map((name) => name.trim())
    const added = addedTo(columns)
    const keys = columns.map((name, at) => (added.has(at) ? "" : Field.key(name)))
    const sources = new Map<Field.Field, Array<number>>()
    for (const { field, column } of mappings) {
      const at = indexOf(columns, keys, column)
      if (at === -1) return yield* Either.left(new UnknownColumn({ column }))
      sources.set(field, [...(sources.get(field) ?? []), at])
    }
    for (const field of Field.fields) {
      if (!sources.has(field)) {
        const found = Field.aliases[field].flatMap((alias) => allOf(keys, Field.key(alias)))
        if (found.length > 0) sources.set(field, found)
      }
    }
    const missing = required.filter((field) => !sources.has(field))
    if (missing.length > 0) return yield* Either.left(new MissingFields({ fields: missing }))
    return { columns, sources, added }
  })

/** How many fields a row of names would feed; it tells the delimiter. */
export const recognised = (names: ReadonlyArray<string>): number =>
  new Set(names.flatMap((name) => Field.named(name) ?? [])).size

// internal

const required = ["title", "author"] as const

const addedTo = (columns: ReadonlyArray<string>): ReadonlySet<number> => {
  const at = addedColumns.map((name) => columns.indexOf(name))
  return new Set(at.includes(-1) ? [] : at)
}

const indexOf = (columns: ReadonlyArray<string>, keys: ReadonlyArray<string>, column: string) => {
  const exact = columns.indexOf(column.trim())
  return exact === -1 ? keys.indexOf(Field.key(column)) : exact
}

const allOf = (keys: ReadonlyArray<string>, wanted: string) =>
  keys.flatMap((key, at) => (key === wanted && key !== "" ? [at] : []))
