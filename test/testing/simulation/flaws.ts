import { Context, Effect, Layer } from "effect"
import type { Book, BookId } from "../../../src/domain/Book.js"
import { Declined, PaymentKey } from "../../../src/domain/Payment.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { GatewayError, PaymentGateway } from "../../../src/ports/PaymentGateway.js"
import { RefundRepository } from "../../../src/ports/RefundRepository.js"
import { StoreError } from "../../../src/ports/StoreError.js"
import type { Stores } from "../../../src/ports/Stores.js"
import { Transactor } from "../../../src/ports/Transactor.js"
import type { Options } from "../../../src/testing/Simulation.js"

/** Stores of which one port is deliberately wrong. */
const stores = (flaw: (real: Context.Context<Stores>) => Context.Context<Stores>): Options => ({
  parts: {
    stores: (real) =>
      Layer.effectContext(Effect.map(Effect.context<Stores>(), (context) => flaw(context))).pipe(Layer.provide(real))
  }
})

const instead = <I extends Stores, S>(
  tag: Context.Tag<I, S>,
  flaw: (real: S, all: Context.Context<Stores>) => Partial<S>
) =>
  stores((all) => {
    const real = Context.get(all as Context.Context<I>, tag)
    return Context.add(all, tag, { ...real, ...flaw(real, all) }) as Context.Context<Stores>
  })

/** A gateway of the host's that is deliberately wrong. */
const gateway = (flaw: (provider: PaymentGateway["Type"]) => Partial<PaymentGateway["Type"]>): Options => ({
  gateway: (provider) => Layer.succeed(PaymentGateway, { ...provider, ...flaw(provider) })
})

let keys = 0
const anew = (key: PaymentKey) => PaymentKey.make(`${key}-${keys++}`)

/** By what is wrong, a bookstore that the simulation must find wanting. */
export const flaws: Readonly<Record<string, Options>> = {
  "nothing is a transaction": instead(Transactor, () => ({ transact: (effect) => effect })),

  "what fails is not rolled back": instead(Transactor, ({ transact }) => ({
    transact: (effect) => Effect.flatten(transact(Effect.exit(effect)))
  })),

  "a lost commit is taken for one that was made": instead(Transactor, ({ transact }) => ({
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>) => {
      let answer: A
      return transact(Effect.tap(effect, (value) => Effect.sync(() => (answer = value)))).pipe(
        Effect.catchIf(
          (error): error is StoreError => error instanceof StoreError && error.outcome === "Unknown",
          () => Effect.sync(() => answer)
        )
      ) as Effect.Effect<A, E | StoreError, R>
    }
  })),

  "copies are sold that are not there": instead(BookRepository, ({ reserve }) => ({
    reserve: (copies) => Effect.catchTag(reserve(copies), "InsufficientStock", () => Effect.void)
  })),

  "the cart is not taken": instead(CartRepository, ({ items }) => ({ take: (customer) => items(customer) })),

  "the price is one that was read before": instead(CartRepository, ({ take }) => {
    const known = new Map<BookId, Book>()
    return {
      take: (customer) =>
        Effect.map(take(customer), (lines) =>
          lines.map(({ line, book }) => {
            if (book !== null && !known.has(book.id)) known.set(book.id, book)
            return { line, book: book === null ? null : (known.get(book.id) ?? book) }
          })
        )
    }
  }),

  "a repeated request is not known again": instead(OrderRepository, ({ find }) => ({
    find: (customer, key) => (key === null ? find(customer, key) : Effect.succeed(null))
  })),

  "an order moves from whatever state it is in": instead(OrderRepository, ({ move, get }) => ({
    move: (wanted) =>
      Effect.flatMap(Effect.catchTag(get(wanted.order.id, null), "OrderNotFound", Effect.die), ({ status }) =>
        move({ ...wanted, from: status })
      )
  })),

  "the copies of a failed order do not come back": instead(OrderRepository, ({ move }) => ({
    move: (wanted) => move({ ...wanted, restock: false })
  })),

  "the lines of a failed order do not come back": instead(OrderRepository, ({ move }) => ({
    move: (wanted) => move({ ...wanted, refill: false })
  })),

  "events are written after the transaction that they tell of": instead(Outbox, ({ append }, all) => ({
    append: (events) => {
      const { isOpen } = Context.get(all as Context.Context<Transactor>, Transactor)
      const whenClosed: Effect.Effect<void> = Effect.flatMap(isOpen, (open) =>
        open ? Effect.zipRight(Effect.sleep("1 millis"), whenClosed) : Effect.ignore(append(events))
      )
      return Effect.asVoid(Effect.forkDaemon(whenClosed))
    }
  })),

  "events are marked before they are told": instead(Outbox, ({ claim, delivered }) => ({
    claim: (wanted) =>
      Effect.tap(claim(wanted), (deliveries) =>
        Effect.forEach(deliveries, ({ event }) => delivered(event.id, wanted.token, wanted.now))
      ),
    delivered: () => Effect.succeed(true)
  })),

  "a refund is not listed": instead(RefundRepository, () => ({ add: () => Effect.succeed(false) })),

  "each call of the gateway has a key of its own": gateway(({ charge }) => ({
    charge: (request) => charge({ ...request, key: anew(request.key) })
  })),

  "what was charged without an answer is charged again with another key": gateway(({ charge }) => ({
    charge: (request) => Effect.catchAll(charge(request), () => charge({ ...request, key: anew(request.key) }))
  })),

  "each refund has a key of its own": gateway(({ refund }) => ({
    refund: (request) => refund({ ...request, key: anew(request.key) })
  })),

  "a charge without an answer is taken for none": gateway(({ charge }) => ({
    charge: (request) => Effect.mapError(charge(request), ({ cause }) => new GatewayError({ moneyMoved: "No", cause }))
  })),

  "a provider that does not answer is taken to have declined": gateway(({ lookup }) => ({
    lookup: (key) => Effect.catchAll(lookup(key), () => Effect.succeed(new Declined({ reason: "no answer" })))
  })),

  "a refund without an answer is taken for done": gateway(({ refund }) => ({
    refund: (request) => Effect.ignore(refund(request))
  }))
}
