/** The results as one Markdown table. */
import type { HttpResult } from "./http/run.js"
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
  return markdown(["store", "operation", "ratio", "per second", "alone, ms", "statements"], rows)
}

export const httpTable = (results: ReadonlyArray<HttpResult>): string =>
  markdown(
    ["store", "over HTTP, 8 clients", "request, µs", "service call, µs", "over the call, µs"],
    results.map(({ store, operation, request, call }) => [
      store,
      operation,
      ...[request, call, request - call].map(whole)
    ])
  )

// internal

const markdown = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const pair = ({ ours, hand }: Pair, format: (n: number) => string) => `${format(ours)} / ${format(hand)}`

const whole = (n: number) => Math.round(n).toLocaleString("en")
