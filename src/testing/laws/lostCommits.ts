/** A transaction whose outcome was lost, though it was kept, or though it was not. */
import { Effect } from "effect"
import { StoreError } from "../../ports/StoreError.js"
import type { Stores } from "../../ports/Stores.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Given from "../Given.js"
import { atOnce, type Law, onlyRefusals, race, same } from "../Law.js"
import { eventsOf, linesOf, ordersOf, stockOf } from "./seen.js"
import { ledger, place, shopper, trading } from "./trade.js"

const lost = new StoreError({
  operation: "commit",
  outcome: "Unknown",
  retryable: true,
  cause: new Error("the link was lost at the commit")
})

/** Of the transactions of a check the next so many are kept, or not, and their outcome is lost either way. */
const losing = <A, E>(
  isKept: boolean,
  check: (lose: (count: number) => Effect.Effect<void>) => Effect.Effect<A, E, Stores>
): Effect.Effect<A, E, Stores> =>
  Effect.flatMap(Transactor, ({ transact, isOpen }) => {
    let left = 0
    const lose = (count: number) =>
      Effect.sync(() => {
        left = count
      })
    const lossy = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
      Effect.flatMap(isOpen, (isInside) => {
        if (isInside || left <= 0) return transact(effect)
        left--
        return isKept ? Effect.zipRight(transact(effect), lost) : transact(Effect.zipRight(effect, lost))
      })
    return Effect.provideService(check(lose), Transactor, { transact: lossy, isOpen })
  })

/** However the first commits were lost: one order, one charge. */
const oneOrder = (isKept: boolean, count: number, withKey: boolean) =>
  losing(isKept, (lose) =>
    trading(
      Effect.gen(function* () {
        const book = yield* Given.shelved(5)
        const { customer } = yield* shopper([book], 2)
        const request = withKey ? { idempotencyKey: yield* Given.key } : {}
        yield* lose(count)
        const { successes, failures } = yield* atOnce(withKey ? 4 : 1, () => place(customer, request))
        yield* lose(0)
        yield* onlyRefusals(failures, [])
        const [order] = successes
        for (const other of successes) yield* same("the order of another try", other, order)
        yield* same("the orders there are", yield* ordersOf(customer), [order])
        yield* same("the order", order?.status, "confirmed")
        const { asked, charges } = yield* ledger
        yield* same("how often it was charged", [asked.length, charges.length], [1, 1])
        yield* same("the copies left", yield* stockOf(book), 3)
        yield* same("the cart", yield* linesOf(customer), [])
        yield* same("how many events", order === undefined ? 0 : (yield* eventsOf(order.id)).length, 1)
      })
    )
  )

const law = (name: string, isKept: boolean): Law =>
  race(
    name,
    Effect.gen(function* () {
      for (const withKey of [false, true]) {
        for (const count of [1, 2]) yield* oneOrder(isKept, count, withKey)
      }
    })
  )

const kept = law("an order whose commit was lost after it was kept is one order with one charge", true)
const rolledBack = law("an order whose commit was lost before it was kept is one order with one charge", false)

export const lostCommits: ReadonlyArray<Law> = [kept, rolledBack]
