/** A store as if nothing else were in it, for checks of what looks at all of it. */
import { Context, DateTime, Effect } from "effect"
import type { Violation } from "../../domain/Audit.js"
import { LeaseToken } from "../../domain/Lease.js"
import * as OrderQuery from "../../domain/OrderQuery.js"
import type { Position } from "../../domain/Page.js"
import * as Refund from "../../domain/Refund.js"
import { Auditor } from "../../ports/Auditor.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import { Outbox } from "../../ports/Outbox.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import * as Given from "../Given.js"

/**
 * Shows a check what it has made itself: of what is unfinished, due or wrong the rest is left out, and events that wait
 * already are held back for an hour.
 */
export const alone = <A, E>(check: Effect.Effect<A, E, Stores>): Effect.Effect<A, E | StoreError, Stores> =>
  Effect.gen(function* () {
    const [auditor, books, orders, refunds] = [
      yield* Auditor,
      yield* BookRepository,
      yield* OrderRepository,
      yield* RefundRepository
    ]
    const own = new Set<string>()
    let start = yield* DateTime.now
    const made = (at: DateTime.Utc, ...ids: ReadonlyArray<string>) => {
      start = DateTime.min(start, at)
      for (const id of ids) own.add(id)
    }
    const isOwn = (violation: Violation) => names(violation, own)
    const look =
      <V extends Violation>(question: (limit: number) => Effect.Effect<ReadonlyArray<V>, StoreError>) =>
      (limit: number) =>
        Effect.map(question(everything), (found) => found.filter(isOwn).slice(0, limit))

    yield* holdBack

    return yield* Effect.provide(
      check,
      Context.make(BookRepository, {
        ...books,
        add: (book) =>
          Effect.suspend(() => {
            made(book.createdAt, book.id)
            return books.add(book)
          }),
        merge: (incoming, decide) =>
          Effect.suspend(() => {
            for (const { id, createdAt } of incoming) made(createdAt, id)
            return books.merge(incoming, decide)
          })
      }).pipe(
        Context.add(OrderRepository, {
          ...orders,
          add: (order) =>
            Effect.suspend(() => {
              made(order.createdAt, order.id, order.paymentKey)
              return orders.add(order)
            }),
          unfinished: (query, position, limit) => {
            const since = query.since === null ? start : DateTime.max(query.since, start)
            return only(
              (at, size) => orders.unfinished({ ...query, since }, at, size),
              OrderQuery.position,
              ({ id }) => own.has(id),
              position,
              limit
            )
          }
        }),
        Context.add(RefundRepository, {
          ...refunds,
          list: (status, position, limit) =>
            only(
              (at, size) => refunds.list(status, at, size),
              Refund.position,
              ({ orderId }) => own.has(orderId),
              position ?? [DateTime.toEpochMillis(start) - 1, lastId, "~"],
              limit
            )
        }),
        Context.add(Auditor, {
          ...auditor,
          stock: look(auditor.stock),
          totals: look(auditor.totals),
          events: look(auditor.events),
          payments: look(auditor.payments),
          overdue: (before, limit) => look((all) => auditor.overdue(before, all))(limit)
        })
      )
    )
  })

/** Whatever waits to be told is in nobody's way for an hour. */
export const holdBack = Effect.gen(function* () {
  const outbox = yield* Outbox
  const token = LeaseToken.make(yield* Given.id)
  const start = yield* DateTime.now
  const [now, until] = [DateTime.addDuration(start, "59 minutes"), DateTime.addDuration(start, "60 minutes")]
  yield* outbox.claim({ token, now, until, limit: everything })
})

/** Whether a violation is about one of these. */
export const names = (violation: Violation, ids: Iterable<string>): boolean => {
  const all = new Set(ids)
  return Object.values(violation)
    .flat()
    .some((value) => all.has(value))
}

export const everything = 1_000_000

// internal

const lastId = "ffffffff-ffff-ffff-ffff-ffffffffffff"

/** Those of a list that are wanted, page by page, as if the others were not there. */
const only = <A>(
  page: (position: Position | null, size: number) => Effect.Effect<ReadonlyArray<A>, StoreError>,
  position: (item: A) => Position,
  isWanted: (item: A) => boolean,
  from: Position | null,
  limit: number
) =>
  Effect.gen(function* () {
    const found: Array<A> = []
    let at = from
    for (;;) {
      const items: ReadonlyArray<A> = yield* page(at, 100)
      found.push(...items.filter(isWanted))
      const last = items.at(-1)
      if (found.length >= limit || last === undefined || items.length < 100) return found.slice(0, limit)
      at = position(last)
    }
  })
