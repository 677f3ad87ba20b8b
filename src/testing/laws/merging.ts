/** A guest's cart moved into a customer's. */
import { Effect } from "effect"
import { merge as mergeLines } from "../../domain/Cart.js"
import { Transactor } from "../../ports/Transactor.js"
import { Carts } from "../../services/Carts.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, same } from "../Law.js"
import { linesOf, ordersOf } from "./seen.js"
import { place, shopper, type Trade, trading } from "./trade.js"

const twice = race(
  "a guest's cart that is merged five times at once moves once, and quantities add up",
  trading(
    Effect.gen(function* () {
      const carts = yield* Carts
      const [a, b, c] = [yield* Given.onSale(), yield* Given.onSale(), yield* Given.onSale()]
      const [mine, guest] = [yield* shopper([a, b], 2), yield* shopper([c, b], 3)]
      const { failures } = yield* atOnce(5, () => carts.merge(guest.customer, mine.customer))
      yield* onlyRefusals(failures, [])
      yield* same("the guest's cart", yield* linesOf(guest.customer), [])
      const expected = mergeLines(mine.lines, guest.lines).map(({ bookId, quantity }) => [bookId, quantity])
      const found = (yield* linesOf(mine.customer)).map(({ bookId, quantity }) => [bookId, quantity])
      yield* same("the customer's cart", found.toSorted(), expected.toSorted())
    })
  )
)

const undone = law(
  "a merge that is rolled back leaves both carts as they were",
  trading(
    Effect.gen(function* () {
      const carts = yield* Carts
      const { transact } = yield* Transactor
      const [a, b] = [yield* Given.onSale(), yield* Given.onSale()]
      const [mine, guest] = [yield* shopper([a]), yield* shopper([a, b])]
      yield* Effect.exit(transact(Effect.zipRight(carts.merge(guest.customer, mine.customer), Effect.fail("undone"))))
      yield* same("the guest's cart", yield* linesOf(guest.customer), guest.lines)
      yield* same("the customer's cart", yield* linesOf(mine.customer), mine.lines)
      yield* carts.merge(mine.customer, mine.customer)
      yield* same("a cart merged into itself", yield* linesOf(mine.customer), mine.lines)
    })
  )
)

const whileCheckedOut = race(
  "no copy is lost or doubled when a cart is merged while it is checked out",
  trading(
    Effect.gen(function* () {
      const carts = yield* Carts
      const [a, b] = [yield* Given.shelved(99), yield* Given.shelved(99)]
      const [mine, guest] = [yield* shopper([a], 2), yield* shopper([a, b], 3)]
      const { failures } = yield* atOnce(
        4,
        (i): Effect.Effect<unknown, { readonly _tag: string }, Trade> =>
          i < 2 ? place(mine.customer) : carts.merge(guest.customer, mine.customer)
      )
      yield* onlyRefusals(failures, ["CheckoutInProgress", "CartEmpty"])
      const orders = yield* ordersOf(mine.customer)
      const lines = [...orders.flatMap((order) => order.lines), ...(yield* linesOf(mine.customer))]
      const copies = (id: string) => lines.reduce((sum, line) => sum + (line.bookId === id ? line.quantity : 0), 0)
      yield* same("the guest's cart", yield* linesOf(guest.customer), [])
      yield* same("the copies in orders and cart", [copies(a.id), copies(b.id)], [5, 3])
    })
  )
)

export const merging: ReadonlyArray<Law> = [twice, undone, whileCheckedOut]
