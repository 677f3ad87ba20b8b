/** A catalogue put in batch by batch, each batch on one side and then on the other. */
import type { RowInput } from "../../src/domain/Import.js"
import { median, progress, type Result, seconds } from "../measure.js"
import type { Place, Side } from "../shop.js"

/** Rows put in by a transaction. */
export const batch = 500

export const run = async (place: Place, rows: ReadonlyArray<RowInput>, from: number, to: number): Promise<Result> => {
  const { store, ours, hand, statements } = place
  const put = (side: Side, at: number) => seconds(() => side.shop.importBooks(rows.slice(at, at + batch)), 1, 1)
  const counted = {
    ours: await statements(() => put(ours, from)),
    hand: await statements(() => put(hand, from))
  }
  const times: Array<{ readonly ours: number; readonly hand: number }> = []
  for (let at = from + batch; at < to; at += batch) {
    times.push({ ours: await put(ours, at), hand: await put(hand, at) })
    if (at % 5000 === 0) progress(`${store}: import, ${at} of ${to} books`)
  }
  const each = { ours: median(times.map(({ ours }) => ours)), hand: median(times.map(({ hand }) => hand)) }
  return {
    store,
    operation: `import to ${to.toLocaleString("en")} books, ${batch} in a transaction`,
    statements: counted,
    perSecond: { ours: batch / each.ours, hand: batch / each.hand },
    ratio: median(times.map(({ ours, hand }) => hand / ours)),
    alone: { ours: each.ours * 1000, hand: each.hand * 1000 }
  }
}
