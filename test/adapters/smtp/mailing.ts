/** A process that mails what happens in a bookstore in a file, until it is killed: `mailing.mjs FILE PORT`. */
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as DemoGateway from "../../../src/adapters/demo/index.js"
import * as Smtp from "../../../src/adapters/smtp/index.js"
import * as Sqlite from "../../../src/adapters/sqlite/index.js"
import { Bookstore, CustomerDirectory, Notifications, Relay } from "../../../src/index.js"

const [, , filename = "", port = ""] = process.argv

const stores = Layer.provideMerge(Bookstore.layer, Layer.merge(Sqlite.layer({ filename }), DemoGateway.layer))

const mails = Notifications.layer({ shop: "Shop", domain: "shop.example" }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      stores,
      Smtp.layer({ url: `smtp://127.0.0.1:${port}`, from: "books@shop.example" }),
      CustomerDirectory.layer((customer) => ({ address: `${customer}@example.org` }))
    )
  )
)

const main = Effect.gen(function* () {
  const [{ run }, { handle }] = [yield* Relay.Relay, yield* Notifications.Notifications]
  // The claim of a process that dies is over after two seconds.
  return yield* run(handle, {
    timeLimit: "1 second",
    interval: "100 millis",
    backoff: "100 millis",
    longest: "1 second"
  })
})

Effect.runFork(main.pipe(Effect.provide(mails), Logger.withMinimumLogLevel(LogLevel.None)))
