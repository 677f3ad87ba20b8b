/**
 * A process that buys from an SQLite file for some time, several customers at once. It tells what was acknowledged, what
 * failed, and for how long at most its event loop stood in one turn because the driver waited for the lock.
 */
import { readFileSync } from "node:fs"
import Sqlite from "better-sqlite3"
import { Effect, Layer } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { Bookstore, Carts, Checkout } from "../../src/index.js"

export interface Told {
  readonly orders: ReadonlyArray<string>
  readonly failures: ReadonlyArray<string>
  readonly longest: number
  readonly waits: number
}

const [, , filename = "", name = "", lasts = "0", customers = "1", ...bookIds] = process.argv

/** Milliseconds that this thread has run or waited for a processor, which is nobody's lock; 0 where the system does not tell. */
const busy = (): number => {
  try {
    const [ran = 0, queued = 0] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ").map(Number)
    return (ran + queued) / 1e6
  } catch {
    return 0
  }
}

let longest = 0
let waits = 0
let turn = 0

/** What a call of the driver slept counts for the turn of the event loop that it is in. */
const watch = (method: "run" | "all") => {
  const prototype = Object.getPrototypeOf(new Sqlite(":memory:").prepare("SELECT 1"))
  const original = prototype[method]
  prototype[method] = function (this: Sqlite.Statement, ...args: ReadonlyArray<unknown>) {
    // To commit is to wait for the disk, not for the lock.
    if (this.source === "COMMIT") return original.apply(this, args)
    const before = busy()
    const started = performance.now()
    try {
      return original.apply(this, args)
    } finally {
      const lasted = performance.now() - started
      const slept = lasted - (busy() - before)
      if (slept > 0.5) {
        if (turn === 0) setImmediate(() => (turn = 0))
        turn += slept
        waits++
        longest = Math.max(longest, turn)
      }
    }
  }
}
watch("run")
watch("all")

const program = Effect.gen(function* () {
  const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
  const orders: Array<string> = []
  const failures: Array<string> = []
  const end = Date.now() + Number(lasts)
  const customer = (n: number) =>
    Effect.gen(function* () {
      for (let round = 0; Date.now() < end; round++) {
        const id = `${name} ${n}`
        const bought = Effect.gen(function* () {
          for (const bookId of bookIds) yield* carts.add(id, { bookId, quantity: 1 })
          return yield* checkout.place(id, { idempotencyKey: `${round}` })
        })
        yield* bought.pipe(
          Effect.tap((order) => Effect.sync(() => orders.push(order.id))),
          Effect.catchAllCause((cause) => Effect.sync(() => failures.push(String(cause))))
        )
      }
    })
  yield* Effect.all(
    Array.from({ length: Number(customers) }, (_, n) => customer(n)),
    { concurrency: "unbounded", discard: true }
  )
  return { orders, failures, longest, waits } satisfies Told
})

const shop = Bookstore.layer.pipe(Layer.provide([SqliteStore.layer({ filename }), DemoGateway.layer]))

const told = await Effect.runPromise(Effect.provide(program, shop))
process.send?.(told, () => process.disconnect())
