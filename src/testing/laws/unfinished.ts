/** Orders that wait for more than their customer. */
import { DateTime, Effect } from "effect"
import * as Order from "../../domain/Order.js"
import { position, type Unfinished } from "../../domain/OrderQuery.js"
import type { Position } from "../../domain/Page.js"
import { OrderRepository } from "../../ports/OrderRepository.js"
import * as Given from "../Given.js"
import { holds, type Law, law, same } from "../Law.js"
import { cancelled, confirmed, move } from "./done.js"

/** A window that no other check has orders in. */
const ownTime = Effect.map(Given.id, (text) => Number.parseInt(text.slice(0, 8), 16) * 1000 + 40 * 365 * 86_400_000)

const placed = (millis: number) =>
  Effect.gen(function* () {
    return yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()], { createdAt: Given.at(millis) })
  })

const failing = (order: Order.PendingOrder, reason: string) =>
  Effect.flatMap(Given.facts, (facts) => move(Order.fail(order, reason, facts)))

/** By cursor, with what a page may hold. */
const walk = (query: Unfinished, size: number) =>
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const found: Array<Order.Order> = []
    let at: Position | null = null
    for (;;) {
      const page: ReadonlyArray<Order.Order> = yield* orders.unfinished(query, at, size)
      yield* holds("no page is longer than asked for", page.length <= size)
      found.push(...page)
      const last = page.at(-1)
      if (last === undefined || page.length < size) return found.map(({ id }) => id)
      at = position(last)
    }
  })

const waiting = law(
  "unfinished are exactly the orders that wait for that and were placed in the window, with all that they say",
  Effect.gen(function* () {
    const orders = yield* OrderRepository
    const time = yield* ownTime
    const [pending, paid, given, back, declined, never] = yield* Effect.forEach([0, 1, 2, 3, 4, 5], (i) =>
      placed(time + i)
    )
    if (!pending || !paid || !given || !back || !declined || !never) return
    for (const order of [paid, given, back]) yield* move(yield* confirmed(order))
    for (const order of [given, back]) {
      const next = yield* cancelled((yield* confirmed(order)).order)
      yield* move(next)
      if (order === back && next.order.status === "cancelled") yield* move(Order.refund(next.order, yield* Given.facts))
    }
    yield* failing(declined, "declined")
    yield* failing(never, Order.neverCharged)
    const window = { since: Given.at(time), before: Given.at(time + 6) }
    const expected = { payment: pending, refund: given, charge: never } as const
    for (const waiting of ["payment", "refund", "charge"] as const) {
      const found = yield* orders.unfinished({ waiting, ...window }, null, 100)
      const order = yield* orders.get(expected[waiting].id, null)
      yield* same(`those that wait for a ${waiting}`, found, [order])
    }
  })
)

const windowed = law(
  "unfinished orders come oldest first, ties by id, from the start of the window to before its end, each once from cursor to cursor",
  Effect.gen(function* () {
    const time = yield* ownTime
    const made = yield* Effect.forEach([3, 1, 2, 2, 2, 0, 4], (i) => placed(time + i))
    const ids = made
      .toSorted(
        (a, b) => DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt) || (a.id < b.id ? -1 : 1)
      )
      .map(({ id }) => id)
    const query = { waiting: "payment", since: Given.at(time + 1), before: Given.at(time + 4) } as const
    for (const size of [1, 2, 5, 100]) yield* same(`by ${size}`, yield* walk(query, size), ids.slice(1, -1))
    const all = yield* walk({ ...query, since: null }, 100)
    const own = all.filter((id) => ids.includes(id))
    yield* same("without a start", own, ids.slice(0, -1))
  })
)

export const unfinished: ReadonlyArray<Law> = [waiting, windowed]
