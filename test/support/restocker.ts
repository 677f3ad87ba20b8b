/** A process that puts copies on sale, unless that was done, and serves those who wait, few at a time, until none are left. */
import { Effect, Layer } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as PostgresStore from "../../src/adapters/postgres/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import type { Policy } from "../../src/domain/PreBooking.js"
import { Bookstore, Catalog, PreBookingSettings, PreBookings } from "../../src/index.js"

const [, , dialect = "", at = "", policy = "", bookId = "", copies = "0"] = process.argv

const stores =
  dialect === "sqlite" ? SqliteStore.layer({ filename: at }) : Layer.orDie(PostgresStore.layer({ url: at }))

await Effect.runPromise(
  Effect.gen(function* () {
    if (copies !== "0") {
      yield* Catalog.Catalog.pipe(
        Effect.flatMap((catalog) => catalog.changeStock(bookId, { quantity: Number(copies) }))
      )
    }
    process.send?.("begun")
    yield* Effect.flatMap(PreBookings.PreBookings, ({ sweep }) => sweep)
    process.send?.("done")
  }).pipe(
    Effect.provide(Bookstore.layer.pipe(Layer.provide([stores, DemoGateway.layer]))),
    Effect.provide(PreBookingSettings.layer({ policy: policy as Policy, batch: 10 }))
  )
)
process.disconnect?.()
