/**
 * A process that works and is killed. It puts in order what the lives before it left, tells that it is ready, and
 * begins its work when it reads a line. `OCTAVO_KILL_AT` names the step at which it kills itself.
 */
import { writeSync } from "node:fs"
import { Effect, Layer, Logger } from "effect"
import * as Postgres from "../../src/adapters/postgres/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import * as Stripe from "../../src/adapters/stripe/index.js"
import { Bookstore } from "../../src/index.js"
import * as Calls from "./Calls.js"
import { between, later } from "./Clocks.js"
import * as Drivers from "./Drivers.js"
import type { Message, Spec } from "./Messages.js"
import * as Ports from "./Ports.js"
import * as Refunds from "./Refunds.js"
import { restart } from "./Restart.js"
import * as Scenarios from "./Scenarios.js"
import { Steps } from "./Steps.js"
import * as Trade from "./Trade.js"

const spec: Spec = JSON.parse(process.argv[2] ?? "")

/** In the pipe once this returns, whatever becomes of this process. */
const tell = (message: Message): void => {
  const line = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let from = 0; from < line.length; ) from += writeSync(1, line, from)
}

const steps = new Steps(process.env.OCTAVO_KILL_AT)
Drivers.watch(steps)

const stores =
  // A machine with much else to do is not a crash.
  spec.place.dialect === "sqlite"
    ? Sqlite.layer({ filename: spec.place.at })
    : Postgres.layer({ url: spec.place.at, connectTimeout: "1 minute" })

const outage = new Refunds.Outage()
const gateway = Refunds.layer(Stripe.layer({ ...spec.provider, api: spec.provider.url }), outage)

const bookstore = Layer.provideMerge(Bookstore.layer, Ports.watched(Layer.merge(stores, gateway), steps))

const go = Effect.async<void>((resume) => {
  process.stdin.once("data", () => resume(Effect.void))
})

/** The steps of a scenario, if it is come to its end. */
const walked = (calls: Calls.Calls, name: string) =>
  Effect.gen(function* () {
    const walk = yield* Scenarios.named(name).prepare(calls, `${spec.name} ${name}`)
    steps.watch()
    yield* walk
    return steps.ended()
  })

const program = Effect.gen(function* () {
  const calls = yield* Calls.make(spec, steps, outage, tell)
  tell({ say: "ready", restart: yield* restart(calls, spec) })
  yield* go
  switch (spec.work.kind) {
    case "none":
      break
    case "scenarios":
      for (const [i, name] of spec.work.names.entries()) {
        const clock = later(yield* Effect.clock, i * between)
        tell({ say: "passed", scenario: name, steps: yield* Effect.withClock(walked(calls, name), clock) })
      }
      break
    case "random":
      yield* Trade.forever(calls, spec.name, spec.work)
  }
  tell({ say: "done" })
})

Effect.gen(function* () {
  const clock = later(yield* Effect.clock, spec.clock)
  yield* Effect.withClock(Effect.provide(program, bookstore), clock)
}).pipe(
  Effect.catchAllCause((cause) => Effect.sync(() => tell({ say: "broken", why: String(cause) }))),
  Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
  Effect.runPromise
)
