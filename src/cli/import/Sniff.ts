/** What the first bytes of a file tell: whether it can be CSV at all, and what separates its columns. */
import * as Header from "./Header.js"

/** As much as is looked at. */
export const headSize = 65_536

/** Why these bytes are no CSV and what to do about it, or nothing. */
export const notCsv = (head: Buffer): string | undefined => {
  const found = signatures.find(({ bytes }) => head.subarray(0, bytes.length).equals(Buffer.from(bytes)))
  if (found !== undefined) return found.advice
  if (head.includes(0)) return "is not text; save it as CSV in UTF-8"
  if (isBlank(head)) return "is empty: a CSV file begins with a row of column names"
  return undefined
}

export const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

export const hasByteOrderMark = (head: Buffer): boolean => head.subarray(0, 3).equals(byteOrderMark)

/** Whether the head holds the whole first row. */
export const hasFirstRow = (head: Buffer): boolean => firstRow(head.toString("latin1")).complete

/** Comma, semicolon or tab: the one that splits the first row into most names that are known, then into most names. */
export const delimiter = (head: string): string => {
  const { text } = firstRow(head)
  const score = (candidate: string) => {
    const names = split(text, candidate)
    return Header.recognised(names) * 10_000 + names.length
  }
  return candidates.reduce((best, candidate) => (score(candidate) > score(best) ? candidate : best))
}

// internal

const candidates = [",", ";", "\t"] as const

const signatures = [
  { bytes: [0xff, 0xfe], advice: "is in UTF-16; save it as CSV in UTF-8" },
  { bytes: [0xfe, 0xff], advice: "is in UTF-16; save it as CSV in UTF-8" },
  { bytes: [0x50, 0x4b, 0x03, 0x04], advice: "is a workbook or an archive; save it as CSV in UTF-8" },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], advice: "is an Excel workbook; save it as CSV in UTF-8" },
  { bytes: [0x1f, 0x8b], advice: "is compressed; try `gunzip -c FILE | octavo import -`" },
  { bytes: [0x25, 0x50, 0x44, 0x46], advice: "is a PDF, not CSV" }
]

const isBlank = (head: Buffer) => {
  const text = hasByteOrderMark(head) ? head.subarray(3) : head
  return text.toString("latin1").trim() === ""
}

/** Up to the first line end outside quotes; empty lines before it do not count. */
const firstRow = (head: string): { readonly text: string; readonly complete: boolean } => {
  const text = head.replace(/^[\r\n]+/, "")
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === "\n" || character === "\r")) return { text: text.slice(0, at), complete: true }
  }
  return { text, complete: false }
}

const split = (row: string, delimiter: string): ReadonlyArray<string> => {
  const names: Array<string> = [""]
  let quoted = false
  for (const character of row) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === delimiter) names.push("")
    else names[names.length - 1] += character
  }
  return names
}
