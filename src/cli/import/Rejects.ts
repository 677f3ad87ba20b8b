/** The rows that were refused, as they were, with their line and the reason: to be corrected and imported again. */
import { accessSync, closeSync, constants, fsyncSync, openSync, renameSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname } from "node:path"
import * as Encoding from "./Encoding.js"
import { addedColumns, type Header } from "./Header.js"
import type { Record } from "./Reader.js"
import * as Sniff from "./Sniff.js"

export interface Format {
  readonly delimiter: string
  readonly encoding: Encoding.Encoding
  readonly hasByteOrderMark: boolean
}

export interface Rejects {
  readonly path: string
  readonly count: () => number
  /** Made at the first row that comes. */
  readonly add: (rows: ReadonlyArray<{ readonly record: Record; readonly reason: string }>) => void
  /** Returns once everything is on the disk. */
  readonly close: () => void
}

/** Where the rejects go unless told: beside the input, or to the working directory where that cannot be written. */
export const defaultPath = (input: string): string => {
  if (input === "-") return "stdin.rejects.csv"
  const beside = `${input.replace(/\.(csv|tsv|txt)$/i, "")}.rejects.csv`
  return isWritable(dirname(beside)) ? beside : basename(beside)
}

/** The file is the same kind of CSV as the input, so that the same command reads it; an earlier one is kept aside. */
export const make = (path: string, { columns, added }: Pick<Header, "columns" | "added">, format: Format): Rejects => {
  let file: number | undefined
  let written = 0
  const own = (values: ReadonlyArray<string>) => values.filter((_, at) => !added.has(at))
  const line = (values: ReadonlyArray<string>) => Encoding.encode(format.encoding, toLine(values, format.delimiter))
  const start = () => {
    keepAside(path)
    const opened = openSync(path, "w")
    file = opened
    if (format.hasByteOrderMark) writeFileSync(opened, Sniff.byteOrderMark)
    writeFileSync(opened, line([...addedColumns, ...own(columns)]))
    return opened
  }
  return {
    path,
    count: () => written,
    add: (rows) => {
      if (rows.length === 0) return
      const lines = rows.map(({ record, reason }) => line([String(record.line), reason, ...own(record.values)]))
      writeFileSync(file ?? start(), Buffer.concat(lines))
      written += rows.length
    },
    close: () => {
      if (file === undefined) return
      const opened = file
      file = undefined
      if (statSync(path).isFile()) fsyncSync(opened)
      closeSync(opened)
    }
  }
}

/** One row of CSV (RFC 4180), ended by a line feed. */
export const toLine = (values: ReadonlyArray<string>, delimiter: string): string =>
  `${values.map((value) => quoted(value, delimiter)).join(delimiter)}\n`

// internal

const quoted = (value: string, delimiter: string) =>
  value.includes(delimiter) || /["\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

/** What someone may be correcting is not lost when the import runs again. */
const keepAside = (path: string) => {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) renameSync(path, `${path}.previous`)
}

const isWritable = (directory: string) => {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
