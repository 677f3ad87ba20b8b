import { Context, Duration, Effect, Either, HashMap, Layer, Option } from "effect"
import type { Store } from "../../../src/adapters/memory/Store.js"
import type { Book, BookId } from "../../../src/domain/Book.js"
import type * as Fulfilment from "../../../src/domain/Fulfilment.js"
import type { OrderId } from "../../../src/domain/Order.js"
import { Declined, PaymentKey } from "../../../src/domain/Payment.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { FulfilmentRepository } from "../../../src/ports/FulfilmentRepository.js"
import { Leases } from "../../../src/ports/Leases.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { GatewayError, PaymentGateway } from "../../../src/ports/PaymentGateway.js"
import { RefundRepository } from "../../../src/ports/RefundRepository.js"
import { StoreError } from "../../../src/ports/StoreError.js"
import type { Stores } from "../../../src/ports/Stores.js"
import { Transactor } from "../../../src/ports/Transactor.js"
import { Fulfilments } from "../../../src/services/Fulfilments.js"
import type { Options } from "../../../src/testing/Simulation.js"
import { bookstore } from "../../../src/testing/simulation/Machine.js"

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

/** A repository that writes whatever it is told to write. */
const unguarded = (flaw: (real: FulfilmentRepository["Type"]) => Partial<FulfilmentRepository["Type"]>): Options => ({
  parts: {
    stores: (real, store) =>
      Layer.effectContext(
        Effect.map(Effect.context<Stores>(), (all) => {
          const fulfilments = Context.get(all, FulfilmentRepository)
          return Context.add(all, FulfilmentRepository, { ...fulfilments, save: written(store), ...flaw(fulfilments) })
        })
      ).pipe(Layer.provide(real))
  }
})

const written =
  (store: Context.Tag.Service<Store>) =>
  ({ next, entry }: Fulfilment.Change) =>
    store.change((state) => {
      const entries = Option.getOrElse(HashMap.get(state.entries, next.orderId), () => [])
      return Either.right([
        true,
        {
          ...state,
          boxes: HashMap.set(state.boxes, next.orderId, next),
          entries: HashMap.set(state.entries, next.orderId, [...entries, entry])
        }
      ])
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

  "a version is not compared": unguarded(({ get }) => {
    const known = new Map<OrderId, Effect.Effect.Success<ReturnType<typeof get>>>()
    return {
      // What is read is what was there some time ago, as it is outside of a transaction.
      get: (id) =>
        Effect.map(get(id), (found) => {
          const before = known.get(id)
          known.set(id, found)
          return before ?? found
        })
    }
  }),

  "the status of an order is not looked at": unguarded(({ get }) => ({
    get: (id) => Effect.map(get(id), (found) => ({ ...found, status: "confirmed" as const }))
  })),

  "an epoch is not compared": {
    parts: {
      bookstore: Layer.map(bookstore, (all) => {
        const fulfilments = Context.get(all, Fulfilments)
        const { complete, pause, renew } = fulfilments
        return Context.add(all, Fulfilments, {
          ...fulfilments,
          complete: (worker, id) => complete(worker, id),
          pause: (worker, id) => pause(worker, id),
          renew: (worker, id) => renew(worker, id)
        })
      })
    }
  },

  "a lease is given to whoever asks": instead(Leases, ({ acquire }, all) => {
    const others = new Map<string, Effect.Effect<unknown, StoreError>>()
    const { release } = Context.get(all as Context.Context<Leases>, Leases)
    return {
      current: () => Effect.succeed(null),
      acquire: (key, holder, ttl) =>
        Effect.suspend(() => others.get(key) ?? Effect.void).pipe(
          Effect.zipRight(acquire(key, holder, ttl)),
          Effect.tap(({ token }) => Effect.sync(() => others.set(key, release(key, token))))
        )
    }
  }),

  "a lease has no end": instead(Leases, ({ acquire }) => ({
    acquire: (key, holder, ttl) => acquire(key, holder, key.startsWith("fulfilment/") ? Duration.days(1) : ttl)
  })),

  "a lease is not given back": instead(Leases, () => ({ release: () => Effect.succeed(true) })),

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
