/** Plays a history on a store and in the model at once, and compares every answer and all that there is after it. */
import { Data, DateTime, Duration, Effect, Either, Layer, Logger, LogLevel } from "effect"
import { InvalidInput } from "../../domain/Input.js"
import { GatewayError } from "../../ports/PaymentGateway.js"
import { RefundRepository } from "../../ports/RefundRepository.js"
import { StoreSettings } from "../../ports/StoreSettings.js"
import type { Stores } from "../../ports/Stores.js"
import { Transactor } from "../../ports/Transactor.js"
import * as Bookstore from "../../services/Bookstore.js"
import * as Given from "../Given.js"
import { show } from "../Law.js"
import { type Call, model, readings } from "./Calls.js"
import { view } from "./Carting.js"
import * as Gateway from "./Gateway.js"
import type { Deed } from "./Histories.js"
import * as ManualClock from "./ManualClock.js"
import * as Meaning from "./Meaning.js"
import * as Names from "./Names.js"
import { listed, shownWord } from "./Ordering.js"
import { fits } from "./Provider.js"
import { inOrder, jitter, shownTold } from "./Recovering.js"
import * as Shop from "./Shop.js"
import * as World from "./World.js"

/** One answer, as any store gives it: names for ids, and nothing of what is drawn anew for each play. */
export interface Line {
  readonly call: string
  readonly answer: unknown
}

/** What was called up to then, and where its last answer, or what there is after it, is not the model's. */
export class Differs extends Data.TaggedError("Differs")<{
  readonly after: number
  readonly calls: ReadonlyArray<Call>
  readonly what: string
  readonly difference: Names.Difference
}> {}

/** Histories that are played one after the other go back in time: none meets what an earlier one left to be done. */
export const place = (turn: number): Shop.Place => {
  const from = Date.UTC(2000, 0, 1) - (1 + (turn % 10_000)) * day
  const random = globalThis.crypto.randomUUID().replaceAll("-", "").slice(0, 12)
  return { from, to: from + day, salt: `w${random}` }
}

export const play = (
  deeds: ReadonlyArray<Deed>,
  where: Shop.Place,
  { alone = false }: { readonly alone?: boolean } = {}
): Effect.Effect<ReadonlyArray<Line>, Differs, Stores> => {
  const clock = ManualClock.make(where.from)
  return Effect.flatMap(Shop.make(where, clock), (shop) => run(deeds, where, shop, clock, alone)).pipe(
    Effect.scoped,
    Effect.provide(
      Bookstore.layer.pipe(
        Layer.provide(ownRefunds(where)),
        Layer.provideMerge(Gateway.layer(clock, (key) => Shop.isOwn(where, key))),
        Layer.provide(
          Layer.succeed(StoreSettings, { currency: Given.usd, chargeTimeout: Duration.millis(World.chargeTimeout) })
        )
      )
    ),
    Effect.withClock(clock),
    Effect.withRandomFixed([jitter]),
    Logger.withMinimumLogLevel(LogLevel.None)
  )
}

// internal

const day = 86_400_000

/** Others' money that is due comes after this history's, which is of another time: recovery does not see it. */
const ownRefunds = (where: Shop.Place) =>
  Layer.effect(
    RefundRepository,
    Effect.map(RefundRepository, (refunds) => ({
      ...refunds,
      list: (...asked: Parameters<typeof refunds.list>) =>
        Effect.map(refunds.list(...asked), (all) => all.filter(({ orderId }) => Shop.isOwn(where, orderId)))
    }))
  )

const run = (
  deeds: ReadonlyArray<Deed>,
  where: Shop.Place,
  shop: Shop.Shop,
  clock: ManualClock.ManualClock,
  alone: boolean
) =>
  Effect.gen(function* () {
    const { transact } = yield* Transactor
    const world = World.empty(where.from)
    const names = Names.make()
    const own: Meaning.Own = { salt: where.salt, isbns: [yield* Given.isbn, yield* Given.isbn] }
    const calls: Array<Call> = []
    const lines: Array<Line> = []
    let at = 0

    const unsalted = (line: Line): Line =>
      JSON.parse(
        own.isbns
          .reduce((text, isbn, i) => text.replaceAll(isbn, `$isbn${i}`), JSON.stringify(line))
          .replaceAll(own.salt, "$salt")
      )

    const same = (what: string, expected: unknown, found: unknown) => {
      const difference = names.differs(expected, plain(found))
      return difference === null ? Effect.void : new Differs({ after: at, calls: [...calls], what, difference })
    }

    const made = (call: Call): Effect.Effect<void, Differs, never> =>
      Effect.gen(function* () {
        if (call.call === "host") return yield* Effect.die("a transaction of the host's is none of its body's")
        calls.push(call)
        world.now = yield* clock.currentTimeMillis
        const args: ReadonlyArray<unknown> = call.call === "recover" && inOrder(world) ? [1, call.with[1]] : call.with
        const expected = (model[call.call] as (world: World.World, ...args: ReadonlyArray<unknown>) => World.Answer)(
          world,
          ...args
        )
        const found = yield* answerOf(shop.call(call.call, args.map(names.real)))
        if (call.call === "recover") yield* reorder
        yield* call.call === "audit"
          ? same("the audit", sorted(expected), sorted(names.named(found) as object))
          : same(`the answer of ${call.call}`, expected, found)
        lines.push(unsalted({ call: call.call, answer: names.named(found) }))
        if (!readings.has(call.call)) yield* look(call.call)
      })

    /** Events of orders that were recovered at once have their ids in any order. */
    const reorder = Effect.gen(function* () {
      if (world.open) return
      for (const { event } of yield* Effect.orDie(shop.calls.listEvents("waiting", 100))) {
        if (names.nameOf(event.id) !== undefined) continue
        const about = names.nameOf("orderId" in event ? event.orderId : event.bookId)
        const told = world.store.told.find(
          (told) => told.about === about && told.event._tag === event._tag && names.idOf(told.event.id) === undefined
        )
        if (told !== undefined) names.bind(told.event.id, event.id)
      }
      world.store.told = [...world.store.told].sort(World.by(({ event }) => names.idOf(event.id) ?? event.id))
    })

    /** Everything that there is. */
    const look = (after: string) => {
      const once = Effect.gen(function* () {
        const see = <E>(what: string, expected: unknown, found: Effect.Effect<unknown, E>) =>
          Effect.flatMap(Effect.orDie(found), (found) => same(`${what} after ${after}`, expected, found))
        const { store, charges, refunded } = world
        const all = { author: where.salt, sort: "created_at", direction: "asc" } as const
        yield* see("the books", [store.books.map(World.shown)], shop.calls.scroll(all, 100))
        yield* see(
          "the genres",
          model.genres(world),
          Effect.map(shop.calls.genres(), (answered) => ({ answered }))
        )
        for (const customer of ["ada", "bob", "cyd"].map((name) => `${where.salt} ${name}`)) {
          const expected = view(world, { given: customer, means: customer })
          yield* see(
            "a cart",
            expected,
            Effect.map(shop.calls.viewCart(customer), (answered) => ({ answered }))
          )
        }
        for (const status of [null, "payment_failed"] as const) {
          const expected = World.shown(listed(world, null, status).map(World.shownOrder))
          yield* see("the orders", expected, shop.calls.scrollAll(status, 100))
        }
        const refunds = store.refunds.map((refund) => World.shown({ ...refund, currency: "USD" }))
        yield* see("the refunds", refunds, shop.refunds)
        for (const state of ["waiting", "parked", "delivered"] as const) {
          const expected = store.told.filter((told) => told.state === state).map(shownTold)
          yield* see(`the events, ${state},`, expected, shop.calls.listEvents(state, 100))
        }
        const { provider } = shop
        const books = {
          charges: Object.fromEntries(Object.entries(charges).map(([key, word]) => [key, shownWord(word)])),
          refunds: Object.keys(refunded).sort(),
          asked: world.asked,
          askedBack: world.askedBack
        }
        const found = names.named({
          charges: Object.fromEntries([...provider.charges].map(([key, outcome]) => [key, { ...outcome }])),
          refunds: [...provider.refunds],
          asked: provider.asked(),
          askedBack: provider.askedBack()
        }) as { refunds: Array<string> }
        yield* same(`the provider's books after ${after}`, books, { ...found, refunds: found.refunds.sort() })
      })
      // Money that a notice brought back is paid out after the answer.
      return after === "notified"
        ? Effect.retry(once, { times: 200, while: () => Effect.as(ManualClock.turn, true) })
        : once
    }

    const host = (body: ReadonlyArray<Deed>, commits: boolean) =>
      Effect.gen(function* () {
        calls.push({ call: "host", with: [[], commits] })
        const before = world.store
        world.store = { ...before }
        world.open = true
        const done = yield* Effect.either(
          transact(
            Effect.zipRight(
              Effect.forEach(body, (deed) => meant(deed, made), { discard: true }),
              commits ? Effect.void : Effect.fail("undone" as const)
            )
          )
        )
        world.open = false
        if (Either.isLeft(done)) {
          if (done.left === "undone") world.store = before
          else if (done.left._tag === "Differs") return yield* done.left
          else return yield* Effect.die(done.left)
        }
        yield* look("a transaction of the host's")
      })

    const meant = <E>(deed: Deed, use: (call: Call) => Effect.Effect<void, E>): Effect.Effect<void, E> => {
      const call = Meaning.call(world, own, deed)
      return call === null ? Effect.void : use(call)
    }

    for (const [i, deed] of deeds.entries()) {
      at = i
      if (deed.call === "host") yield* host(deed.with[0] as ReadonlyArray<Deed>, deed.with[1] === true)
      else yield* meant(deed, made)
    }
    at = deeds.length
    for (const calls of closing) yield* Effect.forEach(calls(world), made, { discard: true })
    yield* made({ call: "audit", with: [0, alone ? day : null, sound] })
    return lines
  })

/** Everything is driven home; then the audit finds nothing but what nobody can put right. */
const closing: ReadonlyArray<(world: World.World) => ReadonlyArray<Call>> = [
  () => [{ call: "wait", with: [100_000] }],
  ({ store, charges }) =>
    store.orders.flatMap((order) => {
      const word = charges[order.paymentKey]
      return word === undefined || fits(word, order)
        ? []
        : [{ call: "settle", with: [order.id, { declined: "no money" }] }]
    }),
  ...globalThis.Array.from(
    { length: 20 },
    () =>
      (world: World.World): ReadonlyArray<Call> =>
        inOrder(world) ? [recover] : []
  ),
  () => [
    recover,
    { call: "retry", with: [null] },
    { call: "wait", with: [10_000] },
    { call: "deliver", with: [{ fails: null, attempts: 12, batch: 100 }] }
  ]
]

const sound: World.Mood = { charge: "capture", refund: "pays", lookup: "answers" }
const recover: Call = { call: "recover", with: [1000, sound] }

/** Defects are answers, too: wrong ones. */
const answerOf = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<object> =>
  effect.pipe(
    Effect.either,
    Effect.map((either) =>
      Either.isRight(either) ? { answered: plain(either.right ?? null) } : { refused: plain(either.left) }
    ),
    Effect.catchAllDefect((defect) => Effect.succeed({ died: String(defect) }))
  )

/** Plain values, without the words of a refusal, which say nothing that its fields do not. */
const plain = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof InvalidInput)
    return { _tag: "InvalidInput", paths: [...new Set(value.issues.map(({ path }) => path))].sort() }
  if (value instanceof GatewayError) return { _tag: "GatewayError", moneyMoved: value.moneyMoved }
  const fields = Object.entries(value).flatMap(([key, field]) =>
    field === undefined || (value instanceof Error && ofErrors.has(key)) ? [] : [[key, plain(field)] as const]
  )
  return Object.fromEntries("_tag" in value ? [["_tag", value._tag], ...fields] : fields)
}

const ofErrors = new Set(["stack", "message", "cause"])

/** Violations come in any order. */
const sorted = (answer: object): object => {
  const { violations, ...counts } = ("answered" in answer ? answer.answered : {}) as {
    readonly violations?: ReadonlyArray<unknown>
  }
  return violations === undefined ? answer : { ...counts, violations: [...violations].sort(World.by(show)) }
}
