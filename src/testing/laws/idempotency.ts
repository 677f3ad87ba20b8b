/** A request that comes again. */
import { Effect } from "effect"
import { IdempotencyKeyReused } from "../../domain/Checkout.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"
import * as Scripted from "../ScriptedGateway.js"
import { linesOf, ordersOf, stockOf } from "./seen.js"
import { ledger, place, script, shopper, trading } from "./trade.js"

const twins = race(
  "ten requests with one key at once get the same order, with one charge",
  trading(
    Effect.gen(function* () {
      const { customer } = yield* shopper([yield* Given.onSale()])
      const idempotencyKey = yield* Given.key
      const { successes, failures } = yield* atOnce(10, () => place(customer, { idempotencyKey }))
      yield* onlyRefusals(failures, [])
      const [first] = successes
      for (const order of successes) yield* same("the order", order, first)
      yield* same("the orders there are", yield* ordersOf(customer), [first])
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 1)
      yield* same("a later one", yield* place(customer, { idempotencyKey }), first)
    })
  )
)

const reused = law(
  "a key that was used for another request is refused without effect; another customer's key is free",
  trading(
    Effect.gen(function* () {
      const book = yield* Given.onSale()
      const [one, other] = [yield* shopper([book]), yield* shopper([book])]
      const idempotencyKey = yield* Given.key
      yield* place(one.customer, { idempotencyKey, paymentMethod: "card 1" })
      const line = yield* Given.inCart(one.customer, book)
      const again = place(one.customer, { idempotencyKey, paymentMethod: "card 2" })
      yield* refuses("another request", again, new IdempotencyKeyReused())
      yield* same("the cart", yield* linesOf(one.customer), [line])
      yield* same("the other's order", (yield* place(other.customer, { idempotencyKey })).customerId, other.customer)
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 2)
      yield* same("the copies left", yield* stockOf(book), 1)
    })
  )
)

const replayed = law(
  "a declined request that comes again is answered as before, and the gateway is not asked again",
  trading(
    Effect.gen(function* () {
      const { customer, lines } = yield* shopper([yield* Given.onSale()])
      const idempotencyKey = yield* Given.key
      yield* script(Scripted.decline("no funds"))
      const first = yield* refused(place(customer, { idempotencyKey }))
      yield* same("the first answer", first._tag, "PaymentFailed")
      yield* refuses("the second answer", place(customer, { idempotencyKey }), first)
      yield* same("how often the gateway was asked", (yield* ledger).asked.length, 1)
      yield* same("the cart", yield* linesOf(customer), lines)
    })
  )
)

export const idempotency: ReadonlyArray<Law> = [twins, reused, replayed]
