/** The bytes of a file as UTF-8, checked strictly, or read as Latin-1 where that is asked for. */
import { isUtf8 } from "node:buffer"
import { Data } from "effect"

export const encodings = ["utf-8", "latin1"] as const
export type Encoding = (typeof encodings)[number]

export class NotUtf8 extends Data.TaggedError("NotUtf8")<{ readonly line: number }> {}

/** The encoding that a name means, if any. What is called Latin-1 is windows-1252, as everywhere on the web. */
export const named = (name: string): Encoding | undefined => {
  const key = name.toLowerCase().replace(/[^a-z0-9]/g, "")
  return key === "utf8" ? "utf-8" : latin1Names.has(key) ? "latin1" : undefined
}

/** The same text in UTF-8; fails with the line of the first byte that is none. */
export const toUtf8 = (encoding: Encoding, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
  encoding === "utf-8" ? checked(chunks) : fromLatin1(chunks)

/** Text in the encoding that it was read from. */
export const encode = (encoding: Encoding, text: string): Buffer =>
  encoding === "utf-8"
    ? Buffer.from(text)
    : Buffer.from(
        text.replace(/[^\0-\x7f\xa0-\xff]/gu, (character) => byteOf.get(character) ?? "?"),
        "latin1"
      )

// internal

const latin1Names = new Set(["latin1", "iso88591", "windows1252", "cp1252"])

async function* checked(chunks: AsyncIterable<Buffer>) {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  for await (const chunk of chunks) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = completeLength(data)
    const whole = data.subarray(0, end)
    if (!isUtf8(whole)) throw new NotUtf8({ line: line + linesUntilFlaw(whole) })
    line += countLines(whole)
    rest = data.subarray(end)
    if (end > 0) yield whole
  }
  if (rest.length > 0) throw new NotUtf8({ line })
}

async function* fromLatin1(chunks: AsyncIterable<Buffer>) {
  for await (const chunk of chunks) {
    yield Buffer.from(
      chunk.toString("latin1").replace(/[\x80-\x9f]/g, (byte) => windows1252[byte.charCodeAt(0) - 0x80] ?? byte)
    )
  }
}

/** Without a last character of which bytes are still to come. */
const completeLength = (data: Buffer): number => {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back] ?? 0
    if (byte < 0x80) break
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? data.length - back : data.length
  }
  return data.length
}

const countLines = (data: Buffer): number => {
  let count = 0
  for (let at = data.indexOf(10); at !== -1; at = data.indexOf(10, at + 1)) count++
  return count
}

const linesUntilFlaw = (data: Buffer): number => {
  let from = 0
  for (let line = 0; ; line++) {
    const end = data.indexOf(10, from)
    if (end === -1 || !isUtf8(data.subarray(from, end))) return line
    from = end + 1
  }
}

/** Bytes 80 to 9F of windows-1252; the five that it leaves open stay controls. */
const windows1252 = [..."€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"]

const byteOf = new Map(windows1252.map((character, at) => [character, String.fromCharCode(0x80 + at)]))
