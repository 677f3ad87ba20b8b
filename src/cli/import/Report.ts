/** What became of the rows, in numbers that add up. */
import * as Repair from "./Repair.js"

/** `read` is always the sum of the other five. */
export interface Counts {
  readonly read: number
  readonly added: number
  readonly updated: number
  readonly unchanged: number
  readonly skipped: number
  readonly refused: number
}

export interface Report {
  readonly counts: Counts
  readonly repaired: Readonly<Partial<Record<Repair.Repair, number>>>
  readonly omitted: Readonly<Partial<Record<Repair.Omission, number>>>
}

export type Fate = Exclude<keyof Counts, "read">

/** What became of one row, and what it took. */
export interface Told {
  readonly fate: Fate
  readonly repaired: ReadonlyArray<Repair.Repair>
  readonly omitted: ReadonlyArray<Repair.Omission>
}

export const empty: Report = {
  counts: { read: 0, added: 0, updated: 0, unchanged: 0, skipped: 0, refused: 0 },
  repaired: {},
  omitted: {}
}

/** The report with more rows told. */
export const add = (report: Report, rows: ReadonlyArray<Told>): Report => {
  const counts = { ...report.counts }
  const repaired = { ...report.repaired }
  const omitted = { ...report.omitted }
  for (const row of rows) {
    counts.read++
    counts[row.fate]++
    for (const kind of row.repaired) repaired[kind] = (repaired[kind] ?? 0) + 1
    for (const kind of row.omitted) omitted[kind] = (omitted[kind] ?? 0) + 1
  }
  return { counts, repaired, omitted }
}

/** The report in lines for people, and for programs that read `name: number`. */
export const lines = ({ counts, repaired, omitted }: Report): ReadonlyArray<string> => [
  ...Object.entries(counts).map(([name, count]) => `${name}:`.padEnd(11) + String(count).padStart(9)),
  ...kinds("repaired", Repair.repairs, repaired),
  ...kinds("left out", Repair.omissions, omitted)
]

// internal

const kinds = <K extends string>(
  title: string,
  names: Readonly<Record<K, string>>,
  counts: Partial<Record<K, number>>
) => {
  const found = (Object.keys(names) as Array<K>).flatMap((kind) => {
    const count = counts[kind]
    return count === undefined ? [] : [`  ${String(count).padStart(7)}  ${names[kind]}`]
  })
  return found.length === 0 ? [] : [`${title}:`, ...found]
}
