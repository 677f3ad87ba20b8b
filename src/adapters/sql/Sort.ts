/** The orders that books are listed in, each by what an index holds, and where a list goes on. */
import type { Fragment } from "@effect/sql/Statement"
import { DateTime } from "effect"
import type { BookQuery } from "../../domain/BookQuery.js"
import type { Position } from "../../domain/Page.js"
import type { Database } from "./Database.js"
import type { Search } from "./Search.js"

export interface Sort {
  /** The sort values of the book `b`, named `k0`, `k1` and so on. */
  readonly values: Fragment
  /** The order of candidates `c`. */
  readonly order: Fragment
  /** The conditions on `c` that, one or another, make it come after a position; each one a range of an index. */
  readonly beyond: (position: Position) => ReadonlyArray<Fragment>
}

export const make =
  ({ sql, isPostgres }: Database, search: Search) =>
  ({ sort, direction, words }: BookQuery): Sort => {
    const keys = {
      // A title may be longer than an index entry: its beginning is sorted by index, the rest after that.
      title: isPostgres
        ? [
            {
              value: sql.literal("left(b.search_title, 500)"),
              at: ([title]: Position) => sql`left(${title}::text, 500)`
            },
            { value: sql.literal("b.search_title"), at: first }
          ]
        : [{ value: sql.literal("b.search_title"), at: first }],
      price: [{ value: sql.literal("b.price"), at: first }],
      date: [{ value: sql.literal("b.publish_date"), at: first }],
      created_at: [
        {
          value: sql.literal("b.created_at"),
          at: ([at]: Position) => DateTime.formatIso(DateTime.unsafeMake(Number(at)))
        }
      ],
      relevance: [
        { value: search.relevance(words ?? []), at: first },
        { value: sql.literal("b.search_title"), at: ([, title]: Position) => title }
      ]
    }[sort]
    const down = direction === "desc" && sort !== "relevance"
    const name = (i: number) => sql.literal(`c.k${i}`)
    const after = sql.literal(down ? "<" : ">")
    const nullable = sort === "date"
    const suffix = (down ? " DESC" : "") + (nullable ? " NULLS LAST" : "")
    return {
      values: sql.csv(keys.map(({ value }, i) => sql`${value} AS ${sql.literal(`k${i}`)}`)),
      order: sql.literal([...keys.map((_, i) => `c.k${i}${suffix}`), "c.id"].join(", ")),
      beyond: (position) => {
        const same: Array<Fragment> = []
        const ranges: Array<Fragment> = []
        for (const [i, { at }] of keys.entries()) {
          const value = at(position)
          if (value === null) {
            same.push(sql`${name(i)} IS NULL`)
          } else {
            ranges.push(sql.and([...same, sql`${name(i)} ${after} ${value}`]))
            if (nullable) ranges.push(sql.and([...same, sql`${name(i)} IS NULL`]))
            same.push(sql`${name(i)} = ${value}`)
          }
        }
        return [sql.and([...same, sql`c.id > ${position.at(-1)}`]), ...ranges]
      }
    }
  }

// internal

const first = ([value]: Position) => value ?? null
