/** A bookstore whose parts do as a test says, and what its workers are asked to do. */
import { Cause, Context, Duration, Effect, Exit, Layer, Metric } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Fulfilment from "../../src/domain/Fulfilment.js"
import type { OrderId } from "../../src/domain/Order.js"
import { FulfilmentRepository } from "../../src/ports/FulfilmentRepository.js"
import * as FulfilmentSettings from "../../src/ports/FulfilmentSettings.js"
import { Leases } from "../../src/ports/Leases.js"
import { StoreError } from "../../src/ports/StoreError.js"
import type { Stores } from "../../src/ports/Stores.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as Bookstore from "../../src/services/Bookstore.js"
import { Fulfilments } from "../../src/services/Fulfilments.js"
import * as Given from "../../src/testing/Given.js"
import { confirmed, move } from "../../src/testing/laws/done.js"

export type Shop = Bookstore.Bookstore | Stores

/** Over memory unless other stores are given; `flaw` puts something else in the place of a port. */
export const shop = <E = never>(
  flaw: Flaw = (all) => all,
  {
    stores = Memory.layer as Layer.Layer<Stores, E>,
    settings = {}
  }: { readonly stores?: Layer.Layer<Stores, E>; readonly settings?: FulfilmentSettings.Options } = {}
) => {
  const flawed = Layer.provide(Layer.effectContext(Effect.map(Effect.context<Stores>(), flaw)), stores)
  return Bookstore.layer.pipe(
    Layer.provide(FulfilmentSettings.layer(settings)),
    Layer.provide(DemoGateway.layer),
    Layer.provideMerge(flawed)
  )
}

export type Flaw = (real: Context.Context<Stores>) => Context.Context<Stores>

/** One port with other methods; `all` are the real ones. */
export const instead =
  <I extends Stores, S extends object>(
    tag: Context.Tag<I, S>,
    methods: (real: S, all: Context.Context<Stores>) => Partial<S>
  ): Flaw =>
  (all) => {
    const real = Context.get(all as Context.Context<I>, tag)
    return Context.add(all, tag, { ...real, ...methods(real, all) }) as Context.Context<Stores>
  }

/** An order that waits to be picked. */
export const paid = Effect.gen(function* () {
  const made = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()])
  const paying = yield* confirmed(made)
  yield* move(paying)
  return made.id
})

/** Also the next stages are taken and completed, until the box is at this one. */
export const at = (stage: Fulfilment.Stage) =>
  Effect.gen(function* () {
    const [fulfilments, id] = [yield* Fulfilments, yield* paid]
    for (const before of ["pick", "pack", "dispatch"] as const) {
      if (before === stage) break
      yield* fulfilments.take("somebody", id)
      yield* fulfilments.complete("somebody", id)
    }
    return id
  })

export const trouble = (outcome: StoreError["outcome"]) =>
  new StoreError({ operation: "test", outcome, retryable: true, cause: new Error("the link was lost") })

/** The row, its entries, and whether the row's own lease is the one that runs; null when none is there for either. */
export const seen = (id: OrderId) =>
  Effect.gen(function* () {
    const [fulfilments, leases] = [yield* FulfilmentRepository, yield* Leases]
    const { box } = yield* fulfilments.get(id)
    const key = Fulfilment.leaseKey(id)
    const lease = yield* leases.current(key)
    const isIts =
      box.state === "in_progress" ? yield* Effect.isSuccess(leases.renew(key, box.token, Duration.hours(1))) : null
    return { box, entries: yield* fulfilments.history(id), lease, isIts }
  })

/** How often a counter was raised so far, in this process. */
export const counted = (name: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .filter(({ metricKey }) => metricKey.name === name)
      .reduce((sum, { metricState }) => sum + Number((metricState as unknown as { readonly count: number }).count), 0)
  )

/** By how much an effect raises it. */
export const raised = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* counted(name)
    const answer = yield* effect
    return { answer, times: (yield* counted(name)) - before }
  })

/** What a store behind a slow network is like: each call is a point at which its caller can be interrupted. */
export const pausing: Flaw = (all) => {
  const step = Effect.yieldNow()
  const slow = <S extends object>(methods: S): S =>
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        (...args: ReadonlyArray<unknown>): Effect.Effect<unknown, unknown> =>
          Effect.zipLeft(Effect.zipRight(step, method(...args) as Effect.Effect<unknown, unknown>), step)
      ])
    ) as S
  const { isOpen, transact } = Context.get(all, Transactor)
  return all.pipe(
    Context.add(FulfilmentRepository, slow(Context.get(all, FulfilmentRepository))),
    Context.add(Leases, slow(Context.get(all, Leases))),
    Context.add(Transactor, { isOpen, ...slow({ transact }) })
  )
}

export const tagOf = <A>(exit: Exit.Exit<A, { readonly _tag: string }>): string =>
  Exit.isSuccess(exit)
    ? "done"
    : Cause.failureOrCause(exit.cause).pipe((either) => (either._tag === "Left" ? either.left._tag : "died"))
