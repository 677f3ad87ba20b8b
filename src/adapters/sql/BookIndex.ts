import type { Fragment } from "@effect/sql/Statement"
import { type Context, Effect } from "effect"
import type { BookQuery } from "../../domain/BookQuery.js"
import type { BookIndex } from "../../ports/BookIndex.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import * as Rows from "./Rows.js"
import * as Search from "./Search.js"
import * as Sort from "./Sort.js"

export const make = (database: Database): Context.Tag.Service<BookIndex> => {
  const { sql, run } = database
  const search = Search.make(database)
  /** SQLite finds a row by its number without another index. */
  const rowKey = sql.literal(database.isPostgres ? "b.id" : "b.rowid_")
  const sortOf = Sort.make(database, search)

  const members = ({ words, genreId, author, minPrice, maxPrice, inStock }: BookQuery) =>
    sql.and([
      ...(words === null ? [] : [search.matches(words)]),
      ...(genreId === null ? [] : [sql`b.genre_id = ${genreId}`]),
      ...(author === null ? [] : [search.contains(sql.literal("b.author_key"), author)]),
      ...(minPrice === null ? [] : [sql`b.price >= ${minPrice}`]),
      ...(maxPrice === null ? [] : [sql`b.price <= ${maxPrice}`]),
      ...(inStock === null ? [] : [sql.literal(inStock ? "b.stock > 0" : "b.stock = 0")])
    ])

  /** The books that `part` selects from the candidates `c`. What was searched is found once; what is browsed follows an index. */
  const select = (operation: string, query: BookQuery, { values, order }: Sort.Sort, part: Fragment) =>
    run(
      operation,
      sql<FoundRow>`WITH candidates AS ${sql.literal(query.words === null ? "NOT MATERIALIZED" : "MATERIALIZED")} (
  SELECT ${rowKey} AS row_, b.id, ${values} FROM octavo_books b WHERE ${members(query)}
)
SELECT ${sql.literal(BookRows.columns)}, ${total(query)} AS total
FROM (${part}) AS c JOIN octavo_books b ON ${rowKey} = c.row_ ORDER BY ${order}`
    )

  /** Of a search, whose candidates are all there anyway. */
  const total = ({ words }: BookQuery) => sql.literal(words === null ? "NULL" : "(SELECT count(*) FROM candidates)")

  /** Without a condition, not even a true one, SQLite counts by its index alone. */
  const filtered = (query: BookQuery) => (isAll(query) ? sql.literal("") : sql`WHERE ${members(query)}`)

  const count = (query: BookQuery) =>
    Effect.map(
      run("BookIndex.page", sql<{ total: number }>`SELECT count(*) AS total FROM octavo_books b ${filtered(query)}`),
      ([row]) => Number(row?.total)
    )

  return {
    page: (query, { page, size }) =>
      Effect.gen(function* () {
        const sort = sortOf(query)
        const skipped = (page - 1) * size
        const part = sql`SELECT * FROM candidates AS c ORDER BY ${sort.order} LIMIT ${size} OFFSET ${skipped}`
        const rows = yield* select("BookIndex.page", query, sort, part)
        const items = rows.map(Rows.book)
        const found = rows[0]?.total ?? null
        if (found !== null) return { items, total: Number(found) }
        // A page that is neither full nor past the end tells the total by itself.
        const isLast = items.length < size && (items.length > 0 || skipped === 0)
        return { items, total: isLast ? skipped + items.length : yield* count(query) }
      }),

    after: (query, position, limit) => {
      const sort = sortOf(query)
      const tail = sql`ORDER BY ${sort.order} LIMIT ${limit}`
      const books = (part: Fragment) =>
        Effect.map(select("BookIndex.after", query, sort, part), (rows) => rows.map(Rows.book))
      if (position === null) return books(sql`SELECT * FROM candidates AS c ${tail}`)
      const ranges = sort.beyond(position).map((range) => sql`SELECT * FROM candidates AS c WHERE ${range} ${tail}`)
      const union = sql.join(" UNION ALL ", false)(ranges.map((range) => sql`SELECT * FROM (${range}) AS r`))
      return books(sql`SELECT * FROM (${union}) AS c ${tail}`)
    }
  }
}

// internal

interface FoundRow extends Rows.BookRow {
  readonly total: number | string | null
}

const isAll = ({ words, genreId, author, minPrice, maxPrice, inStock }: BookQuery) =>
  [words, genreId, author, minPrice, maxPrice, inStock].every((filter) => filter === null)
