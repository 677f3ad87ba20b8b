/**
 * Three workers empty a queue of paid orders while one of them is killed every few seconds: `npm run fulfilment`, with
 * `-- --orders 50` for fewer, `-- --store postgres://…` for PostgreSQL instead of an SQLite file that is thrown away.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Cause, Effect, Exit, Fiber } from "effect"
import { Fulfilments } from "octavo"
import { idle, tell } from "./Report.js"
import { sell, shop } from "./Shop.js"
import { employ, wasKilled } from "./Staff.js"
import { work } from "./Worker.js"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    orders: { type: "string", default: "200" },
    store: { type: "string" },
    "kill-every": { type: "string", default: "2000" }
  }
})

/** How far they are. */
const progress = Effect.gen(function* () {
  const { list } = yield* Fulfilments.Fulfilments
  const { total: open } = yield* list({}, { size: 1 })
  const { total: held } = yield* list({ state: "in_progress" }, { size: 1 })
  const { total: lapsed } = yield* list({ state: "lapsed" }, { size: 1 })
  console.log(`${open} orders to go, ${held} of them in somebody's hands, ${lapsed} left behind`)
})

const warehouse = (orders: number, store: string, killEvery: number) =>
  Effect.gen(function* () {
    console.log(`${orders} orders are sold …`)
    const orderIds = yield* sell(orders)
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(progress, Effect.sleep("1 second"))))
    const staff = yield* employ(fileURLToPath(import.meta.url), store, 3, killEvery)
    const { deeds, faults } = yield* tell(orderIds)
    const rows = staff.map((worker) => {
      const end = wasKilled(worker) ? "killed" : "went home"
      return [worker.name, { ...(deeds.get(worker.name) ?? idle), end }] as const
    })
    console.table(Object.fromEntries(rows))
    for (const fault of faults) console.log(fault)
    const killed = staff.filter(wasKilled).length
    const verdict = faults.length === 0 ? `each of ${orders}` : `NOT each of ${orders}`
    console.log(`${killed} workers were killed, and ${verdict} orders was dispatched exactly once.`)
    return faults.length === 0 ? 0 : 1
  }).pipe(Effect.scoped)

const inPlace = <A, E>(use: (store: string) => Effect.Effect<A, E>) =>
  values.store !== undefined
    ? use(values.store)
    : Effect.acquireUseRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "octavo-fulfilment-"))),
        (directory) => use(join(directory, "shop.db")),
        (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
      )

const [role, name = "", store = ""] = positionals
const program =
  role === "work"
    ? Effect.as(Effect.provide(work(name), shop(store)), 0)
    : inPlace((store) =>
        Effect.provide(warehouse(Number(values.orders), store, Number(values["kill-every"])), shop(store))
      )

const running = Effect.runFork(program)
const stop = () => Effect.runFork(Fiber.interrupt(running))
process.once("SIGINT", stop)
process.once("SIGTERM", stop)
// A worker does not outlive whoever employs it.
process.once("disconnect", stop)
running.addObserver((exit) => {
  if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) console.error(Cause.pretty(exit.cause))
  process.exitCode = Exit.isSuccess(exit) ? exit.value : Cause.isInterruptedOnly(exit.cause) ? 130 : 1
  if (process.connected) process.disconnect()
})
