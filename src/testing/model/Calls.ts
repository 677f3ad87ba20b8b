/** Everything that a history may call, and what the model answers to it. */
import * as Carting from "./Carting.js"
import * as Catalogue from "./Catalogue.js"
import * as Ordering from "./Ordering.js"
import * as Provider from "./Provider.js"
import * as Recovering from "./Recovering.js"
import {
  type Answer,
  answer,
  invalid,
  type Mood,
  type Order,
  type Said,
  type Status,
  type Told,
  type Word,
  type World
} from "./World.js"

type Customer = Said<string>

/** Ids are names of the model's, in whatever case, or what is no id of anything. */
export interface Calls {
  readonly addGenre: readonly [name: Said<string>]
  readonly genres: readonly []
  readonly addBook: readonly [draft: Catalogue.Draft]
  readonly getBook: readonly [book: string]
  readonly changeBook: readonly [book: string, changes: Catalogue.Draft]
  readonly removeBook: readonly [book: string]
  readonly changeStock: readonly [book: string, change: Catalogue.StockChange]
  readonly browse: readonly [filter: Catalogue.Filter, page: Said<number>, size: Said<number>]
  readonly scroll: readonly [filter: Catalogue.Filter, size: Said<number>]
  readonly merge: readonly [rows: ReadonlyArray<Catalogue.Row>, options: Parameters<typeof Catalogue.merge>[2]]
  readonly viewCart: readonly [customer: Customer]
  readonly addToCart: readonly [customer: Customer, book: string, quantity: Said<number>]
  readonly setQuantity: readonly [customer: Customer, line: string, quantity: Said<number>]
  readonly removeLine: readonly [customer: Customer, line: string]
  readonly clearCart: readonly [customer: Customer]
  readonly mergeCarts: readonly [guest: Customer, customer: Customer]
  readonly place: readonly [customer: Customer, request: Ordering.Request, mood: Mood]
  readonly prepare: readonly [customer: Customer, request: Ordering.Request]
  readonly charge: readonly [order: string, mood: Mood]
  readonly settle: readonly [order: string, word: Word]
  readonly notified: readonly [id: Said<string>, order: string, key: string, word: Word, mood: Mood]
  /** Money is taken after all, for an order that the provider has not said anything of yet. */
  readonly takeLate: readonly [order: string]
  readonly recover: readonly [limit: number, mood: Mood]
  readonly cancel: readonly [customer: Customer, order: string, mood: Mood]
  readonly getOrder: readonly [customer: Customer, order: string]
  readonly listOrders: readonly [
    customer: Customer,
    status: Said<Status | null>,
    page: Said<number>,
    size: Said<number>
  ]
  readonly scrollOrders: readonly [customer: Customer, status: Said<Status | null>, size: Said<number>]
  readonly scrollAll: readonly [status: Said<Status | null>, size: Said<number>]
  readonly deliver: readonly [handling: Recovering.Handling]
  readonly listEvents: readonly [state: Said<Told["state"]>, size: Said<number>]
  readonly retry: readonly [event: string | null]
  readonly audit: readonly [overdue: number, payments: number | null, mood: Mood]
  /** A cursor of another query, or of nobody's making, whichever list it is brought to. */
  readonly badCursor: readonly [list: "books" | "orders" | "events", cursor: string]
  readonly wait: readonly [millis: number]
}

export type Name = keyof Calls

/** One call, or several in a transaction of the host's. */
export type Call =
  | { readonly [N in Name]: { readonly call: N; readonly with: Calls[N] } }[Name]
  | { readonly call: "host"; readonly with: readonly [body: ReadonlyArray<Call>, commits: boolean] }

const inMood = (world: World, mood: Mood, ask: () => Answer): Answer => {
  world.mood = mood
  return ask()
}

/** The order as whoever prepared it holds it. */
const held = ({ prepared }: World, id: string): Order => {
  const order = prepared.find((order) => order.id === id)
  if (order === undefined) throw new Error(`nobody holds ${id}`)
  return order
}

export const model: { readonly [N in Name]: (world: World, ...args: Calls[N]) => Answer } = {
  addGenre: Catalogue.addGenre,
  genres: Catalogue.genres,
  addBook: Catalogue.addBook,
  getBook: Catalogue.getBook,
  changeBook: Catalogue.changeBook,
  removeBook: Catalogue.removeBook,
  changeStock: Catalogue.changeStock,
  browse: Catalogue.browse,
  scroll: Catalogue.scroll,
  merge: Catalogue.merge,
  viewCart: Carting.view,
  addToCart: Carting.add,
  setQuantity: Carting.setQuantity,
  removeLine: Carting.remove,
  clearCart: Carting.clear,
  mergeCarts: Carting.merge,
  place: (world, customer, request, mood) => inMood(world, mood, () => Ordering.place(world, customer, request)),
  prepare: Ordering.prepare,
  charge: (world, order, mood) => inMood(world, mood, () => Ordering.charge(world, held(world, order))),
  settle: (world, order, word) => Ordering.settle(world, held(world, order), word),
  notified: (world, id, order, key, word, mood) =>
    inMood(world, mood, () => Ordering.notified(world, { id, order: held(world, order), key, word })),
  takeLate: (world, id) => {
    const order = held(world, id)
    world.charges[order.paymentKey] ??= Provider.captured(order)
    return answer()
  },
  recover: (world, limit, mood) => inMood(world, mood, () => Recovering.recover(world, limit)),
  cancel: (world, customer, order, mood) => inMood(world, mood, () => Ordering.cancel(world, customer, order)),
  getOrder: Ordering.get,
  listOrders: Ordering.list,
  scrollOrders: Ordering.scroll,
  scrollAll: Ordering.scrollAll,
  deliver: Recovering.deliver,
  listEvents: Recovering.list,
  retry: Recovering.retry,
  audit: (world, overdue, payments, mood) => inMood(world, mood, () => Recovering.audit(world, overdue, payments)),
  badCursor: () => invalid("after"),
  wait: () => answer()
}

/** After these there is nothing new to see. */
export const readings: ReadonlySet<string> = new Set<Name>([
  "genres",
  "getBook",
  "browse",
  "scroll",
  "viewCart",
  "getOrder",
  "listOrders",
  "scrollOrders",
  "scrollAll",
  "listEvents",
  "audit",
  "badCursor",
  "wait"
])
