/** What is walked through step by step, each with a beginning that is not: the steps are those of `walk`. */
import { Duration, Effect } from "effect"
import type { OrderId } from "../../src/domain/OrderId.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { PaymentGateway } from "../../src/ports/PaymentGateway.js"
import { badCard, type Calls, card } from "./Calls.js"
import { later } from "./Clocks.js"

export interface Scenario {
  readonly name: string
  /** Makes what the walk begins with; answers the walk. */
  readonly prepare: (calls: Calls, name: string) => Effect.Effect<Effect.Effect<unknown>, unknown, Ports>
}

type Ports = OrderRepository | PaymentGateway

const scenario = (name: string, prepare: Scenario["prepare"]): Scenario => ({ name, prepare })

/** A book with so many copies on the shelf. */
const book = ({ perform }: Calls, title: string, copies: number) =>
  Effect.gen(function* () {
    const { id } = yield* perform({ do: "add_book", title })
    if (id === null) return yield* Effect.dieMessage("a book was not added")
    yield* perform({ do: "change_stock", book: id, delta: copies })
    return id
  })

/** A cart of two books, one of them with its last copies. */
const cart = (calls: Calls, customer: string) =>
  Effect.gen(function* () {
    const [plenty, last] = [yield* book(calls, `${customer}: plenty`, 9), yield* book(calls, `${customer}: last`, 2)]
    yield* calls.perform({ do: "add_line", customer, book: plenty, quantity: 1 })
    yield* calls.perform({ do: "add_line", customer, book: last, quantity: 2 })
    return { plenty, last }
  })

const place = ({ perform }: Calls, customer: string, key: string | null = null, method = card) =>
  perform({ do: "place", customer, key, method })

const bought = (calls: Calls, customer: string) =>
  Effect.gen(function* () {
    yield* cart(calls, customer)
    return yield* orderOf(place(calls, customer))
  })

/** Written, and not asked of the provider. */
const prepared = (calls: Calls, customer: string) =>
  Effect.gen(function* () {
    yield* cart(calls, customer)
    return yield* orderOf(calls.perform({ do: "prepare", customer }))
  })

const orderOf = <E, R>(answer: Effect.Effect<{ readonly tag: string; readonly id: string | null }, E, R>) =>
  Effect.flatMap(answer, ({ tag, id }) => (id === null ? Effect.dieMessage(`no order: ${tag}`) : Effect.succeed(id)))

/** Asks the provider as checkout does, and forgets the answer. */
const charged = (order: string, method = card) =>
  Effect.gen(function* () {
    const { id, customerId, paymentKey, total, currency } = yield* (yield* OrderRepository).get(order as OrderId, null)
    yield* (yield* PaymentGateway).charge({
      key: paymentKey,
      orderId: id,
      customerId,
      amount: total,
      currency,
      method
    })
  })

/** The provider captured after the order had been given up. */
const chargedLate = (calls: Calls, customer: string) =>
  Effect.gen(function* () {
    const order = yield* prepared(calls, customer)
    yield* calls.perform({ do: "give_up", customer, order })
    yield* charged(order)
    return order
  })

/** Before the time that recovery leaves to whoever is at work. */
const longAgo = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.clock, (clock) => Effect.withClock(effect, later(clock, -Duration.toMillis("1 minute"))))

export const all: ReadonlyArray<Scenario> = [
  scenario("checkout", (calls, name) =>
    Effect.gen(function* () {
      yield* cart(calls, name)
      return Effect.gen(function* () {
        yield* place(calls, name, "key-1")
        yield* place(calls, name, "key-1")
      })
    })
  ),

  scenario("checkout declined", (calls, name) => Effect.as(cart(calls, name), place(calls, name, null, badCard))),

  scenario("cancel", (calls, name) =>
    Effect.map(bought(calls, name), (order) => calls.perform({ do: "cancel", customer: name, order }))
  ),

  scenario("stock", (calls, name) =>
    Effect.map(book(calls, name, 1), (book) =>
      Effect.gen(function* () {
        yield* calls.perform({ do: "change_stock", book, delta: -1 })
        yield* calls.perform({ do: "change_stock", book, delta: 4 })
        yield* calls.perform({ do: "add_line", customer: name, book, quantity: 1 })
      })
    )
  ),

  scenario("relay", (calls, name) =>
    Effect.gen(function* () {
      const order = yield* bought(calls, name)
      yield* calls.perform({ do: "deliver" })
      yield* calls.perform({ do: "cancel", customer: name, order })
      return calls.perform({ do: "deliver" })
    })
  ),

  // Captured and not written, never charged, declined and not written.
  scenario("recover orders", (calls, name) =>
    Effect.gen(function* () {
      yield* longAgo(
        Effect.gen(function* () {
          yield* charged(yield* prepared(calls, `${name} captured`))
          yield* prepared(calls, `${name} uncharged`)
          yield* charged(yield* prepared(calls, `${name} declined`), badCard)
        })
      )
      return calls.perform({ do: "recover" })
    })
  ),

  // Money that no order keeps: of a late capture that nobody has heard of, and of one that is listed; and of a cancelled order.
  scenario("recover money", (calls, name) =>
    Effect.gen(function* () {
      yield* longAgo(
        Effect.gen(function* () {
          const [late, listed, cancelled] = [`${name} late`, `${name} listed`, `${name} cancelled`]
          yield* chargedLate(calls, late)
          yield* calls.perform({ do: "settle", customer: listed, order: yield* chargedLate(calls, listed) })
          yield* calls.perform({ do: "cancel_unpaid", customer: cancelled, order: yield* bought(calls, cancelled) })
        })
      )
      return calls.perform({ do: "recover" })
    })
  ),

  scenario("notice", (calls, name) =>
    Effect.gen(function* () {
      const order = yield* prepared(calls, name)
      yield* charged(order)
      return Effect.gen(function* () {
        yield* calls.perform({ do: "notice", order })
        yield* calls.perform({ do: "notice", order })
      })
    })
  )
]

export const named = (name: string): Scenario => {
  const found = all.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return found
}
