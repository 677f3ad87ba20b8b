/** Gives a paid order to one worker at a time, and refuses what comes too late. */
import { Context, DateTime, Deferred, Effect, Either, Layer, Schema } from "effect"
import type * as Conflicts from "../domain/Conflicts.js"
import * as Domain from "../domain/Fulfilment.js"
import * as FulfilmentQuery from "../domain/FulfilmentQuery.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import { Holder } from "../domain/Lease.js"
import * as Order from "../domain/Order.js"
import * as Page from "../domain/Page.js"
import { FulfilmentRepository } from "../ports/FulfilmentRepository.js"
import { FulfilmentSettings } from "../ports/FulfilmentSettings.js"
import type { StoreError } from "../ports/StoreError.js"
import * as Boxes from "./Boxes.js"
import { ConflictMonitor } from "./ConflictMonitor.js"

/** A claim as its holder has it. */
export interface Claim {
  readonly orderId: Order.OrderId
  readonly stage: Domain.Stage
  readonly holder: Holder
  /** To be named by whoever completes, pauses or renews it. */
  readonly epoch: Domain.Epoch
  readonly takenAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  /** Who had it before, be it the holder himself; null for nobody. */
  readonly previousHolder: Holder | null
}

export type TakeRefusal =
  | Order.OrderNotFound
  | Domain.OrderNotPaid
  | Domain.StageNotReady
  | Domain.FulfilmentTaken
  | Domain.VersionConflict

/** What became of one order of a batch. */
export interface Taken {
  readonly orderId: string
  readonly result: Either.Either<Claim, TakeRefusal | StoreError>
}

/** An order as people see it. */
export interface View {
  readonly box: Domain.Shown
  /** By the clock: a claim may have lapsed. Null for an order that is not to be worked on. */
  readonly state: Domain.State | null
  readonly status: Order.Status
}

const make = Effect.gen(function* () {
  const fulfilments = yield* FulfilmentRepository
  const { concurrency } = yield* FulfilmentSettings
  const monitor = yield* ConflictMonitor
  const { handle } = yield* Boxes.make

  const take = Effect.fnUntraced(
    function* (by: Holder, orderId: string, stage: Domain.Stage | null) {
      const { before, after } = yield* handle(yield* idOf(orderId), { _tag: "Take", by, stage })
      return after.state === "in_progress"
        ? claimOf(after, before)
        : yield* Effect.dieMessage("what was taken is not taken")
    },
    never("NotHolder", "ClaimLapsed", "NotClaimed")
  )

  /** What the one who holds it does with it. */
  const held = (_tag: "Pause" | "Complete" | "Renew") =>
    Effect.fn(`Fulfilments.${_tag.toLowerCase()}`)(
      function* (worker: string, orderId: string, options: typeof Holding.Encoded = {}) {
        const by = yield* workerOf(worker)
        const { epoch } = yield* decodeHolding(options)
        const { after } = yield* handle(yield* idOf(orderId), { _tag, by, epoch: epoch ?? null })
        return Domain.shown(after)
      },
      never("OrderNotPaid", "StageNotReady", "FulfilmentTaken", "NotClaimed")
    )

  const viewed =
    (now: DateTime.Utc) =>
    (box: Domain.Fulfilment): View => ({
      box: Domain.shown(box),
      state: Domain.stateOf(box, now),
      status: box.state === "done" ? "fulfilled" : "confirmed"
    })

  return {
    /** Gives the order, at its next stage or refused if that is not the one asked for, to the worker for a time. */
    take: Effect.fn("Fulfilments.take")(function* (
      worker: string,
      orderId: string,
      options: typeof Taking.Encoded = {}
    ) {
      const by = yield* workerOf(worker)
      const { stage } = yield* decodeTaking(options)
      return yield* take(by, orderId, stage ?? null)
    }),

    /**
     * Takes 1 to 50 different orders, each on its own, and answers in their order. A store that cannot be reached at
     * all is one `StoreError`.
     */
    takeMany: Effect.fn("Fulfilments.takeMany")(function* (worker: string, orderIds: ReadonlyArray<string>) {
      const by = yield* workerOf(worker)
      yield* decodeBatch({ orderIds })
      let asked = 0
      let reached: boolean = false
      let lost: ReadonlyArray<StoreError> = []
      const known = yield* Deferred.make<void>()
      const one = Effect.fnUntraced(function* (orderId: string) {
        const id = idOf(orderId)
        // To tell that there is no such order takes no store.
        if (Either.isLeft(id)) return { orderId, result: Either.left(id.left) } satisfies Taken
        // Whether there is a store the first ones find out: who waits for one that answers nobody waits for all of them.
        if (asked++ >= concurrency) yield* Deferred.await(known)
        const [last] = lost
        if (!reached && asked > concurrency && last !== undefined)
          return { orderId, result: Either.left(last) } satisfies Taken
        const result = yield* Effect.either(take(by, orderId, null))
        if (Either.isLeft(result) && result.left._tag === "StoreError") lost = [...lost, result.left]
        else reached = true
        if (reached || lost.length === concurrency) yield* Deferred.succeed(known, undefined)
        return { orderId, result } satisfies Taken
      })
      const taken = yield* Effect.forEach(orderIds, one, { concurrency })
      return lost[0] === undefined || reached ? taken : yield* lost[0]
    }),

    /** Lays the order aside: anybody may take it at the same stage. */
    pause: held("Pause"),

    /** Completes the stage: anybody may take the next one. After the last the order is fulfilled. */
    complete: held("Complete"),

    /** The heartbeat of a worker: his time begins anew. */
    renew: held("Renew"),

    /** Ends a claim, whoever has it: what he does with it from now on is refused. */
    revoke: Effect.fn("Fulfilments.revoke")(
      function* (admin: string, orderId: string) {
        const by = yield* workerOf(admin)
        const { after } = yield* handle(yield* idOf(orderId), { _tag: "Revoke", by })
        return Domain.shown(after)
      },
      never("OrderNotPaid", "StageNotReady", "FulfilmentTaken", "NotHolder", "ClaimLapsed")
    ),

    /** How far an order is, and what was done with it, oldest first. */
    get: Effect.fn("Fulfilments.get")(function* (orderId: string) {
      const id = yield* idOf(orderId)
      const { box, status } = yield* fulfilments.get(id)
      const state = status === "confirmed" || box.state === "done" ? Domain.stateOf(box, yield* DateTime.now) : null
      return { box: Domain.shown(box), status, state, history: yield* fulfilments.history(id) }
    }),

    /** Orders that wait for hands or are in some, oldest first; those that are done only when asked for. */
    list: Effect.fn("Fulfilments.list")(function* (
      filter: FulfilmentQuery.FilterInput = {},
      request: Page.PageRequestInput = {}
    ) {
      const query = yield* decodeFilter(filter)
      const wanted = yield* decodePage(request)
      const now = yield* DateTime.now
      const { items, total } = yield* fulfilments.page(queryOf(query), now, wanted)
      return { items: items.map(viewed(now)), total, ...wanted } satisfies Page.Page<View>
    }),

    /** As `list`, from a cursor on. */
    scroll: Effect.fn("Fulfilments.scroll")(function* (
      filter: FulfilmentQuery.FilterInput = {},
      request: Page.SliceRequestInput = {}
    ) {
      const query = queryOf(yield* decodeFilter(filter))
      const { after, size } = yield* decodeSlice(request)
      const position = yield* Page.read(query, after, FulfilmentQuery.isPosition)
      const now = yield* DateTime.now
      const found = yield* fulfilments.after(query, now, position, size + 1)
      return Page.slice(found.map(viewed(now)), size, query, ({ box }) => FulfilmentQuery.position(box))
    }),

    /** Where workers of this process got in each other's way: of all orders, or of 1 to 50 different ones. */
    conflicts: Effect.fn("Fulfilments.conflicts")(function* (orderIds: ReadonlyArray<string> | null = null) {
      if (orderIds !== null) yield* decodeBatch({ orderIds })
      const known = orderIds?.flatMap((id) => Either.match(idOf(id), { onLeft: () => [], onRight: (id) => [id] }))
      return (yield* monitor.report(known ?? null)) satisfies Conflicts.Report
    })
  }
})

/** The way of a paid order to its customer. */
export class Fulfilments extends Context.Tag("octavo/Fulfilments")<Fulfilments, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.scoped(Fulfilments, make)

// internal

const Taking = Schema.Struct({ stage: Input.optional(Domain.Stage) })
const Holding = Schema.Struct({ epoch: Input.optional(Domain.Epoch) })
const Batch = Schema.Struct({
  orderIds: Schema.Array(Schema.String).pipe(
    Schema.filter((ids) => ids.length >= 1 && ids.length <= 50 && new Set(ids.map(folded)).size === ids.length, {
      message: () => "must be 1 to 50 different orders",
      jsonSchema: { minItems: 1, maxItems: 50, uniqueItems: true }
    })
  )
})

/** One order has one id, however it is written. */
const folded = (id: string) => id.toLowerCase()

const decodeTaking = Input.decode(Taking)
const decodeHolding = Input.decode(Holding)
const decodeBatch = Input.decode(Batch)
const decodeFilter = Input.decode(FulfilmentQuery.Filter)
const decodePage = Input.decode(Page.PageRequest)
const decodeSlice = Input.decode(Page.SliceRequest)
const decodeWorker = Input.decode(Schema.Struct({ worker: Holder }))

const workerOf = (worker: string) => Either.map(decodeWorker({ worker }), (decoded) => decoded.worker)

const queryOf = ({ state, stage }: typeof FulfilmentQuery.Filter.Type): FulfilmentQuery.FulfilmentQuery => ({
  state: state ?? null,
  stage: stage ?? null
})

const idOf = (orderId: string) =>
  Either.fromOption(Id.read(Order.OrderId)(orderId), () => new Order.OrderNotFound({ orderId: Id.shown(orderId) }))

const claimOf = (
  { orderId, stage, holder, epoch, takenAt, expiresAt }: Domain.InProgress,
  before: Domain.Fulfilment
): Claim => ({ orderId, stage, holder, epoch, takenAt, expiresAt, previousHolder: Domain.lastHolder(before) })

/** Refusals that a command cannot meet. */
const never =
  <T extends string>(...tags: ReadonlyArray<T>) =>
  <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.catchIf(
      effect,
      (error): error is Extract<E, { readonly _tag: T }> => tags.some((tag) => tag === error._tag),
      Effect.die
    )
