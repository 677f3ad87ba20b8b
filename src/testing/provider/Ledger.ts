/** The provider's books: a file of one JSON document a line, on the disk before any answer leaves. */
import { existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs"
import type { Intent, Refund } from "./Account.js"

/** An answer that a key has got, and gets again. */
export interface Saved {
  readonly key: string
  /** The request that it answers; another under the same key is refused. */
  readonly request: string
  readonly status: number
  readonly body: unknown
}

/** What happened, in one line. */
export interface Entry {
  /** When, in UTC. */
  readonly at: string
  /** `payment` is money taken and `refund` money given back; `waiting` is an intent that is neither taken nor over. */
  readonly kind: "payment" | "decline" | "waiting" | "canceled" | "refund" | "refund_pending" | "refund_failed"
  /** The key of the charge or of the refund, as octavo's metadata or else the request named it. */
  readonly key: string | null
  readonly orderId: string | null
  /** As Stripe counts. */
  readonly amount: number
  readonly currency: string
  readonly intent: Intent
  readonly refund: Refund | null
  /** What the request was answered; null when it had no key. */
  readonly saved: Saved | null
}

/** What the books say. */
export interface Books {
  readonly entries: ReadonlyArray<Entry>
  /** Money taken. More than one of a key is what must never be. */
  readonly payments: ReadonlyArray<Entry>
  readonly declines: ReadonlyArray<Entry>
  /** Money given back, or on its way. */
  readonly refunds: ReadonlyArray<Entry>
  readonly captures: (key: string) => number
  readonly capturesOf: (orderId: string) => number
  /** How much of a payment was given back, as Stripe counts. */
  readonly refunded: (paymentId: string) => number
}

export const read = (file: string): Books => books(existsSync(file) ? parse(readFileSync(file, "utf8")).entries : [])

export const books = (entries: ReadonlyArray<Entry>): Books => {
  const payments = entries.filter(({ kind }) => kind === "payment")
  return {
    entries,
    payments,
    declines: entries.filter(({ kind }) => kind === "decline"),
    refunds: latest(entries.filter(({ refund }) => refund !== null)).filter(({ kind }) => kind !== "refund_failed"),
    captures: (key) => payments.filter((entry) => entry.key === key).length,
    capturesOf: (orderId) => payments.filter((entry) => entry.orderId === orderId).length,
    refunded: (paymentId) =>
      latest(entries)
        .filter(({ refund, kind, intent }) => refund !== null && kind !== "refund_failed" && intent.id === paymentId)
        .reduce((sum, { amount }) => sum + amount, 0)
  }
}

/** The file, opened to go on where it ends. */
export interface Ledger {
  readonly entries: ReadonlyArray<Entry>
  /** Returns once the line is on the disk. */
  readonly append: (entry: Entry) => void
}

/** A last line that a killed provider did not finish was answered to nobody, and is cut off. */
export const open = (file: string): Ledger => {
  const handle = openSync(file, "a+")
  const { entries, whole } = parse(readFileSync(file, "utf8"))
  ftruncateSync(handle, whole)
  return {
    entries,
    append: (entry) => {
      writeSync(handle, `${JSON.stringify(entry)}\n`)
      fsyncSync(handle)
    }
  }
}

// internal

/** The entries, and how many bytes of the file are whole lines. */
const parse = (text: string) => {
  const end = text.lastIndexOf("\n") + 1
  const lines = text.slice(0, end).split("\n").slice(0, -1)
  return {
    entries: lines.map((line): Entry => JSON.parse(line)),
    whole: Buffer.byteLength(text.slice(0, end))
  }
}

/** The last entry of each refund: one that was pending and failed gave nothing back. */
const latest = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => [
  ...new Map(entries.flatMap((entry) => (entry.refund === null ? [] : [[entry.refund.id, entry]]))).values()
]
