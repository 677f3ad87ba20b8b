import { Context, Effect, Layer } from "effect"
import * as Memory from "../../../src/adapters/memory/index.js"
import { Auditor } from "../../../src/ports/Auditor.js"
import { BookIndex } from "../../../src/ports/BookIndex.js"
import { BookRepository } from "../../../src/ports/BookRepository.js"
import { CartRepository } from "../../../src/ports/CartRepository.js"
import { FulfilmentRepository } from "../../../src/ports/FulfilmentRepository.js"
import { GenreRepository } from "../../../src/ports/GenreRepository.js"
import { Inbox } from "../../../src/ports/Inbox.js"
import { Leases } from "../../../src/ports/Leases.js"
import { OrderRepository } from "../../../src/ports/OrderRepository.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { PreBookingRepository } from "../../../src/ports/PreBookingRepository.js"
import { RefundRepository } from "../../../src/ports/RefundRepository.js"
import { StoreError } from "../../../src/ports/StoreError.js"
import { StoreHealth } from "../../../src/ports/StoreHealth.js"
import type { Stores } from "../../../src/ports/Stores.js"
import { Transactor } from "../../../src/ports/Transactor.js"
import { WishRepository } from "../../../src/ports/WishRepository.js"

export interface Ports {
  readonly auditor: Auditor["Type"]
  readonly books: BookRepository["Type"]
  readonly carts: CartRepository["Type"]
  readonly fulfilments: FulfilmentRepository["Type"]
  readonly genres: GenreRepository["Type"]
  readonly inbox: Inbox["Type"]
  readonly index: BookIndex["Type"]
  readonly leases: Leases["Type"]
  readonly orders: OrderRepository["Type"]
  readonly outbox: Outbox["Type"]
  readonly preBookings: PreBookingRepository["Type"]
  readonly refunds: RefundRepository["Type"]
  readonly transactor: Transactor["Type"]
  readonly wishes: WishRepository["Type"]
}

/** By law, the flaws that it must catch. */
export type Flaws = Readonly<Record<string, Readonly<Record<string, Layer.Layer<Stores>>>>>

/** Memory stores of which one thing is deliberately wrong. */
export const breaking = (flaw: (real: Ports) => Partial<Ports>): Layer.Layer<Stores> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const real: Ports = {
        auditor: yield* Auditor,
        books: yield* BookRepository,
        carts: yield* CartRepository,
        fulfilments: yield* FulfilmentRepository,
        genres: yield* GenreRepository,
        inbox: yield* Inbox,
        index: yield* BookIndex,
        leases: yield* Leases,
        orders: yield* OrderRepository,
        outbox: yield* Outbox,
        preBookings: yield* PreBookingRepository,
        refunds: yield* RefundRepository,
        transactor: yield* Transactor,
        wishes: yield* WishRepository
      }
      const broken = { ...real, ...flaw(real) }
      return Context.make(StoreHealth, yield* StoreHealth).pipe(
        Context.add(Auditor, broken.auditor),
        Context.add(BookRepository, broken.books),
        Context.add(CartRepository, broken.carts),
        Context.add(FulfilmentRepository, broken.fulfilments),
        Context.add(GenreRepository, broken.genres),
        Context.add(Inbox, broken.inbox),
        Context.add(BookIndex, broken.index),
        Context.add(Leases, broken.leases),
        Context.add(OrderRepository, broken.orders),
        Context.add(Outbox, broken.outbox),
        Context.add(PreBookingRepository, broken.preBookings),
        Context.add(RefundRepository, broken.refunds),
        Context.add(Transactor, broken.transactor),
        Context.add(WishRepository, broken.wishes)
      )
    })
  ).pipe(Layer.provide(Memory.layer))

export const collision = new StoreError({
  operation: "broken",
  outcome: "RolledBack",
  retryable: true,
  cause: new Error("collided")
})

/** Fails whatever overlaps with another. */
export const colliding = () => {
  let inFlight = 0
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => inFlight++),
      (others) => Effect.zipRight(others > 0 ? collision : Effect.yieldNow(), effect),
      () => Effect.sync(() => inFlight--)
    )
}
