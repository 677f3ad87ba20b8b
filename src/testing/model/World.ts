/**
 * The whole bookstore as plain values: what every store must answer, worked out in the simplest way there is. Ids are
 * names, such as `<order 0003>`, that ascend in the order of creation as the ids that they stand for do.
 */

export interface Book {
  readonly id: string
  readonly title: string
  readonly author: string
  readonly price: number
  readonly isbn: string | null
  readonly genreId: string | null
  readonly description: string | null
  readonly coverImageUrl: string | null
  readonly publishDate: string | null
  readonly stockQuantity: number
  readonly createdAt: number
}

export interface Genre {
  readonly id: string
  readonly name: string
}

export interface CartLine {
  readonly id: string
  readonly bookId: string
  readonly quantity: number
  readonly addedAt: number
}

export interface OrderLine extends CartLine {
  readonly unitPrice: number
  readonly title: string
  readonly author: string
  readonly coverImageUrl: string | null
}

export type Status = "pending_payment" | "confirmed" | "payment_failed" | "cancelled" | "refunded"

export interface Order {
  readonly id: string
  readonly customerId: string
  readonly status: Status
  readonly lines: ReadonlyArray<OrderLine>
  readonly total: number
  readonly createdAt: number
  readonly paymentKey: string
  /** The idempotency key, and the request that it was first used for. */
  readonly attempt: { readonly key: string; readonly request: string } | null
  readonly paymentId?: string
  readonly paidAt?: number
  readonly reason?: string
  readonly failedAt?: number
  readonly cancelledAt?: number
  readonly refundedAt?: number
}

export interface Refund {
  readonly status: "due" | "done"
  readonly orderId: string
  readonly customerId: string
  readonly paymentId: string
  readonly key: string
  readonly amount: number
  readonly dueAt: number
  readonly doneAt?: number
}

/** An event, and how far it has come. */
export interface Told {
  readonly event: { readonly id: string; readonly _tag: string; readonly at: number } & Readonly<
    Record<string, string | number>
  >
  /** The order or the book that it is about. */
  readonly about: string
  readonly state: "waiting" | "parked" | "delivered"
  readonly attempts: number
  readonly dueAt: number
  readonly error: string | null
}

/** What the payment provider answers about a key. */
export type Word =
  | { readonly captured: string; readonly amount: number }
  | { readonly declined: string }
  | { readonly returned: string }

/** What a transaction that fails undoes. */
export interface Store {
  books: ReadonlyArray<Book>
  genres: ReadonlyArray<Genre>
  /** By customer, the oldest line first. */
  carts: Readonly<Record<string, ReadonlyArray<CartLine>>>
  /** The oldest first. */
  orders: ReadonlyArray<Order>
  refunds: ReadonlyArray<Refund>
  /** In ascending id. */
  told: ReadonlyArray<Told>
  /** Notices that were heard. */
  heard: ReadonlyArray<string>
}

/** How the provider takes calls for now. */
export interface Mood {
  readonly charge:
    | "capture"
    | "decline"
    | "down"
    | "lost"
    | "charged and lost"
    | "dies"
    | "charged and dies"
    | "hangs"
    | "charged and hangs"
    | "other amount"
    | "garbage"
  readonly refund: "pays" | "fails" | "pays and fails"
  readonly lookup: "answers" | "fails"
}

export interface World {
  now: number
  /** Inside a transaction of the host's. */
  open: boolean
  store: Store
  /** The provider's books, which no transaction undoes. */
  readonly charges: Record<string, Word>
  readonly refunded: Record<string, true>
  /** How often it was asked to charge. */
  asked: number
  /** How often for a refund that it had not made. */
  askedBack: number
  mood: Mood
  /** By list, where recovery goes on. */
  readonly places: Record<string, string>
  /** Everything that ever had a name, in the order of creation, also what is gone. */
  readonly known: Record<Kind, Array<string>>
  /** Pending orders as whoever prepared them holds them. */
  readonly prepared: Array<Order>
}

export type Kind = "book" | "genre" | "line" | "order" | "pay" | "refund" | "event"

export const empty = (now: number): World => ({
  now,
  open: false,
  store: { books: [], genres: [], carts: {}, orders: [], refunds: [], told: [], heard: [] },
  charges: {},
  refunded: {},
  asked: 0,
  askedBack: 0,
  mood: { charge: "capture", refund: "pays", lookup: "answers" },
  known: { book: [], genre: [], line: [], order: [], pay: [], refund: [], event: [] },
  places: {},
  prepared: []
})

/** A name that nothing had before. */
export const named = ({ known }: World, kind: Kind): string => {
  const name = `<${kind} ${String(known[kind].length + 1).padStart(4, "0")}>`
  known[kind].push(name)
  return name
}

export const bookOf = ({ store }: World, id: string): Book | undefined => store.books.find((book) => book.id === id)

export const putBook = ({ store }: World, book: Book): void => {
  store.books = [...store.books.filter(({ id }) => id !== book.id), book].sort(by(({ id }) => id))
}

export const putOrder = ({ store }: World, order: Order): Order => {
  store.orders = [...store.orders.filter(({ id }) => id !== order.id), order].sort(
    by(({ createdAt, id }) => [createdAt, id])
  )
  return order
}

/** Told with the change, and due at once. */
export const tell = (
  world: World,
  _tag: string,
  about: string,
  facts: Readonly<Record<string, string | number>>
): void => {
  const event = { id: named(world, "event"), _tag, at: world.now, version: 1, ...facts }
  const told: Told = { event, about, state: "waiting", attempts: 0, dueAt: world.now, error: null }
  world.store.told = [...world.store.told, told]
}

export const currency = "USD"
export const chargeTimeout = 30_000

// what is answered

export type Answer = { readonly answered: unknown } | { readonly refused: { readonly _tag: string } }

export const answer = (answered: unknown = null): Answer => ({ answered })
export const refuse = (_tag: string, facts: object = {}): Answer => ({ refused: { _tag, ...facts } })

/** Stands for anything. */
export const anything = "<anything>"

/** Input that is wrong in these fields. */
export const invalid = (...paths: ReadonlyArray<string>): Answer =>
  refuse("InvalidInput", { paths: [...new Set(paths)].sort() })

/** What a caller says, and what it means; nothing when it cannot mean anything. */
export interface Said<A> {
  readonly given?: unknown
  readonly means?: A
}

/** The fields of an input that mean nothing. */
export const wrong = (input: Readonly<Record<string, Said<unknown>>>): ReadonlyArray<string> =>
  Object.entries(input).flatMap(([path, said]) => ("means" in said ? [] : [path]))

/** As it is shown: instants are written out. */
export const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      typeof field === "number" && (key === "at" || key === "since" || key.endsWith("At"))
        ? new Date(field).toISOString()
        : shown(field)
    ])
  )
}

export const shownOrder = ({ attempt, ...order }: Order): unknown => ({
  ...order,
  currency,
  attempt: attempt === null ? null : { key: attempt.key, digest: anything }
})

// order

type Key = string | number | ReadonlyArray<string | number>

/** Ascending by a key, or by several. */
export const by =
  <A>(key: (item: A) => Key) =>
  (a: A, b: A): number => {
    const [x, y] = [[key(a)].flat(), [key(b)].flat()]
    const at = x.findIndex((part, i) => part !== y[i])
    const [p, q] = [x[at], y[at]]
    return p === undefined || q === undefined ? 0 : p < q ? -1 : 1
  }

/** The page of a list, and its slices when it is walked to the end. */
export const page = <A>(items: ReadonlyArray<A>, number: number, size: number): ReadonlyArray<A> =>
  items.slice((number - 1) * size, number * size)

export const slices = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  items.length <= size ? [items] : [items.slice(0, size), ...slices(items.slice(size), size)]
