/** What is the case, by the store, the provider's ledger and the handler's file. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as Pg from "pg"
import * as Postgres from "../../src/adapters/postgres/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import type { Event } from "../../src/domain/Event.js"
import type { Order } from "../../src/domain/Order.js"
import { Audit, Bookstore, Carts, Catalog, Orders, Relay } from "../../src/index.js"
import { PaymentGateway } from "../../src/ports/PaymentGateway.js"
import type { PaymentProvider } from "../../src/testing/provider/PaymentProvider.js"
import { later } from "./Clocks.js"
import type { Place } from "./Messages.js"

/** Of a customer. */
export interface Seen {
  readonly customer: string
  readonly orders: ReadonlyArray<Order>
  /** Copies by book. */
  readonly cart: ReadonlyMap<string, number>
}

export const open = (place: Place, provider: PaymentProvider, handled: string) => {
  const pool =
    place.dialect === "postgres" ? new Pg.Pool({ connectionString: place.at, max: 2, application_name: "judge" }) : null
  const stores = pool === null ? Sqlite.layer({ filename: place.at }) : Postgres.layer({ pool })
  const runtime = ManagedRuntime.make(Layer.provideMerge(Bookstore.layer, Layer.merge(stores, nobody)))
  const events = new Handled(handled)

  const ordersOf = (customer: string) =>
    Effect.map(
      Effect.all([
        Orders.Orders.pipe(Effect.flatMap((orders) => orders.list(customer, {}, { size: 100 }))),
        Orders.Orders.pipe(
          Effect.flatMap((orders) => orders.list(customer, { status: "payment_failed" }, { size: 100 }))
        )
      ]),
      (pages) => pages.flatMap(({ items }) => items)
    )

  return {
    /** What the shop does by itself, before others work. */
    stock: (title: string, copies: number, clock: number) =>
      runtime.runPromise(
        Effect.gen(function* () {
          const catalog = yield* Catalog.Catalog
          const { id } = yield* catalog.add({ title, author: "Anne Brontë", price: "12.50" })
          yield* catalog.changeStock(id, { delta: copies })
          return id
        }).pipe((effect) => Effect.clockWith((now) => Effect.withClock(effect, later(now, clock))))
      ),

    customers: (names: ReadonlyArray<string>): Promise<ReadonlyArray<Seen>> =>
      runtime.runPromise(
        Effect.forEach(names, (customer) =>
          Effect.gen(function* () {
            const { items } = yield* (yield* Carts.Carts).view(customer)
            const cart = new Map(items.map(({ line, book }) => [book.id as string, line.quantity as number]))
            return { customer, orders: yield* ordersOf(customer), cart }
          })
        )
      ),

    /** By the id of the book. */
    stocks: (books: ReadonlyArray<string>): Promise<ReadonlyMap<string, number>> =>
      runtime.runPromise(
        Effect.map(
          Effect.forEach(books, (id) => Effect.flatMap(Catalog.Catalog, (catalog) => catalog.get(id))),
          (found) => new Map(found.map(({ id, stockQuantity }) => [id, stockQuantity]))
        )
      ),

    /** Every order there is. */
    orders: (): Promise<ReadonlyArray<Order>> =>
      runtime.runPromise(
        Effect.gen(function* () {
          const orders = yield* Orders.Orders
          const all: Array<Order> = []
          for (const filter of [{}, { status: "payment_failed" as const }]) {
            let after: string | null = ""
            while (after !== null) {
              const page: { readonly items: ReadonlyArray<Order>; readonly next: string | null } =
                yield* orders.scrollAll(filter, { after, size: 100 })
              all.push(...page.items)
              after = page.next
            }
          }
          return all
        })
      ),

    /** What the audit finds, and what is not delivered. */
    violations: (): Promise<ReadonlyArray<string>> =>
      runtime.runPromise(
        Effect.gen(function* () {
          const [audit, relay] = [yield* Audit.Audit, yield* Relay.Relay]
          const { findings } = yield* audit.run({ overdue: 0 })
          const [waiting, parked] = [yield* relay.list("waiting"), yield* relay.list("parked")]
          return [
            ...findings.map(({ violation }) => JSON.stringify(violation)),
            ...[...waiting.items, ...parked.items].map(({ event }) => `${event._tag} ${event.id} is not delivered`)
          ]
        })
      ),

    /** What the dead were doing at a server goes on after them, for a moment. */
    settled: async (): Promise<void> => {
      if (pool === null) return
      for (const until = Date.now() + 30_000; Date.now() < until; ) {
        const { rowCount } = await pool.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'octavo'"
        )
        if (rowCount === 0) return
        await new Promise((done) => setTimeout(done, 5))
      }
      throw new Error("sessions of the dead live on at the server")
    },

    handled: () => events.all(),
    ledger: provider.ledger,
    close: async () => {
      await runtime.dispose()
      await pool?.end()
    }
  }
}

export type Truth = ReturnType<typeof open>

/** An event as the handler got it: its dates are text. */
export type Told = Event

// internal

/** Whoever looks asks no provider. */
const nobody = Layer.succeed(PaymentGateway, {
  charge: () => Effect.dieMessage("the judge charges nobody"),
  lookup: () => Effect.dieMessage("the judge reads the ledger"),
  refund: () => Effect.dieMessage("the judge pays nobody")
})

/** The handler's file, read on from where it was read to. */
class Handled {
  readonly #events: Array<Told> = []
  #rest = ""
  #read = 0

  constructor(readonly file: string) {}

  all(): ReadonlyArray<Told> {
    const handle = openSync(this.file, "a+")
    try {
      const fresh = Buffer.alloc(fstatSync(handle).size - this.#read)
      readSync(handle, fresh, 0, fresh.length, this.#read)
      this.#read += fresh.length
      const lines = (this.#rest + fresh.toString("utf8")).split("\n")
      this.#rest = lines.pop() ?? ""
      this.#events.push(...lines.map((line): Told => JSON.parse(line)))
      return this.#events
    } finally {
      closeSync(handle)
    }
  }
}
