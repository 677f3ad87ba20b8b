import { Readable } from "node:stream"
import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import * as Encoding from "../../../src/cli/import/Encoding.js"
import * as Reader from "../../../src/cli/import/Reader.js"
import { toLine } from "../../../src/cli/import/Rejects.js"

const read = async (content: Buffer | string, options: Partial<Reader.Options> = {}, chunkSize = 7) => {
  const bytes = Buffer.from(content)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, i) =>
    bytes.subarray(i * chunkSize, (i + 1) * chunkSize)
  )
  const settings = { encoding: "utf-8", delimiter: undefined, batchSize: 3, ...options } as const
  const table = await Reader.read(Readable.from(chunks, { objectMode: false }), settings)
  const records: Array<Reader.Record> = []
  for (let next = await table.batches.next(); next.done !== true; next = await table.batches.next()) {
    records.push(...next.value)
  }
  return { columns: table.columns, delimiter: table.delimiter, records }
}
const lines = ({ records }: { readonly records: ReadonlyArray<Reader.Record> }) => records.map(({ line }) => line)

describe("a CSV file", () => {
  it.each([
    [",", "title,author\nEmma,Austen\n"],
    [";", "title;author;price\nEmma;Austen;1,50\n"],
    ["\t", "title\tauthor, first\tprice\nEmma\tAusten\t1\n"],
    [";", '"a,b,c,d";title;author\n1;2;3\n']
  ])("finds out that %j separates its columns", async (delimiter, content) => {
    expect((await read(content)).delimiter).toBe(delimiter)
  })

  it("begins after a byte order mark", async () => {
    expect((await read("\ufefftitle,author\nEmma,Austen")).columns).toEqual(["title", "author"])
  })

  it.each(["\n", "\r\n", "\r"])("says where each row begins, with line ends %j", async (end) => {
    const rows = ["title,author", "a,b", `"two${end}lines",c`, "", "d,e", ",", `"x","y${end}${end}z"`, "f,g"]
    expect(lines(await read(rows.join(end)))).toEqual([2, 3, 6, 8, 11])
  })

  it("is read as it was written, whatever the values and wherever a chunk ends", async () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom('"', '""', ",", "a\nb", "a\r\nb", " x ", "é", "😀")
    )
    const rows = fc.array(
      fc.tuple(
        fc.string({ minLength: 1 }).map((text) => `x${text}`),
        value
      ),
      { maxLength: 8 }
    )
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom(",", ";", "\t"),
        fc.integer({ min: 1, max: 40 }),
        async (rows, delimiter, size) => {
          const content = [["title", "author"], ...rows].map((row) => toLine(row, delimiter)).join("")
          const { records } = await read(content, { delimiter }, size)
          expect(records.map(({ values }) => values)).toEqual(rows)
        }
      )
    )
  })

  it("is refused with its line where it is not UTF-8", async () => {
    const bad = Buffer.concat([Buffer.from("title,author\nä,b\n"), Buffer.from([0x61, 0x2c, 0xe9, 0x0a])])
    for (const size of [1, 2, 5, 100]) {
      await expect(read(bad, {}, size)).rejects.toMatchObject({ _tag: "NotUtf8", line: 3 })
    }
    await expect(read(Buffer.from("title,author\na,\xe2", "latin1"))).rejects.toMatchObject({
      _tag: "NotUtf8",
      line: 2
    })
  })

  it("is Latin-1 on request, and goes back to the same bytes", async () => {
    const bytes = Buffer.from("title,author\n\x84Caf\xe9\x93,\x80\n", "latin1")
    const { records } = await read(bytes, { encoding: "latin1" })
    expect(records[0]?.values).toEqual(["„Café“", "€"])
    expect(Encoding.encode("latin1", "„Café“,€\n")).toEqual(bytes.subarray(13))
  })

  it.each([
    ["", /empty/],
    ["\ufeff\n\n", /empty/],
    ["\0\0", /not text/],
    ["PK\x03\x04rest", /workbook/],
    [Buffer.from([0x1f, 0x8b, 8]), /compressed/],
    [Buffer.from("\ufefftitle", "utf16le"), /UTF-16/]
  ])("%j is none", async (content, advice) => {
    await expect(read(content)).rejects.toMatchObject({ _tag: "NotCsv", advice: expect.stringMatching(advice) })
  })

  it("with a quote that is never closed ends at the row that opens it, not at the end of memory", async () => {
    const open = `title,author\na,b\nc,"d\n${"e,f\n".repeat(10)}`
    await expect(read(open)).rejects.toMatchObject({ _tag: "NotCsv", advice: expect.stringContaining("line 3") })
    const long = `${open}${"e,f\n".repeat(400_000)}`
    await expect(read(long, {}, 65_536)).rejects.toMatchObject({ advice: expect.stringContaining("line 3") })
  })
})
