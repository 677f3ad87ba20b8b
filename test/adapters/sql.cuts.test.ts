import { Array, Effect, Either, Exit, Layer, Option, Scope } from "effect"
import * as Pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import { Book } from "../../src/domain/Book.js"
import * as Order from "../../src/domain/Order.js"
import { Captured } from "../../src/domain/Payment.js"
import { BookRepository } from "../../src/ports/BookRepository.js"
import { CartRepository } from "../../src/ports/CartRepository.js"
import { layer as idGenerator } from "../../src/ports/IdGenerator.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { StoreError } from "../../src/ports/StoreError.js"
import { StoreHealth } from "../../src/ports/StoreHealth.js"
import { Transactor } from "../../src/ports/Transactor.js"
import * as CutProxy from "../support/cutProxy.js"
import {
  aBook,
  aCustomer,
  type Needs,
  newBook,
  newId,
  newLine,
  now,
  onServer,
  type Place,
  placed
} from "./sqlStores.js"

let place: Place
let way: CutProxy.CutProxy
let scope: Scope.CloseableScope
let stores: Layer.Layer<Needs>
let direct: Pg.Client
beforeAll(async () => {
  place = await onServer()
  way = await CutProxy.start(place.at)
  direct = new Pg.Client(place.at)
  await direct.connect()
  scope = Effect.runSync(Scope.make())
  const client = PostgresStore.client({ url: way.url, maxConnections: 4 })
  const all = Layer.merge(Layer.provideMerge(PostgresStore.layerClient(), client), idGenerator)
  stores = Layer.succeedContext(await Effect.runPromise(Scope.extend(Layer.build(all), scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  way.close()
  await direct.end()
  await place.drop()
})

const run = <A, E>(effect: Effect.Effect<A, E, Needs>) => Effect.runPromise(Effect.provide(effect, stores))

/** One call, made anew for each cut, and a query for all that it changes. */
interface Call {
  readonly act: Effect.Effect<unknown, unknown, Needs>
  readonly seen: readonly [text: string, ...parameters: ReadonlyArray<string>]
}

const facts = Effect.map(newId, (id) => ({ eventId: id as never, now, restockedIds: [] }))

const aCart = Effect.gen(function* () {
  const [customer, carts] = [yield* aCustomer, yield* CartRepository]
  const books = yield* Effect.all([aBook(), aBook()])
  for (const book of books) yield* carts.add(customer, yield* newLine(book, 2))
  return customer
})

const ofCustomer = (customer: string): Call["seen"] => [
  `SELECT (SELECT json_agg(status) FROM octavo_orders WHERE customer_id = $1) AS orders,
(SELECT count(*) FROM octavo_order_lines WHERE customer_id = $1) AS lines,
(SELECT count(*) FROM octavo_cart_lines WHERE customer_id = $1) AS cart,
(SELECT sum(stock) FROM octavo_books b WHERE b.id IN (
  SELECT book_id FROM octavo_order_lines WHERE customer_id = $1 UNION SELECT book_id FROM octavo_cart_lines WHERE customer_id = $1
)) AS stock,
(SELECT count(*) FROM octavo_outbox o JOIN octavo_orders a ON o.payload ->> 'orderId' = a.id::text WHERE a.customer_id = $1) AS events`,
  customer
]

const move = (order: Order.Order, made: (facts: never) => Order.Move | Either.Either<Order.Move, unknown>) =>
  Effect.gen(function* () {
    const [orders, when] = [yield* OrderRepository, yield* facts]
    const move = made(when as never)
    return orders.move("from" in move ? move : Either.getOrThrow(move))
  }).pipe(Effect.map((act): Call => ({ act, seen: ofCustomer(order.customerId) })))

const captured = (order: Order.Order) =>
  new Captured({ paymentId: `paid ${order.id}` as never, amount: order.total, currency: order.currency })

const aPendingOrder = Effect.flatMap(aCart, (customer) => placed(customer))

const transact = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Transactor, (transactor) => transactor.transact(effect))

const calls: Record<string, Effect.Effect<Call, unknown, Needs>> = {
  "the first step of a checkout": Effect.map(aCart, (customer) => ({
    act: placed(customer),
    seen: ofCustomer(customer)
  })),
  "the confirmation of an order": Effect.flatMap(aPendingOrder, (order) =>
    move(order, (facts) => Order.confirm(order, captured(order), facts))
  ),
  "the failure of an order": Effect.flatMap(aPendingOrder, (order) =>
    move(order, (facts) => Order.fail(order, "declined", facts))
  ),
  "a cancellation": Effect.gen(function* () {
    const [order, orders] = [yield* aPendingOrder, yield* OrderRepository]
    const confirmed = Order.confirm(order, captured(order), (yield* facts) as never)
    yield* orders.move(confirmed)
    return yield* move(order, (facts) => Order.cancel(confirmed.order, facts))
  }),
  "an addition to a cart": Effect.gen(function* () {
    const [customer, carts, book] = [yield* aCustomer, yield* CartRepository, yield* aBook()]
    return { act: carts.add(customer, yield* newLine(book)), seen: ofCustomer(customer) }
  }),
  "a change of stock": Effect.gen(function* () {
    const [books, book] = [yield* BookRepository, yield* aBook()]
    const more = books.modify(book.id, (now) => Either.right(new Book({ ...now, stockQuantity: 99 as never })))
    return { act: more, seen: ["SELECT stock FROM octavo_books WHERE id = $1", book.id] }
  }),
  "an import": Effect.gen(function* () {
    const [books, prefix] = [yield* BookRepository, yield* newId]
    const known = yield* aBook({ title: `${prefix} known` })
    const added = yield* Effect.forEach(Array.range(1, 3), (n) => newBook({ title: `${prefix} ${n}` }))
    const changed = yield* newBook({ title: known.title, price: 990 })
    const rows = [...Array.chunksOf(added, 2), [changed]]
    const merge = ([first, ...others]: ReadonlyArray<Book>) =>
      books.merge([first as Book, ...others], (incoming, there) =>
        there === null ? incoming : new Book({ ...there, price: incoming.price })
      )
    return {
      act: transact(Effect.forEach(rows, merge)),
      seen: ["SELECT count(*), sum(price) FROM octavo_books WHERE title LIKE $1 || '%'", prefix]
    }
  }),
  "a migration": Effect.promise(async () => {
    await direct.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return {
      act: PostgresStore.migrate,
      seen: ["SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"]
    }
  })
}

const see = async ([text, ...parameters]: Call["seen"]) => (await direct.query(text, parameters)).rows

/** What a caller is to be told whose link is lost at each of these statements, and whether it was a commit. */
const lost = (statements: ReadonlyArray<string>) => {
  let isOpen = false
  return statements.map((text) => {
    if (text.startsWith("BEGIN")) {
      isOpen = true
      return { outcome: "NotStarted", commits: false }
    }
    if (text === "COMMIT") {
      isOpen = false
      return { outcome: "Unknown", commits: true }
    }
    return isOpen || /^\s*SELECT/.test(text)
      ? { outcome: "RolledBack", commits: false }
      : { outcome: "Unknown", commits: true }
  })
}

const ways = ["before", "amid", "reply"] as const

/** Of the many statements of a migration each is cut in one way, unless more is asked for. */
const waysAt = (at: number, statements: ReadonlyArray<string>) =>
  statements.length < 30 || statements[at] === "COMMIT" || "OCTAVO_ROUNDS" in process.env
    ? ways
    : ways.slice(at % 3).slice(0, 1)

/** All is as if the link had never been lost. */
const recovered = async () => {
  await run(Effect.flatMap(StoreHealth, ({ check }) => Effect.repeatN(check, 4)))
  const deadline = Date.now() + 5000
  for (;;) {
    const { rows } = await direct.query(
      "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    if (rows.length <= 4 && rows.every(({ state }) => state === "idle")) return
    if (Date.now() > deadline) expect(rows).toEqual("at most four, all idle")
    await new Promise((later) => setTimeout(later, 5))
  }
}

for (const [name, call] of Object.entries(calls)) {
  it(`knows what became of ${name}, at whichever statement the link is lost`, async () => {
    const whole = await run(call)
    const before = await see(whole.seen)
    way.plan(null)
    await run(whole.act)
    const statements = [...way.requests()]
    const after = await see(whole.seen)
    expect(after).not.toEqual(before)
    for (const [at, { outcome, commits }] of lost(statements).entries()) {
      for (const when of waysAt(at, statements)) {
        const { act, seen } = await run(call)
        way.plan({ at: (_, count) => count === at, when })
        const told = await run(Effect.timeoutOption(Effect.exit(act), "10 seconds"))
        expect(way.wasCut()).toBe(true)
        const context = { at: statements[at], when }
        expect({ ...context, told: Option.map(told, (exit) => exit._tag) }).toEqual({
          ...context,
          told: Option.some("Failure")
        })
        const error = await run(Effect.flip(Option.getOrThrow(told)))
        expect(error).toBeInstanceOf(StoreError)
        expect({ ...context, ...(error as StoreError) }).toMatchObject({ ...context, outcome })
        await recovered()
        expect({ ...context, seen: await see(seen) }).toEqual({
          ...context,
          seen: commits && when !== "before" ? after : before
        })
      }
    }
  }, 180_000)
}
