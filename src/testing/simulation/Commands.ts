/** What customers, the shop and the host's own schedule ask of the bookstore, and what they may believe of its answers. */
import { Cause, Effect, Exit, HashMap } from "effect"
import type { State } from "../../adapters/memory/State.js"
import type { CartItem } from "../../domain/Cart.js"
import type { PaymentFailed } from "../../domain/Checkout.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Order, OrderId, Status } from "../../domain/Order.js"
import { StoreError } from "../../ports/StoreError.js"
import { Audit } from "../../services/Audit.js"
import { Carts } from "../../services/Carts.js"
import { Catalog } from "../../services/Catalog.js"
import { Checkout } from "../../services/Checkout.js"
import { Imports } from "../../services/Imports.js"
import { Orders } from "../../services/Orders.js"
import { type Handle, Relay, type Settings } from "../../services/Relay.js"
import type { Dice } from "./Dice.js"
import type { Shop } from "./Machine.js"
import { author } from "./Opening.js"
import type * as Options from "./Options.js"
import * as Waiters from "./Waiters.js"
import { bookOf, cartOf, orderOf } from "./Watch.js"

/** Something asked of a process: what, and what is to be said of the answer. */
export interface Command<R = never> {
  readonly label: string
  readonly effect: Effect.Effect<unknown, unknown, Shop | R>
  /** Lines may leave this customer's cart without an order. */
  readonly shrinks: string | null
  /** Whose cart it puts something in: what it is answered can be judged only if nobody took something out meanwhile. */
  readonly grows?: string
  /** Asked again with the same words when no answer came. */
  readonly again: boolean
  /** What is wrong with the answer, given what is committed; null when nothing is. */
  readonly judge: (exit: Exit.Exit<unknown, unknown>, state: State) => string | null
}

interface Request {
  readonly paymentMethod: string | null
  readonly expectedTotal: string | null
  readonly idempotencyKey: string | null
}

/** What a customer remembers. */
export interface Memory {
  readonly name: string
  /** What was asked with an idempotency key. */
  readonly asked: Array<Request & { readonly idempotencyKey: string }>
  readonly orders: Set<OrderId>
  /** How many lines there may be in the cart. */
  lines: number
  /** By key, the order that it was answered with. */
  readonly answered: Map<string, OrderId>
}

/** How much more or less often than usual a kind of wish is chosen in a run. */
export type Leaning = (kind: string) => number

/** Wishes of a kind as they are weighed in a run. */
export const leant = <K extends string>(weights: Readonly<Record<K, number>>, leaning: Leaning): Record<K, number> => {
  const all: Record<string, number> = { ...weights }
  for (const [kind, weight] of Object.entries(all)) all[kind] = weight * leaning(kind)
  return all
}

// of a customer

const filled = { add: 2, checkout: 6, repeat: 0.5, cancel: 1, change: 0.3, remove: 0.2, merge: 0.2 }
const unfilled = { add: 6, checkout: 0.5, repeat: 4, cancel: 1.5, change: 0.1, remove: 0.1, merge: 0.2 }

/** Few add what is in the cart, and nobody repeats what was not asked, or cancels what was not ordered. */
const wishes = (
  { lines, asked, orders }: Memory,
  books: number,
  chances: Waiters.Chances,
  leaning: Leaning
): Record<string, number> =>
  leant(
    {
      ...(lines > 0 ? filled : unfilled),
      ...Waiters.wishes(chances),
      ...(lines >= books && { add: 0.3 }),
      ...(asked.length === 0 && { repeat: 0 }),
      ...(orders.size === 0 && { cancel: 0 })
    },
    leaning
  )

export const customer = <R>(
  memory: Memory,
  dice: Dice,
  books: ReadonlyArray<string>,
  own: ReadonlyArray<{ readonly weight: number; readonly command: () => Command<R> }>,
  leaning: Leaning,
  state: State
): Command<R> => {
  const chances = Waiters.chances(state, memory.name)
  const weights = wishes(memory, books.length, chances, leaning)
  for (const [at, { weight }] of own.entries()) weights[at] = weight
  const chosen = dice.weighted(weights)
  switch (chosen) {
    case "add":
      return add(memory, books[dice.below(books.length)] ?? "", dice.between(1, 3))
    case "checkout":
      return checkout(memory, dice)
    case "repeat":
      return repeat(memory, dice)
    case "cancel": {
      const orders = [...memory.orders]
      const order = orders[dice.below(orders.length)]
      return order === undefined ? checkout(memory, dice) : cancel(memory, order)
    }
    case "change":
      return change(memory, dice.between(1, 4))
    case "remove":
      return remove(memory)
    case "merge":
      return merge(memory, books[dice.below(books.length)] ?? "")
    case "wait":
      return Waiters.wait(memory.name, Waiters.wanted(chances, books, dice))
    case "look":
      return Waiters.look(chances, memory.name, dice) ?? checkout(memory, dice)
    case "decline":
      return Waiters.decline(chances, memory.name, dice) ?? checkout(memory, dice)
    case "collect":
      return add(memory, Waiters.held(chances) ?? "", dice.chance(0.8) ? 1 : 2)
    default:
      return own[Number(chosen)]?.command() ?? checkout(memory, dice)
  }
}

/** A command of the host's. */
export const own = <R>(
  { name, run, judge, takesFromCart = false }: Options.Command<R>,
  who: Options.Who,
  view: (state: State) => Options.View
): Command<R> => ({
  label: `${who.customer}: ${name}`,
  effect: Effect.suspend(() => run(who)),
  shrinks: takesFromCart ? who.customer : null,
  again: false,
  judge: (exit, state) => judge?.(exit, view(state), who) ?? null
})

const add = (memory: Memory, bookId: string, quantity: number): Command => ({
  ...plain,
  label: `${memory.name} puts ${quantity} of ${bookId} in the cart`,
  grows: memory.name,
  effect: Effect.flatMap(Carts, (carts) => carts.add(memory.name, { bookId, quantity })),
  judge: (exit, state) => {
    if (Exit.isFailure(exit)) return null
    memory.lines++
    const { line } = exit.value as CartItem
    const kept =
      cartOf(state, memory.name as CustomerId).some(({ id, bookId }) => id === line.id || bookId === line.bookId) ||
      bookOf(state, line.bookId) === null ||
      someOrder(state, (order) => order.lines.some(({ id }) => id === line.id))
    return kept ? null : "the line that was answered is nowhere"
  }
})

const checkout = (memory: Memory, dice: Dice): Command => {
  const { name, asked } = memory
  const request = {
    paymentMethod: dice.chance(0.1) ? "decline" : null,
    expectedTotal: dice.chance(0.05) ? "1.00" : null
  }
  if (dice.chance(0.4)) return place(memory, { ...request, idempotencyKey: null })
  const keyed = { ...request, idempotencyKey: `${name}-${asked.length}` }
  asked.push(keyed)
  return place(memory, keyed)
}

/** The same request with its key once more, or, wrongly, another one. */
const repeat = (memory: Memory, dice: Dice): Command => {
  const request = memory.asked[dice.below(memory.asked.length)]
  if (request === undefined) return checkout(memory, dice)
  return place(memory, dice.chance(0.2) ? { ...request, paymentMethod: "another" } : request)
}

const place = (memory: Memory, request: Request): Command => {
  const { name, answered } = memory
  const { idempotencyKey: key, paymentMethod, expectedTotal } = request
  const body = `${key} ${paymentMethod} ${expectedTotal}`
  const known = answered.get(body)
  return {
    ...plain,
    label: `${name} checks out${key === null ? "" : ` with key ${key}`}${paymentMethod === null ? "" : ` by "${paymentMethod}"`}`,
    effect: Effect.flatMap(Checkout, (checkout) => checkout.place(name, request)),
    again: key !== null,
    judge: (exit, state) => {
      const said = Exit.isSuccess(exit) ? (exit.value as Order) : failedOrder(exit)
      if (said === null)
        return known === undefined || leavesOpen(exit) ? null : `${known} was answered before, and now is not`
      const id = said instanceof Object && "orderId" in said ? said.orderId : said.id
      const order = orderOf(state, id)
      if (order === null) return "the order that was answered is not there"
      if (order.customerId !== name) return "the order that was answered is somebody else's"
      memory.orders.add(id)
      const told: Status = "status" in said ? said.status : "payment_failed"
      if (!after[told].includes(order.status)) return `${id} was told to be ${told}, and is ${order.status}`
      if (told !== "payment_failed") memory.lines = 0
      if (key === null) return null
      for (const [other, known] of answered) {
        if (other.split(" ")[0] !== key) continue
        if (other !== body) return `one key was answered for two requests, with ${id} and ${known}`
        if (known !== id) return `one key was answered with ${id} and ${known}`
      }
      answered.set(body, id)
      return null
    }
  }
}

const cancel = ({ name }: Memory, orderId: OrderId): Command => ({
  ...plain,
  label: `${name} cancels ${orderId}`,
  effect: Effect.flatMap(Orders, (orders) => orders.cancel(name, orderId)),
  again: true,
  judge: (exit, state) => {
    if (Exit.isFailure(exit)) return null
    const { status } = exit.value as Order
    const now = orderOf(state, orderId)?.status
    return now !== undefined && after[status].includes(now) ? null : `it was told to be ${status}, and is ${now}`
  }
})

const change = ({ name }: Memory, quantity: number): Command => ({
  ...plain,
  label: `${name} wants ${quantity} of the first book in the cart`,
  effect: firstLine(name, (carts, id) => carts.setQuantity(name, id, quantity))
})

const remove = ({ name }: Memory): Command => ({
  ...plain,
  label: `${name} takes the first book out of the cart`,
  effect: firstLine(name, (carts, id) => carts.remove(name, id)),
  shrinks: name
})

const merge = ({ name }: Memory, bookId: string): Command => ({
  ...plain,
  label: `${name} signs in, with ${bookId} in a guest's cart`,
  effect: Effect.flatMap(Carts, (carts) =>
    Effect.zipRight(Effect.ignore(carts.add(`guest of ${name}`, { bookId })), carts.merge(`guest of ${name}`, name))
  ),
  shrinks: `guest of ${name}`
})

// of the shop

const care = { stock: 4, price: 4, import: 1, remove: 0.2, audit: 0.5, recover: 1, deliver: 1, retry: 0.5, sweep: 0.5 }

export const shop = <R>(
  dice: Dice,
  books: ReadonlyArray<string>,
  handle: Handle<Shop | R>,
  leaning: Leaning
): Command<R> => {
  const book = books[dice.below(books.length)] ?? ""
  const wish = dice.weighted(leant(care, leaning))
  switch (wish) {
    case "stock":
      return stock(book, dice.chance(0.7) ? { delta: dice.between(-2, 4) } : { quantity: dice.between(0, 5) })
    case "price":
      return price(book, `${dice.between(1, 30)}.00`)
    case "import":
      return {
        ...plain,
        label: "the shop imports",
        effect: imported([title(dice.below(books.length + 1)), title(dice.below(books.length + 1))], dice.below(4))
      }
    case "remove":
      return {
        ...plain,
        label: `the shop removes ${book}`,
        effect: Effect.flatMap(Catalog, (catalog) => catalog.remove(book))
      }
    case "audit":
      return audit(false)
    case "recover":
      return recover()
    case "sweep":
      return Waiters.sweep()
    case "deliver":
      return deliver(handle, dice)
    case "retry":
      return {
        ...plain,
        label: "the shop lets parked events go on",
        effect: Effect.flatMap(Relay, (relay) => relay.retry())
      }
  }
}

export const title = (at: number) => `Book ${at}`

const stock = (book: string, wanted: { readonly delta: number } | { readonly quantity: number }): Command => ({
  ...plain,
  label: `the shop changes the stock of ${book}: ${Object.entries(wanted).join()}`,
  effect: Effect.flatMap(Catalog, (catalog) => catalog.changeStock(book, wanted))
})

const price = (book: string, price: string): Command => ({
  ...plain,
  label: `the shop wants ${price} for ${book}`,
  effect: Effect.flatMap(Catalog, (catalog) => catalog.change(book, { price }))
})

export const imported = (titles: ReadonlyArray<string>, stock: number) =>
  Effect.flatMap(Imports, (imports) => imports.merge(titles.map((title) => ({ title, author, price: "10.00", stock }))))

/** An import of all that there is. */
export const opens = (titles: ReadonlyArray<string>, copies: number): Command => ({
  ...plain,
  label: "the shop opens",
  effect: imported(titles, copies)
})

/** With `payments`, in the end, when the provider's books must agree. */
export const audit = (payments: boolean): Command => ({
  ...plain,
  label: "audit",
  effect: Effect.flatMap(Audit, ({ run }) =>
    run({ overdue: payments ? "1 minute" : "30 minutes", ...(payments && { payments: "1 day" }) })
  ),
  judge: (exit) => {
    if (Exit.isFailure(exit)) return null
    const { findings } = exit.value as Effect.Effect.Success<ReturnType<(typeof Audit)["Service"]["run"]>>
    const [first] = findings.filter(({ violation }) => payments || violation._tag !== "DeliveryParked")
    return first === undefined ? null : `the audit says ${JSON.stringify(first.violation)}`
  }
})

// of the host's own schedule

export const recover = (): Command => ({
  ...plain,
  label: "recover",
  effect: Effect.flatMap(Checkout, (checkout) => checkout.recover())
})

export const deliver = <R>(handle: Handle<Shop | R>, dice: Dice): Command<R> => {
  const settings: Settings = {
    batch: dice.between(1, 10),
    concurrency: dice.between(1, 4),
    timeLimit: "5 seconds",
    attempts: 4
  }
  return {
    ...plain,
    label: "relay",
    effect: Effect.flatMap(Relay, (relay) => relay.deliver(handle, settings))
  }
}

/** A bug is wrong in whatever is asked. Where the caller has gone, what the host's own handler was at is none of ours. */
export const defect = (exit: Exit.Exit<unknown, unknown>): string | null => {
  if (Exit.isSuccess(exit) || Cause.isInterrupted(exit.cause)) return null
  for (const bug of Cause.defects(exit.cause)) {
    return `a defect: ${bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)}`
  }
  return null
}

/** The caller has gone, or the store had trouble: the same may be asked again. */
export const leavesOpen = (exit: Exit.Exit<unknown, unknown>): boolean => {
  if (Exit.isSuccess(exit)) return false
  const failure = Cause.failureOption(exit.cause)
  return failure._tag === "None" || failure.value instanceof StoreError
}

// internal

const plain = { shrinks: null, again: false, judge: () => null }

/** What an order may be by the time that its customer reads the answer. */
const after: { readonly [S in Status]: ReadonlyArray<Status> } = {
  pending_payment: [],
  confirmed: ["confirmed", "cancelled", "refunded", "fulfilled"],
  payment_failed: ["payment_failed"],
  cancelled: ["cancelled", "refunded"],
  refunded: ["refunded"],
  fulfilled: ["fulfilled"]
}

const firstLine = <A, E, R>(customer: string, use: (carts: Carts["Type"], id: string) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Carts, (carts) =>
    Effect.flatMap(carts.view(customer), ({ items: [first] }) =>
      first === undefined ? Effect.void : Effect.asVoid(use(carts, first.line.id))
    )
  )

const failedOrder = (exit: Exit.Failure<unknown, unknown>): PaymentFailed | null => {
  const failure = Cause.failureOption(exit.cause)
  return failure._tag === "Some" && isPaymentFailed(failure.value) ? failure.value : null
}

const isPaymentFailed = (error: unknown): error is PaymentFailed =>
  error instanceof Object && "_tag" in error && error._tag === "PaymentFailed"

const someOrder = (state: State, fits: (order: Order) => boolean): boolean => {
  for (const order of HashMap.values(state.orders)) if (fits(order)) return true
  return false
}
