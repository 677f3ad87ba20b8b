/** The same calls as the model's, made to the bookstore. */
import { DateTime, Effect, Either } from "effect"
import type { Violation } from "../../domain/Audit.js"
import type * as Book from "../../domain/Book.js"
import type * as BookQuery from "../../domain/BookQuery.js"
import type { RequestInput } from "../../domain/Checkout.js"
import type { State } from "../../domain/Delivery.js"
import type { Event } from "../../domain/Event.js"
import type * as Import from "../../domain/Import.js"
import { Amount, Currency } from "../../domain/Money.js"
import { type Notice, Returned } from "../../domain/Notice.js"
import { type Order, OrderId, PendingOrder, type Status } from "../../domain/Order.js"
import * as Page from "../../domain/Page.js"
import { Captured, Declined, type Outcome } from "../../domain/Payment.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import { Audit } from "../../services/Audit.js"
import { Carts } from "../../services/Carts.js"
import { Catalog } from "../../services/Catalog.js"
import { Checkout } from "../../services/Checkout.js"
import { Imports } from "../../services/Imports.js"
import { Orders } from "../../services/Orders.js"
import { Relay } from "../../services/Relay.js"
import type { Name } from "./Calls.js"
import { Provider } from "./Gateway.js"
import type { ManualClock } from "./ManualClock.js"
import { type Handling, noHandling } from "./Recovering.js"
import type { Mood, Word } from "./World.js"

/** What a history may meet on a store that holds other things, too. */
export interface Place {
  /** From this instant on, and before that one, everything is of this history. */
  readonly from: number
  readonly to: number
  readonly salt: string
}

/** The first id that is made at an instant. */
export const idAt = (millis: number): string =>
  `${millis
    .toString(16)
    .padStart(12, "0")
    .replace(/^(.{8})/, "$1-")}-0000-0000-000000000000`

export const isOwn = ({ from, to }: Place, id: string): boolean => id >= idAt(from) && id < idAt(to)

export const make = (place: Place, clock: ManualClock) =>
  Effect.gen(function* () {
    const [catalog, carts, checkout] = [yield* Catalog, yield* Carts, yield* Checkout]
    const [imports, orders, relay, audits] = [yield* Imports, yield* Orders, yield* Relay, yield* Audit]
    const repository = yield* OrderRepository
    const refundRepository = yield* RefundRepository
    const provider = yield* Provider
    /** Pending orders as they were when they were first seen, so that those that were undone are held still. */
    const held = new Map<string, PendingOrder>()

    const own = <A extends { readonly id: string }>(items: ReadonlyArray<A>) =>
      items.filter(({ id }) => isOwn(place, id))

    /** All slices of a list; `enough` when the rest is somebody else's. */
    const walk = <A, E, R>(
      slice: (after: string) => Effect.Effect<Page.Slice<A>, E, R>,
      {
        from = "",
        enough = () => false as boolean
      }: { readonly from?: string; readonly enough?: (item: A) => boolean } = {}
    ) =>
      Effect.gen(function* () {
        const slices: Array<ReadonlyArray<A>> = []
        let after: string | null = from
        while (after !== null) {
          const { items, next }: Page.Slice<A> = yield* slice(after)
          slices.push(items)
          after = items.some(enough) ? null : next
        }
        return slices
      })

    const everybodys = (status: Status | null, size?: number) => {
      const query = { customerId: null, status }
      const from = Page.cursor(query, [place.to, "ffffffff-ffff-ffff-ffff-ffffffffffff"])
      const isOlder = ({ createdAt }: Order) => DateTime.toEpochMillis(createdAt) < place.from
      return Effect.map(
        walk((after) => orders.scrollAll({ status }, { after, size }), { from, enough: isOlder }),
        (slices) => own(slices.flat())
      )
    }

    const events = (state: State, size?: number) =>
      Effect.map(
        walk((after) => relay.list(state, { after, size }), {
          from: Page.cursor(state, [idAt(place.from)]),
          enough: ({ event }) => event.id >= idAt(place.to)
        }),
        (slices) => slices.flat().filter(({ event }) => isOwn(place, event.id))
      )

    const holding = (orderId: string) =>
      Effect.gen(function* () {
        const known = held.get(orderId)
        if (known !== undefined) return known
        const { id, customerId, lines, total, currency, createdAt, paymentKey, attempt } = yield* repository.get(
          OrderId.make(orderId),
          null
        )
        const order = new PendingOrder({ id, customerId, lines, total, currency, createdAt, paymentKey, attempt })
        held.set(orderId, order)
        return order
      })

    /** Where there are others' parked events, too, those of this history are let go on one by one. */
    const retried = (event: string | null) =>
      Effect.gen(function* () {
        const parked = (yield* walk((after) => relay.list("parked", { after, size: 100 }))).flat()
        const mine = parked.filter(({ event }) => isOwn(place, event.id))
        if (event !== null || mine.length === parked.length) return yield* relay.retry(event)
        const counts = yield* Effect.forEach(mine, ({ event }) => relay.retry(event.id))
        return counts.reduce((sum, count) => sum + count, 0)
      })

    /** In the relay, the order in which the events came. */
    const handled = ({ fails, attempts, batch }: Handling) =>
      Effect.gen(function* () {
        const handled: Array<string> = []
        const handle = (event: Event) =>
          Effect.suspend((): Effect.Effect<void, Error> => {
            if (isOwn(place, event.id)) handled.push(event.id)
            return event._tag === fails || !isOwn(place, event.id) ? Effect.fail(new Error(noHandling)) : Effect.void
          })
        const report = yield* relay.deliver(handle, { attempts, batch, concurrency: 1, timeLimit: "30 seconds" })
        return { handled, report }
      })

    const recovered = (limit: number) =>
      Effect.map(checkout.recover({ limit }), ({ confirmed, failed, refunded, waiting, more }) => {
        const isOurs = (orderId: string) => isOwn(place, orderId)
        return {
          confirmed: confirmed.filter(isOurs),
          failed: failed.filter(isOurs),
          refunded: refunded.filter(({ orderId }) => isOurs(orderId)),
          waiting: waiting.filter(({ orderId }) => isOurs(orderId)),
          more
        }
      })

    const audited = (overdue: number, payments: number | null) =>
      Effect.suspend(() => {
        const before = provider.askedOfOthers()
        const options = { overdue, limit: 100_000, ...(payments === null ? {} : { payments }) }
        return Effect.map(audits.run(options), ({ findings, asked, unanswered }) => {
          const others = provider.askedOfOthers() - before
          const violations = findings.map(({ violation }) => violation).filter((each) => isOwn(place, subject(each)))
          return { violations, asked: asked - others, unanswered: unanswered - others }
        })
      })

    /** All of this history. */
    const refunds = Effect.map(refundRepository.list(null, [place.from - 1, idAt(0), ""], 1000), (all) =>
      all.filter(({ orderId }) => isOwn(place, orderId))
    )

    const inMood = <A, E, R>(mood: Mood, ask: Effect.Effect<A, E, R>) => {
      provider.feel(mood)
      return ask
    }

    const lists = {
      books: (after: string) => catalog.scroll({ author: place.salt }, { after }),
      orders: (after: string) => orders.scroll(`${place.salt} ada`, {}, { after }),
      events: (after: string) => relay.list("waiting", { after })
    }

    const calls = {
      addGenre: (name: string) => catalog.addGenre({ name }),
      genres: () => Effect.map(catalog.genres, own),
      addBook: (draft: Book.DraftInput) => catalog.add(draft),
      getBook: catalog.get,
      changeBook: (book: string, changes: Book.ChangesInput) => catalog.change(book, changes),
      removeBook: catalog.remove,
      changeStock: (book: string, change: Book.StockChangeInput) => catalog.changeStock(book, change),
      browse: (filter: BookQuery.FilterInput, page?: number, size?: number) => catalog.browse(filter, { page, size }),
      scroll: (filter: BookQuery.FilterInput, size?: number) =>
        walk((after) => catalog.scroll(filter, { after, size })),
      merge: (rows: ReadonlyArray<Import.RowInput>, { existing, ...defaults }: MergeOptions) =>
        Effect.map(imports.merge(rows, { existing, defaults }), (answers) =>
          answers.map(Either.match({ onLeft: (refused) => ({ refused }), onRight: (answered) => ({ answered }) }))
        ),
      viewCart: carts.view,
      addToCart: (customer: string, bookId: string, quantity?: number) => carts.add(customer, { bookId, quantity }),
      setQuantity: carts.setQuantity,
      removeLine: carts.remove,
      clearCart: carts.clear,
      mergeCarts: carts.merge,
      place: (customer: string, request: RequestInput, mood: Mood) => inMood(mood, checkout.place(customer, request)),
      prepare: (customer: string, request: RequestInput) =>
        Effect.map(checkout.prepare(customer, request), (order) => {
          held.set(order.id, order)
          return order
        }),
      charge: (order: string, mood: Mood) =>
        Effect.flatMap(holding(order), (order) => inMood(mood, checkout.charge(order))),
      settle: (order: string, word: Word) =>
        Effect.flatMap(holding(order), (order) => checkout.settle(order, said(word) as Outcome)),
      notified: (id: string, order: string, key: string, word: Word, mood: Mood) => {
        const notice = { source: "history", id, orderId: order, key, said: said(word) }
        return inMood(mood, checkout.notified(notice as Notice))
      },
      takeLate: (order: string) =>
        Effect.map(holding(order), ({ paymentKey, total, currency }) =>
          provider.write(paymentKey, new Captured({ paymentId: `scripted_${paymentKey}`, amount: total, currency }))
        ),
      recover: (limit: number, mood: Mood) => inMood(mood, recovered(limit)),
      cancel: (customer: string, order: string, mood: Mood) => inMood(mood, orders.cancel(customer, order)),
      getOrder: orders.get,
      listOrders: (customer: string, status: Status | null, page?: number, size?: number) =>
        orders.list(customer, { status }, { page, size }),
      scrollOrders: (customer: string, status: Status | null, size?: number) =>
        walk((after) => orders.scroll(customer, { status }, { after, size })),
      scrollAll: everybodys,
      deliver: handled,
      listEvents: events,
      retry: retried,
      audit: (overdue: number, payments: number | null, mood: Mood) => inMood(mood, audited(overdue, payments)),
      badCursor: (list: keyof typeof lists, cursor: string) =>
        lists[list](cursor === "another's" ? Page.cursor("another query", [0, idAt(place.from)]) : "%%%"),
      wait: clock.advance
    } satisfies { readonly [N in Name]: (...args: ReadonlyArray<never>) => Effect.Effect<unknown, unknown> }

    /** Makes the call; ids and what is given are in place by now. */
    const call = (name: Name, args: ReadonlyArray<unknown>): Effect.Effect<unknown, unknown> =>
      Effect.suspend(() =>
        (calls[name] as (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown>)(...args)
      )

    return { call, calls, provider, refunds }
  })

export type Shop = Effect.Effect.Success<ReturnType<typeof make>>

// internal

interface MergeOptions extends NonNullable<Import.OptionsInput["defaults"]> {
  readonly existing?: "update" | "skip"
}

const usd = Currency.make("USD")

const said = (word: Word) =>
  "captured" in word
    ? new Captured({ paymentId: word.captured, amount: Amount.make(word.amount), currency: usd })
    : "declined" in word
      ? new Declined({ reason: word.declined })
      : new Returned({ paymentId: word.returned })

/** The id of what a violation is about. */
const subject = (violation: Violation): string =>
  "orderIds" in violation
    ? (violation.orderIds[0] ?? "")
    : "eventId" in violation
      ? violation.eventId
      : "orderId" in violation
        ? violation.orderId
        : "bookId" in violation
          ? violation.bookId
          : violation.preBookingId
