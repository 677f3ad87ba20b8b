/** What the hand-written shops do for customers who wait: all of them in one stroke, however many there are. */
import { now, uuid } from "./records.js"

/** A statement with named parameters, as better-sqlite3 takes them; `$1` and so on for pg are made of it. */
export interface Named {
  readonly text: string
  readonly names: ReadonlyArray<string>
}

export type Values = Readonly<Record<string, string | number>>

export const named = (text: string): Named => ({
  text,
  names: [...new Set([...text.matchAll(/@(\w+)/g)].map(([, name]) => name ?? ""))]
})

export const numbered = ({ text, names }: Named): string =>
  text.replace(/@(\w+)/g, (_, name: string) => `$${names.indexOf(name) + 1}`)

export const asked = (customer: string, book: string) => ({ id: uuid(), customer, book, at: now() })

export const restocked = (book: string, quantity: number) => ({
  book,
  quantity,
  at: now(),
  until: new Date(Date.now() + 172_800_000).toISOString(),
  event: uuid()
})

/** The count is kept with the book, so that a restock sees at once whether anybody waits. */
export const countIn = "UPDATE octavo_books SET waiting = waiting + 1 WHERE id = @book AND stock = 0"

export const putIn = `octavo_prebooks (book_id, id, customer_id, status, wave, title, author, created_at)
SELECT b.id, @id, @customer, 'waiting', b.wave, b.title, b.author, @at FROM octavo_books b WHERE b.id = @book`

export const waitingOf = "book_id = @book AND status = 'waiting'"

/** The event of a pre-booking has its id: each has only one here. */
export const eventColumns = "octavo_outbox (id, aggregate_id, type, payload, created_at, due_at)"

export const wished = `octavo_wishes (customer_id, book_id, id, added_at)
SELECT @customer, b.id, @id, @at FROM octavo_books b WHERE b.id = @book`
