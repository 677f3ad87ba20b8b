/** The results as one Markdown table. */
import type { Pair, Result } from "./measure.js"

export const table = (results: ReadonlyArray<Result>): string => {
  const rows = results.map(({ store, operation, perSecond, ratio, alone, statements }) => [
    store,
    operation,
    ratio.toFixed(2),
    pair(perSecond, whole),
    pair(alone, (ms) => ms.toFixed(ms < 10 ? 2 : 1)),
    pair(statements, (n) => n.toFixed(Number.isInteger(n) ? 0 : 1))
  ])
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

// internal

const header = ["store", "operation", "ratio", "per second", "alone, ms", "statements"]

const pair = ({ ours, hand }: Pair, format: (n: number) => string) => `${format(ours)} / ${format(hand)}`

const whole = (n: number) => Math.round(n).toLocaleString("en")
