import { Context, DateTime, Duration, Effect, Either, HashMap, Layer, Option } from "effect"
import * as Lines from "../../../src/adapters/memory/Lines.js"
import type { State } from "../../../src/adapters/memory/State.js"
import type { Store } from "../../../src/adapters/memory/Store.js"
import type { Book, BookId } from "../../../src/domain/Book.js"
import { EventId, PreBookingNotified } from "../../../src/domain/Event.js"
import type * as Fulfilment from "../../../src/domain/Fulfilment.js"
import type { OrderId } from "../../../src/domain/Order.js"
import { Declined, PaymentKey } from "../../../src/domain/Payment.js"
import * as PreBooking from "../../../src/domain/PreBooking.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { FulfilmentRepository } from "../../../src/ports/FulfilmentRepository.js"
import { Leases } from "../../../src/ports/Leases.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { GatewayError, PaymentGateway } from "../../../src/ports/PaymentGateway.js"
import { PreBookingRepository } from "../../../src/ports/PreBookingRepository.js"
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

/** As `instead`, for what no port would do: it has the state itself in its hands. */
const within = <I extends Stores, S>(
  tag: Context.Tag<I, S>,
  flaw: (real: S, store: Context.Tag.Service<Store>) => Partial<S>
): Options => ({
  parts: {
    stores: (real, store) =>
      Layer.effectContext(
        Effect.map(Effect.context<Stores>(), (all) => {
          const port = Context.get(all as Context.Context<I>, tag)
          return Context.add(all, tag, { ...port, ...flaw(port, store) }) as Context.Context<Stores>
        })
      ).pipe(Layer.provide(real))
  }
})

/** Those of a status who were asked for in this order, as they are written. */
const bookings = <S extends PreBooking.Status>({ preBookings }: State, status: S) =>
  [...HashMap.values(preBookings)]
    .filter((booking): booking is Extract<PreBooking.PreBooking, { readonly status: S }> => booking.status === status)
    .sort((a, b) => (a.id < b.id ? -1 : 1))

/** Writes pre-bookings as they should never become. */
const written = (store: Context.Tag.Service<Store>, next: (state: State) => ReadonlyArray<PreBooking.PreBooking>) =>
  store.change((state) => {
    let left = state
    for (const booking of next(state)) {
      const change = Lines.write(left, "flaw", booking)
      if (Either.isRight(change)) left = change.right[1]
    }
    return Either.right([undefined, left])
  })

/** A repository that writes whatever it is told to write. */
const unguarded = (flaw: (real: FulfilmentRepository["Type"]) => Partial<FulfilmentRepository["Type"]>): Options => ({
  parts: {
    stores: (real, store) =>
      Layer.effectContext(
        Effect.map(Effect.context<Stores>(), (all) => {
          const fulfilments = Context.get(all, FulfilmentRepository)
          return Context.add(all, FulfilmentRepository, { ...fulfilments, save: saved(store), ...flaw(fulfilments) })
        })
      ).pipe(Layer.provide(real))
  }
})

const saved =
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
    reserve: (copies, buyer) => Effect.catchTag(reserve(copies, buyer), "InsufficientStock", () => Effect.void)
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

  "a copy is held for two": within(PreBookingRepository, ({ hand }, store) => ({
    hand: (line, handout) =>
      Effect.tap(hand(line, handout), (done) => {
        const [first] = handout.held
        if (!done || first === undefined) return Effect.void
        return written(store, (state) =>
          bookings(state, "waiting")
            .filter(({ bookId }) => bookId === first.bookId)
            .slice(0, 1)
            .map((next) => PreBooking.hold(next, first.notifiedAt, first.expiresAt))
        )
      })
  })),

  "a copy that is held is sold to somebody else": within(BookRepository, ({ reserve }, store) => ({
    reserve: (copies, buyer) =>
      Effect.catchTag(reserve(copies, buyer), "InsufficientStock", (refusal) =>
        Effect.flatMap(
          store.read((state) => Either.right(bookings(state, "held"))),
          ([held]) =>
            held === undefined || buyer === undefined
              ? Effect.fail(refusal)
              : reserve(copies, { ...buyer, customerId: held.customerId })
        )
      )
  })),

  "a hold that has lapsed is honoured": instead(BookRepository, ({ reserve }) => ({
    reserve: (copies, buyer) => reserve(copies, buyer && { ...buyer, now: DateTime.unsafeMake(0) })
  })),

  "a hold that has lapsed is passed on by nobody": instead(PreBookingRepository, ({ due }) => ({
    due: (books, _, limit) => due(books, DateTime.unsafeMake(0), limit)
  })),

  "the copy that was held is lost when its payment fails": within(OrderRepository, ({ move }, store) => ({
    move: (wanted) =>
      Effect.tap(move(wanted), (moved) =>
        moved && wanted.refill
          ? written(store, (state) =>
              bookings(state, "held")
                .filter(({ customerId }) => customerId === wanted.order.customerId)
                .map(PreBooking.expire)
            )
          : Effect.void
      )
  })),

  "the last in line is served first": within(PreBookingRepository, ({ hand }, store) => ({
    hand: (line, handout) =>
      Effect.tap(hand(line, handout), (done) => {
        const [first] = handout.held
        if (!done || first === undefined) return Effect.void
        return written(store, (state) => {
          const last = bookings(state, "waiting").findLast(({ bookId }) => bookId === first.bookId)
          if (last === undefined) return []
          const { status, notifiedAt, expiresAt, ...asked } = first
          return [new PreBooking.Waiting(asked), PreBooking.hold(last, notifiedAt, expiresAt)]
        })
      })
  })),

  "copies that come in go past those who wait": within(BookRepository, ({ modify }, store) => ({
    modify: (id, decide) =>
      Effect.tap(modify(id, decide), (book) =>
        store.change((state) => {
          const line = Option.getOrNull(HashMap.get(state.lines, id))
          const left =
            line === null || line.arrived === 0
              ? state
              : {
                  ...state,
                  books: HashMap.set(state.books, id, book),
                  lines: HashMap.set(state.lines, id, { ...line, arrived: 0 })
                }
          return Either.right([undefined, left])
        })
      )
  })),

  "copies that come in are not handed out": instead(PreBookingRepository, ({ line }) => ({
    line: (book, now, limit) =>
      Effect.map(line(book, now, limit), (found) => (found === null ? null : { ...found, arrived: 0, lapsed: [] }))
  })),

  "one of those who waited is forgotten": instead(PreBookingRepository, ({ untold }) => ({
    untold: (book, limit) =>
      Effect.map(untold(book, limit), (all) => all.filter(({ customerId }) => customerId !== "c1"))
  })),

  "those who waited are told twice": instead(Outbox, ({ append }) => ({
    append: ([first, ...rest]) =>
      append([
        first,
        ...rest,
        ...[first, ...rest].flatMap((event) =>
          event._tag === "PreBookingNotified"
            ? [new PreBookingNotified({ ...event, id: EventId.make(event.id.replace(/^0/, "1")) })]
            : []
        )
      ])
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
