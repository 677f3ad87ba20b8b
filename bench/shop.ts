/** A bookstore as the benchmark drives it: octavo and the hand-written code side by side, each with its own database. */
import type { RowInput } from "../src/domain/Import.js"

export interface Shop {
  /** Puts rows in, in one transaction; a book that is there already is brought up to date. */
  readonly importBooks: (rows: ReadonlyArray<RowInput>) => Answer<unknown>
  readonly page: (page: number) => Answer<Found>
  readonly search: (text: string) => Answer<Found>
  readonly add: (customer: string, bookId: string) => Answer<unknown>
  readonly view: (customer: string) => Answer<{ readonly totalPrice: number }>
  readonly checkout: (customer: string) => Answer<{ readonly total: number }>
  /** The same with all rules in SQL: the fastest that the database allows, and nothing to test without it. */
  readonly checkoutInSql?: (customer: string) => Answer<unknown>
  /** Gives a paid order to a worker. */
  readonly take: (worker: string, orderId: string) => Answer<unknown>
  readonly pause: (worker: string, orderId: string) => Answer<unknown>
  readonly complete: (worker: string, orderId: string) => Answer<unknown>
  /** Puts a customer in line for a book that is sold out. */
  readonly prebook: (customer: string, bookId: string) => Answer<unknown>
  /** Puts copies of a book on sale that was sold out, and serves all who wait for it. */
  readonly restock: (bookId: string, quantity: number, policy: Policy) => Answer<unknown>
  readonly wish: (customer: string, bookId: string) => Answer<unknown>
  readonly wishes: (customer: string) => Answer<ReadonlyArray<unknown>>
  readonly close: () => Answer<unknown>
}

export type Policy = "broadcast" | "queue"

/** A driver that does not wait answers at once. */
export type Answer<A> = A | Promise<A>

export interface Found {
  readonly items: ReadonlyArray<{ readonly isbn: string | null }>
  readonly total: number
}

/** What the benchmark itself does to a shop's database, outside what is measured. */
export interface Keeper {
  readonly bookIds: () => Answer<ReadonlyArray<string>>
  readonly fillCarts: (lines: ReadonlyArray<Line>) => Answer<unknown>
  /** Writes so many orders that are paid, and names them. */
  readonly fillOrders: (count: number) => Answer<ReadonlyArray<string>>
  /** Sells the first books out, with so many customers waiting for each, and names them. */
  readonly fillWaiting: (books: number, waiting: number) => Answer<ReadonlyArray<string>>
  /** How many are served of those who wait for a book. */
  readonly served: (bookId: string) => Answer<number>
  /** What checkouts leave behind, to be the same on both sides. */
  readonly audit: () => Answer<unknown>
  readonly close: () => Answer<unknown>
}

export interface Line {
  readonly customer_id: string
  readonly id: string
  readonly book_id: string
  readonly slot: number
  readonly quantity: number
  readonly added_at: string
}

export interface Side {
  readonly name: "octavo" | "by hand"
  readonly shop: Shop
  readonly keeper: Keeper
  /** Serves the routes over the same services; a customer's token is the customer's id. */
  readonly serve?: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>
}

/** One store with both sides on it. */
export interface Place {
  readonly store: "SQLite" | "PostgreSQL"
  readonly ours: Side
  readonly hand: Side
  /** Customers at once. */
  readonly clients: number
  /** Counts what is sent to the database while `run` runs. */
  readonly statements: (run: () => Promise<unknown>) => Promise<number>
  readonly close: () => Promise<void>
}
