/** Reads a CSV file as a stream of batches, so that its size does not matter. */
import { createReadStream } from "node:fs"
import { pipeline, Readable } from "node:stream"
import type * as Csv from "csv-parse"
import { Data } from "effect"
import * as Encoding from "./Encoding.js"
import * as Sniff from "./Sniff.js"

export interface Options {
  readonly encoding: Encoding.Encoding
  /** Found out when not given. */
  readonly delimiter: string | undefined
  readonly batchSize: number
}

export interface Record {
  /** Where the row begins in the file; the header is line 1. */
  readonly line: number
  readonly values: ReadonlyArray<string>
}

export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly delimiter: string
  readonly hasByteOrderMark: boolean
  readonly batches: AsyncIterator<ReadonlyArray<Record>>
}

/** What is there cannot be read as CSV; `advice` completes "FILE …". */
export class NotCsv extends Data.TaggedError("NotCsv")<{ readonly advice: string }> {}

/** The bytes of a file, or of standard input for `-`. */
export const open = (file: string): Readable =>
  file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 })

/** Reads as far as the header. Fails with `NotCsv`, `Encoding.NotUtf8` or what the system says, here or in a batch. */
export const read = async (input: Readable, options: Options): Promise<Table> => {
  const chunks: AsyncIterator<Buffer> = input[Symbol.asyncIterator]()
  const head = await readHead(chunks)
  const advice = Sniff.notCsv(head)
  if (advice !== undefined) throw new NotCsv({ advice })
  const hasByteOrderMark = Sniff.hasByteOrderMark(head)
  const text = hasByteOrderMark ? head.subarray(3) : head
  const delimiter = options.delimiter ?? Sniff.delimiter(text.toString("latin1"))
  // Loaded by this command alone: a host that never imports need not install it.
  const { parse } = await import("csv-parse")
  const records = parseRecords(parse, Encoding.toUtf8(options.encoding, following(text, chunks)), delimiter)
  const header = await records.next()
  if (header.done === true) throw new NotCsv({ advice: "has no row of column names" })
  return { columns: header.value.values, delimiter, hasByteOrderMark, batches: inBatches(records, options.batchSize) }
}

// internal

const readHead = async (chunks: AsyncIterator<Buffer>): Promise<Buffer> => {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < Sniff.headSize && !Sniff.hasFirstRow(head)) {
    const next = await chunks.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

async function* following(head: Buffer, chunks: AsyncIterator<Buffer>) {
  yield head
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
}

/** A quote that is never closed would otherwise read the rest of the file into memory. */
const largestRecord = 1_048_576

async function* parseRecords(
  parse: typeof Csv.parse,
  bytes: AsyncIterable<Buffer>,
  delimiter: string
): AsyncGenerator<Record, void> {
  // Noted as rows are found: when a later one fails, the parser does not hand out all that it has found.
  const begins: Array<number> = []
  let last = 0
  // csv-parse counts a CRLF inside a field as two lines.
  let doubled = 0
  const parser = parse({
    delimiter,
    max_record_size: largestRecord,
    on_record: (values, { lines }) => {
      const ends = values.flatMap((value) => (hasLineEnd.test(value) ? (value.match(/\r\n|\n|\r/g) ?? []) : []))
      doubled += ends.filter((end) => end === "\r\n").length
      last = lines - doubled
      begins.push(last - ends.length)
      return values
    },
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true
  })
  // The parser's own iterator reports the failure.
  pipeline(Readable.from(bytes, { objectMode: false }), parser, () => {})
  try {
    for await (const values of parser as AsyncIterable<ReadonlyArray<string>>) {
      yield { line: begins.shift() ?? last, values }
    }
  } catch (error) {
    throw isQuoteTrouble(error) ? new NotCsv({ advice: quoteAdvice(last + 1) }) : error
  }
}

const hasLineEnd = /[\r\n]/

const isQuoteTrouble = (error: unknown) =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE")

const quoteAdvice = (line: number) =>
  `opens a quote in the row at line ${line} that is not closed; close it there and run the same command again`

async function* inBatches(records: AsyncIterator<Record>, size: number) {
  let batch: Array<Record> = []
  for (let next = await records.next(); next.done !== true; next = await records.next()) {
    batch.push(next.value)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
