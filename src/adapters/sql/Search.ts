/** Which books hold the words asked for, and how well: exactly as `SearchText.matches` and `SearchText.relevance`. */
import type { Fragment } from "@effect/sql/Statement"
import type { Database } from "./Database.js"

export interface Search {
  /** Every word begins some word of the book `b`. */
  readonly matches: (words: ReadonlyArray<string>) => Fragment
  /** 0 when the title alone holds all the words, 1 when it holds some, 2 when none. */
  readonly relevance: (words: ReadonlyArray<string>) => Fragment
  readonly contains: (text: Fragment, part: string) => Fragment
}

export const make = ({ sql, isPostgres, typed }: Database): Search => {
  const grade = (all: Fragment, some: Fragment) => sql`CASE WHEN ${all} THEN 0 WHEN ${some} THEN 1 ELSE 2 END`

  if (isPostgres) {
    const holds = (text: string, query: string) => sql`(${sql.literal(text)})::tsvector @@ ${query}::tsquery`
    const title = (query: string) => holds("b.search_title", query)
    return {
      matches: (words) => holds("b.search_title || ' ' || b.search_rest", lexemes(words, " & ")),
      relevance: (words) => grade(title(lexemes(words, " & ")), title(lexemes(words, " | "))),
      contains: (text, part) => sql`strpos(${text}, ${typed(part, "text")}) > 0`
    }
  }

  const found = (query: string) =>
    sql`b.rowid_ IN (SELECT rowid FROM octavo_books_words WHERE octavo_books_words MATCH ${query})`
  const inTitle = (query: string) => found(`search_title : (${query})`)
  return {
    matches: (words) => found(phrases(words, " AND ")),
    relevance: (words) => grade(inTitle(phrases(words, " AND ")), inTitle(phrases(words, " OR "))),
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`
  }
}

// internal

/** Words hold no quotes: letters, digits and marks only. */
const lexemes = (words: ReadonlyArray<string>, operator: string) => words.map((word) => `'${word}':*`).join(operator)

const phrases = (words: ReadonlyArray<string>, operator: string) => words.map((word) => `"${word}" *`).join(operator)
